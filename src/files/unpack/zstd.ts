import { Decompress } from 'fzstd';
import createXxhash from 'xxhash-wasm';
import type { XXHash } from 'xxhash-wasm';
import { UnsupportedError } from '../errors.js';
import { ByteReader } from './byte-reader.js';

/** The decoder takes distances of 25 bits, and moves all of the window for each block. */
const MAX_WINDOW_BYTES = 1 << 25;
const MAGIC = 0xfd2fb528;
/** Frames with something else in them; the last four bits are theirs. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const RLE_BLOCK = 1;

/** Unpacks .zst, of one frame or several. */
export async function* unpackZstd(packed: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(packed, 'zstd');
  const xxhash = await createXxhash();
  while (!(await input.isAtEnd())) {
    const magic = await input.takeUpTo(4);
    if (magic.every((byte) => byte === 0)) continue;
    if (magic.length < 4) throw input.cutShort();
    const number = magic.readUInt32LE();
    if (number === MAGIC) yield* unpackFrame(input, xxhash.create64());
    else if ((number & ~0xf) === SKIPPABLE_MAGIC) await input.skip((await input.take(4)).readUInt32LE());
    else throw input.damaged('something else stands behind it');
  }
}

async function* unpackFrame(input: ByteReader, hash: XXHash<bigint>): AsyncGenerator<Uint8Array> {
  const { bytes, hasChecksum } = await frameHeader(input);
  let unpacked: Uint8Array[] = [];
  const decoder = new Decompress((data) => unpacked.push(data));
  decoder.push(bytes);
  for (let isLast = false; !isLast;) {
    const header = Buffer.from(await input.take(BLOCK_HEADER_BYTES));
    const field = header.readUIntLE(0, BLOCK_HEADER_BYTES);
    isLast = (field & 1) === 1;
    const size = ((field >> 1) & 3) === RLE_BLOCK ? 1 : field >> 3;
    // It wants to know which push is the last one, with a checksum in it, which it passes over.
    const end = Buffer.alloc(isLast && hasChecksum ? CHECKSUM_BYTES : 0);
    const block = Buffer.concat([header, await input.take(size), end]);
    try {
      decoder.push(block, isLast);
    } catch (error) {
      throw input.damaged('block', { cause: error });
    }
    for (const data of unpacked) {
      hash.update(data);
      yield data;
    }
    unpacked = [];
  }
  if (!hasChecksum) return;
  const stored = (await input.take(CHECKSUM_BYTES)).readUInt32LE();
  if (BigInt.asUintN(8 * CHECKSUM_BYTES, hash.digest()) !== BigInt(stored))
    throw input.damaged('its checksum does not fit');
}

/** A frame's header with its magic bytes, which have been read. @throws UnsupportedError if its window is too large. */
async function frameHeader(input: ByteReader): Promise<{ readonly bytes: Buffer; readonly hasChecksum: boolean }> {
  const descriptor = Buffer.from(await input.take(1));
  const flags = descriptor[0] ?? 0;
  const isSingleSegment = (flags & 0x20) !== 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const window = Buffer.from(await input.take(isSingleSegment ? 0 : 1));
  const dictionary = Buffer.from(await input.take(dictionaryBytes));
  const size = Buffer.from(await input.take(sizeBytes));
  if ((flags & 8) !== 0) throw input.damaged('header of a frame');
  if (dictionary.some((byte) => byte !== 0)) throw new UnsupportedError('It needs a dictionary of its own', 'zstd -D');
  const windowBytes = isSingleSegment ? numberOf(size) : windowOf(window[0] ?? 0);
  if (windowBytes > MAX_WINDOW_BYTES)
    throw new UnsupportedError(
      `It needs a window of ${String(Math.ceil(windowBytes / (1 << 20)))} MiB to unpack, and 32 MiB is the limit`,
      'zstd',
    );
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  return {
    bytes: Buffer.concat([magic, descriptor, window, dictionary, size]),
    hasChecksum: (flags & 4) !== 0,
  };
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function numberOf(bytes: Buffer): number {
  if (bytes.length === 2) return bytes.readUInt16LE() + 256;
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}
