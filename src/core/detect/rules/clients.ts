import { exchangeOfClient, meeWithout } from '../../measure/mee.js';
import { CLIENT } from '../../tally/counters.js';
import { TARGET } from '../../tally/tally.js';
import { isFarAbove } from '../baseline.js';
import type { Finding } from '../finding.js';
import { targetOf } from '../mail-sight.js';
import type { MailSight } from '../mail-sight.js';
import { two, whole } from '../text.js';

/** Clients that are looked at by each rule: those with most of what it is about. */
const CLIENTS = 5;
const MINIMUM_EVENTS = 20;
const DOMINANT_SHARE = 0.5;

const MOSTLY = 0.5;
/** A harvester may hit a mailbox now and then. */
const HITS_SHARE = 0.2;

/** One client tries many recipients that do not exist. A mailing list with stale addresses delivers most of its mail. */
export function addressHarvest(sight: MailSight): readonly Finding[] {
  const { clients } = sight.tally;
  const findings: Finding[] = [];
  for (const { key: client, row } of sight.heaviest(CLIENTS, CLIENT.user_unknown)) {
    const refused = clients.at(row, CLIENT.user_unknown);
    const different = sight.unknownRecipients(client);
    const hits = clients.at(row, CLIENT.recipients);
    if (different < MINIMUM_EVENTS || different < MOSTLY * refused || hits > HITS_SHARE * different) continue;
    const sessions = clients.at(row, CLIENT.sessions);
    const text = `${whole(different)} recipients that do not exist, tried in ${whole(sessions)} sessions`;
    findings.push({ kind: 'address_harvest', client, observed: different, n: refused + hits, text });
  }
  return findings;
}

/** Slower than this a program with an old password may be. */
const AUTH_FAILURES_PER_MINUTE = 2;
const AUTH_HITS_SHARE = 0.05;

/**
 * One client fails to log in again and again, to send mail or to read it. A gateway of many users delivers their mail as well,
 * or logs in more often than it fails, as a webmail does.
 */
export function authFlood(sight: MailSight): readonly Finding[] {
  const { clients } = sight.tally;
  const findings: Finding[] = [];
  for (const { key: client, row, weight: failures } of sight.heaviest(
    CLIENTS,
    CLIENT.auth_failures,
    CLIENT.pop3_failures,
  )) {
    const minimum = Math.max(MINIMUM_EVENTS, AUTH_FAILURES_PER_MINUTE * sight.minutes);
    if (failures < minimum || clients.at(row, CLIENT.accepted) > AUTH_HITS_SHARE * failures) continue;
    const logins = clients.at(row, CLIENT.pop3_sessions);
    if (logins > failures) continue;
    const n = clients.at(row, CLIENT.connects) + logins + clients.at(row, CLIENT.pop3_failures);
    const text = `${whole(failures)} failed log-ins in ${whole(n)} sessions`;
    findings.push({ kind: 'auth_flood', client, observed: failures, n: Math.max(n, failures), text });
  }
  return findings;
}

const RELAY_DOMAINS = 3;

/** One client tries to relay to several foreign domains, and delivers nothing. */
export function relayProbe(sight: MailSight): readonly Finding[] {
  const { clients, targets } = sight.tally;
  if (sight.count('reject.relay_denied') < RELAY_DOMAINS) return [];
  const domains = new Map<string, Set<string>>();
  /** Rejections of each client whose recipients are kept. */
  const kept = new Map<string, number>();
  targets.forEachRow((key, row) => {
    const rejects = targets.at(row, TARGET.relay_denied);
    if (rejects === 0) return;
    const { client, recipient } = targetOf(key);
    const ofClient = domains.get(client) ?? new Set();
    domains.set(client, ofClient.add(recipient.slice(recipient.lastIndexOf('@') + 1)));
    kept.set(client, (kept.get(client) ?? 0) + rejects);
  });
  const areLost = targets.error > 0;
  // Recipients that were too many to keep are in domains of their own, as far as anybody knows.
  const lostRecipients = (client: string, row: number): number =>
    areLost ? (clients.at(row, CLIENT.relay_denied) - (kept.get(client) ?? 0)) * sight.differentShare : 0;
  return sight
    .heaviest(CLIENTS, CLIENT.relay_denied)
    .map(({ key: client, row }) => ({ client, row, different: domains.get(client)?.size ?? 0 }))
    .filter(({ client, row, different }) => {
      const isForeign = different >= RELAY_DOMAINS || lostRecipients(client, row) >= MINIMUM_EVENTS;
      return isForeign && !sight.isAccepted(client);
    })
    .map(({ client, row, different }): Finding => {
      const observed = clients.at(row, CLIENT.relay_denied);
      const where = areLost ? 'foreign domains' : `${whole(different)} foreign domains`;
      const text = `${whole(observed)} recipients in ${where}, and no mail for this server`;
      return { kind: 'relay_probe', client, observed, n: observed, text };
    });
}

const NOTHING_SHARE = 0.9;

/** One client opens most sessions, in which nothing happens. */
export function connectFlood(sight: MailSight): readonly Finding[] {
  const { clients } = sight.tally;
  const [first] = sight.heaviest(1, CLIENT.connects);
  const baseline = sight.usual('busiest');
  if (first === undefined || baseline === undefined) return [];
  const { key: client, row } = first;
  const connects = clients.at(row, CLIENT.connects);
  const failures = clients.at(row, CLIENT.auth_failures) + clients.at(row, CLIENT.rejects);
  const something = clients.at(row, CLIENT.delivering_sessions) + clients.at(row, CLIENT.opened) + failures;
  const sessions = sight.value('sessions');
  if (connects < MINIMUM_EVENTS || connects < DOMINANT_SHARE * sessions || !isFarAbove(connects, baseline)) return [];
  if (connects - something < NOTHING_SHARE * connects) return [];
  const text = `${whole(connects)} of ${whole(sessions)} sessions, in which nothing happened`;
  return [
    { kind: 'connect_flood', client, observed: connects, n: sessions, expected: baseline.median, baseline, text },
  ];
}

/** One client makes most sessions; MEE is low, and is not without it. A proxy that hides its clients delivers their mail. */
export function singleClientFlood(sight: MailSight): readonly Finding[] {
  const { mail, tally } = sight;
  const [first] = sight.heaviest(1, CLIENT.connects);
  if (first === undefined || !sight.isMeeLow) return [];
  const { key: client, row } = first;
  const { exchange } = mail.mee;
  const part = exchangeOfClient(tally.clients.countsOf(row), false, exchange.estimated);
  const without = meeWithout(exchange, part);
  if (part.sessions < DOMINANT_SHARE * exchange.sessions || without === undefined || sight.isLow(without)) return [];
  const text =
    `${whole(part.sessions)} of ${whole(exchange.sessions)} sessions; MEE is ${two(mail.mee.adjusted)} with it and ` +
    `${two(without)} without it, where ${two(sight.expectedMee)} is usual`;
  const baseline = sight.usualMee;
  // Who comes and goes in peace may be a probe, as long as nobody knows what is usual.
  if (sight.usual('mee') === undefined && tally.clients.at(row, CLIENT.probes) >= NOTHING_SHARE * part.sessions)
    return [];
  return [
    {
      kind: 'single_client_flood',
      client,
      observed: mail.mee.adjusted ?? 0,
      n: exchange.sessions,
      expected: sight.expectedMee,
      baseline,
      text,
    },
  ];
}
