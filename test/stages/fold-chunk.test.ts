import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { eachLine, foldChunk, restOf } from '../../src/stages/fold-chunk.js';
import { jsonLines } from '../support/analysis.js';
import { AGGREGATE, identityOf } from '../support/runs.js';
import { connectLine } from '../support/sources.js';

const MAX_LINE_BYTES = 1 << 16;
const NOON = Date.UTC(2026, 10, 23, 12);

/** A line with its first byte. */
type Line = readonly [string, number];

function linesOf(bytes: Buffer): { readonly lines: readonly Line[]; readonly long: readonly Line[] } {
  const lines: Line[] = [];
  const long: Line[] = [];
  eachLine(bytes, {
    take: ({ text, from }, start, end) => lines.push([text.substring(start, end), from + start]),
    takeLong: (start, end) => long.push([bytes.toString('latin1', start, end), start]),
  });
  return { lines, long };
}

/** What `eachLine` must find: lines begin behind NULs, and end at eight of them as well. */
function plainLinesOf(bytes: Buffer): ReturnType<typeof linesOf> {
  const text = bytes.toString('latin1');
  const lines: Line[] = [];
  for (let at = 0; at < text.length;) {
    while (text[at] === '\0') at += 1;
    if (at === text.length) break;
    const rest = text.slice(at);
    const [line = ''] = rest.split(/\n|\0{8}/, 1);
    lines.push([line, at]);
    at += line.length + 1;
  }
  const isLong = ([line]: Line): boolean => line.length > MAX_LINE_BYTES;
  return { lines: lines.filter((line) => !isLong(line)), long: lines.filter(isLong) };
}

test('lines are found with their first byte, whatever their lengths and bytes; those over 64 KiB apart', () => {
  const nuls = fc
    .oneof(fc.nat(12), fc.integer({ min: MAX_LINE_BYTES - 9, max: MAX_LINE_BYTES + 9 }))
    .map((length) => new Uint8Array(length));
  const word = fc.uint8Array({ maxLength: 3 });
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(word, nuls, word, nuls, word).map((parts) => new Uint8Array(Buffer.concat(parts))),
    fc.integer({ min: MAX_LINE_BYTES - 3, max: MAX_LINE_BYTES + 3 }).map((length) => new Uint8Array(length).fill(120)),
    fc.integer({ min: 0, max: 3 * MAX_LINE_BYTES }).map((length) => new Uint8Array(length).fill(233)),
  );
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
    .map(([lines, isEnded]) =>
      Buffer.concat(
        lines.flatMap((bytes, i) => (isEnded || i < lines.length - 1 ? [bytes, Buffer.from('\n')] : [bytes])),
      ),
    );

  fc.assert(
    fc.property(text, (bytes) => {
      expect(linesOf(bytes)).toEqual(plainLinesOf(bytes));
    }),
    { numRuns: 60 },
  );
});

/** Folds a text that begins at byte 500 of its file, and says what became of its lines. */
function folded(text: string, leftOutBytes = 0) {
  const bytes = Buffer.from(text, 'utf8');
  const origin = 'mail.log:12ab';
  const chunk = { bytes, leftOutBytes, offset: 1000, byte: 500, origin, writtenMs: NOON, path: 'log' };
  const parse = createLineParser({ zone: createZone('UTC') });
  const task = { chunk, lead: Buffer.alloc(0), reference: { yearMs: NOON, nowMs: NOON }, defaultResolver: 'ns' };
  const result = foldChunk(task, { parse, identity: identityOf([{ id: 'mx', hosts: ['mx'] }]), config: AGGREGATE });
  const deadLetters = jsonLines(Buffer.concat(result.deadLetters).toString());
  const at = (line: string): string => `mail.log:12ab:${String(500 + bytes.indexOf(line))}`;
  const rest = result.bytes < bytes.length ? restOf(chunk, result.bytes) : undefined;
  return { lines: result.lines, rest, counted: result.totals.outcomes.counted, deadLetters, at };
}

test('blank lines are no records; all others are, and each has its own origin', () => {
  const text = `\n${connectLine(NOON, 'mx', '192.0.2.7')}\r\n\r\nbroken\n\nbr\u00f6ken`;

  const { lines, counted, deadLetters, at } = folded(text);

  expect([lines, counted]).toEqual([3, 1]);
  expect(deadLetters).toEqual([
    { reason: 'no_envelope', origin: at('broken'), text: 'broken' },
    { reason: 'no_envelope', origin: at('br\u00f6ken'), text: 'br\u00f6ken' },
  ]);
});

test("the lines around the rows of Zeek's log are no records", () => {
  const row =
    '1795435200.5\tC1\t192.0.2.1\t4000\t198.51.100.53\t53\tudp\t7\t-\tx.example\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF';
  const text = `#separator \\x09\n#fields\tts\tuid\n${row}\n# a comment\n#close\t2026-11-23-13-00-00\n`;

  const { lines, counted, deadLetters, at } = folded(text);

  expect([lines, counted]).toEqual([2, 1]);
  expect(deadLetters).toEqual([{ reason: 'no_envelope', origin: at('# a comment'), text: '# a comment' }]);
});

test('a line over 64 KiB is one dead letter that shows its start and its length; the lines around it are counted', () => {
  const connect = `${connectLine(NOON, 'mx', '192.0.2.7')}\n`;
  const longest = 'b'.repeat(MAX_LINE_BYTES);
  const text = `${connect}${'x'.repeat(MAX_LINE_BYTES + 1)}\n${longest}\n${connect}`;

  const { lines, counted, deadLetters, at } = folded(text);

  expect([lines, counted]).toEqual([4, 2]);
  expect(deadLetters).toEqual([
    { reason: 'too_long', origin: at('xxx'), text: `${'x'.repeat(200)}… (65537 bytes)` },
    { reason: 'no_envelope', origin: at('b'.repeat(9)), text: longest },
  ]);
});

test('what a crash leaves costs the line that it cut off, and no other', () => {
  const connect = connectLine(NOON, 'mx', '192.0.2.7');
  for (const count of [1, 8, 4096, MAX_LINE_BYTES + 1, 3 * MAX_LINE_BYTES]) {
    const nuls = '\0'.repeat(count);
    const cut = count < 8 ? '' : connect.slice(0, 10);
    const { lines, counted, deadLetters, at } = folded(
      `${connect}\n${cut}${nuls}${connect}\n${connect}\n${nuls}\n${nuls}`,
    );

    expect([count, lines, counted]).toEqual([count, cut === '' ? 3 : 4, 3]);
    expect(deadLetters.map(({ reason }) => reason)).toEqual(cut === '' ? [] : ['no_envelope']);
    if (cut !== '') expect(deadLetters[0]?.origin).toBe(at(`${cut}\0`));
  }
});

test('a byte order mark is no part of a line, wherever files were put together, and a carriage return none of any', () => {
  const connect = connectLine(NOON, 'mx', '192.0.2.7');
  const json = JSON.stringify({ message: connect });

  expect(folded(`\uFEFF${connect}\r\n${connect}\r\n\uFEFF${json}\r\n`)).toMatchObject({
    lines: 3,
    counted: 3,
    deadLetters: [],
  });
});

test('the length of a line of which most was left out is that of the whole line', () => {
  const { lines, deadLetters, at } = folded(`${'x'.repeat(MAX_LINE_BYTES + 1)}\n`, 7_000_000);

  expect(lines).toBe(1);
  expect(deadLetters).toEqual([{ reason: 'too_long', origin: at('x'), text: `${'x'.repeat(200)}… (7065537 bytes)` }]);
});

test('a chunk of very many panes is folded as far as there is room; what is left is a chunk of its own', () => {
  const lines = Array.from({ length: 2500 }, (_, n) => `${connectLine(NOON - n * 3_600_000, 'mx', '192.0.2.7')}\n`);
  const text = lines.toReversed().join('');

  const { lines: count, rest, counted } = folded(text);

  expect(counted).toBe(count);
  expect(count).toBeGreaterThanOrEqual(1000);
  const bytes = lines.toReversed().slice(0, count).join('').length;
  expect(rest).toMatchObject({ offset: 1000 + bytes, byte: 500 + bytes, origin: 'mail.log:12ab' });
  expect(rest?.bytes.toString()).toBe(text.slice(bytes));
});

test('a text full of gaps is cut into no more blocks than another one', () => {
  let blocks = 0;
  const endBlock = (): boolean => {
    blocks += 1;
    return true;
  };
  eachLine(Buffer.from(`a${'\0'.repeat(8)}`.repeat(MAX_LINE_BYTES / 2)), { take: () => undefined, endBlock });

  expect(blocks).toBeLessThan(7);
});
