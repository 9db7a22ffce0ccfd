import { InvariantError } from '../errors.js';
import { REASONS, SIDES } from '../event.js';
import type { Reason, Side } from '../event.js';

/** What an smtpd session, or a message in it, is for. Verdicts are on `mx` and `submission`. */
export const ROLES = ['mx', 'submission', 'reinject'] as const;
export type Role = (typeof ROLES)[number];

/** Counters kept for each role; their names in a document are `role.<role>.<name>`. */
const ROLE_COUNTERS = {
  connects: 'smtpd lines `connect from`; Nc is their sum over the roles',
  sessions: 'smtpd lines `disconnect from`',
  counted_sessions: 'sessions whose disconnect line carries command counts (Postfix 3.0 and later)',
  delivering_sessions: 'counted sessions with at least one successful DATA or BDAT',
  opened: 'smtpd lines `client=`: messages whose first recipient was accepted',
  accepted: 'messages accepted in counted sessions: successful DATA, and mail transactions ended by BDAT',
  lost_messages: 'messages opened, then refused for their content or broken off after DATA or BDAT',
  rejected: 'enforced rejections',
} as const;
export type RoleCounter = keyof typeof ROLE_COUNTERS;

/** Query types that are counted by name; all others are `other`. */
export const QUERY_TYPES = ['a', 'aaaa', 'mx', 'ptr', 'txt', 'ns', 'soa', 'srv', 'any', 'other'] as const;
export type QueryType = (typeof QUERY_TYPES)[number];

const PLAIN_COUNTERS = {
  'window.late_events': 'events that came after the watermark of their source had passed the end of their pane',
  'dns.queries': 'DNS queries; of a mail server: that it sent (Dq); of a resolver: that it was asked',
  'dns.refused': 'DNS queries that the resolver refused',
  'smtp.screen_connects': 'postscreen lines `CONNECT from`',
  'smtp.screen_hits': 'postscreen tests that a client failed',
  'smtp.authenticated': 'sessions with a successful AUTH',
  'smtp.auth_failures': 'failed SASL authentications',
  'smtp.aborted': 'sessions broken off: lost connections and time-outs',
  'smtp.probes': 'probe-like sessions: nothing but a greeting, then QUIT or nothing',
  'smtp.protocol_errors': 'protocol errors: pipelining, non-SMTP commands, TLS handshakes that failed',
  'smtp.rate_limits': 'connections or commands over a rate limit',
  'smtp.too_many_errors': 'sessions ended for too many errors',
  'qmgr.from': 'qmgr lines `from=`: mail exchanges (Nf), each retry again',
  'qmgr.from_null': 'mail exchanges with an empty sender (bounces)',
  'qmgr.removed': 'messages that left the queue',
  'qmgr.expired': 'messages that were in the queue for too long',
  'messages.queued': 'queue files made by cleanup',
  'messages.refused': 'queue files dropped because the content was refused',
  'messages.local': 'messages submitted on the machine itself (pickup)',
  'messages.bounce': 'bounces that the server made',
  'delivery.lines': 'delivery status lines, one per recipient and attempt',
  'delivery.attempts': 'delivery status lines of smtp: transmissions (N_tr)',
  'delivery.attempts_deferred': 'those of them that ended deferred',
  'delivery.sent': 'recipients delivered',
  'delivery.deferred': 'deferred delivery lines',
  'delivery.bounced': 'recipients bounced',
  'delivery.user_unknown': 'recipients bounced because the mailbox does not exist (5.1.1)',
  'pop3.sessions': 'POP3 logins (Np)',
  'pop3.failures': 'failed POP3 logins',
  'reject.total':
    'enforced rejections: reject, milter-reject, milter-header-reject, proxy-reject, hangup and the discards',
  'reject.sessions': 'counted sessions with a failed HELO, EHLO, MAIL, RCPT, DATA or BDAT',
  'reject.temporary': 'enforced rejections with a 4xx reply',
  'reject.not_enforced': 'rejections logged only: warn, hold, filter, redirect ...',
} as const;

/** How the lines of one side were read. */
const COVERAGE_COUNTERS = {
  used: 'lines that were counted',
  unused: 'lines recognised that carry nothing we count',
  unrecognised: 'lines of its programs that no grammar takes',
} as const;
export type CoverageCounter = keyof typeof COVERAGE_COUNTERS;

type PlainCounter = keyof typeof PLAIN_COUNTERS;
/** The name of a counter is its field in a correlation document, under `mxwarden.`. */
export type Counter =
  | PlainCounter
  | `role.${Role}.${RoleCounter}`
  | `dns.by_type.${QueryType}`
  | `reject.${Reason}`
  | `coverage.${Side}.${CoverageCounter}`;

function declare(): readonly (readonly [Counter, string])[] {
  const rows: [Counter, string][] = [];
  for (const [name, doc] of entries(PLAIN_COUNTERS)) rows.push([name, doc]);
  for (const role of ROLES) for (const [name, doc] of entries(ROLE_COUNTERS)) rows.push([`role.${role}.${name}`, doc]);
  for (const type of QUERY_TYPES) rows.push([`dns.by_type.${type}`, `DNS queries of type ${type.toUpperCase()}`]);
  for (const reason of REASONS) rows.push([`reject.${reason}`, `enforced rejections for the reason ${reason}`]);
  for (const side of SIDES)
    for (const [name, doc] of entries(COVERAGE_COUNTERS)) rows.push([`coverage.${side}.${name}`, doc]);
  return rows;
}

/** Each counter with its description: the one declaration from which types, zero, merge, fields and mappings follow. */
export const COUNTERS: readonly (readonly [Counter, string])[] = declare();

/** Columns of counters. */
export const COUNTER = columnsOf(COUNTERS.map(([name]) => name));

/** Counters of one client in a window, with their descriptions. */
export const CLIENT_COUNTERS = {
  connects: 'smtpd connections from it, without re-injection',
  submission_connects: 'those of them to a submission service',
  sessions: 'sessions of it that ended, without re-injection',
  counted_sessions: 'its sessions with command counts',
  delivering_sessions: 'its counted sessions with at least one message accepted',
  opened: 'messages it opened, without re-injection',
  reinjected: 'messages that a content filter handed back on its behalf',
  accepted: 'messages accepted from it',
  lost_messages: 'its messages refused for their content or broken off after DATA',
  recipients: 'recipients accepted from it',
  rejects: 'enforced rejections of it',
  relay_denied: 'those of them for relaying',
  user_unknown: 'those of them for recipients that do not exist',
  greylisted: 'those of them that ask it to come again (greylisting)',
  client_rejected: 'those of them by an access list of clients or of log-in names',
  auth_failures: 'failed authentications of it',
  aborted: 'its sessions that broke off',
  probes: 'its probe-like sessions',
  submission_probes: 'its probe-like sessions on a submission service',
  screen_connects: 'connections from it to postscreen',
  screen_hits: 'postscreen tests that it failed',
  screen_denied: 'connections from it that the deny list of postscreen names',
  pop3_sessions: 'POP3 logins from it',
  pop3_failures: 'failed POP3 logins from it',
  dns_queries: 'DNS queries that the mail server asked about it (PTR, DNSBL); in a resolver: queries that it sent',
  mx_queries: 'queries of type MX that it sent to a resolver',
} as const;
export type ClientCounter = keyof typeof CLIENT_COUNTERS;

function columnsOf<K extends string>(names: readonly K[]): Readonly<Record<K, number>> {
  const columns = zeroRecord(names);
  for (const [column, name] of names.entries()) columns[name] = column;
  return columns;
}
/** Columns of a table of clients. */
export const CLIENT = columnsOf(entries(CLIENT_COUNTERS).map(([name]) => name));

/** The keys and values of a declaration, typed by it. */
export function entries<K extends string, V>(declaration: Readonly<Record<K, V>>): readonly (readonly [K, V])[] {
  const rows: [K, V][] = [];
  for (const key in declaration) rows.push([key, declaration[key]]);
  return rows;
}

/** A record of zeros, one for each name. */
export function zeroRecord<K extends string>(names: readonly K[]): Record<K, number> {
  // Parsed from text an object stays fast where one filled key by key becomes a dictionary.
  const record: unknown = JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`);
  if (!isRecordOf(names, record)) throw new InvariantError('A name of a counter cannot be written as JSON.');
  return record;
}

function isRecordOf<K extends string>(names: readonly K[], value: unknown): value is Record<K, number> {
  return typeof value === 'object' && value !== null && names.every((name) => name in value);
}
