import { CLIENT_COUNTERS, COUNTERS, ROLES, entries } from '../tally/counters.js';
import type { ClientCounter, Counter, RoleCounter, Role } from '../tally/counters.js';
import { SIDES } from '../event.js';
import type { Side } from '../event.js';
import { isObject } from './value.js';

/** Elasticsearch types that our fields have; `text` is searched by words, without scores where the server can do so. */
type FieldType = 'keyword' | 'text' | 'long' | 'double' | 'boolean' | 'date' | 'ip';

export interface Field {
  readonly type: FieldType;
  /** True where all documents of an index have the same value. */
  readonly constant?: true;
  /** True where the value is only shown, and no search, sum or sort is by it. */
  readonly shown?: true;
  /** True where the value is always an array. */
  readonly many?: true;
  readonly doc: string;
}

const keyword = (doc: string): Field => ({ type: 'keyword', doc });
const text = (doc: string): Field => ({ type: 'text', doc });
const long = (doc: string): Field => ({ type: 'long', doc });
const double = (doc: string): Field => ({ type: 'double', doc });
const boolean = (doc: string): Field => ({ type: 'boolean', doc });
const date = (doc: string): Field => ({ type: 'date', doc });
const many = (field: Field): Field => ({ ...field, many: true });
const constant = (field: Field): Field => ({ ...field, constant: true });
const shown = (field: Field): Field => ({ ...field, shown: true });

/** Fields of every document. */
const COMMON = {
  '@timestamp': date('start of the window, or time of the event'),
  'event.kind': keyword('metric for a window, event for a rejection, alert for an incident'),
  'event.module': constant(keyword('mxwarden')),
  'event.dataset': constant(
    keyword('kind of document: mxwarden.correlation, mxwarden.client, mxwarden.rejection, mxwarden.alert'),
  ),
  'event.id': keyword('identity of the document: a later one with the same replaces it'),
  'event.ingested': date('when it was sent to Elasticsearch; files lack it'),
  'observer.vendor': constant(keyword('mxwarden')),
  'mxwarden.subject': keyword('whom it is about: mail:ID or dns:ID'),
} as const satisfies Record<string, Field>;

const WINDOW = {
  'event.start': date('start of the window, inclusive'),
  'event.end': date('end of the window, exclusive'),
  'event.duration': long('length of the window in ns'),
  'mxwarden.window.size': keyword('size of the window as configured, such as 5m'),
  'mxwarden.window.revision': long('1 for the first document of the window, then one more for each that replaced it'),
  'mxwarden.window.version': long('grows with each revision, over all windows'),
  'mxwarden.window.final': boolean('true once the window is sealed: no later document replaces this one'),
  'mxwarden.window.client_error': long('by how much numbers of a client may be too small; absent where they are exact'),
} as const satisfies Record<string, Field>;

const ROLE_FIELDS = ['connects', 'sessions', 'opened', 'accepted', 'rejected'] as const satisfies RoleCounter[];

const MEASURED = {
  'mxwarden.window.estimated': many(
    keyword('fields that are estimates, as there were too many clients, names, recipients or domains to keep them all'),
  ),
  'host.name': many(keyword('host names of the server in its logs')),
  'host.ip': many({ type: 'ip', doc: 'addresses from which the server asks DNS' }),
  'related.ip': many({ type: 'ip', doc: 'addresses of the top clients' }),
  'mxwarden.dns.distinct_names': long('different names that the server asked for'),
  'mxwarden.dns.name_entropy': double('Shannon entropy of these names in bits'),
  'mxwarden.dns.distinct_clients': long('different DNS clients of a resolver'),
  'mxwarden.dns.refused_share': double('queries that the resolver refused over all its queries'),
  'mxwarden.dns.vantage': keyword(
    'what the DNS log sees of the server: its own queries (stub), misses of a cache (forwarder), nothing (none)',
  ),
  'mxwarden.smtp.connects': long('smtpd lines `connect from`: Nc'),
  'mxwarden.smtp.sessions': long('smtpd lines `disconnect from`'),
  'mxwarden.smtp.opened': long('smtpd lines `client=`'),
  'mxwarden.smtp.accepted': long('messages accepted: successful DATA or BDAT; without command counts opened less lost'),
  'mxwarden.smtp.accepted_estimated': boolean('true where Postfix logs no command counts (before 3.0)'),
  'mxwarden.smtp.distinct_clients': long('different SMTP clients'),
  'mxwarden.smtp.client_entropy': double('Shannon entropy of the connections over the clients in bits'),
  'mxwarden.smtp.yield': double('share of sessions that delivered a message; probes and all'),
  'mxwarden.smtp.yield_lower': double('lower end of its Wilson interval at 95 %'),
  'mxwarden.smtp.yield_upper': double('upper end of its Wilson interval at 95 %'),
  'mxwarden.qmgr.backlog_delta': long('queue files made, less those refused for their content and those removed'),
  'mxwarden.reject.distinct_recipients': long('different recipients that were refused'),
  'mxwarden.mee.value': double('mail exchanging efficiency of the paper: Nf / Nc'),
  'mxwarden.mee.adjusted': double('messages accepted / sessions, of mx and submission, without probes'),
  'mxwarden.mee.lower': double('lower end of the interval of the adjusted MEE at 95 %'),
  'mxwarden.mee.upper': double('upper end of the interval of the adjusted MEE at 95 %'),
  'mxwarden.mee.expected': double('what the adjusted MEE was expected to be'),
  'mxwarden.mee.undefined': boolean('true where Nc = 0'),
  'mxwarden.mee.accepted': long('messages of the adjusted MEE'),
  'mxwarden.mee.sessions': long('sessions of the adjusted MEE'),
  'mxwarden.mee.probes': long('probe-like sessions of probe clients, left out of the adjusted MEE'),
  'mxwarden.mee.dispersion': double(
    'by what factor the panes of the last day vary more than chance; widens the interval',
  ),
  'mxwarden.demand.expected': double('DNS queries that SMTP, transmissions and POP3 explain by the priors'),
  'mxwarden.demand.rest': double('DNS queries less the expected ones'),
  'mxwarden.demand.receive': double('queries for SMTP sessions: 2 Nc'),
  'mxwarden.demand.transmit': double('queries for transmissions: k n N_tr, k = 2'),
  'mxwarden.demand.pop3': double('queries for POP3 sessions: Np'),
  'mxwarden.demand.deferred': double('queries for transmissions that ended deferred: k n'),
  'mxwarden.demand.domains': double('n: recipient domains over delivery lines of smtp'),
  'mxwarden.demand.m': double('linear coefficient of SMTP: (Dq - Np) / Nc'),
  'mxwarden.demand.m_expected': double('the same of the expected queries'),
  'mxwarden.demand.m_paper_k2': double("the paper's m_SMTP = 2 + k n (1 - q) for k = 2"),
  'mxwarden.demand.m_paper_k4': double("the paper's m_SMTP = 2 + k n (1 - q) for k = 4"),
  'mxwarden.anomaly.is_anomaly': boolean('whether something was found to be wrong; absent where nobody looked'),
  'mxwarden.anomaly.score': double('how far off the worst finding is: 0 for none, 50 at 5 spreads, below 100'),
  'mxwarden.anomaly.kinds': many(keyword('what is wrong: kinds of incidents')),
  'mxwarden.anomaly.reasons': many(text('the same in words, with the numbers')),
  'mxwarden.anomaly.day_type': keyword('days with which it was compared: working_day, weekend, holiday'),
  'mxwarden.anomaly.provisional': boolean('true as long as the window is not sealed'),
} as const satisfies Record<string, Field>;

const SPANS = ['day', 'week'] as const;
const CORRELATION = {
  n: long('sealed windows of this size in the trailing span'),
  r_connects: double("Pearson's r of DNS queries and connections"),
  r_from: double("Pearson's r of DNS queries and mail exchanges"),
  slope_connects: double('slope of DNS queries on connections'),
  slope_from: double('slope of DNS queries on mail exchanges'),
} as const satisfies Record<string, Field>;

const COVERAGE = {
  share: double('lines recognised over all lines of its programs'),
  last_heard: date('time of the last event so far'),
} as const satisfies Record<string, Field>;

/** What is known of a client beside its log: by its host name, and in files that the site gives. */
const ENRICHED = {
  'source.registered_domain': keyword('domain that is registered, of its host name: example.org of mx.lab.example.org'),
  'source.top_level_domain': keyword('public suffix under which it is registered: org, co.uk'),
  'source.subdomain': keyword('what stands before the registered domain: mx.lab'),
  'source.as.number': long('autonomous system that announces its address'),
  'source.as.organization.name': keyword('who runs the autonomous system'),
  'source.geo.country_iso_code': keyword('country of its address (ISO 3166-1, two letters)'),
} as const satisfies Record<string, Field>;

/** Fields of a client: entries of `mxwarden.top_clients[]`, and of a client row under `mxwarden.client.`. */
const CLIENT = {
  address: keyword('address of the client; of IPv6 the /64'),
  name: keyword('host name as the server saw it'),
  registered_domain: keyword('domain that is registered, of its host name'),
  as_number: long('autonomous system that announces its address'),
  country: keyword('country of its address (ISO 3166-1, two letters)'),
  rank: long('place among the clients of the window, from 1'),
  share: double('its connections over all of the window; of a resolver: its queries'),
  mee_without: double('adjusted MEE as it would be without this client'),
  is_own: boolean('in one of the own networks'),
  is_partner: boolean('in one of the networks of partners'),
  is_probe: boolean('a health probe'),
} as const satisfies Record<string, Field>;

const REJECTION = {
  'host.name': keyword('host that logged it'),
  'source.ip': { type: 'ip', doc: 'address of the client' },
  'source.address': keyword('address of the client as logged'),
  'source.domain': keyword('host name of the client as logged'),
  'event.original': shown(keyword('the line as it stood in the log')),
  'mxwarden.rejection.kind': keyword('kind of line: reject, auth_failure, protocol_error ...'),
  'mxwarden.rejection.reason': keyword('why, one of a closed set'),
  'mxwarden.rejection.action': keyword('word that Postfix logged: reject, hold, warn, PREGREET ...'),
  'mxwarden.rejection.enforced': boolean('false where the line only says what would have been'),
  'mxwarden.rejection.stage': keyword('SMTP command or message part at which it happened'),
  'mxwarden.rejection.reply_code': long('SMTP reply code'),
  'mxwarden.rejection.enhanced_code': keyword('enhanced status code (RFC 3463)'),
  'mxwarden.rejection.text': text('the reason in the words of the log'),
  'mxwarden.rejection.service': keyword('service that logged it, such as postfix/submission/smtpd'),
  'mxwarden.rejection.role': keyword('what the service is for: mx, submission, reinject'),
  'mxwarden.rejection.helo': keyword('name that the client gave in HELO'),
  'mxwarden.rejection.sender_domain': keyword('domain of the sender'),
  'mxwarden.rejection.recipient_domain': keyword('domain of the recipient'),
  'mxwarden.rejection.left_out': long('further rejections of this client, reason and pane without a document'),
} as const satisfies Record<string, Field>;

const ALERT = {
  'event.action': keyword(
    'incident-opened, incident-confirmed, incident-changed, incident-closed or incident-withdrawn',
  ),
  'event.start': date('start of the first abnormal window'),
  'event.severity': long('21 low, 47 medium, 73 high'),
  'event.risk_score': double('the same'),
  message: text('what happened, to whom, since when and what to do, in one sentence'),
  'rule.id': keyword('kind of incident'),
  'rule.name': keyword('the same as people say it'),
  'rule.category': keyword('signature, anomaly or protocol'),
  'source.ip': { type: 'ip', doc: 'address of the client that it is about' },
  'source.address': keyword('the same as it is known: of IPv6 the /64'),
  'source.domain': keyword('its host name as the server saw it'),
  'user.name': keyword('user that it is about'),
  'mxwarden.incident.id': keyword('subject, kind, client or nothing, start'),
  'mxwarden.incident.kind': keyword('kind of incident'),
  'mxwarden.incident.state': keyword('provisional, confirmed, withdrawn or closed'),
  'mxwarden.incident.started': date('start of the first abnormal window'),
  'mxwarden.incident.ended': date('end of the last abnormal window, once the incident is closed'),
  'mxwarden.incident.last_seen': date('end of the last abnormal window so far'),
  'mxwarden.incident.advice': keyword('what to do'),
  'mxwarden.incident.side': keyword('log that fell silent: mail, pop3 or dns'),
  'mxwarden.incident.recipients': many(
    keyword('recipients that it is about: their domains, or their addresses where the site wants them'),
  ),
  'mxwarden.known.reason': keyword('why the operator knows about it; absent where nobody does'),
  'mxwarden.known.until': date('until when it is known'),
  'mxwarden.evidence.text': text('the numbers in words, of the worst window so far'),
  'mxwarden.evidence.n': double('of how many'),
  'mxwarden.evidence.observed': double('what was counted or measured'),
  'mxwarden.evidence.expected': double('what was to be expected'),
  'mxwarden.evidence.baseline_median': double('median of quiet windows'),
  'mxwarden.evidence.baseline_spread': double('their robust standard deviation'),
  'mxwarden.evidence.baseline_n': long('how many they are'),
  'mxwarden.proposal.layer': keyword(
    'where Postfix can act: smtpd, postscreen, submission (by the client), user, recipients; absent where it has no entry for it',
  ),
  'mxwarden.proposal.key': keyword('client or user of the entry'),
  'mxwarden.proposal.refusal': keyword(
    'why it is not to be blocked: own_network, partner, probe, proxy, accepted_mail, already_refused',
  ),
  'mxwarden.proposal.cautious': keyword('the careful action to begin with'),
  'mxwarden.proposal.firm': keyword('the action once that was right'),
  'mxwarden.proposal.expires': date('when the entry is to be taken out again'),
  'mxwarden.proposal.minutes': double('length of the worst window, of which all numbers here are'),
  'mxwarden.proposal.client.connects': long('sessions of the client'),
  'mxwarden.proposal.client.queries': long('DNS queries about it'),
  'mxwarden.proposal.collateral.messages': long('messages accepted from it'),
  'mxwarden.proposal.collateral.recipients': long('recipients accepted from it'),
  'mxwarden.proposal.collateral.share': double('these messages over all that were accepted'),
  'mxwarden.proposal.collateral.day_messages': long('messages accepted from it within the day before'),
  'mxwarden.proposal.collateral.day_share': double('these over all that were accepted in that day'),
  'mxwarden.proposal.collateral.day_hours': long('hours of that day that were seen'),
  'mxwarden.proposal.writers': many(keyword('clients that write to the recipients that do not exist')),
  'mxwarden.proposal.temporary': long('refusals of these recipients that ask to try again (4xx)'),
  'mxwarden.effect.verdict': keyword('confirmed, blocked_still_connecting, no_effect or worse'),
  'mxwarden.effect.text': keyword('the same in words, with the numbers'),
  'mxwarden.effect.since': date('from when on the client is refused'),
  'mxwarden.effect.attempts': long('its connections since then, in the last windows that were looked at'),
  'mxwarden.effect.refused': long('how many of them were refused'),
} as const satisfies Record<string, Field>;

/** Numbers of a server in the window of a proposal: as they were, and as they would be with the entry in place. */
const OUTLOOKS = {
  now: 'as it was',
  goes_on: 'with the entry, if the client goes on',
  gives_up: 'with the entry, if the client gives up',
} as const;
const OUTLOOK = {
  connects: (when: string) => long(`Nc ${when}`),
  queries: (when: string) => double(`Dq ${when}`),
  mee: (when: string) => double(`adjusted MEE ${when}`),
} as const satisfies Record<string, (when: string) => Field>;

/** Numbers of a minute before a client was refused, and after. */
const LOADS = { before: 'before it was refused', after: 'since it is refused' } as const;
const LOAD = {
  connects: (when: string) => double(`sessions of the client a minute ${when}`),
  client_queries: (when: string) => double(`DNS queries about it a minute ${when}`),
  queries: (when: string) => double(`Dq a minute ${when}`),
  mee: (when: string) => double(`adjusted MEE ${when}`),
} as const satisfies Record<string, (when: string) => Field>;

type Span = (typeof SPANS)[number];
export type EnrichedField = keyof typeof ENRICHED;
export type AlertField =
  | keyof typeof COMMON
  | keyof typeof ALERT
  | EnrichedField
  | `mxwarden.proposal.${keyof typeof OUTLOOKS}.${keyof typeof OUTLOOK}`
  | `mxwarden.effect.${keyof typeof LOADS}.${keyof typeof LOAD}`;
export type CorrelationField =
  | keyof typeof COMMON
  | keyof typeof WINDOW
  | keyof typeof MEASURED
  | `mxwarden.${Exclude<Counter, `role.${string}`>}`
  | `mxwarden.role.${Role}.${(typeof ROLE_FIELDS)[number] | 'mee_adjusted'}`
  | `mxwarden.correlation.${Span}.${keyof typeof CORRELATION}`
  | `mxwarden.coverage.${Side}.${keyof typeof COVERAGE}`;
/** Fields of one client, without the prefix that the document gives them. */
export type ClientField = keyof typeof CLIENT | ClientCounter;
export type RejectionField = keyof typeof COMMON | keyof typeof REJECTION;
export type ClientRowField =
  | keyof typeof COMMON
  | keyof typeof WINDOW
  | 'source.ip'
  | 'source.address'
  | 'source.domain'
  | EnrichedField
  | `mxwarden.client.${ClientField}`;
/** The names of the fields of each kind of document. */
export interface FieldOf {
  readonly correlation: CorrelationField;
  readonly client: ClientRowField;
  readonly rejection: RejectionField;
  readonly alert: AlertField;
}

function prefixed<F extends Field>(prefix: string, fields: Readonly<Record<string, F>>): [string, Field][] {
  return Object.entries(fields).map(([name, field]) => [`${prefix}${name}`, field]);
}

function clientFields(prefix: string): [string, Field][] {
  const counters = entries(CLIENT_COUNTERS).map(([name, doc]): [string, Field] => [`${prefix}${name}`, long(doc)]);
  return [...prefixed(prefix, CLIENT), ...counters];
}

function correlationFields(): [string, Field][] {
  const isPublished = (counter: string): boolean =>
    !counter.startsWith('role.') || ROLE_FIELDS.some((field) => counter.endsWith(`.${field}`));
  return [
    ...prefixed('', COMMON),
    ...prefixed('', WINDOW),
    ...prefixed('', MEASURED),
    ...COUNTERS.filter(([name]) => isPublished(name)).map(([name, doc]): [string, Field] => [
      `mxwarden.${name}`,
      long(doc),
    ]),
    ...ROLES.map((role): [string, Field] => [
      `mxwarden.role.${role}.mee_adjusted`,
      double(`messages accepted / sessions of the role ${role}, without probes; absent without command counts`),
    ]),
    ...SPANS.flatMap((span) => prefixed(`mxwarden.correlation.${span}.`, CORRELATION)),
    ...SIDES.flatMap((side) => prefixed(`mxwarden.coverage.${side}.`, COVERAGE)),
    // In arrays of objects searches mix up the values; client rows have them for searches.
    ...clientFields('mxwarden.top_clients.').map(([name, field]): [string, Field] => [name, shown(field)]),
  ];
}

function crossed(
  prefix: string,
  times: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, (when: string) => Field>>,
): [string, Field][] {
  return Object.entries(times).flatMap(([time, when]) =>
    Object.entries(fields).map(([name, field]): [string, Field] => [`${prefix}${time}.${name}`, field(when)]),
  );
}

/** Every field of each kind of document, declared once: types, checks and, from there, mappings follow. */
export const FIELDS = {
  correlation: new Map(correlationFields()),
  client: new Map([
    ...prefixed('', COMMON),
    ...prefixed('', WINDOW),
    ['source.ip', { type: 'ip', doc: 'address of the client' }],
    ['source.address', keyword('address of the client; of IPv6 the /64')],
    ['source.domain', keyword('host name of the client as the server saw it')],
    ...prefixed('', ENRICHED),
    ...clientFields('mxwarden.client.'),
  ] satisfies [string, Field][]),
  rejection: new Map([...prefixed('', COMMON), ...prefixed('', REJECTION)]),
  alert: new Map([
    ...prefixed('', COMMON),
    ...prefixed('', ALERT),
    ...prefixed('', ENRICHED),
    ...crossed('mxwarden.proposal.', OUTLOOKS, OUTLOOK),
    ...crossed('mxwarden.effect.', LOADS, LOAD),
  ]),
} as const satisfies Record<string, ReadonlyMap<string, Field>>;

/** Kinds of documents that runs end in. */
export type DocumentKind = keyof typeof FIELDS;

export type FieldValue = string | number | boolean | readonly string[] | undefined;
/** A document as JSON has it. */
export interface JsonObject {
  [name: string]: FieldValue | JsonObject | readonly JsonObject[];
}

/** Names of the objects that each path leads through, and of the field: paths are declared, so there are but so many. */
const PATHS = new Map<string, { readonly path: readonly string[]; readonly leaf: string }>();

function placeOf(path: string): { readonly path: readonly string[]; readonly leaf: string } {
  let place = PATHS.get(path);
  if (place === undefined) {
    const names = path.split('.');
    place = { path: names.slice(0, -1), leaf: names[names.length - 1] ?? '' };
    PATHS.set(path, place);
  }
  return place;
}

/** The object within a document that these names lead to, made where it is missing. */
export function objectAt(document: JsonObject, path: readonly string[]): JsonObject {
  let at = document;
  for (const name of path) {
    let inner = at[name];
    if (!isObject(inner)) at[name] = inner = {};
    at = inner;
  }
  return at;
}

/** Adds fields named by their paths to a document: objects within objects. Fields without a value are left out. */
export function addFields(document: JsonObject, fields: Readonly<Record<string, FieldValue>>): void {
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    const { path, leaf } = placeOf(name);
    objectAt(document, path)[leaf] = value;
  }
}

/** What is wrong with a document: fields that are not declared, and values of another type. Empty if nothing is. */
export function undeclared(document: JsonObject, fields: ReadonlyMap<string, Field>, prefix = ''): readonly string[] {
  return Object.entries(document).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const path = prefix + name;
    const field = fields.get(path);
    if (field !== undefined) return fits(value, field) ? [] : [`${path}: ${JSON.stringify(value)} is no ${field.type}`];
    const inner: readonly FieldValue[] | readonly JsonObject[string][] = Array.isArray(value) ? value : [value];
    return inner.flatMap((item) => (isObject(item) ? undeclared(item, fields, `${path}.`) : [`${path}: not declared`]));
  });
}

function fits(value: JsonObject[string], field: Field): boolean {
  if (field.many === true) return Array.isArray(value) && value.every((item) => typeof item === 'string');
  switch (field.type) {
    case 'long':
      return Number.isInteger(value);
    case 'double':
      return Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value));
    case 'keyword':
    case 'text':
    case 'ip':
      return typeof value === 'string';
  }
}
