import { COMMANDS, DNS_BASE, DNS_FIELDS, MAIL_BASE, MAIL_FIELDS, MAIL_KINDS, REASONS, SIDES } from '../core/event.js';
import type { EventField } from '../core/event.js';
import { CLIENT_COUNTERS, COUNTERS, entries } from '../core/tally/counters.js';
import { NAMES, RECIPIENTS, TARGET, USERS } from '../core/tally/tally.js';

/** A schema of Avro as JSON has it. */
export type Schema = string | readonly Schema[] | ObjectSchema;
interface ObjectSchema {
  readonly type: Schema;
  readonly [attribute: string]: unknown;
}

export interface SchemaField {
  readonly name: string;
  readonly type: Schema;
  readonly default?: unknown;
  readonly doc: string;
}

export interface RecordSchema extends ObjectSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc: string;
  readonly fields: readonly SchemaField[];
}

/** Of all our schemas: part of each name, so that no other product's `mark` is taken for ours. */
const NAMESPACE = 'mxwarden';

const INSTANT = { type: 'long', logicalType: 'timestamp-millis' } as const;

/** The wire name of a counter: names in Avro have no dots. */
export function wireName(counter: string): string {
  return counter.replaceAll('.', '_');
}

function named(name: string, doc: string, fields: readonly SchemaField[]): RecordSchema {
  return { type: 'record', name, namespace: NAMESPACE, doc, fields };
}

function record(name: string, doc: string, fields: readonly SchemaField[]): RecordSchema {
  return { type: 'record', name, doc, fields };
}

function must(name: string, type: Schema, doc: string): SchemaField {
  return { name, type, doc };
}

function may(name: string, type: Schema, doc: string): SchemaField {
  return { name, type: ['null', type], default: null, doc };
}

function zero(name: string, doc: string): SchemaField {
  return { name, type: 'long', default: 0, doc };
}

/** A closed set that may grow: who does not know a member of it reads `fallback`. */
function oneOf(name: string, symbols: readonly string[], fallback: string, doc: string): Schema {
  return { type: 'enum', name, symbols, default: fallback, doc };
}

/** How many commands of each name succeeded and failed; all numbers of a session's line. */
function commandsSchema(): Schema {
  return record(
    'commands',
    'commands of a session; auth=1/3 in the log is auth 1 and auth_failed 2',
    [...COMMANDS, 'commands'].flatMap((name) => {
      const what = name === 'commands' ? 'commands of all names' : `${name.toUpperCase()} commands`;
      return [zero(name, `${what} that succeeded`), zero(`${name}_failed`, `${what} that failed`)];
    }),
  );
}

function typeOf({ type }: EventField): Schema {
  switch (type) {
    case 'instant':
      return INSTANT;
    case 'whole':
      return 'long';
    case 'text':
    case 'side':
      return 'string';
    case 'reason':
      return oneOf('reason', REASONS, 'other', 'reasons of rejections');
    case 'direction':
      return oneOf('direction', ['query', 'response'], 'response', 'only a query counts as one');
    case 'commands':
      return commandsSchema();
  }
}

/** The fields that all events of a type have come first; the others are null by default. */
function eventFields(
  declared: readonly (readonly [string, EventField])[],
  always: readonly string[],
  ofKind: (name: string) => string,
): readonly SchemaField[] {
  const isAlways = ([name]: readonly [string, EventField]): boolean => always.includes(name);
  return [
    ...declared.filter(isAlways).map(([name, field]) => must(name, typeOf(field), docOf(field))),
    ...declared
      .filter((row) => !isAlways(row))
      .map(([name, field]) => may(name, typeOf(field), docOf(field) + ofKind(name))),
  ];
}

function docOf({ type, doc }: EventField): string {
  if (type === 'instant') return `${doc}; ms since 1970-01-01 UTC`;
  return type === 'side' ? `${doc} (${SIDES.join(', ')})` : doc;
}

const ORIGIN = must(
  'origin',
  'string',
  'identity of the line, wherever it is read again: family of the file, hash of its first line, byte; or topic, partition, offset',
);

/** Which kinds of mail events have a field. */
function kindsOf(name: string): string {
  const kinds = entries(MAIL_KINDS).flatMap(([kind, { has, may: optional }]): string[] => {
    const fields: readonly string[] = [...has, ...optional];
    return fields.includes(name) ? [kind] : [];
  });
  return kinds.length === 0 ? '' : `. Of: ${kinds.join(', ')}`;
}

function mailEventSchema(): RecordSchema {
  const kinds = entries(MAIL_KINDS);
  const doc = `kinds of mail events. ${kinds.map(([kind, { doc: what }]) => `${kind}: ${what}`).join('; ')}`;
  const kind = oneOf(
    'mail_kind',
    kinds.map(([name]) => name),
    'other',
    doc,
  );
  return named('mail_event', 'what one line of a mail or POP3 log says', [
    must('kind', kind, 'what happened'),
    ORIGIN,
    may('original', 'string', 'the line as logged, of rejections and the like, and where it is not recognised'),
    ...eventFields(entries(MAIL_FIELDS), MAIL_BASE.has, kindsOf),
  ]);
}

function dnsEventSchema(): RecordSchema {
  return named('dns_event', 'a DNS query or response, as a log, a tap or a packet filter saw it', [
    must('kind', oneOf('dns_kind', ['dns'], 'dns', 'kinds of DNS events'), 'what happened'),
    ORIGIN,
    ...eventFields(entries(DNS_FIELDS), DNS_BASE.has, () => ''),
  ]);
}

const NUMBERS = 'each an unsigned LEB128';
const EMPTY = { type: 'bytes', default: '' } as const;

/** A sketch of a set of keys. */
function sketchSchema(): RecordSchema {
  return record('sketch', 'the smallest hashes of the keys of a set: exact up to 4,096 keys', [
    { name: 'hashes', ...EMPTY, doc: `hashes in rising order, the first one and then the differences, ${NUMBERS}` },
    may('limit', 'long', 'hashes from here on were left out; null where none was'),
  ]);
}

/** A table of counts by key, column by column: a column is empty where all its counts are 0. */
function tableSchema(name: string, doc: string, columns: readonly (readonly [string, string])[]): RecordSchema {
  return record(name, doc, [
    { name: 'keys', type: 'string', default: '', doc: 'the keys, one after the other' },
    { name: 'key_lengths', ...EMPTY, doc: `their lengths in UTF-16 units, ${NUMBERS}` },
    { name: 'names', type: 'string', default: '', doc: 'a name for each key, one after the other' },
    { name: 'name_lengths', ...EMPTY, doc: `their lengths in UTF-16 units, ${NUMBERS}` },
    zero('error', 'by how much a count may be too small; 0 while the table is exact'),
    may('seen', 'sketch', 'all keys ever seen, once keys were left out'),
    ...columns.map(([column, what]): SchemaField => ({
      name: wireName(column),
      ...EMPTY,
      doc: `${what}: one number for each key, ${NUMBERS}; empty if all are 0`,
    })),
  ]);
}

/** The tables of a tally: what a row of each is about, and its columns. */
export const TABLES = {
  clients: ['counts of clients, by address (of IPv6 the /64)', entries(CLIENT_COUNTERS)],
  recipients: ['recipients that were refused', describe(RECIPIENTS, 'enforced rejections')],
  targets: ['recipients that a client was refused; a key is both, divided by a blank', describe(TARGET, 'rejections')],
  users: ['users who logged in', describe(USERS, 'messages that they opened')],
  names: ['names asked for; the name of a row is the client that it is about', describe(NAMES, 'queries')],
} as const satisfies Record<string, readonly [string, readonly (readonly [string, string])[]]>;
export type TableName = keyof typeof TABLES;

function describe(columns: Readonly<Record<string, number>>, doc: string): readonly (readonly [string, string])[] {
  return Object.keys(columns).map((name) => [name, doc]);
}

function tallyFields(): readonly SchemaField[] {
  const counts = record(
    'counts',
    'counters, each from single lines',
    COUNTERS.map(([name, doc]) => zero(wireName(name), doc)),
  );
  const tables = entries(TABLES).map(([name, [doc, columns]]) => must(name, tableSchema(name, doc, columns), doc));
  return [
    must('counts', counts, 'counters of the subject in the pane'),
    must('smtp_clients', sketchSchema(), 'clients that connected to smtpd or postscreen'),
    must('transmissions', 'sketch', 'recipient domains that smtp transmitted to: queue id, domain and second'),
    ...tables,
    ...SIDES.map((side) =>
      may(`${side}_last_heard`, INSTANT, `time of the last event of the side ${side}; ms since 1970-01-01 UTC`),
    ),
  ];
}

/** What contributions and marks say first. */
const STAMP = [
  must('epoch', 'long', 'number in the configuration; of another one nothing is compared'),
  must('cfg', 'string', 'fingerprint of all that changes numbers or documents'),
  must('source', 'string', 'input topic-partition'),
  must('chunk', 'long', 'number of the chunk of the source'),
] as const;

function contributionSchema(): RecordSchema {
  return named('contribution', 'what a chunk has of one subject and pane; of one name the largest up_to is right', [
    ...STAMP,
    must('subject', 'string', 'mail:ID or dns:ID'),
    must('pane', INSTANT, 'start of the pane; ms since 1970-01-01 UTC'),
    must('up_to', 'long', 'offset after the last event counted'),
    ...tallyFields(),
  ]);
}

function markSchema(): RecordSchema {
  const state = oneOf('mark_state', ['open', 'none', 'end'], 'open', 'none: never had an event; end: has no more');
  const gap = record('gap', 'offsets that were lost before they were read', [
    must('from', 'long', 'first offset lost'),
    must('to', 'long', 'offset after the last one lost'),
  ]);
  return named('mark', 'says that all contributions of a source up to an offset are out', [
    ...STAMP,
    must('up_to', 'long', 'all contributions up to this offset are out'),
    must('state', state, 'whether the source has events'),
    may('watermark', INSTANT, 'no older event is awaited; null: nothing is known yet; ms since 1970-01-01 UTC'),
    may('latest', INSTANT, 'time of the latest event; ms since 1970-01-01 UTC'),
    zero('silent_ms', 'for how long the source has been silent, in ms'),
    must('expected', { type: 'array', items: 'string' }, 'all sources of the run'),
    { name: 'gaps', type: { type: 'array', items: gap }, default: [], doc: 'what was lost' },
    must('clock', INSTANT, "the writer's clock; ms since 1970-01-01 UTC"),
  ]);
}

export const SCHEMAS = {
  mail_event: mailEventSchema(),
  dns_event: dnsEventSchema(),
  contribution: contributionSchema(),
  mark: markSchema(),
} as const satisfies Record<string, RecordSchema>;
export type SchemaName = keyof typeof SCHEMAS;
