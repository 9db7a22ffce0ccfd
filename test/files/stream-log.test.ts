import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { familiesOf } from '../../src/files/family.js';
import { StreamLog, isPipe } from '../../src/files/stream-log.js';
import type { Chunk } from '../../src/stages/ports.js';

const NOON = Date.UTC(2026, 10, 23, 12);
const CHUNK_BYTES = 1 << 18;
/** As long as what tells how a stream is packed. */
const FIRST = 'the first line of it\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mxwarden-stream-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Site {
  readonly log: StreamLog;
  readonly stdin: PassThrough;
  readonly stop: AbortController;
}

function openLog(path = '-', chunkBytes = CHUNK_BYTES): Site {
  const [family] = familiesOf([path]);
  if (family === undefined) throw new RangeError('No log.');
  const stdin = new PassThrough();
  const stop = new AbortController();
  return {
    stdin,
    stop,
    log: new StreamLog(family, path, { stdin, chunkBytes, nowMs: () => NOON, signal: stop.signal }),
  };
}

/** The next chunk, whose bytes are copied; `undefined` at the end. */
async function nextOf(log: StreamLog): Promise<Chunk | undefined> {
  for (;;) {
    const next = await log.next();
    if (next === undefined || 'bytes' in next) return next && { ...next, bytes: Buffer.from(next.bytes) };
    await next.wait;
  }
}

async function textsOf(log: StreamLog): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let chunk = await nextOf(log); chunk !== undefined; chunk = await nextOf(log)) texts.push(String(chunk.bytes));
  return texts;
}

describe('standard input', () => {
  test('gives its lines as they come, with places in what came so far', async () => {
    const { log, stdin } = openLog();

    stdin.write(`${FIRST}two\nthr`);
    const first = await nextOf(log);
    stdin.write('ee\n');
    const second = await nextOf(log);
    stdin.end();

    expect([String(first?.bytes), String(second?.bytes)]).toEqual([`${FIRST}two\n`, 'three\n']);
    expect([first?.byte, second?.byte]).toEqual([0, FIRST.length + 4]);
    expect(first).toMatchObject({ origin: expect.stringMatching(/^stdin:[0-9a-f]+$/), writtenMs: NOON });
    expect(second?.origin).toBe(first?.origin);
    expect(await nextOf(log)).toBeUndefined();
  });

  test('is waited for while nothing comes', async () => {
    const { log, stdin } = openLog();

    const waiting = await log.next();
    stdin.write(FIRST);

    expect(waiting).toHaveProperty('wait');
    expect(String((await nextOf(log))?.bytes)).toBe(FIRST);
    stdin.destroy();
  });

  test('ends with a line that is not finished', async () => {
    const { log, stdin } = openLog();
    stdin.end('one\ntwo');

    expect((await textsOf(log)).join('')).toBe('one\ntwo');
  });

  test('is one text however it comes, and its lines have the same origins', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', '\u00e4', '#', ' '), minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.array(fc.nat()), async (lines, places) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const cuts = [...places.map((place) => place % bytes.length), 0, bytes.length].toSorted((a, b) => a - b);
        const { log, stdin } = openLog('-', 64);
        for (const [index, cut] of cuts.entries()) stdin.write(bytes.subarray(cuts[index - 1] ?? 0, cut));
        stdin.end();
        const whole = openLog();
        whole.stdin.end(bytes);

        let byte = 0;
        const expected = await nextOf(whole.log);
        for (let chunk = await nextOf(log); chunk !== undefined; chunk = await nextOf(log)) {
          expect([chunk.byte, chunk.origin]).toEqual([byte, expected?.origin]);
          expect(chunk.bytes).toEqual(bytes.subarray(byte, byte + chunk.bytes.length));
          byte += chunk.bytes.length + chunk.leftOutBytes;
        }
        expect(byte).toBe(bytes.length);
      }),
      { numRuns: 50 },
    );
  });

  test('may be packed; where that is damaged, what came before is good', async () => {
    const packed = gzipSync(`${FIRST}two\n`);
    const [whole, damaged] = [openLog(), openLog()];
    whole.stdin.end(packed);
    damaged.stdin.end(packed.subarray(0, packed.length - 8));

    expect((await textsOf(whole.log)).join('')).toBe(`${FIRST}two\n`);
    expect((await textsOf(damaged.log)).join('')).toBe(`${FIRST}two\n`);
    expect(whole.log.incomplete).toEqual([]);
    expect(damaged.log.incomplete).toEqual([{ file: '-', after_byte: FIRST.length + 4, reason: expect.any(String) }]);
  });

  test('is not waited for any longer once the run is ended, and what came stays good', async () => {
    const { log, stdin, stop } = openLog();
    stdin.write(FIRST);
    const first = await nextOf(log);

    const waiting = nextOf(log);
    stop.abort();

    expect(String(first?.bytes)).toBe(FIRST);
    expect(await waiting).toBeUndefined();
    expect(log.incomplete).toEqual([]);
  });

  test('that fails is told, with what to do', async () => {
    const { log, stdin } = openLog();

    const next = nextOf(log);
    stdin.destroy(new Error('read EIO'));

    await expect(next).rejects.toThrow(/^Cannot read -: .*read EIO/);
  });
});

describe('a named pipe', () => {
  test('is told from a file', async () => {
    const [pipe, file] = [join(folder, 'pipe'), join(folder, 'file')];
    execFileSync('mkfifo', [pipe]);
    writeFileSync(file, '');

    expect(await Promise.all(['-', pipe, file, join(folder, 'none')].map(isPipe))).toEqual([true, true, false, false]);
  });

  test('is read until its writer stops, and is known by its name', async () => {
    const pipe = join(folder, 'mail.log');
    execFileSync('mkfifo', [pipe]);
    const { log } = openLog(pipe);

    const reading = nextOf(log);
    const writer = await open(pipe, 'w');
    await writer.write(FIRST);
    const first = await reading;
    await writer.close();

    expect(first).toMatchObject({ origin: expect.stringMatching(/^mail\.log:/), path: pipe });
    expect(await nextOf(log)).toBeUndefined();
  });
});
