import type { Ms } from '../event.js';
import type { MailServer } from '../identity.js';
import { mapValues } from '../map-values.js';
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
/** Candidates kept, those with the most probe-like sessions. */
const CANDIDATES_KEPT = 256;

/** A candidate's sessions in one slot. */
interface Visit {
  readonly startMs: Ms;
  sessions: number;
  probes: number;
}

/** A client that had probe-like sessions within the trailing day, with the slots in which it came, in order. */
interface Candidate {
  readonly visits: Visit[];
  sessions: number;
  probes: number;
}

/** What is known of probes, as plain data. */
export interface PackedProbes {
  readonly estimatedUntilMs: Ms;
  readonly candidates: ReadonlyMap<string, Candidate>;
  readonly heard: readonly Ms[];
}

/**
 * Which SMTP clients are health probes, from the sealed panes of the trailing day: at least 20 sessions, 98 % of them
 * probe-like, and seen in at least half of the hours in which the server was heard; while these are fewer than six, in
 * 80 % of the 5-minute slots. One whose sessions in a slot rise above three times its median (within the last hour; while
 * hours are few, ever) is no probe but a flood. Sessions before a client's first probe-like one do not count: whatever they
 * were, it must come in half of the hours, or most of the slots, after them.
 */
export class ProbeHistory {
  /**
   * Whether a client's probe-like sessions are left out of verdicts. Another function once a pane was learnt, so that
   * whoever keeps this one goes on judging as of now.
   */
  isProbe: (client: string) => boolean;
  /** Up to when it may be wrong for lack of clients: those a day after a wrong judgement learn from it as well. */
  private estimatedUntilMs: Ms;
  private readonly candidates: Map<string, Candidate>;
  /** Starts of the slots of the trailing day in which the server was heard. */
  private readonly heard: Ms[];

  constructor(
    private readonly server: MailServer,
    private readonly paneMs: Ms,
    { estimatedUntilMs, candidates, heard }: PackedProbes = NOTHING,
  ) {
    this.estimatedUntilMs = estimatedUntilMs;
    this.candidates = copyOf(candidates);
    this.heard = [...heard];
    this.isProbe = this.judge(this.steadyProbes());
  }

  /** All that it remembers: whom it takes for probes follows from this. */
  pack(): PackedProbes {
    const { estimatedUntilMs, candidates, heard } = this;
    return { estimatedUntilMs, candidates: copyOf(candidates), heard: [...heard] };
  }

  /** Learns from a sealed pane in which the server was heard; panes come in order of time. */
  learn(paneStartMs: Ms, { counts, clients }: Tally): void {
    const slotMs = Math.max(SLOT_MS, this.paneMs);
    const startMs = Math.floor(paneStartMs / slotMs) * slotMs;
    if (this.heard[this.heard.length - 1] !== startMs) this.enterSlot(startMs);
    if (counts.of('smtp.probes') > 0) {
      if (clients.error > 0) this.estimatedUntilMs = paneStartMs + 2 * DAY_MS;
      for (const { key } of clients.ranked([CLIENT.probes], CANDIDATES_KEPT))
        if (!this.candidates.has(key)) this.candidates.set(key, { visits: [], sessions: 0, probes: 0 });
    }
    for (const [client, candidate] of this.candidates) {
      // Its other sessions speak against it, also where none of them is probe-like.
      const sessions = clients.countOf(client, CLIENT.sessions);
      if (sessions > 0) addVisit(candidate, { startMs, sessions, probes: clients.countOf(client, CLIENT.probes) });
    }
    this.forgetLightest();
    this.isProbe = this.judge(this.steadyProbes());
  }

  /** Whether a table of clients was pruned so that what is left out of verdicts then may be wrong. */
  isEstimatedAt(time: Ms): boolean {
    return time < this.estimatedUntilMs;
  }

  private judge(steady: ReadonlySet<string>): (client: string) => boolean {
    const { server } = this;
    return (client) => (steady.has(client) || server.isProbe(client)) && !server.isNeverProbe(client);
  }

  private enterSlot(startMs: Ms): void {
    this.heard.push(startMs);
    const oldMs = startMs - DAY_MS;
    while ((this.heard[0] ?? startMs) <= oldMs) this.heard.shift();
    for (const [client, candidate] of this.candidates) {
      forgetVisits(candidate, oldMs);
      if (candidate.probes <= 0) this.candidates.delete(client);
    }
  }

  private forgetLightest(): void {
    if (this.candidates.size <= CANDIDATES_KEPT) return;
    const ranked = [...this.candidates].sort(([aKey, a], [bKey, b]) => b.probes - a.probes || (aKey < bKey ? -1 : 1));
    for (const [client] of ranked.slice(CANDIDATES_KEPT)) this.candidates.delete(client);
  }

  private steadyProbes(): ReadonlySet<string> {
    const hoursHeard = hoursOf(this.heard);
    const steady = new Set<string>();
    for (const [client, candidate] of this.candidates) if (this.isSteady(candidate, hoursHeard)) steady.add(client);
    return steady;
  }

  private isSteady({ visits, sessions, probes }: Candidate, hoursHeard: number): boolean {
    if (sessions < MINIMUM_SESSIONS || probes < MINIMUM_PROBE_SHARE * sessions) return false;
    if (this.heard.length < MINIMUM_SLOTS) return false;
    const isLongKnown = hoursHeard >= MINIMUM_HOURS;
    const isOften = isLongKnown
      ? hoursOf(visits.map((visit) => visit.startMs)) >= MINIMUM_SHARE_OF_HOURS * hoursHeard
      : visits.length >= MINIMUM_SHARE_OF_SLOTS * this.heard.length;
    if (!isOften) return false;
    const ceiling = MAXIMUM_RISE * median(visits.map((visit) => visit.sessions));
    const fromMs = isLongKnown ? (this.heard[this.heard.length - 1] ?? 0) - HOUR_MS : -Infinity;
    return visits.every((visit) => visit.startMs <= fromMs || visit.sessions <= ceiling);
  }
}

const NOTHING: PackedProbes = { estimatedUntilMs: -Infinity, candidates: new Map(), heard: [] };

function copyOf(candidates: ReadonlyMap<string, Candidate>): Map<string, Candidate> {
  return mapValues(candidates, ({ visits, ...sums }) => ({ ...sums, visits: visits.map((visit) => ({ ...visit })) }));
}

function addVisit(candidate: Candidate, { startMs, sessions, probes }: Readonly<Visit>): void {
  candidate.sessions += sessions;
  candidate.probes += probes;
  const last = candidate.visits[candidate.visits.length - 1];
  if (last?.startMs !== startMs) candidate.visits.push({ startMs, sessions, probes });
  else {
    last.sessions += sessions;
    last.probes += probes;
  }
}

/** Takes out the visits up to a time. */
function forgetVisits(candidate: Candidate, oldMs: Ms): void {
  for (let first = candidate.visits[0]; first !== undefined && first.startMs <= oldMs; first = candidate.visits[0]) {
    candidate.sessions -= first.sessions;
    candidate.probes -= first.probes;
    candidate.visits.shift();
  }
}

/** How many different hours these times, which rise, are in. */
function hoursOf(times: readonly Ms[]): number {
  let hours = 0;
  let last = -Infinity;
  for (const time of times) {
    const hour = Math.floor(time / HOUR_MS);
    if (hour > last) hours += 1;
    last = hour;
  }
  return hours;
}
