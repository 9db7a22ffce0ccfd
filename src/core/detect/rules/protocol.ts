import { withoutResolver } from '../../identity.js';
import { isFarAbove, timesUsual } from '../baseline.js';
import type { Usual } from '../baseline.js';
import type { Finding } from '../finding.js';
import { PAPER } from '../paper.js';
import type { MailSight } from '../mail-sight.js';
import { two, whole } from '../text.js';

const MINIMUM_QUERIES = 50;
const MOSTLY = 0.5;

/** Less than this much more than at the same time of the day before is what comes daily, as an upload does. */
const DAILY_FACTOR = 1.5;

/** The server asks DNS far more than its mail explains. Retries of deferred mail are explained. */
export function dnsOnlySurge(sight: MailSight): readonly Finding[] {
  const { server, demand } = sight.mail;
  const baseline = usualRest(sight);
  if (demand === undefined || baseline === undefined) return [];
  const more = demand.rest - baseline.median;
  if (demand.rest < DAILY_FACTOR * sight.restOfYesterday) return [];
  if (more < MINIMUM_QUERIES || !isFarAbove(demand.rest, baseline) || !sight.isFarAbove('queries')) return [];
  const usual = sight.usual('queries')?.median ?? 0;
  const queries = sight.count('dns.queries');
  // What else rose would explain it.
  if (more < MOSTLY * (queries - usual)) return [];
  const [address, ...others] = server.config.addresses;
  const client = others.length === 0 && address !== undefined ? withoutResolver(address) : undefined;
  const text = `${whole(queries)} DNS queries, of which SMTP, POP3 and deliveries explain ${whole(demand.expected)}`;
  return [{ kind: 'dns_only_surge', client, observed: queries, n: queries, expected: demand.expected, baseline, text }];
}

/** What usually remains unexplained, of so many sessions: each may be looked up in block lists as well. */
function usualRest(sight: MailSight): Usual | undefined {
  const rest = sight.usual('rest');
  const sessions = sight.usual('sessions')?.median ?? 0;
  if (rest === undefined || rest.median <= 0 || sessions <= 0) return rest;
  return timesUsual(Math.max(1, sight.value('sessions') / sessions), rest);
}

const DROP_SHARE = 0.7;

/** Sessions and queries are far above what is usual, but fewer queries belong to a session. */
export function coefficientDrop(sight: MailSight): readonly Finding[] {
  const baseline = sight.usual('m');
  const observed = sight.values.m;
  if (baseline === undefined || observed === undefined || sight.mail.vantage !== 'stub') return [];
  if (observed > DROP_SHARE * baseline.median || observed > baseline.median - 3 * baseline.spread) return [];
  if (!sight.isFarAbove('sessions') || !sight.isFarAbove('queries')) return [];
  const text = `${two(observed)} DNS queries per session, where ${two(baseline.median)} are usual`;
  const n = sight.value('sessions');
  return [{ kind: 'coefficient_drop', observed, n, expected: baseline.median, baseline, text }];
}

/** The paper's joint rule: MEE falls while DNS queries rise. */
export function efficiencyDrop(sight: MailSight): readonly Finding[] {
  if (sight.profile === 'paper') return efficiencyDropOfPaper(sight);
  const queries = sight.usual('queries');
  if (!sight.isMeeLow || queries === undefined || sight.value('queries') <= queries.median + queries.spread) return [];
  const observed = sight.mail.mee.adjusted ?? 0;
  const expected = sight.expectedMee;
  const text =
    `MEE is ${two(observed)}, where ${two(expected)} is usual, while ${whole(sight.value('queries'))} DNS queries are ` +
    `more than the usual ${whole(queries.median)}`;
  const n = sight.mail.mee.exchange.sessions;
  return [{ kind: 'efficiency_drop', observed, n, expected, baseline: sight.usualMee, text }];
}

/**
 * The same with the paper's own numbers, whatever is usual here: DNS queries rise above what the mail that was accepted
 * would need, by Dq = 8.8 Nc + Np and Nf = 0.95 Nc; fewer than 8.8 of them belong to a session.
 */
function efficiencyDropOfPaper(sight: MailSight): readonly Finding[] {
  const { mee, demand, vantage } = sight.mail;
  const { accepted, sessions: n } = mee.exchange;
  const queries = sight.count('dns.queries');
  const needed = (PAPER.queriesPerSession / PAPER.messagesPerSession) * accepted + sight.count('pop3.sessions');
  if (!sight.isMeeLow || vantage !== 'stub' || queries <= needed) return [];
  const observed = mee.adjusted ?? 0;
  const expected = sight.expectedMee;
  const text =
    `MEE is ${two(observed)}, where the paper has ${two(expected)}, while ${whole(queries)} DNS queries are more than the ` +
    `${whole(needed)} that so much mail needs; ${two(demand?.m)} belong to a session, where it has ` +
    two(PAPER.queriesPerSession);
  return [{ kind: 'efficiency_drop', observed, n, expected, text }];
}
