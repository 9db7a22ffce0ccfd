import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from './random.js';

const PARSE = join(import.meta.dirname, '..', '..', 'src', 'parse');

/** The texts on which the grammars turn: all that stands in quotes in their sources. */
function literalsOfGrammars(): readonly string[] {
  const found = new Set<string>();
  for (const name of readdirSync(PARSE, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const source = readFileSync(join(PARSE, name), 'utf8').replace(/^import .*$|\/\*\*[^]*?\*\/|\/\/.*$/gm, '');
    for (const [, single, double] of source.matchAll(/'((?:[^'\\\n]|\\.)+)'|"((?:[^"\\\n]|\\.)+)"/g)) {
      const text = (single ?? double ?? '').replace(/\\(.)/g, '$1');
      if (text.length <= 60) found.add(text);
    }
  }
  return [...found];
}

const DELIMITERS = ' \t:,;=<>()[]{}"\'\\/|#@.+-%'.split('');

/** What grammars look for, and the punctuation of all logs. */
export const PIECES: readonly string[] = [...new Set([...literalsOfGrammars(), ...DELIMITERS])];

/** No text: a byte that no log should hold, or one of a character that is cut through. */
const ODD_BYTES = [
  '\0',
  '\r',
  '\t',
  '\x0b',
  '\x1b',
  '\x7f',
  '\x80',
  '\xc3',
  '\xc3\xbc',
  '\xe2\x82',
  '\xff',
  '\xc0\x80',
];

/** What a client may write to look like the part of a line that Postfix writes itself. */
const IMITATIONS = [
  '; from=<',
  '"; from=<a@b> to=<c@d> proto=SMTP helo=<e>"',
  '>, size=1, nrcpt=1 (queue active)',
  '>, status=expired, returned to sender',
  '>, relay=x, delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (',
  '>, rip=203.0.113.9, lip=198.51.100.1',
  ', sasl_username=x, orig_client=y[203.0.113.9]',
  ' from x[203.0.113.9]: 550 5.1.1 ',
  ': user=<',
  '\\r\\nNov 23 01:57:14 gpo postfix/smtpd[1]: connect from x[203.0.113.9]',
];

const NUMBERS = ['0', '00000000', '4294967296', '9007199254740993', '9'.repeat(400), '1e999', '-1', '0x7f', '٣'];
/** What may stand in the place of a value, in JSON and elsewhere. */
const VALUES = [
  '',
  '-',
  '(empty)',
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '"\\n"',
  '"\\u000a\\u0000"',
  '"\\ud800"',
  '-5',
  '1e400',
  '0.1',
];
const QUOTES = '"\'`<>()[]{}'.split('');
/** Longer ones would be a dead letter. */
const MAX_BYTES = 1 << 16;

type Mutation = (line: string, random: Random, anyLine: () => string) => string;

function one<T>(list: readonly T[], random: Random, otherwise: T): T {
  return list[random(list.length)] ?? otherwise;
}

/** A place in the line, as often as not at the edge of a word; rather late, since few lines survive a broken stamp. */
function place(line: string, random: Random): number {
  const at = Math.max(random(line.length + 1), random(line.length + 1));
  if (random(2) === 0) return at;
  const edge = line.slice(at).search(/\b/);
  return edge < 0 ? at : at + edge;
}

/** Two places, the first one first, usually not far from each other. */
function span(line: string, random: Random): readonly [number, number] {
  const from = place(line, random);
  const to = random(3) === 0 ? place(line, random) : Math.min(line.length, from + random(12));
  return from < to ? [from, to] : [to, from];
}

function insert(line: string, at: number, text: string): string {
  return line.slice(0, at) + text + line.slice(at);
}

/** Mostly a few, now and then very many. */
function times(random: Random): number {
  return random(20) === 0 ? random(3000) : 1 + random(random(4) === 0 ? 200 : 8);
}

const MUTATIONS: readonly Mutation[] = [
  function deleteSpan(line, random) {
    const [from, to] = span(line, random);
    return line.slice(0, from) + line.slice(to);
  },
  function duplicateSpan(line, random) {
    const [from, to] = span(line, random);
    return insert(line, to, line.slice(from, to).repeat(times(random)));
  },
  function swapSpans(line, random) {
    const [from, to] = span(line, random);
    const rest = line.slice(to);
    const [laterFrom, laterTo] = span(rest, random);
    const later = rest.slice(laterFrom, laterTo);
    return line.slice(0, from) + later + rest.slice(0, laterFrom) + line.slice(from, to) + rest.slice(laterTo);
  },
  function splice(line, random, anyLine) {
    const other = anyLine();
    return line.slice(0, place(line, random)) + other.slice(place(other, random));
  },
  function embed(line, random, anyLine) {
    const other = anyLine();
    const [from, to] = span(other, random);
    return insert(line, place(line, random), other.slice(from, to));
  },
  function repeatPiece(line, random) {
    return insert(line, place(line, random), one(PIECES, random, ' ').repeat(times(random)));
  },
  function replaceByPiece(line, random) {
    const [from, to] = span(line, random);
    return line.slice(0, from) + one(PIECES, random, ' ') + line.slice(to);
  },
  function insertOddBytes(line, random) {
    return insert(line, place(line, random), one(ODD_BYTES, random, '\0').repeat(times(random)));
  },
  function makeLong(line, random) {
    return insert(line, place(line, random), one(['a', 'Z', '0', '.', '\xe4'], random, 'a').repeat(random(1 << 15)));
  },
  (line, random) => line.slice(0, place(line, random)),
  function changeNumber(line, random) {
    const numbers = [...line.matchAll(/\d+/g)];
    const number = numbers[random(numbers.length)];
    if (number === undefined) return line;
    return line.slice(0, number.index) + one(NUMBERS, random, '0') + line.slice(number.index + number[0].length);
  },
  function changeValue(line, random) {
    const values = [...line.matchAll(/"[^"]*"|(?<=[:=,\t])[^\s:=,\t]+/g)];
    const value = values[random(values.length)];
    if (value === undefined) return line;
    return line.slice(0, value.index) + one(VALUES, random, '') + line.slice(value.index + value[0].length);
  },
  function unbalance(line, random) {
    const quotes = [...line.matchAll(/["'`<>()[\]{}]/g)];
    const at = quotes[random(quotes.length)]?.index;
    if (at !== undefined && random(2) === 0) return line.slice(0, at) + line.slice(at + 1);
    return insert(line, place(line, random), one(QUOTES, random, '"').repeat(times(random)));
  },
  function imitate(line, random) {
    const addresses = [...line.matchAll(/[<=@[]/g)];
    const at = addresses[random(addresses.length)]?.index ?? line.length;
    return insert(line, at + random(3), one(IMITATIONS, random, '').repeat(random(10) === 0 ? times(random) : 1));
  },
  function nest(line, random) {
    const [open, close] = one([['{"a":', '}'] as const, ['[', ']'] as const, ['"\\"', '"'] as const], random, ['', '']);
    const depth = times(random);
    const [from, to] = span(line, random);
    const inner = open.repeat(depth) + line.slice(from, to) + close.repeat(random(2) === 0 ? depth : random(depth));
    return line.slice(0, from) + inner + line.slice(to);
  },
];

/** A line of one of the groups after some mutations, as the bytes of a log line that a latin1 string stands for. */
export function mutateOne(groups: readonly (readonly string[])[], random: Random): string {
  // Each group has the same share: the format that has least lines is not tried least.
  const anyLine = (): string => one(one(groups, random, []), random, '');
  let line = anyLine();
  for (let left = 1 + random(4); left > 0; left--) {
    const mutation = MUTATIONS[random(MUTATIONS.length)];
    if (mutation !== undefined) line = mutation(line, random, anyLine).slice(0, MAX_BYTES);
  }
  return Buffer.from(line.replaceAll('\n', ' '), 'latin1').toString('latin1');
}
