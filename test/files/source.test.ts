import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import type { Incomplete } from '../../src/core/documents/summary.js';
import { SourceError } from '../../src/files/errors.js';
import { familiesOf } from '../../src/files/family.js';
import { FileSource, chunkBytesOf } from '../../src/files/source.js';
import type { Chunk } from '../../src/stages/ports.js';
import { FIXTURES, inFolder } from '../support/analysis.js';

const CHUNK_BYTES = 1 << 22;
const SHORT_CHUNK_BYTES = 1 << 18;
const NEWLINE = 10;

const MAX_LINE_BYTES = 1 << 16;

async function chunksOf(
  paths: readonly string[],
  stdin: Readable = Readable.from([]),
  chunkBytes = CHUNK_BYTES,
): Promise<readonly Chunk[]> {
  return (await readingOf(paths, { stdin, chunkBytes })).chunks;
}

interface Reading {
  readonly chunks: readonly Chunk[];
  readonly text: string;
  readonly incomplete: readonly Incomplete[];
}

/** What is read of the files; `onChunk` is told the number of each chunk before the next one is asked for. */
async function readingOf(
  paths: readonly string[],
  {
    stdin = Readable.from([]),
    chunkBytes = CHUNK_BYTES,
    onChunk = () => undefined,
  }: { stdin?: Readable; chunkBytes?: number; onChunk?: (chunk: number) => void } = {},
): Promise<Reading> {
  const chunks: Chunk[] = [];
  const incomplete: Incomplete[] = [];
  for (const family of familiesOf(paths)) {
    const source = new FileSource(family, { stdin, signal: new AbortController().signal, chunkBytes });
    // A chunk's bytes are good until the next one is asked for.
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      chunks.push({ ...chunk, bytes: Buffer.from(chunk.bytes) });
      onChunk(chunks.length);
    }
    await source.close();
    incomplete.push(...source.incomplete);
  }
  return { chunks, text: Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('latin1'), incomplete };
}

/** A log of so many bytes at least; line `i` is as long as `lengthOf(i)`. */
function log(bytes: number, lengthOf: (line: number) => number): Buffer {
  const lines: string[] = [];
  for (let size = 0, i = 0; size < bytes; i += 1) {
    const line = String(i).padEnd(lengthOf(i), '.');
    lines.push(line);
    size += line.length + 1;
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

function* cut(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const length = lengths[i % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** Where a line begins, its first character, and its length. */
type Line = readonly [number, string, number];

function linesOf(bytes: Buffer): readonly Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    lines.push([at, bytes.toString('latin1', at, Math.min(at + 1, end)), end - at]);
    at = end + 1;
  }
  return lines;
}

/** The lines of a chunk with their places in the source; what was left out of one counts in its length. */
function linesIn({ bytes, offset, leftOutBytes }: Chunk): readonly Line[] {
  const lines = linesOf(bytes);
  if (leftOutBytes > 0) expect(lines.length).toBe(1);
  return lines.map(([at, start, length]) => [offset + at, start, length + leftOutBytes]);
}

describe('what a repeat at the start of a chunk is about', () => {
  const REPEAT = 'Nov 23 01:57:14 gpo last message repeated 2 times';
  const textOf = (lines: readonly string[]): Readable => Readable.from([Buffer.from(`${lines.join('\n')}\n`)]);
  const beforeOf = async (lines: readonly string[]): Promise<readonly (string | undefined)[]> =>
    (await chunksOf(['-'], textOf(lines), SHORT_CHUNK_BYTES)).map(({ before }) => before?.toString());

  test('is the last line of the chunk before', async () => {
    const lines = Array.from({ length: 6 }, (_, i) => String(i).padEnd(60_000, '.'));

    expect(await beforeOf(lines)).toEqual([undefined, lines[3]]);
  });

  test('is what that one is about, if it is a repeat as well, over chunks of nothing else', async () => {
    const lines = ['first', ...new Array<string>(13_000).fill(REPEAT)];

    expect(await beforeOf(lines)).toEqual([undefined, 'first', 'first']);
  });

  test('is nothing after a line that is too long', async () => {
    const lines = ['a'.repeat(300_000), 'b'.repeat(70_000), 'c'.repeat(200_000), 'd'];

    expect(new Set(await beforeOf(lines))).toEqual(new Set([undefined]));
  });
});

describe('chunks', () => {
  const bytes = log(9_000_000, (line) => (line * 7919) % 300);

  test('end with the end of a line and make up the source, whatever the pieces that it arrives in', async () => {
    const usual = (await chunksOf(['-'], Readable.from(cut(bytes, [65_536])))).map((chunk) => chunk.bytes);

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 6_000_000 }), { minLength: 1, maxLength: 8 }),
        async (lengths) => {
          // A piece of one byte after the other would only take time.
          const chunks = await chunksOf(['-'], Readable.from(cut(bytes, [...lengths, 100_003])));

          expect(chunks.map((chunk) => chunk.bytes.length)).toEqual(usual.map((chunk) => chunk.length));
          expect(Buffer.concat(chunks.map((chunk) => chunk.bytes)).equals(bytes)).toBe(true);
          let offset = 0;
          for (const chunk of chunks) {
            expect(chunk.bytes[chunk.bytes.length - 1]).toBe(NEWLINE);
            expect(chunk.bytes.length).toBeLessThanOrEqual(CHUNK_BYTES);
            expect([chunk.offset, chunk.byte]).toEqual([offset, offset]);
            offset += chunk.bytes.length;
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('have all lines with their places, lengths and origin, however long they and the lines are', async () => {
    const bounds = [MAX_LINE_BYTES, SHORT_CHUNK_BYTES, CHUNK_BYTES - MAX_LINE_BYTES, CHUNK_BYTES, 2 * CHUNK_BYTES];
    const run = fc.record({
      lengths: fc.array(
        fc.oneof(fc.nat(200), ...bounds.map((about) => fc.integer({ min: about - 2, max: about + 2 }))),
        { maxLength: 6 },
      ),
      isEnded: fc.boolean(),
      cuts: fc.array(fc.integer({ min: 1, max: 6_000_000 }), { minLength: 1, maxLength: 4 }),
      chunkBytes: fc.integer({ min: SHORT_CHUNK_BYTES, max: CHUNK_BYTES }),
    });

    await fc.assert(
      fc.asyncProperty(run, async ({ lengths, isEnded, cuts, chunkBytes }) => {
        const whole = Buffer.from(
          lengths.map((size, i) => String(i).repeat(size)).join('\n') + (isEnded ? '\n' : ''),
          'latin1',
        );
        const chunks = await chunksOf(['-'], Readable.from(cut(whole, [...cuts, 100_003])), chunkBytes);

        expect(chunks.flatMap(linesIn)).toEqual(linesOf(whole));
        for (const { bytes: piece, offset, leftOutBytes } of chunks) {
          expect(piece.length).toBeLessThanOrEqual(chunkBytes);
          if (leftOutBytes === 0) continue;
          expect(piece.length).toBeGreaterThan(MAX_LINE_BYTES);
          const start = whole.subarray(offset, offset + MAX_LINE_BYTES);
          expect(piece.subarray(0, MAX_LINE_BYTES).equals(start)).toBe(true);
        }
        const [usual] = await chunksOf(['-'], Readable.from([whole]));
        expect(chunks.every(({ origin }) => origin === usual?.origin)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test.each([
    [1, 1 << 21],
    [32, 1 << 21],
    [33, 2_033_601],
    [200, 335_544],
    [256, SHORT_CHUNK_BYTES],
    [257, SHORT_CHUNK_BYTES],
    [5000, SHORT_CHUNK_BYTES],
  ])('of %i sources are %i bytes long', (count, bytes) => {
    expect(chunkBytesOf(count)).toBe(bytes);
  });

  test('have the last line also where nothing ends it', async () => {
    const chunks = await chunksOf(['-'], Readable.from([Buffer.from('one\ntw'), Buffer.from('o')]));

    expect(chunks.map((chunk) => chunk.bytes.toString())).toEqual(['one\ntwo']);
  });
});

describe('a file', () => {
  const text = log(100_000, (line) => line % 90);

  test('reads the same plain, compressed, from several gzip members, from a pipe and over rotations', async () => {
    await inFolder(async (folder) => {
      const path = (name: string): string => join(folder, name);
      const half = text.indexOf(NEWLINE, text.length / 2) + 1;
      writeFileSync(path('plain.log'), text);
      writeFileSync(path('packed.log.gz'), gzipSync(text));
      writeFileSync(path('hidden'), gzipSync(text));
      writeFileSync(
        path('members.gz'),
        Buffer.concat([gzipSync(text.subarray(0, half)), gzipSync(text.subarray(half))]),
      );
      writeFileSync(path('split.log.1'), text.subarray(0, half));
      writeFileSync(path('split.log'), text.subarray(half));

      for (const names of [
        ['plain.log'],
        ['packed.log.gz'],
        ['hidden'],
        ['members.gz'],
        ['split.log', 'split.log.1'],
      ]) {
        const chunks = await chunksOf(names.map(path));
        expect([names, Buffer.concat(chunks.map((chunk) => chunk.bytes)).equals(text)]).toEqual([names, true]);
      }
    });
  });

  test('has a line longer than a chunk at the same places plain, compressed and from a pipe', async () => {
    await inFolder(async (folder) => {
      const long = Buffer.concat([text, Buffer.alloc(2 * CHUNK_BYTES, 'x'), Buffer.from('\n'), text]);
      writeFileSync(join(folder, 'plain.log'), long);
      writeFileSync(join(folder, 'packed.log.gz'), gzipSync(long));
      writeFileSync(join(folder, 'next.log'), 'next\n');
      writeFileSync(join(folder, 'next.log.1'), long);

      for (const chunks of [
        await chunksOf([join(folder, 'plain.log')]),
        await chunksOf([join(folder, 'packed.log.gz')]),
        await chunksOf([join(folder, 'packed.log.gz')], undefined, SHORT_CHUNK_BYTES),
        await chunksOf(['-'], Readable.from(cut(long, [65_536]))),
      ])
        expect(chunks.flatMap(linesIn)).toEqual(linesOf(long));
      const rotated = await chunksOf([join(folder, 'next.log'), join(folder, 'next.log.1')]);
      expect(rotated.flatMap(linesIn)).toEqual([...linesOf(long), [long.length, 'n', 4]]);
    });
  });

  test('goes on in its next rotation: offsets run through, bytes begin anew', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'm.1'), 'one\ntwo\n');
      writeFileSync(join(folder, 'm'), 'three\n');

      const chunks = await chunksOf([join(folder, 'm'), join(folder, 'm.1')]);

      expect(chunks.map(({ offset, byte, path }) => [offset, byte, basename(path)])).toEqual([
        [0, 0, 'm.1'],
        [8, 0, 'm'],
      ]);
    });
  });

  test('has the same origin before and after it is rotated and compressed', async () => {
    await inFolder(async (folder) => {
      for (const [name, bytes] of [
        ['mail.log', text],
        ['mail.log.1', text],
        ['mail.log.2.gz', gzipSync(text)],
        ['mail.log-20260301', text],
      ] as const)
        writeFileSync(join(folder, name), bytes);
      const originOf = async (name: string): Promise<string | undefined> =>
        (await chunksOf([join(folder, name)]))[0]?.origin;

      const origins = new Set<string | undefined>();
      for (const name of ['mail.log', 'mail.log.1', 'mail.log.2.gz', 'mail.log-20260301'])
        origins.add(await originOf(name));
      // The log that follows it has another one, and so has a log that is still growing the same.
      writeFileSync(join(folder, 'mail.log'), text.subarray(text.indexOf(NEWLINE) + 1));
      const next = await originOf('mail.log');
      writeFileSync(join(folder, 'mail.log'), text.subarray(0, 5000));

      expect(origins.size).toBe(1);
      expect([...origins][0]).toMatch(/^mail\.log:[0-9a-f]{12}$/);
      expect(origins.has(next)).toBe(false);
      expect(origins.has(await originOf('mail.log'))).toBe(true);
    });
  });

  test('was written when its file system says so, a compressed one when its header says so', async () => {
    await inFolder(async (folder) => {
      const writtenMs = Date.UTC(2026, 0, 5);
      const stamped = gzipSync('a line\n');
      stamped.writeUInt32LE(Date.UTC(2025, 11, 31) / 1000, 4);
      const unstamped = gzipSync('a line\n');
      unstamped.writeUInt32LE(0, 4);
      for (const [name, bytes] of [
        ['plain', 'a line\n'],
        ['stamped.gz', stamped],
        ['unstamped.gz', unstamped],
      ] as const) {
        writeFileSync(join(folder, name), bytes);
        utimesSync(join(folder, name), writtenMs / 1000, writtenMs / 1000);
      }
      const writtenOf = async (name: string): Promise<number | undefined> =>
        (await chunksOf([join(folder, name)]))[0]?.writtenMs;

      expect(await writtenOf('plain')).toBe(writtenMs);
      expect(await writtenOf('stamped.gz')).toBe(Date.UTC(2025, 11, 31));
      expect(await writtenOf('unstamped.gz')).toBe(writtenMs);
      expect((await chunksOf(['-'], Readable.from([Buffer.from('a line\n')])))[0]?.writtenMs).toBeNaN();
    });
  });

  test('that is empty has no chunk', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'empty'), '');
      writeFileSync(join(folder, 'packed.gz'), gzipSync(''));

      expect(await chunksOf([join(folder, 'empty'), join(folder, 'packed.gz')])).toEqual([]);
    });
  });

  test('of a few bytes that look like the start of gzip is read as it is', async () => {
    await inFolder(async (folder) => {
      const bytes = Buffer.from([0x1f, 0x8b, 0x08]);
      writeFileSync(join(folder, 'short'), bytes);

      expect((await chunksOf([join(folder, 'short')])).map((chunk) => chunk.bytes)).toEqual([bytes]);
    });
  });

  test('may be a named pipe, plain or compressed', async () => {
    await inFolder(async (folder) => {
      for (const bytes of [text, gzipSync(text)]) {
        const pipe = namedPipe(folder);
        const [chunks] = await Promise.all([chunksOf([pipe]), writeInto(pipe, bytes)]);

        expect(Buffer.concat(chunks.map((chunk) => chunk.bytes)).equals(text)).toBe(true);
      }
    });
  });

  test('that is a pipe without a writer, or a silent one, is given up when the signal comes', async () => {
    await inFolder(async (folder) => {
      for (const stdin of [undefined, new Readable({ read: () => undefined })]) {
        const path = stdin === undefined ? namedPipe(folder) : '-';
        const abort = new AbortController();
        const [family] = familiesOf([path]);
        const reading = new FileSource(family ?? fail(), {
          stdin: stdin ?? Readable.from([]),
          signal: abort.signal,
          chunkBytes: CHUNK_BYTES,
        }).next();
        abort.abort();

        await expect(reading).rejects.toThrow(SourceError);
      }
    });
  });
});

/** The start of the bundled mail log, and files of it in each packing. */
const PACKED = join(import.meta.dirname, 'unpack', 'packed');
const MAIL = gunzipSync(readFileSync(join(FIXTURES, 'dept', 'mail.log.gz'))).toString('latin1');
const LONG = MAIL.slice(0, 300_000);

describe('a packed file', () => {
  const names = ['long.xz', 'long.bz2', 'long.zst'];

  test('is known by its first bytes, from a file of any name, standard input and a pipe', async () => {
    await inFolder(async (folder) => {
      for (const name of names) {
        const bytes = readFileSync(join(PACKED, name));
        copyFileSync(join(PACKED, name), join(folder, 'mail.log'));
        const pipe = namedPipe(folder);
        const [fromPipe] = await Promise.all([readingOf([pipe]), writeInto(pipe, bytes)]);
        const readings = [
          fromPipe,
          await readingOf([join(folder, 'mail.log')]),
          // The first bytes may come one by one.
          await readingOf(['-'], { stdin: Readable.from(cut(bytes, [1, 2, 3, 5, 60_000])) }),
        ];

        for (const { text, incomplete } of readings)
          expect([name, text === LONG, incomplete]).toEqual([name, true, []]);
      }
    });
  });

  test('is read in step with others of its kind', async () => {
    for (const name of names) {
      const paths = [join(PACKED, name), join(PACKED, name), join(PACKED, name)];
      const sources = paths.flatMap((path) =>
        familiesOf([path]).map(
          (family) =>
            new FileSource(family, {
              stdin: Readable.from([]),
              signal: new AbortController().signal,
              chunkBytes: SHORT_CHUNK_BYTES,
            }),
        ),
      );
      const read: Buffer[][] = sources.map(() => []);
      for (let open = sources.length; open > 0;) {
        open = 0;
        for (const [i, source] of sources.entries()) {
          const chunk = await source.next();
          if (chunk === undefined) continue;
          open += 1;
          read[i]?.push(Buffer.from(chunk.bytes));
        }
      }

      expect(read.every((pieces) => Buffer.concat(pieces).toString('latin1') === LONG)).toBe(true);
    }
  });

  test('that is damaged ends there: what is before it and the next rotation are read', async () => {
    await inFolder(async (folder) => {
      for (const name of [...names, 'long.gz']) {
        const packed = name === 'long.gz' ? gzipSync(LONG) : readFileSync(join(PACKED, name));
        writeFileSync(join(folder, 'mail.log.1'), packed.subarray(0, 0.7 * packed.length));
        writeFileSync(join(folder, 'mail.log'), 'the next\n');

        const { chunks, text, incomplete } = await readingOf([join(folder, 'mail.log'), join(folder, 'mail.log.1')]);

        const read = text.length - 'the next\n'.length;
        expect(text).toBe(`${LONG.slice(0, read)}the next\n`);
        expect(read).toBeGreaterThan(0.3 * LONG.length);
        expect(incomplete).toEqual([
          {
            file: join(folder, 'mail.log.1'),
            after_byte: read,
            reason: expect.stringMatching(/^the \w+ data (is damaged or )?ends too early$/),
          },
        ]);
        expect(chunks.at(-1)).toMatchObject({ offset: read, byte: 0 });
      }
    });
  });

  test('that needs too much memory is an error that names the limit and the way around it', async () => {
    await expect(chunksOf([join(PACKED, 'dictionary-128-mib.xz')])).rejects.toThrow(
      /dictionary-128-mib\.xz after byte 0: It needs a dictionary of 128 MiB .* 64 MiB is the limit\. Give what "xz -dc FILE" writes to standard input \(as -\)\.$/,
    );
  });
});

describe('a file that changes while it is read:', () => {
  const first = 'first\n'.repeat(100_000);
  const second = 'second\n'.repeat(100_000);
  const third = 'third\n'.repeat(100_000);

  /** Reads a log with two rotations, with this done to it after the first of many chunks. */
  async function readWhile(change: (folder: string) => void): Promise<Reading & { readonly folder: string }> {
    return inFolder(async (folder) => {
      writeFileSync(join(folder, 'm.2'), first);
      writeFileSync(join(folder, 'm.1'), second);
      writeFileSync(join(folder, 'm'), third);
      const reading = await readingOf(
        ['m.2', 'm.1', 'm'].map((name) => join(folder, name)),
        {
          chunkBytes: SHORT_CHUNK_BYTES,
          onChunk: (chunk) => {
            if (chunk === 1) change(folder);
          },
        },
      );
      return { ...reading, folder };
    });
  }

  test('rotated, all of it is read once', async () => {
    const { text, incomplete } = await readWhile((folder) => {
      for (const [from, to] of [
        ['m.2', 'm.3'],
        ['m.1', 'm.2'],
        ['m', 'm.1'],
      ] as const)
        renameSync(join(folder, from), join(folder, to));
      writeFileSync(join(folder, 'm'), 'a new one\n');
    });

    expect([text === first + second + third, incomplete]).toEqual([true, []]);
  });

  test('removed or packed before it is its turn, the others are read, and it is named', async () => {
    const { text, incomplete, folder } = await readWhile((all) => {
      rmSync(join(all, 'm.1'));
      writeFileSync(join(all, 'm.1.gz'), gzipSync(second));
      rmSync(join(all, 'm.2'));
    });

    expect(text === first + third).toBe(true);
    expect(incomplete).toEqual([
      { file: join(folder, 'm.1'), after_byte: 0, reason: 'it was rotated or removed before it was read' },
    ]);
  });

  test('copied and emptied, what was read of it counts, and it is named', async () => {
    const { text, incomplete, folder } = await readWhile((all) => {
      truncateSync(join(all, 'm.2'));
    });

    const read = text.length - second.length - third.length;
    expect(text === first.slice(0, read) + second + third).toBe(true);
    expect(read).toBeGreaterThan(0);
    expect(incomplete).toEqual([
      { file: join(folder, 'm.2'), after_byte: read, reason: 'the file was cut off while it was read' },
    ]);
  });

  test('emptied and written again before it is its turn, the new lines count, and it is named', async () => {
    const { text, incomplete } = await readWhile((folder) => {
      truncateSync(join(folder, 'm'));
      appendFileSync(join(folder, 'm'), 'new\n');
    });

    expect(text === `${first}${second}new\n`).toBe(true);
    expect(incomplete.map(({ after_byte, reason }) => [after_byte, reason])).toEqual([
      [4, 'the file was cut off while it was read'],
    ]);
  });

  test('grown, it is read to its new end', async () => {
    const { text, incomplete } = await readWhile((folder) => {
      appendFileSync(join(folder, 'm.2'), 'more\n');
      appendFileSync(join(folder, 'm'), 'more\n');
    });

    expect([text === `${first}more\n${second}${third}more\n`, incomplete]).toEqual([true, []]);
  });
});

test('what a bad disk does not give ends a file, and it is named', async () => {
  // A file of the kernel's that can be opened, but the first read of it is an error.
  const { chunks, incomplete } = await readingOf(['/proc/self/mem']);

  expect(chunks).toEqual([]);
  expect(incomplete).toEqual([{ file: '/proc/self/mem', after_byte: 0, reason: expect.stringContaining('EIO') }]);
});

test('a block of NULs that is longer than a chunk costs no line behind it', async () => {
  const nuls = Buffer.alloc(3 * SHORT_CHUNK_BYTES + 5);
  const bytes = Buffer.concat([Buffer.from('one\ntw'), nuls, Buffer.from('three\nfour\n')]);
  const { chunks } = await readingOf(['-'], {
    stdin: Readable.from(cut(bytes, [65_536])),
    chunkBytes: SHORT_CHUNK_BYTES,
  });

  expect(chunks.every(({ leftOutBytes }) => leftOutBytes === 0)).toBe(true);
  expect(Buffer.concat(chunks.map((chunk) => chunk.bytes)).equals(bytes)).toBe(true);
});

function fail(): never {
  throw new Error('There is no family.');
}

function namedPipe(folder: string): string {
  const pipe = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status === 0 || existsSync(pipe)).toBe(true);
  return pipe;
}

async function writeInto(pipe: string, bytes: Buffer): Promise<void> {
  const { open } = await import('node:fs/promises');
  const file = await open(pipe, 'w');
  await file.writeFile(bytes);
  await file.close();
}

describe('a log and its compressed copy', () => {
  const open = (names: readonly string[]): readonly FileSource[] =>
    familiesOf(names).map(
      (family) =>
        new FileSource(family, {
          stdin: Readable.from([]),
          signal: new AbortController().signal,
          chunkBytes: CHUNK_BYTES,
        }),
    );

  test.each([
    ['logs/mail.log', 'logs/mail.log.gz'],
    ['mail.log.1', 'mail.log.1.gz'],
    ['mail.log-20260301', 'mail.log-20260301.gz'],
    ['mail-2026-03-01.log', 'mail-2026-03-01.log.gz'],
    ['mail.log.1', 'mail.log.1.xz'],
    ['mail.log.2', 'mail.log.2.bz2'],
    ['mail.log', 'mail.log.zst'],
    ['mail.log.1.gz', 'mail.log.1.zst'],
  ])('%s and %s are an error that names both', (log, copy) => {
    for (const names of [
      [log, copy],
      [copy, 'mail.log.2', log],
    ]) {
      expect(() => open(names)).toThrow(SourceError);
      expect(() => open(names)).toThrow(`Cannot read ${log} and ${copy}: they are the same log twice. Leave one`);
    }
  });

  test('are two logs in two folders, and with other rotations', () => {
    expect(open(['a/mail.log', 'b/mail.log.gz', 'b/mail.log.1', 'b/mail.log.2.gz'])).toHaveLength(2);
  });
});

describe('it is an error that names the file', () => {
  const cases: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ['that it is missing', () => undefined, /^Cannot read .*mail\.log: .*ENOENT: no such file.*\. Check its name\.$/],
    [
      'that it is a folder',
      (path) => mkdirSync(path),
      /^Cannot read .*mail\.log: .*EISDIR: .*\. It is a folder: name the log files in it, such as FOLDER\/mail\.log\*\.$/,
    ],
    [
      'that it cannot be opened',
      (path) => symlinkSync(basename(path), path),
      /^Cannot read .*mail\.log: .*ELOOP: .*\. Mend it, or leave it out\.$/,
    ],
  ];
  test.each(cases)('%s', async (_name, make, message) => {
    await inFolder(async (folder) => {
      const path = join(folder, 'mail.log');
      make(path);

      const reading = chunksOf([path]);

      await expect(reading).rejects.toThrow(SourceError);
      await expect(reading).rejects.toThrow(message);
    });
  });

  test.each([
    ['lz4', '04224d18', /It is packed by lz4\. Give what "lz4 -dc FILE" writes to standard input/],
    ['lzma', '5d00008000ffff', /It is packed by lzma\. Give what "xz -dc --format=lzma FILE"/],
    ['lzip', '4c5a495001', /It is packed by lzip\. .*"lzip -dc FILE"/],
    ['lzop', '894c5a4f000d0a1a0a', /It is packed by lzop\. .*"lzop -dc FILE"/],
    ['zip', '504b030414', /It is a zip archive\. .*"unzip -p FILE"/],
    ['7z', '377abcaf271c', /It is a 7z archive\. .*"7z e -so FILE"/],
    ['compress', '1f9d90', /It is packed by compress\. .*"gzip -dc FILE"/],
    ['journal', Buffer.from('LPKSHHRH').toString('hex'), /systemd's journal\. .*"journalctl -o short-iso --file FILE"/],
    ['UTF-16', 'fffe4e006f00', /It is text in UTF-16\. .*"iconv -f UTF-16 -t UTF-8 FILE"/],
    ['UTF-16, the other way', 'feff004e006f', /It is text in UTF-16\. .*"iconv -f UTF-16 -t UTF-8 FILE"/],
  ])('that it is %s', async (_name, start, message) => {
    await inFolder(async (folder) => {
      const bytes = Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(100, 'x')]);
      writeFileSync(join(folder, 'mail.log'), bytes);

      for (const path of [join(folder, 'mail.log'), '-']) {
        const reading = chunksOf([path], Readable.from([bytes]));

        await expect(reading).rejects.toThrow(SourceError);
        await expect(reading).rejects.toThrow(message);
      }
    });
  });

  test('that a later rotation is a folder', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'm.1'), 'good\n');
      copyFileSync(join(folder, 'm.1'), join(folder, 'm.2'));
      mkdirSync(join(folder, 'm'));

      await expect(chunksOf(['m', 'm.1', 'm.2'].map((name) => join(folder, name)))).rejects.toThrow(SourceError);
    });
  });
});
