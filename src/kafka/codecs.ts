import kafkajs from 'kafkajs';
import type { CompressionTypes as CompressionType } from 'kafkajs';
import type { COMPRESSIONS } from '../config/kafka.js';

// Node finds only some names of this package, which is a CommonJS module.
const { CompressionCodecs, CompressionTypes } = kafkajs;

/** What is in a record batch, packed and unpacked. */
interface Codec {
  compress(unpacked: Buffer): Promise<Uint8Array>;
  decompress(packed: Buffer): Promise<Uint8Array>;
}

/** The number of each form in the protocol. */
export const COMPRESSION_TYPES: Readonly<Record<(typeof COMPRESSIONS)[number], CompressionType>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

/** The frame that Java's snappy writes around its blocks: magic bytes, version, oldest version that reads it. */
const SNAPPY_HEADER = Buffer.from('82534e415050590000000001' + '00000001', 'hex');
const SNAPPY_MAGIC_BYTES = 8;
const LENGTH_BYTES = 4;

const snappy: Codec = {
  async compress(unpacked) {
    const { compress } = await import('snappyjs');
    const block = compress(unpacked);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(block.length);
    return Buffer.concat([SNAPPY_HEADER, length, block]);
  },
  async decompress(packed) {
    const { uncompress } = await import('snappyjs');
    const isFramed = packed.subarray(0, SNAPPY_MAGIC_BYTES).equals(SNAPPY_HEADER.subarray(0, SNAPPY_MAGIC_BYTES));
    // librdkafka writes a block alone.
    if (!isFramed) return uncompress(packed);
    const blocks: Uint8Array[] = [];
    let at = SNAPPY_HEADER.length;
    while (at < packed.length) {
      const start = at + LENGTH_BYTES;
      at = start + packed.readUInt32BE(at);
      blocks.push(uncompress(packed.subarray(start, at)));
    }
    return Buffer.concat(blocks);
  },
};

const lz4: Codec = {
  async compress(unpacked) {
    const { compressFrame } = await import('lz4-napi');
    return compressFrame(unpacked);
  },
  async decompress(packed) {
    const { decompressFrame } = await import('lz4-napi');
    return decompressFrame(packed);
  },
};

const ZSTD_LEVEL = 3;

/** Begun once: it would begin anew each time, in memory that is in use. */
let zstdCompressor: Promise<(data: Uint8Array, level: number) => Uint8Array> | undefined;

const zstd: Codec = {
  async compress(unpacked) {
    zstdCompressor ??= loadZstdCompressor();
    return (await zstdCompressor)(unpacked, ZSTD_LEVEL);
  },
  async decompress(packed) {
    const { decompress } = await import('fzstd');
    return decompress(packed);
  },
};

async function loadZstdCompressor(): Promise<(data: Uint8Array, level: number) => Uint8Array> {
  const { compress, init } = await import('@bokuweb/zstd-wasm');
  await init();
  return compress;
}

/** Makes kafkajs able to read and write all forms of compression; each is loaded when it is first met. */
export function registerCodecs(): void {
  register(CompressionTypes.Snappy, snappy);
  register(CompressionTypes.LZ4, lz4);
  register(CompressionTypes.ZSTD, zstd);
}

type RegisteredType = Exclude<CompressionType, CompressionType.None | CompressionType.GZIP>;

function register(type: RegisteredType, codec: Codec): void {
  CompressionCodecs[type] = () => ({
    compress: async ({ buffer }: { readonly buffer: Buffer }) => asBuffer(await codec.compress(buffer)),
    decompress: async (packed: Buffer) => asBuffer(await codec.decompress(packed)),
  });
}

/** kafkajs reads numbers out of it, which a plain array of bytes cannot do. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
