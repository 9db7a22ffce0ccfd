import { createHash } from 'node:crypto';
import type { Ms } from '../core/event.js';
import { valueAt, valueIn } from '../core/documents/value.js';
import { createTimeWriter } from '../core/time.js';
import type { ResultDocument, Unwritable } from '../stages/ports.js';
import { TARGETS } from './targets.js';

/** A document as the bulk API takes it. */
export interface BulkItem {
  readonly index: string;
  readonly id: string;
  /** Two lines: what to do, and the document. */
  readonly bytes: Uint8Array;
}

/** Elasticsearch refuses the whole request for one that is longer. */
const MAX_ID_BYTES = 512;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const EVENT = Buffer.from('"event"');

const writeTime = createTimeWriter();

/**
 * The bulk item of a document: a window's and a client row replace an older version of the same identity, alerts and
 * rejections are created once. `event.ingested` is set, where it is not yet; the rest is sent as it came.
 */
export function bulkItem({ kind, json, document }: ResultDocument, ingestedMs: Ms): BulkItem | Unwritable {
  const event = document['event'];
  const name = valueIn(event, ['id']);
  const at = membersOfEvent(json);
  if (typeof name !== 'string' || name === '' || at < 0) return unwritable('no_identity');
  const id = fittingId(name);
  const { name: target, isStream } = TARGETS[kind];
  const ingested = valueIn(event, ['ingested']) === undefined ? `"ingested":"${writeTime(ingestedMs)}",` : '';
  const add = (index: string, action: object): BulkItem => {
    const head = Buffer.from(`${JSON.stringify(action)}\n`);
    return { index, id, bytes: joined(head, json, at, Buffer.from(ingested)) };
  };
  if (isStream) return add(target, { create: { _index: target, _id: id } });

  const month = monthOf(document['@timestamp']);
  if (month === undefined) return unwritable('no_time');
  const version = valueAt(document, 'mxwarden.window.version');
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) return unwritable('no_version');
  const index = `${target}-${month}.01`;
  return add(index, { index: { _index: index, _id: id, version, version_type: 'external_gte' } });
}

function unwritable(reason: Unwritable['reason']): Unwritable {
  return { kind: 'dead', reason, text: '' };
}

/** A line, then the JSON with something put in, as a line. */
function joined(head: Buffer, json: Buffer, at: number, inserted: Buffer): Uint8Array {
  const bytes = Buffer.concat([head, json.subarray(0, at), inserted, json.subarray(at), Buffer.of(NEWLINE)]);
  // JSON may stand on several lines, between its tokens only; here it must not.
  const last = bytes.length - 1;
  for (let end = bytes.indexOf(NEWLINE, head.length); end < last; end = bytes.indexOf(NEWLINE, end + 1))
    bytes[end] = SPACE;
  return bytes;
}

/** Where the members of the object `event` begin in bytes that are a JSON object; -1 without such a member. */
function membersOfEvent(json: Buffer): number {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === OPEN || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE || byte === CLOSE_LIST) depth -= 1;
    else if (byte === QUOTE) {
      const end = endOfText(json, at);
      const colon = depth === 1 ? afterSpace(json, end) : at;
      if (json[colon] === COLON && EVENT.compare(json, at, end) === 0) {
        const value = afterSpace(json, colon + 1);
        return json[value] === OPEN ? value + 1 : -1;
      }
      at = end - 1;
    }
  }
  return -1;
}

/** The end of the text that begins with a quotation mark. */
function endOfText(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function afterSpace(json: Buffer, start: number): number {
  let at = start;
  while ((json[at] ?? Infinity) <= SPACE) at += 1;
  return at;
}

/** The identity itself, or if it is too long what is as good to tell it from others; `event.id` has it in full. */
export function fittingId(id: string): string {
  if (Buffer.byteLength(id) <= MAX_ID_BYTES) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

/** `2026.11` of a time, in UTC; `undefined` if it is none of the years 0 to 9999. */
function monthOf(time: unknown): string | undefined {
  const timeMs = typeof time === 'string' ? Date.parse(time) : NaN;
  const text = Number.isNaN(timeMs) ? '' : new Date(timeMs).toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 7).replace('-', '.') : undefined;
}
