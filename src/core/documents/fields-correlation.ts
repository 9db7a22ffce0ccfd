import { KINDS } from '../detect/kinds.js';
import { VANTAGES } from '../identity.js';
import { COUNTERS, ROLES } from '../tally/counters.js';
import type { RoleCounter } from '../tally/counters.js';
import { COMPARABLE } from '../detect/day-type.js';
import { SIDES } from '../event.js';
import { boolean, date, double, keyword, long, many, measured, prefixed, shown, text, within } from './field.js';
import type { Declared, DeclaredWithin, Field } from './field.js';
import { clientFields } from './fields-client.js';

export const ROLE_FIELDS = ['connects', 'sessions', 'opened', 'accepted', 'rejected'] as const satisfies RoleCounter[];

export const MEASURED = {
  'mxwarden.window.estimated': many(
    keyword('fields that are estimates, as there were too many clients, names, recipients or domains to keep them all'),
  ),
  'mxwarden.dns.distinct_names': long('different names that the server asked for'),
  'mxwarden.dns.name_entropy': measured('bits', double('Shannon entropy of these names')),
  'mxwarden.dns.distinct_clients': long('different DNS clients of a resolver'),
  'mxwarden.dns.refused_share': measured('percent', double('queries that the resolver refused over all its queries')),
  'mxwarden.dns.vantage': within(
    VANTAGES,
    keyword(
      'what the DNS log sees of the server: its own queries (stub), misses of a cache (forwarder), nothing (none)',
    ),
  ),
  'mxwarden.smtp.connects': long('smtpd lines `connect from`: Nc'),
  'mxwarden.smtp.sessions': long('smtpd lines `disconnect from`'),
  'mxwarden.smtp.opened': long('smtpd lines `client=`'),
  'mxwarden.smtp.accepted': long('messages accepted: successful DATA or BDAT; without command counts opened less lost'),
  'mxwarden.smtp.accepted_estimated': boolean('true where Postfix logs no command counts (before 3.0)'),
  'mxwarden.smtp.distinct_clients': long('different SMTP clients'),
  'mxwarden.smtp.client_entropy': measured('bits', double('Shannon entropy of the connections over the clients')),
  'mxwarden.smtp.yield': measured('percent', double('share of sessions that delivered a message; probes and all')),
  'mxwarden.smtp.yield_lower': measured('percent', double('lower end of its Wilson interval at 95 %')),
  'mxwarden.smtp.yield_upper': measured('percent', double('upper end of its Wilson interval at 95 %')),
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
  'mxwarden.anomaly.kinds': many(within(Object.keys(KINDS), keyword('what is wrong: kinds of incidents'))),
  'mxwarden.anomaly.reasons': many(text('the same in words, with the numbers')),
  'mxwarden.anomaly.day_type': within(Object.keys(COMPARABLE), keyword('days with which it was compared')),
  'mxwarden.anomaly.provisional': boolean('true as long as the window is not sealed'),
} as const satisfies Declared;

export const SPANS = ['day', 'week'] as const;
export const CORRELATION = {
  n: long('sealed windows of this size in the trailing span'),
  r_connects: double("Pearson's r of DNS queries and connections"),
  r_from: double("Pearson's r of DNS queries and mail exchanges"),
  slope_connects: double('slope of DNS queries on connections'),
  slope_from: double('slope of DNS queries on mail exchanges'),
} as const satisfies DeclaredWithin;

export const COVERAGE = {
  share: measured('percent', double('lines recognised over all lines of its programs')),
  last_heard: date('time of the last event so far'),
} as const satisfies DeclaredWithin;

function isPublished(counter: string): boolean {
  return !counter.startsWith('role.') || ROLE_FIELDS.some((field) => counter.endsWith(`.${field}`));
}

/** What a correlation document has beside what all documents of windows have. */
export function correlationFields(): [string, Field][] {
  return [
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
