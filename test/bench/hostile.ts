// `npm run bench:hostile -- [CANDIDATES] [SEED]`: what the most expensive lines cost per byte, next to ordinary ones.
import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import { eachLine } from '../../src/stages/fold-chunk.js';
import { PIECES } from '../support/mutate.js';
import { createRandom } from '../support/random.js';
import type { Random } from '../support/random.js';
import { SEEDS } from '../support/seeds.js';

/** A short line costs more per byte than a long one, unless something in it grows faster than the line. */
const LINE_BYTES = [256, 2048, 16_384];
/** Of the candidates that seemed most expensive so many are measured well. */
const FINALISTS = 40;
const RUNS = 15;
/** A search that goes back over the line costs four times as much per byte in a line four times as long. */
const GROWTH = 4;
/** A crafted line may cost so many times what ordinary ones of its format cost per byte. */
const LIMIT = 10;
const REFERENCE_MS = Date.UTC(2026, 10, 23, 3);

const parseLine = createLineParser({ zone: createZone('Europe/Berlin') });

/** A line of a format with something in it over and over. */
interface Candidate {
  readonly before: string;
  readonly repeated: string;
  readonly after: string;
  readonly length: number;
}

interface Measured extends Candidate {
  readonly nsPerByte: number;
}

function timeOf(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start);
}

function least(runs: number, measure: () => number): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) best = Math.min(best, measure());
  return best;
}

/** ns per byte of lines that follow one another in a log. */
function costOfLog(lines: readonly string[]): number {
  const times = Math.ceil((1 << 20) / (lines.join('\n').length + 1));
  const bytes = Buffer.from(`${lines.join('\n')}\n`.repeat(times), 'latin1');
  const run = (): void => {
    eachLine(bytes, { take: (block, start, end) => parseLine(block, start, end, REFERENCE_MS) });
  };
  return least(RUNS, () => timeOf(run)) / bytes.length;
}

/** ns per byte of a candidate, the best of some runs. The block is made once, as for other lines. */
function costOf({ before, repeated, after, length }: Candidate, runs: number): number {
  const times = Math.max(1, Math.floor((length - before.length - after.length) / repeated.length));
  const bytes = Buffer.from(before + repeated.repeat(times) + after, 'latin1');
  const block = createBlock(bytes);
  return least(runs, () => timeOf(() => parseLine(block, 0, bytes.length, REFERENCE_MS))) / bytes.length;
}

/** Something that a grammar looks for, or that it takes for that at first. */
function createCandidate(lines: readonly string[], random: Random): Candidate {
  const line = lines[random(lines.length)] ?? '';
  const edges = [...line.matchAll(/\b/g)].map(({ index }) => index);
  const at = edges[random(edges.length)] ?? 0;
  const piece = PIECES[random(PIECES.length)] ?? ' ';
  const other = PIECES[random(PIECES.length)] ?? ' ';
  const forms = [piece, piece.slice(0, -1), piece.charAt(0), piece.toLowerCase(), piece + other, `${piece} `];
  const from = random(2) === 0 ? at : (edges[random(edges.length)] ?? at);
  const length = LINE_BYTES[random(LINE_BYTES.length)] ?? 0;
  return { before: line.slice(0, at), repeated: forms[random(forms.length)] || ' ', after: line.slice(from), length };
}

function worst(lines: readonly string[], candidates: number, random: Random): Measured {
  let finalists: Measured[] = [];
  for (let number = 0; number < candidates; number++) {
    const candidate = createCandidate(lines, random);
    finalists.push({ ...candidate, nsPerByte: costOf(candidate, 2) });
    if (finalists.length >= 2 * FINALISTS) finalists = finalists.toSorted(byCost).slice(0, FINALISTS);
  }
  const measured = finalists.map((finalist) => ({ ...finalist, nsPerByte: costOf(finalist, RUNS) }));
  return measured.toSorted(byCost)[0] ?? { before: '', repeated: ' ', after: '', length: 1, nsPerByte: NaN };
}

function byCost(a: Measured, b: Measured): number {
  return b.nsPerByte - a.nsPerByte;
}

function shown({ before, repeated, after }: Candidate): string {
  const part = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll('|', '\\|');
  return `\`${part(before.slice(-40))}\` \`${part(repeated)}\` ... \`${part(after.slice(0, 20))}\``;
}

/** Short lines in which what is remembered from the line before is always something else. */
const RESTLESS: Readonly<Record<string, (number: number) => string>> = {
  'another minute': (number) => `${stamp(number)} gpo postfix/smtpd[1]: ${CONNECT}`,
  'another minute of many years': (number) => `${isoStamp(number)} gpo postfix/smtpd[1]: ${CONNECT}`,
  'the same with its offset': (number) => `${isoStamp(number)}Z gpo postfix/smtpd[1]: ${CONNECT}`,
  'another offset': (number) => `2026-11-23T01:57:14+${clock(number)} gpo postfix/smtpd[1]: ${CONNECT}`,
  'another host': (number) => `Nov 23 01:57:14 h${number} postfix/smtpd[1]: ${CONNECT}`,
  'another tag': (number) => `Nov 23 01:57:14 gpo postfix-${number}/smtpd[1]: ${CONNECT}`,
  'another client': (number) =>
    `Nov 23 01:57:14 gpo postfix/smtpd[1]: connect from h${number}.example[2001:db8::${number}]`,
};

const CONNECT = 'connect from mx.example.com[192.0.2.1]';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov'];

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function stamp(number: number): string {
  const day = 1 + (number % 28);
  return `${MONTHS[number % 11] ?? ''} ${two(day)} ${clock(number * 7)}:14`;
}

function clock(number: number): string {
  return `${two(number % 24)}:${two(number % 59)}`;
}

function isoStamp(number: number): string {
  return new Date(Date.UTC(1990, 0, 1, 0, number * 83)).toISOString().slice(0, 19);
}

function main(candidates: number, seed: number): void {
  process.stdout.write(`${candidates.toLocaleString('en-US')} candidates of each format, from seed ${seed}\n\n`);
  const random = createRandom(seed);
  process.stdout.write(
    '| format | ordinary, ns per byte | worst found | ratio | bytes | growth | before, repeated, after |\n',
  );
  process.stdout.write('|---|---:|---:|---:|---:|---:|---|\n');
  const found: number[] = [];
  const write = (name: string, ordinary: number, nsPerByte: number, rest: readonly string[]): void => {
    found.push(nsPerByte / ordinary);
    const cells = [name, ordinary.toFixed(1), nsPerByte.toFixed(1), (nsPerByte / ordinary).toFixed(1), ...rest];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  };
  for (const [name, lines] of Object.entries(SEEDS)) {
    const ordinary = costOfLog(lines);
    const line = worst(lines, candidates, random);
    const growth = costOf({ ...line, length: GROWTH * line.length }, RUNS) / line.nsPerByte;
    write(name, ordinary, line.nsPerByte, [String(line.length), growth.toFixed(1), shown(line)]);
  }
  const ordinary = costOfLog(SEEDS['Postfix'] ?? []);
  for (const [name, lineOf] of Object.entries(RESTLESS)) {
    const lines = Array.from({ length: 50_000 }, (_, number) => lineOf(number));
    write(name, ordinary, costOfLog(lines), ['', '', 'in each line']);
  }
  const isCheap = Math.max(...found) <= LIMIT;
  process.stdout.write(`\nThe limit is a ratio of ${LIMIT}: ${isCheap ? 'kept' : 'exceeded'}.\n`);
}

const [candidates, seed] = process.argv.slice(2).map(Number);
main(candidates ?? 100_000, seed ?? 1);
