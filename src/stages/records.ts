import { valueIn } from '../core/documents/value.js';
import type { LogRecord, OutgoingRecord } from './ports.js';

/** A record that is good for longer than until the next ones are taken. */
export function copyOf({ key, value, ...record }: LogRecord): LogRecord {
  return { ...record, key: key && Buffer.from(key), value: value && Buffer.from(value) };
}

/** A document as a record whose key is one of its members. */
export function jsonRecord<O extends string>(outlet: O, document: object, key: readonly string[]): OutgoingRecord<O> {
  return { outlet, key: String(valueIn(document, key)), value: Buffer.from(JSON.stringify(document)) };
}
