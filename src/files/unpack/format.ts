import { UnsupportedError } from '../errors.js';

/** Unpacks a stream piece by piece; a piece is good until the next one. @throws DamageError after the last good one. */
export type Unpack = (packed: AsyncIterable<Buffer>) => AsyncGenerator<Uint8Array>;

/** So much of a file's start tells how it is packed. */
export const HEAD_BYTES = 18;

interface Format {
  readonly magic: Buffer;
  /** Shorter files with these bytes are none. */
  readonly minBytes: number;
  /** Loads what unpacks it, which costs time that a run without such a file shall not need. */
  readonly load: () => Promise<Unpack>;
}

const loadBzip2 = async (): Promise<Unpack> => (await import('./bzip2.js')).unpackBzip2;
const loadZstd = async (): Promise<Unpack> => (await import('./zstd.js')).unpackZstd;
const magic = (hex: string): Buffer => Buffer.from(hex, 'hex');

export const GZIP: Format = {
  magic: magic('1f8b08'),
  minBytes: 10,
  load: async () => (await import('./gzip.js')).unpackGzip,
};

const FORMATS: readonly Format[] = [
  GZIP,
  { magic: magic('fd377a585a00'), minBytes: 6, load: async () => (await import('./xz.js')).unpackXz },
  { magic: magic('28b52ffd'), minBytes: 4, load: loadZstd },
  // A frame to be skipped, with which the files of some programs begin.
  ...Array.from({ length: 16 }, (_, i) => ({
    magic: Buffer.of(0x50 + i, 0x2a, 0x4d, 0x18),
    minBytes: 8,
    load: loadZstd,
  })),
  // BZh1 to BZh9, and then a block, or the end of an empty file.
  ...Array.from({ length: 9 }, (_, i) => [
    { magic: magic(`425a683${String(i + 1)}314159265359`), minBytes: 10, load: loadBzip2 },
    { magic: magic(`425a683${String(i + 1)}177245385090`), minBytes: 10, load: loadBzip2 },
  ]).flat(),
];

/** What is not read, and the program that makes text of it. */
const OTHERS: readonly (readonly [magic: Buffer, what: string, program: string])[] = [
  [magic('04224d18'), 'It is packed by lz4', 'lz4'],
  [magic('02214c18'), 'It is packed by lz4', 'lz4'],
  [magic('5d0000'), 'It is packed by lzma', 'lzma'],
  [Buffer.from('LZIP'), 'It is packed by lzip', 'lzip'],
  [magic('894c5a4f000d0a1a0a'), 'It is packed by lzop', 'lzop'],
  [magic('504b0304'), 'It is a zip archive', 'zip'],
  [magic('377abcaf271c'), 'It is a 7z archive', '7z'],
  [magic('1f9d'), 'It is packed by compress', 'compress'],
  [Buffer.from('LPKSHHRH'), "It is a file of systemd's journal", 'journalctl'],
  [magic('fffe'), 'It is text in UTF-16', 'iconv'],
  [magic('feff'), 'It is text in UTF-16', 'iconv'],
];

/** How a file is packed that begins so; `undefined` if it is not. @throws UnsupportedError if it cannot be read. */
export function formatOf(head: Buffer): Format | undefined {
  const begins = (start: Buffer): boolean => head.subarray(0, start.length).equals(start);
  for (const [start, what, program] of OTHERS) if (begins(start)) throw new UnsupportedError(what, program);
  return FORMATS.find((format) => head.length >= format.minBytes && begins(format.magic));
}
