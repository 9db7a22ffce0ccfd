const CRC32_POLYNOMIAL = 0xedb88320;
/** Of CRC-64/XZ, reflected, in halves. */
const CRC64_HIGH = 0xc96c5795;
const CRC64_LOW = 0xd7870f42;

/** A checksum over bytes that come piece by piece. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  /** As it stands in a file. */
  digest(): Buffer;
}

/** CRC-32 as in gzip, and CRC-64 as in xz. */
const TABLE32 = new Int32Array(256);
const TABLE64_HIGH = new Int32Array(256);
const TABLE64_LOW = new Int32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let crc = byte;
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    crc = (crc >>> 1) ^ (CRC32_POLYNOMIAL & -(crc & 1));
    const odd = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ (CRC64_LOW & odd);
    high = (high >>> 1) ^ (CRC64_HIGH & odd);
  }
  TABLE32[byte] = crc;
  TABLE64_HIGH[byte] = high;
  TABLE64_LOW[byte] = low;
}

export function createCrc32(): Checksum {
  let crc = -1;
  return {
    update: (bytes) => {
      for (const byte of bytes) crc = (TABLE32[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
    },
    digest: () => littleEndian([~crc]),
  };
}

export function createCrc64(): Checksum {
  let high = -1;
  let low = -1;
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = (TABLE64_LOW[index] ?? 0) ^ ((low >>> 8) | (high << 24));
        high = (TABLE64_HIGH[index] ?? 0) ^ (high >>> 8);
      }
    },
    digest: () => littleEndian([~low, ~high]),
  };
}

function littleEndian(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, index) => bytes.writeInt32LE(word, 4 * index));
  return bytes;
}
