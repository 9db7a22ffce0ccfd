import { createNetworkTest } from '../address.js';
import type { Finding } from '../detect/finding.js';
import type { Kind } from '../detect/kinds.js';
import { targetOf } from '../detect/mail-sight.js';
import type { MailSight } from '../detect/mail-sight.js';
import { connectsOf, exchangeOfClient, meeWithout, ratioOf } from '../measure/mee.js';
import type { Exchange } from '../measure/mee.js';
import { CLIENT, zeroRecord } from '../tally/counters.js';
import type { ClientCounter } from '../tally/counters.js';
import { COUNT, TARGET } from '../tally/tally.js';
import { DAY_MS } from '../time.js';
import type { Ms } from '../event.js';
import type { Deliveries } from './deliveries.js';

/**
 * Where Postfix can act: smtpd by the client (`check_client_access`), postscreen before it, a submission service by the
 * client or by the user (`check_sasl_access`), and by the recipient.
 */
export const LAYERS = ['smtpd', 'postscreen', 'submission', 'user', 'recipients'] as const;
export type Layer = (typeof LAYERS)[number];

/** What an entry can do: the six actions of the paper, and two that are more careful than `reject`. */
export const ACTIONS = ['ok', 'reject', 'discard', 'dunno', 'hold', 'filter', 'warn', 'defer'] as const;
export type Action = (typeof ACTIONS)[number];

/** Why a client is not to be blocked, in words. */
export const REFUSALS = {
  own_network: 'it is in an own network',
  partner: 'it is a known partner',
  probe: 'it is a health probe',
  proxy: 'it makes most sessions and delivers as usual: a proxy that hides its clients',
  accepted_mail: 'too much mail of it is accepted',
  already_refused: 'an access list refuses it already: what is left is an earlier layer, postscreen or a firewall',
} as const;
export type Refusal = keyof typeof REFUSALS;

/** Numbers of a server's window as they are, or would be. */
export interface Outlook {
  /** Nc, of smtpd. */
  readonly connects: number;
  /** Dq; `undefined` without a DNS log. */
  readonly queries: number | undefined;
  /** The adjusted one. */
  readonly mee: number | undefined;
}

/** What else would be lost: messages accepted from the client, in the window and within the day before. */
export interface Collateral {
  readonly messages: number;
  /** Recipients accepted; `undefined` where nobody counts them. */
  readonly recipients: number | undefined;
  /** Of all messages accepted in the window. */
  readonly share: number | undefined;
  readonly dayMessages: number | undefined;
  readonly dayShare: number | undefined;
  /** Hours of that day that were seen. */
  readonly dayHours: number | undefined;
}

/** What Postfix could do about an incident, with what it would cost and bring, by its worst window. */
export interface Proposal {
  readonly layer: Layer;
  /** Why it is not to be done. */
  readonly refusal: Refusal | undefined;
  readonly cautious: Action;
  readonly firm: Action;
  /** Length of the window. */
  readonly minutes: number;
  /** Sessions of the client, and DNS queries about it. */
  readonly client: { readonly connects: number; readonly queries: number | undefined } | undefined;
  readonly collateral: Collateral | undefined;
  readonly now: Outlook;
  /** With the entry in place, if the client goes on as before; and if it gives up. */
  readonly goesOn: Outlook | undefined;
  readonly givesUp: Outlook | undefined;
  /** Who writes to recipients that do not exist, those that write most first. */
  readonly writers: readonly string[] | undefined;
  /** Of the refusals of these recipients, those that ask the sender to try again. */
  readonly temporary: number | undefined;
}

/** An entry is good for so long after its incident was last seen: addresses change hands. */
const GOOD_FOR_MS = 7 * DAY_MS;

/** When an entry is to be taken out again, of an incident that was last seen then. */
export function expiryMs(lastSeenMs: Ms): Ms {
  return lastSeenMs + GOOD_FOR_MS;
}

/** Kinds about what a client does to smtpd; those about DNS, flows or many clients have no entry in Postfix. */
const OF_CLIENTS: ReadonlySet<Kind> = new Set<Kind>([
  'address_harvest',
  'auth_flood',
  'relay_probe',
  'misconfigured_client',
  'connect_flood',
  'single_client_flood',
]);

/** What Postfix could do about a finding; `undefined` where it has no entry for it. */
export function propose(finding: Finding, sight: MailSight, deliveries: Deliveries): Proposal | undefined {
  const { kind, client, user } = finding;
  if (kind === 'removed_accounts') return ofRecipients(finding, sight);
  if (user !== undefined) return ofUser(user, sight);
  return client !== undefined && OF_CLIENTS.has(kind) ? ofClient(client, { sight, deliveries }) : undefined;
}

interface Surroundings {
  readonly sight: MailSight;
  readonly deliveries: Deliveries;
}

type ClientRow = Readonly<Record<ClientCounter, number>>;

function ofClient(client: string, { sight, deliveries }: Surroundings): Proposal {
  const { clients } = sight.tally;
  const number = clients.rowIfKnown(client);
  const row = number === undefined ? NO_ROW : clients.countsOf(number);
  const layer = layerOf(row);
  const part = exchangeOfClient(row, sight.mail.isProbe(client), sight.mail.mee.exchange.estimated);
  const collateral = collateralOf(client, part, { sight, deliveries, row });
  const withoutAcceptedMail = collateral.messages + (collateral.dayMessages ?? 0) === 0;
  return {
    layer,
    refusal: refusalOf(client, { sight, row, part, collateral }),
    cautious: 'warn',
    firm: withoutAcceptedMail ? 'reject' : 'defer',
    minutes: sight.minutes,
    client: { connects: row.connects, queries: isDnsSeen(sight) ? row.dns_queries : undefined },
    collateral,
    ...outlooksOf(layer, part, { sight, row }),
    writers: undefined,
    temporary: undefined,
  };
}

const CLIENT_NAMES: readonly ClientCounter[] = namesOf(CLIENT);
const NO_ROW: ClientRow = zeroRecord(CLIENT_NAMES);

function namesOf<K extends string>(columns: Readonly<Record<K, number>>): readonly K[] {
  const names: K[] = [];
  for (const name in columns) names.push(name);
  return names;
}

const MOSTLY = 0.5;

/** The layer that meets the client first. */
function layerOf(row: ClientRow): Layer {
  if (row.screen_connects > 0 && row.submission_connects <= row.screen_connects) return 'postscreen';
  return row.submission_connects > MOSTLY * row.connects ? 'submission' : 'smtpd';
}

function collateralOf(
  client: string,
  part: Exchange,
  { sight, deliveries, row }: Surroundings & { readonly row: ClientRow },
): Collateral {
  const { accepted } = sight.mail.mee.exchange;
  const day = deliveries.of(client, sight.reading.result.span.startMs);
  return {
    messages: part.accepted,
    recipients: part.estimated ? undefined : row.recipients,
    share: accepted > 0 ? part.accepted / accepted : undefined,
    dayMessages: day.hours > 0 ? day.messages : undefined,
    dayShare: day.total > 0 ? day.messages / day.total : undefined,
    dayHours: day.hours > 0 ? day.hours : undefined,
  };
}

/** From such a share of the server's mail on, and so many messages, a client is not to be blocked. */
const ACCEPTED_SHARE = 0.01;
const ACCEPTED_MESSAGES = 5;

interface Judged {
  readonly sight: MailSight;
  readonly row: ClientRow;
  readonly part: Exchange;
  readonly collateral: Collateral;
}

/** Webmail, scripts, filters and tunnels come from there. */
const isHostItself = createNetworkTest(['127.0.0.1', '::1']);

function refusalOf(client: string, { sight, row, part, collateral }: Judged): Refusal | undefined {
  const { server, isProbe } = sight.mail;
  if (server.isOwn(client) || isHostItself(client)) return 'own_network';
  if (server.isPartner(client)) return 'partner';
  if (isProbe(client)) return 'probe';
  if (isRefusedNow(row)) return 'already_refused';
  const ratio = ratioOf(part);
  const isMost = row.connects > MOSTLY * connectsOf(sight.tally.counts);
  if (isMost && ratio !== undefined && !sight.isLow(ratio)) return 'proxy';
  const isMuch = (messages = 0, share = 0): boolean => messages >= ACCEPTED_MESSAGES && share >= ACCEPTED_SHARE;
  const { messages, share, dayMessages, dayShare } = collateral;
  return isMuch(messages, share) || isMuch(dayMessages, dayShare) ? 'accepted_mail' : undefined;
}

/** Whether an access list refuses most sessions of a client, in smtpd or before it. */
export function isRefusedNow(
  row: Readonly<Pick<ClientRow, 'connects' | 'client_rejected' | 'screen_connects' | 'screen_denied'>>,
): boolean {
  // What postscreen only notes goes on to smtpd.
  const isKeptOut = row.screen_connects > 0 && row.connects <= MOSTLY * row.screen_connects;
  if (isKeptOut) return row.screen_denied + row.client_rejected > MOSTLY * row.screen_connects;
  return row.client_rejected > MOSTLY * row.connects;
}

function isDnsSeen({ mail }: MailSight): boolean {
  return mail.demand !== undefined;
}

function nowOf(sight: MailSight): Outlook {
  const { counts } = sight.tally;
  const queries = isDnsSeen(sight) ? counts.of('dns.queries') : undefined;
  return { connects: connectsOf(counts), queries, mee: sight.mail.mee.adjusted };
}

/**
 * What would be with an entry for a client. A rejection in smtpd comes after `connect from` and the look-up of the name
 * (PTR): a client that goes on costs both, and only what was looked up later, as in block lists, is spared. Postscreen
 * acts before smtpd and any look-up.
 */
function outlooksOf(
  layer: Layer,
  part: Exchange,
  { sight, row }: { readonly sight: MailSight; readonly row: ClientRow },
): Pick<Proposal, 'now' | 'goesOn' | 'givesUp'> {
  const { exchange } = sight.mail.mee;
  const now = nowOf(sight);
  const less = (queries: number): number | undefined =>
    now.queries === undefined ? undefined : Math.max(0, now.queries - queries);
  const givesUp: Outlook = {
    connects: Math.max(0, now.connects - row.connects),
    queries: less(row.dns_queries),
    mee: meeWithout(exchange, part),
  };
  if (layer === 'postscreen') return { now, goesOn: givesUp, givesUp };
  const goesOn: Outlook = {
    connects: now.connects,
    queries: less(Math.max(0, row.dns_queries - row.connects)),
    mee: ratioOf({ accepted: Math.max(0, exchange.accepted - part.accepted), sessions: exchange.sessions }),
  };
  return { now, goesOn, givesUp };
}

/** A user's mail is held, as it may be a person's: nothing of it is lost. */
function ofUser(user: string, sight: MailSight): Proposal {
  const { counts, users } = sight.tally;
  const messages = users.countOf(user, COUNT);
  const { exchange } = sight.mail.mee;
  const now = nowOf(sight);
  const queued = counts.of('messages.queued');
  // Its share of what is sent on, by the messages that came in.
  const sent = (sight.mail.demand?.transmit ?? 0) * (queued > 0 ? Math.min(1, messages / queued) : 0);
  return {
    layer: 'user',
    refusal: undefined,
    cautious: 'hold',
    firm: 'reject',
    minutes: sight.minutes,
    client: undefined,
    collateral: {
      messages,
      recipients: undefined,
      share: exchange.accepted > 0 ? Math.min(1, messages / exchange.accepted) : undefined,
      dayMessages: undefined,
      dayShare: undefined,
      dayHours: undefined,
    },
    now,
    goesOn: {
      connects: now.connects,
      queries: now.queries === undefined ? undefined : Math.max(0, now.queries - sent),
      mee: ratioOf({ accepted: Math.max(0, exchange.accepted - messages), sessions: exchange.sessions }),
    },
    givesUp: undefined,
    writers: undefined,
    temporary: undefined,
  };
}

const WRITERS_NAMED = 20;

/** Who writes to recipients that are gone is not blocked, but told. */
function ofRecipients({ recipients = [] }: Finding, sight: MailSight): Proposal {
  const { targets } = sight.tally;
  const gone = new Set(recipients);
  const writers = new Map<string, number>();
  let temporary = 0;
  targets.forEachRow((key, row) => {
    const { client, recipient } = targetOf(key);
    const rejects = targets.at(row, TARGET.user_unknown);
    if (rejects === 0 || !gone.has(recipient)) return;
    writers.set(client, (writers.get(client) ?? 0) + rejects);
    temporary += targets.at(row, TARGET.temporary);
  });
  const ranked = [...writers].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return {
    layer: 'recipients',
    refusal: undefined,
    cautious: 'reject',
    firm: 'reject',
    minutes: sight.minutes,
    client: undefined,
    collateral: undefined,
    now: nowOf(sight),
    goesOn: undefined,
    givesUp: undefined,
    writers: ranked.slice(0, WRITERS_NAMED).map(([client]) => client),
    temporary,
  };
}
