import avro from 'avsc';

/** The fingerprint of no bytes, and the polynomial of the CRC (Avro specification, Schema Fingerprints). */
const EMPTY = 0xc15d213aa4d7a795n;
const BYTES = 8;

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte);
  for (let bit = 0; bit < BYTES; bit += 1) value = (value & 1n) === 1n ? (value >> 1n) ^ EMPTY : value >> 1n;
  return value;
});

/** CRC-64-AVRO, the Rabin fingerprint of a text, as its 8 bytes stand in front of a record: the lowest first. */
export function rabin(text: string): Buffer {
  let value = EMPTY;
  for (const byte of Buffer.from(text)) value = (value >> 8n) ^ (TABLE[Number((value ^ BigInt(byte)) & 0xffn)] ?? 0n);
  const bytes = Buffer.alloc(BYTES);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** The fingerprint of a schema: of its Parsing Canonical Form. */
export function fingerprintOf(type: avro.Type): Buffer {
  return rabin(JSON.stringify(type.schema()));
}
