import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { SourceError } from '../../src/files/errors.js';
import { familiesOf } from '../../src/files/family.js';
import { FileSource, chunkBytesOf } from '../../src/files/source.js';
import type { Chunk } from '../../src/stages/ports.js';
import { inFolder } from '../support/analysis.js';

const CHUNK_BYTES = 1 << 22;
const SHORT_CHUNK_BYTES = 1 << 18;
const NEWLINE = 10;

const MAX_LINE_BYTES = 1 << 16;

async function chunksOf(
  paths: readonly string[],
  stdin: Readable = Readable.from([]),
  chunkBytes = CHUNK_BYTES,
): Promise<readonly Chunk[]> {
  const chunks: Chunk[] = [];
  for (const family of familiesOf(paths)) {
    const source = new FileSource(family, { stdin, signal: new AbortController().signal, chunkBytes });
    // A chunk's bytes are good until the next one is asked for.
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next())
      chunks.push({ ...chunk, bytes: Buffer.from(chunk.bytes) });
    await source.close();
  }
  return chunks;
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
      const long = Buffer.concat([text, Buffer.alloc(2 * CHUNK_BYTES), Buffer.from('\n'), text]);
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
      /^Cannot read .*mail\.log: .*EISDIR: .*\. It is a folder: name the log files in it\.$/,
    ],
    [
      'that it is packed in another way',
      (path) => writeFileSync(path, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04])),
      /^Cannot read .*mail\.log: It is packed by xz\. Only gzip is read: give what "xz -dc FILE" writes to standard/,
    ],
    [
      'that it cannot be opened',
      (path) => symlinkSync(basename(path), path),
      /^Cannot read .*mail\.log: .*ELOOP: .*\. Mend it, or leave it out\.$/,
    ],
    [
      'that its gzip data ends too early',
      (path) => writeFileSync(path, gzipSync(randomBytes(900_000)).subarray(0, 500_000)),
      /^Cannot read .*mail\.log after byte [4-5]\d{5}: .*unexpected end of file\. .*gzip -dc/,
    ],
    [
      'that its gzip data is damaged',
      (path) => {
        const bytes = gzipSync(log(9_000_000, (line) => line % 90));
        bytes.fill(0xff, bytes.length - 1000, bytes.length - 900);
        writeFileSync(path, bytes);
      },
      /^Cannot read .*mail\.log after byte 8\d{6}: .*gzip -dc/,
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

  test('that a later rotation is damaged', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'm.1'), 'good\n');
      copyFileSync(join(folder, 'm.1'), join(folder, 'm.2'));
      mkdirSync(join(folder, 'm'));

      await expect(chunksOf(['m', 'm.1', 'm.2'].map((name) => join(folder, name)))).rejects.toThrow(SourceError);
    });
  });
});
