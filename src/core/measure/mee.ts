import { CLIENT } from '../tally/counters.js';
import type { ClientCounter, Role, RoleCounter } from '../tally/counters.js';
import type { Counts } from '../tally/counts.js';
import type { Table } from '../tally/table.js';
import type { Tally } from '../tally/tally.js';
import { ratioInterval, wilson } from './statistics.js';
import type { Interval } from './statistics.js';

/** Sessions below which a ratio says nothing. */
export const MINIMUM_SESSIONS = 30;

/** Accepted messages and sessions that a ratio is made of. */
export interface Exchange {
  readonly accepted: number;
  readonly sessions: number;
  /** True where Postfix logged no command counts, so that accepted is opened less lost. */
  readonly estimated: boolean;
}

export interface Mee {
  /** The paper's: Nf / Nc; `undefined` without connections. */
  readonly value: number | undefined;
  readonly adjusted: number | undefined;
  readonly interval: Interval | undefined;
  /** What `adjusted` is made of: mx and submission, without the probe-like sessions of probe clients. */
  readonly exchange: Exchange;
  /** Sessions of `exchange` in which no message was accepted. */
  readonly empty: number;
  /** Probe-like sessions of probe clients, left out of `exchange`. */
  readonly probes: number;
  /** Share of counted sessions that delivered a message, with Wilson's interval. */
  readonly delivering: ({ readonly share: number } & Interval) | undefined;
  /** Of counted sessions: without command counts a session does not tell its role. */
  readonly byRole: Readonly<Record<Role, number | undefined>>;
}

/** A counter summed over the roles. */
export function overRoles(counts: Counts, counter: RoleCounter): number {
  return overVerdicts(counts, counter) + counts.of(`role.reinject.${counter}`);
}

/** A counter summed over the roles that verdicts are on: mx and submission. */
export function overVerdicts(counts: Counts, counter: RoleCounter): number {
  return counts.of(`role.mx.${counter}`) + counts.of(`role.submission.${counter}`);
}

/** Nc: all `connect from` lines of smtpd. */
export function connectsOf(counts: Counts): number {
  return overRoles(counts, 'connects');
}

/** The mail exchanging efficiency of the paper: Nf / Nc; `undefined` without connections. */
export function efficiencyOf(counts: Counts): number | undefined {
  const connects = connectsOf(counts);
  return connects > 0 ? counts.of('qmgr.from') / connects : undefined;
}

/**
 * The mail exchanging efficiency of a window, the paper's and the adjusted one. `isProbe` tells the probe clients.
 * `dispersion` widens the interval of the adjusted value by what the server's windows vary beyond chance.
 */
export function measureMee(tally: Tally, isProbe: (client: string) => boolean, dispersion: number): Mee {
  const { counts } = tally;
  const probes = probesIn(tally, isProbe);
  const exchange = exchangeOf(counts, probes.mx + probes.submission);
  return {
    value: efficiencyOf(counts),
    adjusted: ratioOf(exchange),
    interval: exchange.sessions > 0 ? ratioInterval(exchange.accepted, exchange.sessions, dispersion) : undefined,
    exchange,
    empty: exchange.sessions - deliveringSessions(counts, exchange),
    probes: probes.mx + probes.submission,
    delivering: deliveringOf(counts),
    byRole: {
      mx: ratioOfRole(counts, 'mx', probes.mx),
      submission: ratioOfRole(counts, 'submission', probes.submission),
      reinject: ratioOfRole(counts, 'reinject', 0),
    },
  };
}

/** Probe-like sessions of probe clients. */
function probesIn(
  { counts, clients }: Tally,
  isProbe: (client: string) => boolean,
): { mx: number; submission: number } {
  const probes = { mx: 0, submission: 0 };
  if (counts.of('smtp.probes') === 0) return probes;
  clients.forEachRow((client, row) => {
    const all = clients.at(row, CLIENT.probes);
    if (all === 0 || !isProbe(client)) return;
    const submission = clients.at(row, CLIENT.submission_probes);
    probes.mx += all - submission;
    probes.submission += submission;
  });
  return probes;
}

/**
 * Accepted messages and sessions of mx and submission together. Postfix before 3.0 logs no command counts at all: then a
 * session does not tell whether its client logged in, while its messages do. Where some sessions have counts, both
 * numbers are of these.
 */
function exchangeOf(counts: Counts, probes: number): Exchange {
  const sessions = overVerdicts(counts, 'sessions');
  const counted = overVerdicts(counts, 'counted_sessions');
  if (counted > 0 || sessions === 0)
    return { accepted: overVerdicts(counts, 'accepted'), sessions: counted - probes, estimated: false };
  const accepted = Math.max(0, overVerdicts(counts, 'opened') - overVerdicts(counts, 'lost_messages'));
  return { accepted, sessions, estimated: true };
}

/** Sessions with a message; without command counts as many as there were messages. */
function deliveringSessions(counts: Counts, { accepted, sessions, estimated }: Exchange): number {
  return estimated ? Math.min(accepted, sessions) : overVerdicts(counts, 'delivering_sessions');
}

/** Counters that a client's part of an exchange is made of. */
type PartCounter = Extract<
  ClientCounter,
  'sessions' | 'counted_sessions' | 'accepted' | 'opened' | 'lost_messages' | 'probes'
>;

/**
 * What a client's row adds to the exchange of a window; `isEstimated` is that of the window. In a window with command
 * counts sessions without them are no part of it.
 */
export function exchangeOfClient(
  row: Readonly<Record<PartCounter, number>>,
  isProbe: boolean,
  isEstimated: boolean,
): Exchange {
  if (isEstimated)
    return { accepted: Math.max(0, row.opened - row.lost_messages), sessions: row.sessions, estimated: true };
  const sessions = row.counted_sessions - (isProbe ? row.probes : 0);
  return { accepted: row.accepted, sessions, estimated: false };
}

/** A client's sessions in which no message was accepted, probe-like ones as well; `isEstimated` as above. */
export function emptySessionsOf(clients: Table<ClientCounter>, row: number, isEstimated: boolean): number {
  if (!isEstimated) return clients.at(row, CLIENT.counted_sessions) - clients.at(row, CLIENT.delivering_sessions);
  return Math.max(0, clients.at(row, CLIENT.sessions) - acceptedOf(clients, row, isEstimated));
}

/** Messages accepted from a client; `isEstimated` as above. */
export function acceptedOf(clients: Table<ClientCounter>, row: number, isEstimated: boolean): number {
  if (!isEstimated) return clients.at(row, CLIENT.accepted);
  return Math.max(0, clients.at(row, CLIENT.opened) - clients.at(row, CLIENT.lost_messages));
}

/**
 * MEE as it would be without a client: (accepted - accepted(A)) / (sessions - sessions(A)); `undefined` where fewer than
 * the minimum of sessions would be left.
 */
export function meeWithout(
  whole: Pick<Exchange, 'accepted' | 'sessions'>,
  client: Pick<Exchange, 'accepted' | 'sessions'>,
): number | undefined {
  const sessions = whole.sessions - client.sessions;
  return sessions < MINIMUM_SESSIONS ? undefined : Math.max(0, whole.accepted - client.accepted) / sessions;
}

function ratioOfRole(counts: Counts, role: Role, probes: number): number | undefined {
  const accepted = counts.of(`role.${role}.accepted`);
  return ratioOf({ accepted, sessions: counts.of(`role.${role}.counted_sessions`) - probes });
}

/** Accepted messages over sessions; `undefined` without sessions. */
export function ratioOf({ accepted, sessions }: Pick<Exchange, 'accepted' | 'sessions'>): number | undefined {
  return sessions > 0 ? accepted / sessions : undefined;
}

function deliveringOf(counts: Counts): Mee['delivering'] {
  const trials = overVerdicts(counts, 'counted_sessions');
  if (trials === 0) return undefined;
  const successes = overVerdicts(counts, 'delivering_sessions');
  return { share: successes / trials, ...wilson(successes, trials) };
}
