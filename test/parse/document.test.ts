import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBlock } from '../../src/parse/block.js';
import { Document } from '../../src/parse/document.js';
import { fields } from '../../src/parse/field.js';
import type { Field } from '../../src/parse/field.js';
import { TextBlocks } from '../../src/parse/text-block.js';

const NAME = fields('log.syslog.hostname host.name');
const PID = fields('process.pid pid');
const [LOG = 0] = fields('log');
const NAMES = 'log log.syslog.hostname host.name process.pid pid'.split(' ');

/** What a text in the middle of a block is, `undefined` if it is no document. */
function read(text: string): Document | undefined {
  const block = createBlock(Buffer.from(`"${text}"`));
  const document = new Document();
  return document.read(block, 1, block.bytes.length - 1) ? document : undefined;
}

function documentOf(value: unknown): Document {
  const document = read(JSON.stringify(value));
  if (document === undefined) throw new TypeError('no document');
  return document;
}

/** The first line of the text in a field, as UTF-8. */
function lineIn(document: Document, field: Field): string | undefined {
  const text = document.string(field) ?? document.bytes(field);
  const span = text === undefined ? undefined : new TextBlocks().plain(text);
  if (span === undefined) return undefined;
  const bytes = Buffer.from(span.block.bytes.subarray(span.start, span.end));
  expect(span.block.text.substring(span.start, span.end)).toBe(bytes.toString('latin1'));
  return bytes.toString();
}

describe('a field is found', () => {
  test.each([
    [{ log: { syslog: { hostname: 'mx1' } } }],
    [{ 'log.syslog.hostname': 'mx1' }],
    [{ 'log.syslog': { hostname: 'mx1' } }],
    [{ log: { 'syslog.hostname': 'mx1' } }],
    [{ log: [{ syslog: { hostname: ['mx1', 'mx2'] } }] }],
    [{ host: { name: 'other' }, log: { syslog: { hostname: 'mx1' } } }],
    [{ log: { syslog: { hostname: '' } }, host: { name: 'mx1' } }],
    [{ log: { syslog: { hostname: null } }, 'host.name': 'mx1' }],
    [{ log: 'text', host: { name: 'mx1' } }],
  ])('in %j', (value) => {
    expect(documentOf(value).text(NAME)).toBe('mx1');
    expect(documentOf(value).has(NAME)).toBe(true);
  });

  test.each([
    ['{"host.name":"mx0","host.name":"mx1"}'],
    ['{"host":{"name":"mx0"},"host":{"name":"mx1"}}'],
    ['{"host.name":"mx0","host":{"name":"mx2"},"host.name":"mx1"}'],
    ['{"host.name":"mx1","host":{"name":"mx2"},"host":{}}'],
    [String.raw`{"h\u006fst":{"n\u0061me":"m\u00781"}}`],
    ['{ "host" : [ { "name" : [ "mx1" ] } ] } '],
  ])('in %s', (text) => {
    expect(read(text)?.text(NAME)).toBe('mx1');
  });

  test('behind lists in lists, however many', () => {
    const lists = '['.repeat(60_000) + ']'.repeat(60_000);

    expect(read(`{"x":${lists},"pid":7}`)?.integer(PID)).toBe(7);
    // Not worth the time that it costs to write such lists.
    expect(read(`{"x":${lists},"pid":6,"pid":7}`)).toBeUndefined();
    expect(read(`{"x":[[[[[]]]]],"pid":6,"pid":7}`)?.integer(PID)).toBe(7);
  });
});

test.each([[{}], [{ log: [] }], [{ host: { name: {} } }], [{ host: { name: true } }], [{ host: [[{ name: 'x' }]] }]])(
  'no text is found in %j',
  (value) => {
    expect(documentOf(value).text(NAME)).toBe('');
    expect(documentOf(value).has(NAME)).toBe(false);
  },
);

test('names of what every object has are not found', () => {
  expect(documentOf({}).text(fields('constructor.name toString'))).toBe('');
});

test.each([
  [7, 7],
  ['7', 7],
  [['7'], 7],
  [0, 0],
  [-1, undefined],
  [1.5, undefined],
  ['', undefined],
  ['seven', undefined],
  ['1e400', undefined],
  [null, undefined],
])('%j as a whole number is %j', (value, expected) => {
  expect(documentOf({ process: { pid: value } }).integer(PID)).toBe(expected);
});

describe('the line in a text', () => {
  test.each([
    ['plain', 'plain'],
    ['one\nmore', 'one'],
    ['"quoted"\t\\', '"quoted"\t\\'],
    ['j\u00f6rg \u4f60\u597d \u{1f600}\n', 'j\u00f6rg \u4f60\u597d \u{1f600}'],
    ['\ud83d \ude00', '\ufffd \ufffd'],
    ['x'.repeat(20_000) + '\t', 'x'.repeat(20_000) + '\t'],
    [['first', 'second'], 'first'],
    [[106, 195, 182, 10, 7], 'j\u00f6'],
    [[106, 256], undefined],
    [[106, -1], undefined],
    [[106, 1.5], undefined],
    [[106, '7'], undefined],
    [[106, [7]], undefined],
    [{}, undefined],
    [null, undefined],
  ])('%j is %j', (log, expected) => {
    const text = JSON.stringify({ log });
    const escaped = text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

    expect(lineIn(documentOf({ log }), LOG)).toBe(expected);
    expect(lineIn(read(escaped) ?? new Document(), LOG)).toBe(expected);
  });
});

test.each(['', '[]', '[{}]', '"x"', 'null', '1', '{', '{}x', '{"a":1'])('%j is no document', (text) => {
  expect(read(text)).toBeUndefined();
});

/** What `JSON.parse` makes of a text, `undefined` if it is no object or does not begin as one. */
function parsed(text: string): object | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function firstOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const list: readonly unknown[] = value;
  return list[0];
}

/** The value of a dotted name in an object. */
function lookUp(object: object, name: string): unknown {
  for (const [key, value] of Object.entries(object)) {
    const inner: unknown = firstOf(value);
    const isInner = name.startsWith(`${key}.`) && typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    const found: unknown = key === name ? value : isInner ? lookUp(inner, name.slice(key.length + 1)) : undefined;
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

const blank = fc.constantFrom('', '', '', ' ', '\t', '\r ', '\n');
const string = fc.oneof(
  // Where one is in a text, that is taken for latin1.
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => JSON.stringify(text.replaceAll('\ufffd', ''))),
  fc.constantFrom(...String.raw`"" "7" "mx1" "\n" "\/" "\ud83d\ude00" "\ud83d" "\u00F6" "\x" "\u12" "`.split(' ')),
);
const key = fc.oneof(
  fc.constantFrom(...'log syslog hostname host name process pid x log.syslog syslog.hostname host.name'.split(' ')),
  fc.constantFrom(...NAMES, String.raw`h\u006fst`, String.raw`\u0070id`, 'p\u0131d', '__proto__', ''),
);
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(...'0 -0 01 1. .5 -1e5 1E+2 1e 1e+ - +1 1.50 0.0e-0 2x'.split(' ')),
);
/** Texts that are JSON, or nearly so. */
const json = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    string,
    number,
    fc.constantFrom('null', 'true', 'false', 'null', 'nul', 'True', 'nulll', ''),
    tie('object'),
    fc
      .array(fc.tuple(blank, tie('value'), blank), { maxLength: 3 })
      .map((list) => `[${list.map((v) => v.join('')).join(',')}]`),
  ),
  object: fc
    .array(fc.tuple(blank, key, blank, blank, tie('value'), blank), { maxLength: 6 })
    .map((entries) => `{${entries.map(([a, k, b, c, v, d]) => `${a}"${k}"${b}:${c}${v}${d}`).join(',')}}`),
})).object;
const DAMAGE = '{ } [ ] " , : \\ 0 - . e n \u0000 \u0009 \u007f \u00a0 \u00f6';
/** The same with something amiss somewhere. */
const damaged = fc
  .tuple(json, fc.nat(), fc.nat(2), fc.constantFrom(' ', ...DAMAGE.split(' ')))
  .map(([text, at, cut, inserted]) => {
    const place = at % (text.length + 1);
    const changed = text.slice(0, place) + inserted + text.slice(place + cut);
    // A pair of surrogates may have been cut.
    return Buffer.from(changed).toString().replaceAll('\ufffd', '');
  });

test('what is a document, and what its fields are, is as by JSON.parse', () => {
  let documents = 0;
  fc.assert(
    fc.property(fc.oneof(json, damaged), (text) => {
      const expected = parsed(text);
      const document = read(text);
      expect(document !== undefined).toBe(expected !== undefined);
      if (document === undefined || expected === undefined) return;
      // Of a document with a key twice, -0 and what is infinite is written as another value.
      if (!isDeepStrictEqual(JSON.parse(JSON.stringify(expected)), expected)) return;
      documents += 1;
      for (const name of NAMES) {
        const value = firstOf(lookUp(expected, name));
        const isText = typeof value === 'string' || typeof value === 'number';
        const [field = 0] = fields(name);
        // Half a character becomes one that says so.
        expect(document.text([field])).toBe(isText ? Buffer.from(String(value)).toString() : '');
        expect(document.has([field])).toBe(isText && value !== '');
        expect(document.number(field)).toBe(typeof value === 'number' ? value : undefined);
        if (typeof value === 'string')
          expect(lineIn(document, field)).toBe(Buffer.from(value.split('\n', 1).join('')).toString());
        expect(document.hasObject(field)).toBe(isObject(lookUp(expected, name)));
      }
    }),
    { numRuns: 5000 },
  );
  expect(documents).toBeGreaterThan(500);
});

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
