import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { DamageError, UnsupportedError } from '../../../src/files/errors.js';
import { unpackBzip2 } from '../../../src/files/unpack/bzip2.js';
import type { Unpack } from '../../../src/files/unpack/format.js';
import { unpackGzip } from '../../../src/files/unpack/gzip.js';
import { unpackXz } from '../../../src/files/unpack/xz.js';
import { unpackZstd } from '../../../src/files/unpack/zstd.js';
import { FIXTURES } from '../../support/analysis.js';

const packed = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'packed', name));
const MAIL = gunzipSync(readFileSync(join(FIXTURES, 'dept', 'mail.log.gz')));
const LONG = MAIL.subarray(0, 300_000);
const SHORT = MAIL.subarray(0, 3_000);
const ZEROS = Buffer.alloc(512);

interface Unpacked {
  readonly bytes: Buffer;
  readonly error: unknown;
}

/** What comes out of bytes that arrive in pieces of these lengths, in turns. */
async function unpacked(unpack: Unpack, bytes: Buffer, lengths: readonly number[] = [65_536]): Promise<Unpacked> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0, i = 0; at < bytes.length; i += 1) {
      const length = lengths[i % lengths.length] ?? 1;
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }
  const out: Buffer[] = [];
  let error: unknown;
  try {
    for await (const piece of unpack(pieces())) out.push(Buffer.from(piece));
  } catch (thrown) {
    error = thrown;
  }
  return { bytes: Buffer.concat(out), error };
}

/** By each format: how much of the log is in a block that is lost as a whole where any of it is damaged. */
const FORMATS: readonly (readonly [name: string, unpack: Unpack, long: Buffer, blockBytes: number])[] = [
  ['gzip', unpackGzip, gzipSync(LONG), 40_000],
  ['bzip2', unpackBzip2, packed('long.bz2'), 100_000],
  ['xz', unpackXz, packed('long.xz'), 0],
  ['zstd', unpackZstd, packed('long.zst'), 131_072],
];

describe.each(FORMATS)('%s', (name, unpack, long, blockBytes) => {
  test('is unpacked whatever the pieces that it arrives in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 8 }),
        async (lengths) => {
          const { bytes, error } = await unpacked(unpack, long, lengths);

          expect([bytes.equals(LONG), error]).toEqual([true, undefined]);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('is unpacked to the end of the last of several', async () => {
    const { bytes, error } = await unpacked(unpack, Buffer.concat([long, long, long]));

    expect([bytes.equals(Buffer.concat([LONG, LONG, LONG])), error]).toEqual([true, undefined]);
  });

  test('that is cut off gives all before, and says so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: long.length - 1 }), async (length) => {
        const { bytes, error } = await unpacked(unpack, long.subarray(0, length));

        expect(error).toBeInstanceOf(DamageError);
        expect(String(error)).toContain('ends too early');
        expect(bytes.equals(LONG.subarray(0, bytes.length))).toBe(true);
        // A log is packed to about the same share everywhere.
        expect(bytes.length).toBeGreaterThan((length / long.length) * LONG.length * 0.8 - blockBytes - 5_000);
      }),
      { numRuns: 30 },
    );
  });

  test('with a byte changed anywhere gives what is before, and says so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(long.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(long);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const { bytes, error } = await unpacked(unpack, damaged);

        // Some bytes say nothing about the data, such as the time in a header.
        if (error === undefined) expect(bytes.equals(LONG)).toBe(true);
        else expect(error instanceof DamageError || error instanceof UnsupportedError).toBe(true);
        const good = (at / long.length) * LONG.length * 0.8 - blockBytes - 5_000;
        if (good > 0) expect(bytes.subarray(0, good).equals(LONG.subarray(0, good))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('with something else behind it gives all of it, and says so', async () => {
    const { bytes, error } = await unpacked(unpack, Buffer.concat([long, Buffer.from('Nov 23 01:00:00 a line\n')]));

    expect(String(error)).toContain('something else stands behind it');
    expect(error).toBeInstanceOf(DamageError);
    expect(LONG.length - bytes.length).toBeLessThan(name === 'gzip' ? 1_000 : 1);
  });
});

test.each([
  ['gzip', unpackGzip, gzipSync(LONG)],
  ['xz', unpackXz, packed('long.xz')],
  ['zstd', unpackZstd, packed('long.zst')],
] as const)('%s may have zeros behind it, as on a tape', async (_name, unpack, long) => {
  const { bytes, error } = await unpacked(unpack, Buffer.concat([long, ZEROS]));

  expect([bytes.equals(LONG), error]).toEqual([true, undefined]);
});

test('xz may have zeros between its streams', async () => {
  const { bytes, error } = await unpacked(unpackXz, Buffer.concat([packed('long.xz'), ZEROS, packed('crc32.xz')]));

  expect([bytes.equals(Buffer.concat([LONG, SHORT])), error]).toEqual([true, undefined]);
});

test('zstd may have frames to be skipped, before, between and behind', async () => {
  const skipped = Buffer.concat([Buffer.from('5a2a4d1803000000', 'hex'), Buffer.from('any')]);
  const bytes = Buffer.concat([skipped, packed('no-checksum.zst'), skipped, packed('long.zst'), skipped]);
  const whole = await unpacked(unpackZstd, bytes, [7]);
  const cut = await unpacked(unpackZstd, bytes.subarray(0, -1));

  expect([whole.bytes.equals(Buffer.concat([SHORT, LONG])), whole.error]).toEqual([true, undefined]);
  expect(cut.error).toBeInstanceOf(DamageError);
});

test.each(['none.xz', 'crc32.xz', 'sha256.xz', 'contexts.xz', 'no-checksum.zst'])('%s is unpacked', async (name) => {
  const { bytes, error } = await unpacked(name.endsWith('xz') ? unpackXz : unpackZstd, packed(name), [100]);

  expect([bytes.equals(SHORT), error]).toEqual([true, undefined]);
});

test.each([
  // Before the index and the footer, of 12 bytes each.
  ['crc32.xz', unpackXz, packed('crc32.xz'), -25, SHORT],
  ['sha256.xz', unpackXz, packed('sha256.xz'), -25, SHORT],
  ['long.zst', unpackZstd, packed('long.zst'), -1, LONG],
  ['gzip', unpackGzip, gzipSync(SHORT), -6, SHORT],
  ['gzip, long', unpackGzip, gzipSync(LONG), -6, LONG],
] as const)('a wrong checksum of %s costs no line, but is damage', async (_name, unpack, good, at, wanted) => {
  const damaged = Buffer.from(good);
  damaged[damaged.length + at] = (damaged[damaged.length + at] ?? 0) ^ 1;
  const { bytes, error } = await unpacked(unpack, damaged);

  expect(error).toBeInstanceOf(DamageError);
  expect(bytes.equals(wanted)).toBe(true);
});

test.each([
  ['dictionary-128-mib.xz', unpackXz, /needs a dictionary of 128 MiB to unpack, and 64 MiB is the limit/],
  ['window-256-mib.zst', unpackZstd, /needs a window of 256 MiB to unpack, and 32 MiB is the limit/],
  ['x86-filter.xz', unpackXz, /a filter for programs/],
] as const)('%s is not read, and the message says why', async (name, unpack, message) => {
  const { bytes, error } = await unpacked(unpack, packed(name));

  expect(bytes.length).toBe(0);
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(String(error)).toMatch(message);
});
