import { isFields } from '../core/documents/value.js';
import type { Fields } from '../core/documents/value.js';
import { MAIL_KINDS, SIDES } from '../core/event.js';
import type { DnsEvent, DnsField, MailEvent, MailField, Originated } from '../core/event.js';
import { entries } from '../core/tally/counters.js';
import type { RecordKind } from './decoder.js';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import type { SchemaKey } from './frame.js';
import type { WriterSchemas } from './writer-schemas.js';

/** Fields that nothing counts and no document shows: reading them would cost as much as all others. */
const UNUSED_MAIL: ReadonlySet<string> = new Set<MailField>([
  'process_id',
  'client_port',
  'recipients',
  'size_bytes',
  'sasl_method',
  'user',
  'protocol',
  'relay',
  'delay_ms',
]);
const UNUSED_DNS: ReadonlySet<string> = new Set<DnsField>(['qclass', 'transport', 'view']);
/** What only tells one message from another. */
const IDENTITY_DNS: ReadonlySet<string> = new Set<DnsField>(['client_port', 'id']);

/** An event as it was written, with the identity of its line. */
export type AnyEvent = Originated<MailEvent> | Originated<DnsEvent>;

/**
 * Which fields of events are read: all of them, those that count, or with these also those that tell DNS messages apart. The
 * others are absent then, whatever their type.
 */
export type Reading = 'all' | 'counted' | 'identified';

/** Reads mail and DNS events. */
export function createEventDecoder(schemas: WriterSchemas, reading: Reading): Decoder<AnyEvent> {
  const mail: RecordKind<AnyEvent> = { name: 'mail_event', take: mailTaker(reading) };
  const dns: RecordKind<AnyEvent> = { name: 'dns_event', take: takeDns };
  if (reading === 'all') return new Decoder<AnyEvent>([mail, dns], schemas);
  const isIdentified = reading === 'identified';
  return new Decoder<AnyEvent>(
    [
      { ...mail, wanted: (field) => !UNUSED_MAIL.has(field) },
      { ...dns, wanted: (field) => !UNUSED_DNS.has(field) && (isIdentified || !IDENTITY_DNS.has(field)) },
    ],
    schemas,
  );
}

/**
 * Takes records that have all that an event of their kind must have: the schema cannot say it, and a writer may err. They are
 * as avsc makes them of a schema of ours: fields have the right types, but may be `undefined`.
 */
function mailTaker(reading: Reading): (record: unknown) => Originated<MailEvent> | undefined {
  const required = new Map<string, readonly string[]>(
    entries(MAIL_KINDS).map(([kind, { has }]) => [
      kind,
      has.filter((field) => reading === 'all' || !UNUSED_MAIL.has(field)),
    ]),
  );
  const isEvent = (record: Fields): record is Fields & Originated<MailEvent> => {
    for (const field of required.get(String(record.kind)) ?? []) if (record[field] === undefined) return false;
    const { side } = record;
    return side === undefined || SIDES.some((known) => known === side);
  };
  return (record) => (isFields(record) && isEvent(record) ? record : undefined);
}

/** All that a DNS event must have is in every record of the schema. */
function isDnsEvent(record: unknown): record is Originated<DnsEvent> {
  return isFields(record);
}

function takeDns(record: unknown): Originated<DnsEvent> | undefined {
  return isDnsEvent(record) ? record : undefined;
}

/** What names the schemas of events. */
export interface EventKeys {
  readonly mail?: SchemaKey;
  readonly dns?: SchemaKey;
}

/** Writes mail and DNS events. `keys` name their schemas in a registry; by default each record has the fingerprint. */
export class EventEncoder {
  private readonly mail: Encoder;
  private readonly dns: Encoder;

  constructor(keys: EventKeys = {}) {
    this.mail = new Encoder('mail_event', keys.mail);
    this.dns = new Encoder('dns_event', keys.dns);
  }

  encode(event: AnyEvent): Buffer {
    return event.kind === 'dns' ? this.dns.encode(event) : this.mail.encode(event);
  }
}
