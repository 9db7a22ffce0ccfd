import type { Ms } from '../event.js';
import type { MailServer } from '../identity.js';
import { CLIENT } from '../tally/counters.js';
import type { Tally } from '../tally/tally.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.js';
import { median } from './statistics.js';

const SLOT_MS = 5 * MINUTE_MS;
const MINIMUM_SESSIONS = 20;
const MINIMUM_PROBE_SHARE = 0.98;
const MINIMUM_HOURS = 6;
const MINIMUM_SHARE_OF_HOURS = 0.5;
const MINIMUM_SHARE_OF_SLOTS = 0.8;
/** Of fewer slots nobody can say whether a client is steady. */
const MINIMUM_SLOTS = 3;
const MAXIMUM_RISE = 3;
/** Candidates kept of a slot, those with the most probe-like sessions. */
const CANDIDATES_KEPT = 256;

interface Sessions {
  sessions: number;
  probes: number;
}

interface Slot {
  readonly startMs: Ms;
  readonly clients: Map<string, Sessions>;
}

/**
 * Which SMTP clients are health probes, from the sealed panes of the trailing day: at least 20 sessions, 98 % of them
 * probe-like, and seen in at least half of the hours in which the server was heard; while these are fewer than six, in
 * 80 % of the 5-minute slots. One whose sessions in a slot rise above three times its median (within the last hour; while
 * hours are few, ever) is no probe but a flood.
 */
export class ProbeHistory {
  private readonly slots: Slot[] = [];
  /** Sums over the slots, by client: the candidates. */
  private readonly totals = new Map<string, Sessions>();
  private probes: readonly string[] = [];

  constructor(
    private readonly server: MailServer,
    private readonly paneMs: Ms,
  ) {}

  /** Learns from a sealed pane in which the server was heard; panes come in order of time. */
  learn(paneStartMs: Ms, tally: Tally): void {
    const slot = this.slotAt(paneStartMs);
    const { clients } = tally;
    for (const { key, counts } of clients.ranked([CLIENT.probes], CANDIDATES_KEPT)) this.add(slot, key, counts);
    // A candidate's other sessions speak against it, also where none of them is probe-like.
    for (const client of this.totals.keys()) {
      const sessions = clients.countOf(client, CLIENT.sessions);
      if (sessions > 0 && clients.countOf(client, CLIENT.probes) === 0) this.add(slot, client, { sessions, probes: 0 });
    }
    this.probes = [...this.totals.keys()].filter((client) => this.isSteadyProbe(client));
  }

  /** Whether the client's probe-like sessions are left out of verdicts. */
  isProbe(client: string): boolean {
    if (this.server.isNeverProbe(client)) return false;
    return this.probes.includes(client) || this.server.isProbe(client);
  }

  private slotAt(time: Ms): Slot {
    const slotMs = Math.max(SLOT_MS, this.paneMs);
    const startMs = Math.floor(time / slotMs) * slotMs;
    const last = this.slots[this.slots.length - 1];
    if (last?.startMs === startMs) return last;
    const slot = { startMs, clients: new Map<string, Sessions>() };
    this.slots.push(slot);
    while ((this.slots[0]?.startMs ?? startMs) <= startMs - DAY_MS) this.forgetFirstSlot();
    return slot;
  }

  private forgetFirstSlot(): void {
    for (const [client, old] of this.slots.shift()?.clients ?? []) {
      const total = this.totals.get(client);
      if (total === undefined) continue;
      total.sessions -= old.sessions;
      total.probes -= old.probes;
      if (total.probes <= 0) this.forgetCandidate(client);
    }
  }

  private forgetCandidate(client: string): void {
    this.totals.delete(client);
    // What the slots still hold of it must not be taken from the sums of a later candidacy.
    for (const slot of this.slots) slot.clients.delete(client);
  }

  private add(slot: Slot, client: string, counts: Readonly<Sessions>): void {
    for (const sums of [slot.clients, this.totals]) {
      const sum = sums.get(client);
      if (sum === undefined) sums.set(client, { sessions: counts.sessions, probes: counts.probes });
      else {
        sum.sessions += counts.sessions;
        sum.probes += counts.probes;
      }
    }
  }

  private isSteadyProbe(client: string): boolean {
    const total = this.totals.get(client);
    if (total === undefined || total.sessions < MINIMUM_SESSIONS) return false;
    if (total.probes < MINIMUM_PROBE_SHARE * total.sessions || this.slots.length < MINIMUM_SLOTS) return false;
    const seen = this.slots.filter((slot) => slot.clients.has(client));
    const hoursHeard = hoursOf(this.slots);
    const isLongKnown = hoursHeard >= MINIMUM_HOURS;
    const isSteady = isLongKnown
      ? hoursOf(seen) >= MINIMUM_SHARE_OF_HOURS * hoursHeard
      : seen.length >= MINIMUM_SHARE_OF_SLOTS * this.slots.length;
    if (!isSteady) return false;
    const sessionsIn = (slot: Slot): number => slot.clients.get(client)?.sessions ?? 0;
    const ceiling = MAXIMUM_RISE * median(seen.map(sessionsIn));
    const fromMs = isLongKnown ? (this.slots[this.slots.length - 1]?.startMs ?? 0) - HOUR_MS : -Infinity;
    return seen.every((slot) => slot.startMs <= fromMs || sessionsIn(slot) <= ceiling);
  }
}

function hoursOf(slots: readonly Slot[]): number {
  return new Set(slots.map((slot) => Math.floor(slot.startMs / HOUR_MS))).size;
}
