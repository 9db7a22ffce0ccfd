import { countMail, countQueryServed } from '../../src/core/tally/count.js';
import { COUNTERS } from '../../src/core/tally/counters.js';
import type { Distinct } from '../../src/core/tally/distinct.js';
import { Distinct as Sketch } from '../../src/core/tally/distinct.js';
import type { Row, Table } from '../../src/core/tally/table.js';
import { emptyTally, mergeInto, unpackTally } from '../../src/core/tally/tally.js';
import type { PackedTally, Tally } from '../../src/core/tally/tally.js';
import type { Event } from '../../src/core/event.js';
import type { MailServer } from '../../src/core/identity.js';
import { mailServer } from './events.js';

export const CAP = 4096;

/** The tally that these events make, of a mail server's log or of a resolver's. */
export function tallyOf(events: readonly Event[], server: MailServer = mailServer(), cap = CAP): Tally {
  const tally = emptyTally(cap);
  for (const event of events) {
    if (event.kind === 'dns') countQueryServed(tally, event);
    else countMail(tally, event, server);
  }
  return tally;
}

export function merged(...tallies: readonly Tally[]): Tally {
  const sum = emptyTally(CAP);
  for (const tally of tallies) mergeInto(sum, tally);
  return sum;
}

export function unpacked(packed: PackedTally): Tally {
  return unpackTally(packed, CAP);
}

/** All that a tally says, as plain data in an order of its own. */
export function plain(tally: Tally) {
  return {
    counts: plainCounts(tally),
    clients: plainTable(tally.clients),
    recipients: plainTable(tally.recipients),
    names: plainTable(tally.names),
    smtpClients: tally.smtpClients.estimate(),
    transmissions: tally.transmissions.estimate(),
    lastHeard: tally.lastHeard,
  };
}

export function plainCounts({ counts }: Tally): Record<string, number> {
  return Object.fromEntries(COUNTERS.map(([name]) => [name, counts.of(name)]));
}

/** All rows of a table, in no order that means anything. */
export function rowsOf<C extends string>(table: Table<C>): Row<C>[] {
  const rows: Row<C>[] = [];
  table.forEachRow((key, row) => rows.push({ key, name: table.nameOf(row), counts: table.countsOf(row) }));
  return rows;
}

export function plainTable<C extends string>(table: Table<C>) {
  const rows = rowsOf(table).sort((a, b) => (a.key < b.key ? -1 : 1));
  return { rows, error: table.error, distinct: table.distinct() };
}

/** The counters of a tally that are not 0. */
export function nonZero(tally: Tally): Record<string, number> {
  return Object.fromEntries(Object.entries(plainCounts(tally)).filter(([, count]) => count !== 0));
}

/** The counts of one client that are not 0. */
export function clientCounts(tally: Tally, client: string): Record<string, number> {
  const row = rowsOf(tally.clients).find(({ key }) => key === client);
  return Object.fromEntries(Object.entries(row?.counts ?? {}).filter(([, count]) => count !== 0));
}

export function distinctOf(keys: Iterable<string>): Distinct {
  const sketch = new Sketch();
  for (const key of keys) sketch.add(key);
  return sketch;
}
