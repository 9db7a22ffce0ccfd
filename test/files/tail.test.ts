import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, copyFile, mkdir, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { familiesOf } from '../../src/files/family.js';
import { Tail } from '../../src/files/tail.js';
import type { Position, TailDeps } from '../../src/files/tail.js';

const CHUNK_BYTES = 1 << 18;

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mxwarden-tail-'));
  log = join(folder, 'mail.log');
});
const readers: Reader[] = [];
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.stop();
  rmSync(folder, { recursive: true });
});

/** A log that is read by hand. */
class Reader {
  readonly told: string[] = [];
  /** The origins of all lines so far. */
  readonly origins: string[] = [];
  nowMs = Date.now();
  private readonly tail: Tail;
  private endPause: () => void = () => undefined;

  constructor(positions: readonly Position[] = [], over: Partial<TailDeps> = {}, paths: readonly string[] = [log]) {
    const [family] = familiesOf(paths);
    if (family === undefined) throw new RangeError('No log.');
    readers.push(this);
    this.tail = new Tail(family, positions, {
      isFollowing: true,
      chunkBytes: CHUNK_BYTES,
      nowMs: () => this.nowMs,
      pause: () =>
        new Promise((resolve) => {
          this.endPause = resolve;
        }),
      tell: (text) => this.told.push(text),
      ...over,
    });
  }

  /** All lines that are there now; they are acknowledged. */
  async read(): Promise<readonly string[]> {
    this.endPause();
    await new Promise((resolve) => setImmediate(resolve));
    const lines: string[] = [];
    for (;;) {
      const next = await this.tail.next();
      if (next === undefined || 'wait' in next) return lines;
      let byte = next.byte;
      for (const line of next.bytes.toString().split(/(?<=\n)/)) {
        lines.push(line.trimEnd());
        this.origins.push(`${next.origin}:${byte}`);
        byte += line.length;
      }
      this.tail.acknowledge(next.origin, byte);
    }
  }

  get incomplete(): Tail['incomplete'] {
    return this.tail.incomplete;
  }

  async stop(): Promise<readonly Position[]> {
    await this.tail.close();
    return this.tail.positions();
  }
}

describe('a log that is followed', () => {
  test('gives its lines as they are finished', async () => {
    await writeFile(log, 'one\ntwo\nthr');
    const reader = new Reader();

    expect(await reader.read()).toEqual(['one', 'two']);
    await appendFile(log, 'ee\nfour\n');
    expect(await reader.read()).toEqual(['three', 'four']);
    expect(await reader.read()).toEqual([]);
  });

  test('is waited for while it is not there', async () => {
    const reader = new Reader();

    expect(await reader.read()).toEqual([]);
    expect(reader.told).toEqual([`${log} is not there yet: it is waited for.`]);
    await writeFile(log, 'one\n');
    expect(await reader.read()).toEqual(['one']);
  });

  test('goes on in the file that takes its name, and in the old one until nobody writes to it', async () => {
    await writeFile(log, 'one\n');
    const reader = new Reader();
    await reader.read();

    await appendFile(log, 'two\n');
    await rename(log, `${log}.1`);
    await appendFile(`${log}.1`, 'three\n');
    await writeFile(log, 'four\n');
    expect(await reader.read()).toEqual(['two', 'three', 'four']);
    await appendFile(`${log}.1`, 'five\nsix');
    await appendFile(log, 'seven\n');
    expect(await reader.read()).toEqual(['five', 'seven']);
    reader.nowMs += 120_000;
    // What is at the end of a file that nobody writes to is a line.
    expect(await reader.read()).toEqual(['six']);
    expect(await reader.stop()).toContainEqual(expect.objectContaining({ byte: 22, isComplete: true }));
  });

  test('is read in each of the files between, however often it was rotated', async () => {
    await writeFile(log, 'one\n');
    const reader = new Reader();
    await reader.read();

    await rename(log, `${log}.2`);
    await writeFile(`${log}.1`, 'two\n');
    await writeFile(log, 'three\n');

    expect(await reader.read()).toEqual(['two', 'three']);
  });

  test('is read from its start where it was emptied, after the rest of its copy', async () => {
    await writeFile(log, 'one\n');
    const reader = new Reader();
    await reader.read();

    await appendFile(log, 'two\n');
    await copyFile(log, `${log}.1`);
    await truncate(log);
    await appendFile(log, 'three\n');

    const lines = [...(await reader.read()), ...(await reader.read())];
    expect(lines).toEqual(['two', 'three']);
    expect(new Set(reader.origins).size).toBe(3);
  });

  test('is known to have been emptied when it is as long as before', async () => {
    await writeFile(log, 'one\n');
    const reader = new Reader();
    await reader.read();

    await truncate(log);
    await appendFile(log, 'two\nthree\n');

    expect([...(await reader.read()), ...(await reader.read())]).toEqual(['two', 'three']);
  });
});

describe('a log that was read before', () => {
  async function readOnce(paths?: readonly string[]): Promise<readonly Position[]> {
    const reader = new Reader([], { isFollowing: false }, paths);
    await reader.read();
    return reader.stop();
  }

  test('is read where it was left', async () => {
    await writeFile(log, 'one\n');
    const positions = await readOnce();
    await appendFile(log, 'two\n');

    const reader = new Reader(positions, { isFollowing: false });

    expect(await reader.read()).toEqual(['two']);
    expect(reader.origins[0]).toMatch(/^mail\.log:[0-9a-f]{12}:4$/);
  });

  test.each([
    ['renamed', (bytes: Buffer) => ({ name: 'mail.log.2', bytes })],
    ['packed', (bytes: Buffer) => ({ name: 'mail.log.2.gz', bytes: gzipSync(bytes) })],
  ])('is found when it was %s, and those after it are read', async (_, rotated) => {
    await writeFile(log, 'one\n');
    const positions = await readOnce();

    await rm(log);
    const { name, bytes } = rotated(Buffer.from('one\ntwo\n'));
    await writeFile(join(folder, name), bytes);
    await writeFile(`${log}.1`, 'three\n');
    await writeFile(log, 'four\n');
    const reader = new Reader(positions, { isFollowing: false });

    expect(await reader.read()).toEqual(['two', 'three', 'four']);
    const after = await reader.stop();
    expect(await new Reader(after, { isFollowing: false }).read()).toEqual([]);
  });

  test('and is gone, is told of once', async () => {
    await writeFile(log, 'one\n');
    const positions = await readOnce();
    await writeFile(log, 'two\n');

    const reader = new Reader(positions, { isFollowing: false });
    expect(await reader.read()).toEqual(['two']);
    expect(reader.told.join()).toContain('is gone that was read up to byte 4');

    const again = new Reader(await reader.stop(), { isFollowing: false });
    await again.read();
    expect(again.told.join()).not.toContain('is gone');
  });

  test('gives the rotations that are named later', async () => {
    await writeFile(`${log}.1`, 'one\n');
    await writeFile(log, 'two\n');
    const positions = await readOnce();

    const reader = new Reader(positions, { isFollowing: false }, [log, `${log}.1`]);

    expect(await reader.read()).toEqual(['one']);
  });
});

test('rotations are read from the oldest on, each once', async () => {
  await writeFile(`${log}.2.gz`, gzipSync('one\n'));
  await writeFile(`${log}.1`, 'two');
  await writeFile(log, 'three\n');

  const reader = new Reader([], { isFollowing: false }, [log, `${log}.1`, `${log}.2.gz`]);

  expect(await reader.read()).toEqual(['one', 'two', 'three']);
});

test('an unfinished last line is left for the next run, unless nobody has written for a while', async () => {
  await writeFile(log, 'one\ntw');
  const reader = new Reader([], { isFollowing: false });

  expect(await reader.read()).toEqual(['one']);
  expect(reader.told.join()).toContain('its last line is not finished; these 2 bytes are left for the next run');
  await utimes(log, 1, 1);
  expect(await new Reader(await reader.stop(), { isFollowing: false }).read()).toEqual(['tw']);
});

test('a damaged file counts up to the damage, and is said', async () => {
  const packed = gzipSync(Array.from({ length: 20_000 }, (_, index) => `line ${index * 7919}\n`).join(''));
  await writeFile(`${log}.1.gz`, packed.subarray(0, packed.length >> 1));

  const reader = new Reader([], { isFollowing: false }, [`${log}.1.gz`]);

  expect((await reader.read())[0]).toBe('line 0');
  expect(reader.incomplete).toMatchObject([{ file: `${log}.1.gz` }]);
});

test('a file that is not there, and a folder, end the run with a message', async () => {
  await expect(new Reader([], { isFollowing: false }).read()).rejects.toThrow(
    /Cannot read .*mail\.log: .*ENOENT.*Check its name/,
  );
  await mkdir(log);
  await expect(new Reader().read()).rejects.toThrow(/Cannot read .*mail\.log: it is no file/);
});

describe('two files that begin with the same line', () => {
  test('are one log where one is a copy of the other, however far', async () => {
    await writeFile(log, 'one\ntwo\nthree\n');
    await writeFile(`${log}.1`, 'one\ntwo\n');
    const reader = new Reader([], {}, [log, `${log}.1`]);

    expect(await reader.read()).toEqual(['one', 'two', 'three']);
    expect(reader.told.join()).not.toContain('begin with the same line');
  });

  test('are told where they are not: only one of them is sent', async () => {
    await writeFile(log, 'one\nthree\n');
    await writeFile(`${log}.1`, 'one\ntwo\nand more\n');
    const reader = new Reader([], {}, [log, `${log}.1`]);

    const lines = await reader.read();
    await reader.read();

    expect(lines).toEqual(['one', 'two', 'and more']);
    expect(reader.told.filter((text) => text.includes('begin with the same line'))).toEqual([
      `${log}.1 and ${log} begin with the same line and are taken for one log: ` +
        `${log} is not sent. Send it by itself: mxwarden ship - < ${log}`,
    ]);
  });

  test.each([
    ['packed', '.1.gz', '.2.gz'],
    ['one of them packed', '.1', '.2.gz'],
  ])('are told where they are not, %s', async (_, first, second) => {
    const paths = [log + first, log + second];
    await write(paths[0], 'one\nthree\n');
    await write(paths[1], 'one\ntwo\nand more, of which nothing is like anything else: 0123456789\n');
    const reader = new Reader([], {}, paths);

    await reader.read();

    expect(reader.told.filter((text) => text.includes('begin with the same line'))).toHaveLength(1);
  });

  test('are one log where one is a copy of the other, packed, however far and whether it is whole or not', async () => {
    const text = Array.from({ length: 20_000 }, (_, number) => `line ${number}\n`).join('');
    await writeFile(`${log}.1`, text);
    await write(`${log}.2.gz`, text.slice(0, 100_000));
    await writeFile(`${log}.3.gz`, gzipSync(text).subarray(0, 20_000));
    const reader = new Reader([], {}, [`${log}.1`, `${log}.2.gz`, `${log}.3.gz`]);

    expect(await reader.read()).toHaveLength(20_000);
    expect(reader.told.join()).not.toContain('begin with the same line');
  });

  async function write(path = '', text: string): Promise<void> {
    await writeFile(path, path.endsWith('.gz') ? gzipSync(text) : text);
  }
});
