import { SIDES } from '../event.js';
import type { Ms, Side } from '../event.js';
import { CLIENT } from './counters.js';
import type { ClientCounter } from './counters.js';
import { Counts } from './counts.js';
import { Distinct } from './distinct.js';
import type { PackedDistinct } from './distinct.js';
import { Table } from './table.js';
import type { PackedTable } from './table.js';

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
  /** Recipients that a client was refused, by what is wrong with them; a key is both, divided by a blank. */
  readonly targets: Table<TargetCounter>;
  /** Users who logged in, with the messages that they opened. */
  readonly users: Table<'messages'>;
  /** Names that a mail server asked for with the number of queries; the name of a row is the client that it is about. */
  readonly names: Table<'queries'>;
  /** Recipient domains that smtp transmitted to: distinct (queue id, domain, second). */
  readonly transmissions: Distinct;
  /** Time of the last event of each side. */
  readonly lastHeard: Record<Side, Ms>;
}

/** A tally at rest and on its way: plain data of few bytes, since an hour of panes waits for late events. */
export interface PackedTally {
  readonly counts: Float64Array;
  readonly clients: PackedTable;
  readonly smtpClients: PackedDistinct;
  readonly recipients: PackedTable;
  readonly targets: PackedTable;
  readonly users: PackedTable;
  readonly names: PackedTable;
  readonly transmissions: PackedDistinct;
  readonly lastHeard: Readonly<Record<Side, Ms>>;
}

/** The only column of a table with one count for each key. */
export const COUNT = 0;
export const RECIPIENTS = { rejects: COUNT } as const;
export const USERS = { messages: COUNT } as const;
export const NAMES = { queries: COUNT } as const;
/** Columns of the recipients that a client was refused. */
export const TARGET = { user_unknown: 0, relay_denied: 1, temporary: 2 } as const;
export type TargetCounter = keyof typeof TARGET;

/** A tally of nothing. `cap` is the number of keys up to which its tables are exact. */
export function emptyTally(cap: number): Tally {
  return {
    counts: new Counts(),
    clients: new Table(CLIENT, cap),
    smtpClients: new Distinct(),
    recipients: new Table(RECIPIENTS, cap),
    targets: new Table(TARGET, cap),
    users: new Table(USERS, cap),
    names: new Table(NAMES, cap),
    transmissions: new Distinct(),
    lastHeard: { mail: NEVER, pop3: NEVER, dns: NEVER },
  };
}

/** Adds `other` to `target`; mutates `target` only. */
export function mergeInto(target: Tally, other: Tally): void {
  target.counts.mergeFrom(other.counts);
  target.clients.mergeFrom(other.clients);
  target.smtpClients.mergeFrom(other.smtpClients);
  target.recipients.mergeFrom(other.recipients);
  target.targets.mergeFrom(other.targets);
  target.users.mergeFrom(other.users);
  target.names.mergeFrom(other.names);
  target.transmissions.mergeFrom(other.transmissions);
  for (const side of SIDES) target.lastHeard[side] = Math.max(target.lastHeard[side], other.lastHeard[side]);
}

/** The tally as plain data of its own; its tables keep as many keys as they are exact up to. */
export function packTally(tally: Tally): PackedTally {
  return packedBy(tally, (table) => table.pack());
}

/** The tally as plain data with all that it holds: the one that is made of it goes on as this one does. */
export function packWholeTally(tally: Tally): PackedTally {
  return packedBy(tally, (table) => table.packAll());
}

function packedBy(tally: Tally, pack: <C extends string>(table: Table<C>) => PackedTable): PackedTally {
  return {
    counts: tally.counts.values.slice(),
    clients: pack(tally.clients),
    smtpClients: tally.smtpClients.pack(),
    recipients: pack(tally.recipients),
    targets: pack(tally.targets),
    users: pack(tally.users),
    names: pack(tally.names),
    transmissions: tally.transmissions.pack(),
    lastHeard: { ...tally.lastHeard },
  };
}

/** The tally that was packed, with a life of its own. */
export function unpackTally(packed: PackedTally, cap: number): Tally {
  return {
    counts: new Counts(packed.counts.slice()),
    clients: Table.of(packed.clients, CLIENT, cap),
    smtpClients: Distinct.of(packed.smtpClients),
    recipients: Table.of(packed.recipients, RECIPIENTS, cap),
    targets: Table.of(packed.targets, TARGET, cap),
    users: Table.of(packed.users, USERS, cap),
    names: Table.of(packed.names, NAMES, cap),
    transmissions: Distinct.of(packed.transmissions),
    lastHeard: { ...packed.lastHeard },
  };
}

/** How many keys the tables of a tally have together. */
export function keysIn(tally: PackedTally): number {
  const tables = [tally.clients, tally.recipients, tally.targets, tally.users, tally.names];
  return tables.reduce((sum, { keys }) => sum + keys.ends.length, 0);
}

/** The time of the last event of any side; `NEVER` in an empty tally. */
export function lastEvent({ lastHeard }: Pick<PackedTally, 'lastHeard'>): Ms {
  return Math.max(lastHeard.mail, lastHeard.pop3, lastHeard.dns);
}
