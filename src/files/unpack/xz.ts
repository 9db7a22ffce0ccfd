import { createHash } from 'node:crypto';
import { UnsupportedError } from '../errors.js';
import { ByteReader } from './byte-reader.js';
import { createCrc32, createCrc64 } from './checksum.js';
import type { Checksum } from './checksum.js';
import { Lzma2Decoder } from './lzma2.js';

/** Dictionaries may be as large as those of `xz -9`. */
const MAX_DICTIONARY_BYTES = 1 << 26;
const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const FOOTER_MAGIC = Buffer.from('YZ');
const HEADER_BYTES = 12;
const FOOTER_BYTES = 12;
const LZMA2_FILTER = 0x21;

/** Unpacks .xz, of one stream or several, each maybe with zeros behind it. */
export async function* unpackXz(packed: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const input = new CountingReader(packed);
  let decoder: Lzma2Decoder | undefined;
  for (let isFirst = true; ; isFirst = false) {
    const magic = await startOfStream(input, isFirst);
    if (magic === undefined) return;
    if (!magic.equals(MAGIC)) throw input.damaged('something else stands behind it');
    const flags = Buffer.from(await input.take(HEADER_BYTES - MAGIC.length));
    if (!crc32Of(flags.subarray(0, 2)).equals(flags.subarray(2))) throw input.damaged('header');
    for (let size = await input.takeByte(); size !== 0; size = await input.takeByte()) {
      const dictionaryBytes = dictionaryOf(await blockHeader(input, size), input);
      if (decoder?.dictionaryBytes !== dictionaryBytes) decoder = new Lzma2Decoder(dictionaryBytes);
      yield* unpackBlock(input, decoder, (flags[1] ?? 0) & 0xf);
    }
    await skipIndex(input);
    const footer = await input.take(FOOTER_BYTES);
    if (!footer.subarray(-2).equals(FOOTER_MAGIC)) throw input.damaged('footer');
  }
}

/** The magic bytes of the next stream, behind padding in fours; `undefined` at the end. */
async function startOfStream(input: CountingReader, isFirst: boolean): Promise<Buffer | undefined> {
  for (;;) {
    if (!isFirst && (await input.isAtEnd())) return undefined;
    const start = Buffer.from(await input.takeUpTo(4));
    if (start.every((byte) => byte === 0)) continue;
    return Buffer.concat([start, await input.takeUpTo(MAGIC.length - start.length)]);
  }
}

/** Counts what is taken, since blocks and the index are filled up to fours. */
class CountingReader extends ByteReader {
  taken = 0;

  constructor(pieces: AsyncIterable<Buffer>) {
    super(pieces, 'xz');
  }

  override async takeUpTo(count: number): Promise<Buffer> {
    const bytes = await super.takeUpTo(count);
    this.taken += bytes.length;
    return bytes;
  }

  async takeByte(): Promise<number> {
    return (await this.take(1))[0] ?? 0;
  }

  async skipPadding(since: number): Promise<void> {
    const padding = await this.take(-(this.taken - since) & 3);
    if (padding.some((byte) => byte !== 0)) throw this.damaged('padding');
  }
}

async function* unpackBlock(
  input: CountingReader,
  decoder: Lzma2Decoder,
  checkType: number,
): AsyncGenerator<Uint8Array> {
  const check = createCheck(checkType);
  const since = input.taken;
  yield* unpackChunks(input, decoder, check);
  await input.skipPadding(since);
  const stored = await input.take(checkBytes(checkType));
  if (check !== undefined && !check.digest().equals(stored)) throw input.damaged('its checksum does not fit');
}

/** The fields of a block's header, of which the first byte is read, without its checksum. */
async function blockHeader(input: CountingReader, size: number): Promise<Buffer> {
  const header = Buffer.concat([Buffer.of(size), await input.take(4 * size + 3)]);
  if (!crc32Of(header.subarray(0, -4)).equals(header.subarray(-4))) throw input.damaged('header of a block');
  return header.subarray(1, -4);
}

/** Size of the dictionary that a block needs. @throws UnsupportedError if that is too large, or the block is no text. */
function dictionaryOf(fields: Buffer, input: CountingReader): number {
  const flags = fields[0] ?? 0;
  let at = 1;
  // The sizes of the block, packed and unpacked, where they are given.
  for (const flag of [0x40, 0x80])
    if ((flags & flag) !== 0) {
      while (((fields[at] ?? 0) & 0x80) !== 0) at += 1;
      at += 1;
    }
  if ((flags & 0x3f) !== 0 || fields[at] !== LZMA2_FILTER)
    throw new UnsupportedError('It is packed by xz with a filter for programs', 'xz');
  const bits = fields[at + 2] ?? 0;
  if (fields[at + 1] !== 1 || bits > 40) throw input.damaged('header of a block');
  const bytes = bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
  if (bytes > MAX_DICTIONARY_BYTES)
    throw new UnsupportedError(
      `It needs a dictionary of ${String(Math.ceil(bytes / (1 << 20)))} MiB to unpack, and 64 MiB is the limit`,
      'xz',
    );
  return bytes;
}

async function* unpackChunks(
  input: CountingReader,
  decoder: Lzma2Decoder,
  check: Checksum | undefined,
): AsyncGenerator<Uint8Array> {
  for (let control = await input.takeByte(); control !== 0; control = await input.takeByte()) {
    if (control === 1 || control >= 0xe0) decoder.resetDictionary();
    let output: Uint8Array;
    let isWhole: boolean;
    if (control < 0x80) {
      if (control > 2) throw input.damaged('chunk');
      const size = (await input.take(2)).readUInt16BE() + 1;
      output = decoder.copy(await input.takeUpTo(size));
      isWhole = output.length === size;
    } else {
      const sizes = await input.take(4);
      const size = ((control & 0x1f) << 16) + sizes.readUInt16BE(0) + 1;
      const packedSize = sizes.readUInt16BE(2) + 1;
      if (control >= 0xc0 && !decoder.setProperties(await input.takeByte())) throw input.damaged('chunk');
      if (control >= 0xa0) decoder.resetState();
      output = decoder.decode(await input.takeUpTo(packedSize), size);
      isWhole = output.length === size && decoder.isUsedUp();
    }
    check?.update(output);
    if (output.length > 0) yield output;
    if (isWhole) continue;
    throw (await input.isAtEnd()) ? input.cutShort() : input.damaged('chunk');
  }
}

/** Sizes of checks by their type, three types each. */
function checkBytes(type: number): number {
  return type === 0 ? 0 : 2 << Math.ceil(type / 3);
}

function createCheck(type: number): Checksum | undefined {
  if (type === 1) return createCrc32();
  if (type === 4) return createCrc64();
  if (type !== 10) return undefined;
  const hash = createHash('sha256');
  return { update: (bytes) => hash.update(bytes), digest: () => hash.digest() };
}

/** Passes the list of blocks, of which the first byte is read. */
async function skipIndex(input: CountingReader): Promise<void> {
  const since = input.taken - 1;
  const numbers = 2 * (await takeNumber(input));
  for (let i = 0; i < numbers; i += 1) await takeNumber(input);
  await input.skipPadding(since);
  await input.take(4);
}

async function takeNumber(input: CountingReader): Promise<number> {
  let number = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = await input.takeByte();
    number += (byte & 0x7f) * factor;
    if (byte < 0x80) return number;
    if (factor > 2 ** 49) throw input.damaged('index');
  }
}

function crc32Of(bytes: Buffer): Buffer {
  const crc = createCrc32();
  crc.update(bytes);
  return crc.digest();
}
