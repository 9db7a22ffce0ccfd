import type { Ms } from '../event.js';
import { acceptedOf } from '../measure/mee.js';
import type { Exchange } from '../measure/mee.js';
import type { Tally } from '../tally/tally.js';
import { Table } from '../tally/table.js';
import type { PackedTable } from '../tally/table.js';
import { DAY_MS, HOUR_MS } from '../time.js';

/** Clients of an hour whose messages are counted exactly; beyond them the heaviest are. */
const CLIENTS_KEPT = 1024;
const MESSAGES = { messages: 0 } as const;

interface Hour {
  readonly startMs: Ms;
  readonly clients: Table<'messages'>;
  total: number;
}

/** An hour as plain data. */
export type PackedHour = Omit<Hour, 'clients'> & { readonly clients: PackedTable };

/** What a client delivered within a day, of how much. */
export interface Delivered {
  readonly messages: number;
  /** Of all clients. */
  readonly total: number;
  /** Hours of the day before that were seen. */
  readonly hours: number;
}

/** Messages accepted from each client within the day before, from sealed windows, hour by hour. */
export class Deliveries {
  private readonly hours: Hour[];

  constructor(packed: readonly PackedHour[] = []) {
    this.hours = packed.map((hour) => ({ ...hour, clients: Table.of(hour.clients, MESSAGES, CLIENTS_KEPT) }));
  }

  pack(): readonly PackedHour[] {
    // How many clients there were is never asked for, and would take half of the bytes.
    return this.hours.map((hour) => ({ ...hour, clients: { ...hour.clients.packAll(), seen: undefined } }));
  }

  /** Learns from a sealed window; windows come in the order of their times. */
  learn(time: Ms, { clients }: Tally, { accepted, estimated }: Exchange): void {
    const hour = this.hourAt(time);
    hour.total += accepted;
    if (accepted === 0) return;
    const delivered: (readonly [client: string, messages: number])[] = [];
    clients.forEachRow((client, row) => {
      const messages = acceptedOf(clients, row, estimated);
      if (messages > 0) delivered.push([client, messages]);
    });
    // Of too many the order decides who is kept, and that of a table means nothing.
    delivered.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [client, messages] of delivered)
      hour.clients.add(hour.clients.rowOf(client), MESSAGES.messages, messages);
  }

  /** What a client delivered within the day before a time: at least so much, where clients were too many to keep. */
  of(client: string, time: Ms): Delivered {
    let [messages, total, hours] = [0, 0, 0];
    for (const hour of this.hours) {
      if (hour.startMs <= time - DAY_MS) continue;
      messages += hour.clients.countOf(client, MESSAGES.messages);
      total += hour.total;
      hours += 1;
    }
    return { messages, total, hours };
  }

  private hourAt(time: Ms): Hour {
    const startMs = Math.floor(time / HOUR_MS) * HOUR_MS;
    const last = this.hours[this.hours.length - 1];
    if (last?.startMs === startMs) return last;
    while ((this.hours[0]?.startMs ?? startMs) <= startMs - DAY_MS) this.hours.shift();
    const hour = { startMs, clients: new Table(MESSAGES, CLIENTS_KEPT), total: 0 };
    this.hours.push(hour);
    return hour;
  }
}
