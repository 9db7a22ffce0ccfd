import { createHash } from 'node:crypto';
import type { Ms } from '../core/event.js';
import { valueIn } from '../core/documents/value.js';
import { TARGETS } from './targets.js';
import type { DocumentKind } from './targets.js';

/** A document as the bulk API takes it. */
export interface BulkItem {
  readonly index: string;
  readonly id: string;
  /** Two lines: what to do, and the document. */
  readonly bytes: Uint8Array;
}

/** A document that no request can have. */
export interface Unusable {
  readonly reason: 'no_identity' | 'no_time' | 'no_version';
}

/** Elasticsearch refuses the whole request for one that is longer. */
const MAX_ID_BYTES = 512;

/**
 * The bulk item of a document: a window's and a client row replace an older version of the same identity, alerts and
 * rejections are created once. `event.ingested` is set.
 */
export function bulkItem(kind: DocumentKind, document: object, ingestedMs: Ms): BulkItem | Unusable {
  const event = valueIn(document, ['event']);
  const name = valueIn(event, ['id']);
  if (typeof event !== 'object' || typeof name !== 'string' || name === '') return { reason: 'no_identity' };
  const id = fittingId(name);
  const { name: target, isStream } = TARGETS[kind];
  const source = { ...document, event: { ...event, ingested: new Date(ingestedMs).toISOString() } };
  if (isStream) return item(target, id, { create: { _index: target, _id: id } }, source);

  const month = monthOf(valueIn(document, ['@timestamp']));
  if (month === undefined) return { reason: 'no_time' };
  const version = valueIn(document, ['mxwarden', 'window', 'version']);
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) return { reason: 'no_version' };
  const index = `${target}-${month}.01`;
  return item(index, id, { index: { _index: index, _id: id, version, version_type: 'external_gte' } }, source);
}

function item(index: string, id: string, action: object, source: object): BulkItem {
  return { index, id, bytes: Buffer.from(`${JSON.stringify(action)}\n${JSON.stringify(source)}\n`) };
}

/** The identity itself, or if it is too long what is as good to tell it from others; `event.id` has it in full. */
function fittingId(id: string): string {
  if (Buffer.byteLength(id) <= MAX_ID_BYTES) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

/** `2026.11` of a time, in UTC; `undefined` if it is none of the years 0 to 9999. */
function monthOf(time: unknown): string | undefined {
  const timeMs = typeof time === 'string' ? Date.parse(time) : NaN;
  const text = Number.isNaN(timeMs) ? '' : new Date(timeMs).toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 7).replace('-', '.') : undefined;
}
