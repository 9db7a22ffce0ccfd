import avro from 'avsc';
import { SCHEMAS } from './schemas.js';
import type { RecordSchema, SchemaField, SchemaName } from './schemas.js';
import { hasBlocks, isWellFormed } from './well-formed.js';

/** What avsc's types read from and write to. */
interface Tap {
  readLong(): number;
  writeLong(value: number): void;
}

declare module 'avsc' {
  interface Type {
    _read(tap: Tap): unknown;
    _write(tap: Tap, value: unknown): void;
  }
}

/** A value or null, which in code is `undefined`: avsc's own union knows null only, and takes long to find a value's type. */
class Optional extends avro.types.UnwrappedUnionType {
  override _read(tap: Tap): unknown {
    return tap.readLong() === 0 ? undefined : this.types[1]?._read(tap);
  }

  override _write(tap: Tap, value: unknown): void {
    if (value === undefined || value === null) tap.writeLong(0);
    else {
      tap.writeLong(1);
      this.types[1]?._write(tap, value);
    }
  }
}

/** The same as one of several that a writer may mean. */
class Absent extends avro.types.NullType {
  override _read(): undefined {
    return undefined;
  }
}
const ABSENT = new Absent();

/** A whole number that is exact. avsc's own type refuses the largest one, up to which our parsers cut numbers off. */
class Whole extends avro.types.LongType {
  override _read(tap: Tap): number {
    const value = tap.readLong();
    if (Number.isSafeInteger(value)) return value;
    throw new RangeError('a number that is not exact');
  }

  override _write(tap: Tap, value: unknown): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is no exact whole number`);
    tap.writeLong(Number(value));
  }
}
const WHOLE = new Whole();

function isLong(schema: unknown): boolean {
  if (schema === 'long') return true;
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long';
}

/** How our schemas become types. avsc keeps the names that it met in the options, so they are made each time. */
function ownOptions(): Parameters<typeof avro.Type.forSchema>[1] {
  return {
    wrapUnions: 'never',
    omitRecordMethods: true,
    typeHook: (schema, options) => {
      if (schema === 'null') return ABSENT;
      if (isLong(schema)) return WHOLE;
      return Array.isArray(schema) ? new Optional(schema, options) : undefined;
    },
  };
}

/** A schema as avsc takes it, which checks it when it makes a type of it. @throws Error if the text is no JSON. */
export function parseSchema(text: string): avro.Schema {
  const schema: unknown = JSON.parse(text);
  if (isSchema(schema)) return schema;
  throw new TypeError('neither an object nor a name');
}

function isSchema(value: unknown): value is avro.Schema {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

function toAvsc(schema: RecordSchema): avro.Schema {
  return parseSchema(JSON.stringify(schema));
}

/** The type by which we write records. */
export function ownTypeOf(name: SchemaName): avro.Type {
  const { fields, ...schema } = SCHEMAS[name];
  return avro.Type.forSchema(toAvsc({ ...schema, fields: fields.map(withoutDefault) }), ownOptions());
}

/** For a missing value avsc takes the default: slower, and null, which is not `undefined`. */
function withoutDefault({ name, type, doc }: SchemaField): SchemaField {
  return { name, type, doc };
}

/** The record that fills `bytes` from `start` on, `undefined` if there is none. @throws Error if there is none as well. */
export type ReadRecord = (bytes: Buffer, start: number) => unknown;

/**
 * Reads records of a writer, made once for each. Of the schema's fields those are read that are wanted (all by default)
 * and that the writer has: others are `undefined`, as are those without a value; the rest is passed over.
 * @throws Error if such records cannot be read so.
 */
export function createReadRecord(
  name: SchemaName,
  writer: avro.Type,
  wanted: (field: string) => boolean = () => true,
): ReadRecord {
  const written = new Set(writer instanceof avro.types.RecordType ? writer.fields.map((field) => field.name) : []);
  const { fields, ...schema } = SCHEMAS[name];
  // What has a default may be missing, and is then not in the record.
  const read = fields
    .filter((field) => wanted(field.name) && (written.has(field.name) || field.default === undefined))
    .map(withoutDefault);
  const reader = avro.Type.forSchema(toAvsc({ ...schema, fields: read }), ownOptions());
  const resolver = reader.createResolver(writer);
  const isDoubtful = hasBlocks(writer);
  return function readRecord(bytes, start) {
    if (isDoubtful && !isWellFormed(writer, bytes, start)) return undefined;
    const decoded: { readonly value: unknown; readonly offset: number } = reader.decode(bytes, start, resolver);
    return decoded.offset === bytes.length ? decoded.value : undefined;
  };
}
