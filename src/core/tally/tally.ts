import { SIDES } from '../event.js';
import type { Ms, Side } from '../event.js';
import { CLIENT } from './counters.js';
import type { ClientCounter } from './counters.js';
import { Counts } from './counts.js';
import { Distinct } from './distinct.js';
import { Table } from './table.js';

/** Event time of a side that was never heard. */
export const NEVER: Ms = -Infinity;

/**
 * What was counted for one subject in a span of time: a commutative monoid of integers and sets. `mergeInto` is
 * associative and commutative and `emptyTally` is its zero, so any split of the lines gives the same tally.
 */
export interface Tally {
  readonly counts: Counts;
  /** By client key; of a mail server: its SMTP and POP3 clients and those it asks DNS about; of a resolver: its clients. */
  readonly clients: Table<ClientCounter>;
  /** Keys of the clients that connected to smtpd or postscreen. */
  readonly smtpClients: Distinct;
  /** Rejected recipients with the number of their enforced rejections. */
  readonly recipients: Table<'rejects'>;
  /** Names that a mail server asked for with the number of queries; the name of a row is the client that it is about. */
  readonly names: Table<'queries'>;
  /** Recipient domains that smtp transmitted to: distinct (queue id, domain, second). */
  readonly transmissions: Distinct;
  /** Time of the last event of each side. */
  readonly lastHeard: Record<Side, Ms>;
}

/** The only column of a table with one count for each key. */
export const COUNT = 0;

/** A tally of nothing. `cap` is the number of keys up to which its tables are exact. */
export function emptyTally(cap: number): Tally {
  return {
    counts: new Counts(),
    clients: new Table(CLIENT, cap),
    smtpClients: new Distinct(),
    recipients: new Table({ rejects: COUNT }, cap),
    names: new Table({ queries: COUNT }, cap),
    transmissions: new Distinct(),
    lastHeard: { mail: NEVER, pop3: NEVER, dns: NEVER },
  };
}

/** The tally that another thread sent, as its fields without their classes; `sent` is not to be used any more. */
export function receivedTally(sent: Tally, cap: number): Tally {
  return {
    counts: Object.assign(new Counts(), sent.counts),
    clients: new Table(CLIENT, cap).receive(sent.clients),
    smtpClients: new Distinct().receive(sent.smtpClients),
    recipients: new Table({ rejects: COUNT }, cap).receive(sent.recipients),
    names: new Table({ queries: COUNT }, cap).receive(sent.names),
    transmissions: new Distinct().receive(sent.transmissions),
    lastHeard: sent.lastHeard,
  };
}

/** Adds `other` to `target`; mutates `target` only. */
export function mergeInto(target: Tally, other: Tally): void {
  target.counts.mergeFrom(other.counts);
  target.clients.mergeFrom(other.clients);
  target.smtpClients.mergeFrom(other.smtpClients);
  target.recipients.mergeFrom(other.recipients);
  target.names.mergeFrom(other.names);
  target.transmissions.mergeFrom(other.transmissions);
  for (const side of SIDES) target.lastHeard[side] = Math.max(target.lastHeard[side], other.lastHeard[side]);
}

/** The time of the last event of any side; `NEVER` in an empty tally. */
export function lastEvent(tally: Tally): Ms {
  return Math.max(tally.lastHeard.mail, tally.lastHeard.pop3, tally.lastHeard.dns);
}
