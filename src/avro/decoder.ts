import type { DeadReason } from '../core/event.js';
import { bodyStart, keyText, schemaKeyOf } from './frame.js';
import type { SchemaKey } from './frame.js';
import { createReadRecord } from './record-type.js';
import type { ReadRecord } from './record-type.js';
import { SCHEMAS } from './schemas.js';
import type { SchemaName } from './schemas.js';
import type { WriterSchemas } from './writer-schemas.js';

/** A record that is none of ours, for ever. */
export interface Dead {
  readonly kind: 'dead';
  readonly reason: DeadReason;
  /** The same for a person. */
  readonly why: string;
}

/** A record whose schema must be learned first. */
export interface UnknownSchema {
  readonly kind: 'unknown_schema';
  readonly id: number;
}

/** Records of one schema. */
export interface RecordKind<T> {
  readonly name: SchemaName;
  /** Fields that are read; all by default. */
  readonly wanted?: (field: string) => boolean;
  /** What a record is, `undefined` if it makes no sense. */
  readonly take: (record: unknown) => T | undefined;
}

interface Reader<T> {
  readonly start: number;
  readonly read: ReadRecord;
  readonly take: (record: unknown) => T | undefined;
}

/** Reads records of some kinds, whatever version of their schema they were written by. */
export class Decoder<T> {
  /** By the key of the writer's schema; made once. */
  private readonly readers = new Map<SchemaKey, Reader<T> | Dead>();

  constructor(
    private readonly kinds: readonly RecordKind<T>[],
    private readonly schemas: WriterSchemas,
  ) {}

  /** The record in these bytes; never throws, and takes no more time and memory than their length explains. */
  decode(bytes: Buffer): T | Dead | UnknownSchema {
    const key = schemaKeyOf(bytes);
    if (key === undefined) return NO_FRAME;
    const reader = this.readers.get(key) ?? this.readerOf(key);
    if ('kind' in reader) return reader;
    try {
      return reader.take(reader.read(bytes, reader.start)) ?? unreadable(key);
    } catch {
      return unreadable(key);
    }
  }

  private readerOf(key: SchemaKey): Reader<T> | Dead | UnknownSchema {
    const writer = this.schemas.find(key);
    if (writer === undefined) {
      if (this.schemas.canLearn(key)) return { kind: 'unknown_schema', id: key };
      return { kind: 'dead', reason: 'no_schema', why: `${keyText(key)} is not among the schemas at hand` };
    }
    const kind = this.kinds.find(({ name }) => writer.name === `${SCHEMAS[name].namespace}.${name}`);
    let reader: Reader<T> | Dead;
    if (kind === undefined) {
      const why = `${keyText(key)} is of ${writer.name ?? writer.typeName}, which does not belong here`;
      reader = { kind: 'dead', reason: 'unreadable', why };
    } else reader = createReader(key, writer, kind);
    this.readers.set(key, reader);
    return reader;
  }
}

const NO_FRAME: Dead = {
  kind: 'dead',
  reason: 'no_schema',
  why: 'the bytes begin neither with a schema id (00) nor with a fingerprint (C3 01)',
};

function unreadable(key: SchemaKey): Dead {
  return { kind: 'dead', reason: 'unreadable', why: `the bytes are no record of ${keyText(key)}` };
}

function createReader<T>(
  key: SchemaKey,
  writer: NonNullable<ReturnType<WriterSchemas['find']>>,
  { name, wanted, take }: RecordKind<T>,
): Reader<T> | Dead {
  try {
    return { start: bodyStart(key), read: createReadRecord(name, writer, wanted), take };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.slice(0, 200) : '';
    return { kind: 'dead', reason: 'unreadable', why: `${keyText(key)} cannot be read as ${name}: ${message}` };
  }
}
