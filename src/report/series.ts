import type { CorrelationField } from '../core/documents/fields.js';
import { QUERY_TYPES } from '../core/tally/counters.js';
import { REASONS } from '../core/event.js';

/** A number of each window that the page shows, kept as a whole number: the document's times 10 to the `decimals`. */
export interface Series {
  readonly field: CorrelationField;
  readonly decimals: number;
}

const count = (field: CorrelationField): Series => ({ field, decimals: 0 });
/** As many decimals as a document has; it may go up to 2,000. */
const ratio = (field: CorrelationField): Series => ({ field, decimals: 6 });
/** Queries of a share: up to 21 million. */
const part = (field: CorrelationField): Series => ({ field, decimals: 2 });

/** Series of a mail server. */
const MAIL = {
  queries: count('mxwarden.dns.queries'),
  connects: count('mxwarden.smtp.connects'),
  screen_connects: count('mxwarden.smtp.screen_connects'),
  from: count('mxwarden.qmgr.from'),
  pop3: count('mxwarden.pop3.sessions'),
  backlog: count('mxwarden.qmgr.backlog_delta'),
  mee: ratio('mxwarden.mee.value'),
  adjusted: ratio('mxwarden.mee.adjusted'),
  lower: ratio('mxwarden.mee.lower'),
  upper: ratio('mxwarden.mee.upper'),
  expected: ratio('mxwarden.mee.expected'),
  accepted: count('mxwarden.mee.accepted'),
  sessions: count('mxwarden.mee.sessions'),
  receive: part('mxwarden.demand.receive'),
  transmit: part('mxwarden.demand.transmit'),
  deferred: part('mxwarden.demand.deferred'),
  rest: part('mxwarden.demand.rest'),
  m: part('mxwarden.demand.m'),
  m_expected: part('mxwarden.demand.m_expected'),
  coverage_mail: ratio('mxwarden.coverage.mail.share'),
  coverage_pop3: ratio('mxwarden.coverage.pop3.share'),
  coverage_dns: ratio('mxwarden.coverage.dns.share'),
} as const satisfies Record<string, Series>;

/** Series of a DNS server. */
const DNS = {
  queries: count('mxwarden.dns.queries'),
  refused: count('mxwarden.dns.refused'),
  clients: count('mxwarden.dns.distinct_clients'),
  coverage_dns: ratio('mxwarden.coverage.dns.share'),
} as const satisfies Record<string, Series>;

/** Columns of the clients of a mail server's window: of its busiest ones, and of the one that weighs most on MEE. */
export const CLIENT_COLUMNS = {
  client_1: 0,
  client_1_connects: 0,
  client_2: 0,
  client_2_connects: 0,
  client_3: 0,
  client_3_connects: 0,
  culprit: 0,
  mee_without: 6,
} as const;
export const BUSIEST = 3;

type MailColumn = keyof typeof MAIL | keyof typeof CLIENT_COLUMNS | `reject_${(typeof REASONS)[number]}`;
type DnsColumn = keyof typeof DNS | `type_${(typeof QUERY_TYPES)[number]}`;
/** The name of a series; what it is of follows from its subject. */
export type Column = MailColumn | DnsColumn;

/** Every series of a subject, declared once: by name, in the order of the columns. */
export const SERIES: Readonly<Record<'mail' | 'dns', readonly (readonly [Column, Series])[]>> = {
  mail: [
    ...declared(MAIL),
    ...REASONS.map((reason) => [`reject_${reason}`, count(`mxwarden.reject.${reason}`)] as const),
  ],
  dns: [
    ...declared(DNS),
    ...QUERY_TYPES.map((type) => [`type_${type}`, count(`mxwarden.dns.by_type.${type}`)] as const),
  ],
};

function declared<K extends Column>(series: Readonly<Record<K, Series>>): readonly (readonly [K, Series])[] {
  const rows: (readonly [K, Series])[] = [];
  for (const name in series) rows.push([name, series[name]]);
  return rows;
}
