import { CLIENT, ROLES } from '../tally/counters.js';
import type { ClientCounter, Counts, Role, RoleCounter } from '../tally/counters.js';
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
  /** Probe-like sessions of probe clients, left out of `exchange`. */
  readonly probes: number;
  /** Share of counted sessions that delivered a message, with Wilson's interval. */
  readonly delivering: ({ readonly share: number } & Interval) | undefined;
  readonly byRole: Readonly<Record<Role, number | undefined>>;
}

/** A counter summed over the roles. */
export function overRoles(counts: Readonly<Counts>, counter: RoleCounter): number {
  return ROLES.reduce((sum, role) => sum + counts[`role.${role}.${counter}`], 0);
}

/** Nc: all `connect from` lines of smtpd. */
export function connectsOf(counts: Readonly<Counts>): number {
  return overRoles(counts, 'connects');
}

/**
 * The mail exchanging efficiency of a window, the paper's and the adjusted one. `isProbe` tells the probe clients.
 * `dispersion` widens the interval of the adjusted value by what the server's windows vary beyond chance.
 */
export function measureMee(tally: Tally, isProbe: (client: string) => boolean, dispersion: number): Mee {
  const { counts } = tally;
  const probes = { mx: 0, submission: 0, reinject: 0 };
  for (const { key, counts: row } of tally.clients.ranked([CLIENT.probes], Infinity)) {
    if (!isProbe(key)) continue;
    probes.mx += row.probes - row.submission_probes;
    probes.submission += row.submission_probes;
  }
  const mx = exchangeOfRole(counts, 'mx', probes.mx);
  const submission = exchangeOfRole(counts, 'submission', probes.submission);
  const exchange = {
    accepted: mx.accepted + submission.accepted,
    sessions: mx.sessions + submission.sessions,
    estimated: mx.estimated || submission.estimated,
  };
  const connects = connectsOf(counts);
  return {
    value: connects > 0 ? counts['qmgr.from'] / connects : undefined,
    adjusted: ratioOf(exchange),
    interval: exchange.sessions > 0 ? ratioInterval(exchange.accepted, exchange.sessions, dispersion) : undefined,
    exchange,
    probes: probes.mx + probes.submission,
    delivering: deliveringOf(counts),
    byRole: {
      mx: ratioOf(mx),
      submission: ratioOf(submission),
      reinject: ratioOf(exchangeOfRole(counts, 'reinject', 0)),
    },
  };
}

/** What a client's row adds to the window's exchange. */
export function exchangeOfClient(row: Readonly<Record<ClientCounter, number>>, isProbe: boolean): Exchange {
  const isCounted = row.counted_sessions > 0 || row.sessions === 0;
  return {
    accepted: isCounted ? row.accepted : Math.max(0, row.opened - row.lost_messages),
    sessions: row.sessions - (isProbe ? row.probes : 0),
    estimated: !isCounted,
  };
}

/**
 * MEE as it would be without a client: (accepted - accepted(A)) / (sessions - sessions(A)); `undefined` where fewer than
 * the minimum of sessions would be left.
 */
export function meeWithout(whole: Exchange, client: Exchange): number | undefined {
  const sessions = whole.sessions - client.sessions;
  return sessions < MINIMUM_SESSIONS ? undefined : Math.max(0, whole.accepted - client.accepted) / sessions;
}

function exchangeOfRole(counts: Readonly<Counts>, role: Role, probes: number): Exchange {
  const sessions = counts[`role.${role}.sessions`];
  const counted = counts[`role.${role}.counted_sessions`];
  // Postfix before 3.0 logs no counts at all. Where some sessions have them, both numbers are of these.
  if (counted === 0 && sessions > 0) {
    const accepted = Math.max(0, counts[`role.${role}.opened`] - counts[`role.${role}.lost_messages`]);
    return { accepted, sessions, estimated: true };
  }
  return { accepted: counts[`role.${role}.accepted`], sessions: counted - probes, estimated: false };
}

function ratioOf({ accepted, sessions }: Exchange): number | undefined {
  return sessions > 0 ? accepted / sessions : undefined;
}

function deliveringOf(counts: Readonly<Counts>): Mee['delivering'] {
  const trials = counts['role.mx.counted_sessions'] + counts['role.submission.counted_sessions'];
  if (trials === 0) return undefined;
  const successes = counts['role.mx.delivering_sessions'] + counts['role.submission.delivering_sessions'];
  return { share: successes / trials, ...wilson(successes, trials) };
}
