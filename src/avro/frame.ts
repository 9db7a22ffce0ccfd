/** What stands in front of a record: the number of its schema in a registry. */
const REGISTRY_MARK = 0;
const ID_BYTES = 4;
const REGISTRY_START = 1 + ID_BYTES;
/** The same with the fingerprint of its schema: single-object encoding of the Avro specification. */
const SINGLE_MARK = [0xc3, 0x01] as const;
const FINGERPRINT_BYTES = 8;
const SINGLE_START = SINGLE_MARK.length + FINGERPRINT_BYTES;

/** The name of a schema: its number in the registry, or the bytes of its fingerprint as a text in Latin-1. */
export type SchemaKey = number | string;

/** The schema that a record says it was written by; `undefined` if it has neither form. */
export function schemaKeyOf(bytes: Buffer): SchemaKey | undefined {
  if (bytes[0] === REGISTRY_MARK) return bytes.length < REGISTRY_START ? undefined : bytes.readUInt32BE(1);
  const isSingle = bytes[0] === SINGLE_MARK[0] && bytes[1] === SINGLE_MARK[1] && bytes.length >= SINGLE_START;
  return isSingle ? bytes.toString('latin1', SINGLE_MARK.length, SINGLE_START) : undefined;
}

/** Where the record begins behind such a key. */
export function bodyStart(key: SchemaKey): number {
  return typeof key === 'number' ? REGISTRY_START : SINGLE_START;
}

/** The key of a schema with this fingerprint. */
export function fingerprintKey(fingerprint: Buffer): SchemaKey {
  return fingerprint.toString('latin1');
}

/** What to write in front of each record of a schema. */
export function frameOf(key: SchemaKey): Buffer {
  if (typeof key === 'string') return Buffer.concat([Buffer.from(SINGLE_MARK), Buffer.from(key, 'latin1')]);
  const frame = Buffer.alloc(REGISTRY_START);
  frame.writeUInt32BE(key, 1);
  return frame;
}

/** A key for people: `schema 7`, `fingerprint 5c7a...`. */
export function keyText(key: SchemaKey): string {
  return typeof key === 'number' ? `schema ${key}` : `fingerprint ${Buffer.from(key, 'latin1').toString('hex')}`;
}
