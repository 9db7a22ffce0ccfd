import TinyQueue from 'tinyqueue';
import type { Ms } from '../event.js';
import { Histogram } from '../measure/histogram.js';
import { emptySessionsOf, exchangeOfClient, meeWithout, ratioOf } from '../measure/mee.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { rounded } from '../measure/rounding.js';
import { CLIENT } from '../tally/counters.js';
import type { ClientCounter } from '../tally/counters.js';
import type { Table, Weighed } from '../tally/table.js';

/** What a window can be bad at. Each is a number of which more is worse. */
export const MEASURES = {
  lost_exchanges: 'sessions without a message',
  dns_rest: 'unexplained DNS queries',
  pop3_sessions: 'POP3 sessions',
  deferred: 'deferred deliveries',
  foreign_queries: 'DNS queries of another host',
} as const;
export type Measure = keyof typeof MEASURES;

/** Neighbouring windows that stand out by the same measure. */
export interface Stretch {
  readonly measure: Measure;
  readonly start: string;
  readonly end: string;
  /** Value over the stretch, and what it would be at the median of this run. */
  readonly value: number;
  readonly usual: number;
  /** The client that most of it is due to; absent where no client makes half of it. */
  readonly client: string | undefined;
  readonly client_share: number | undefined;
  /** Adjusted MEE over the stretch, and as it would be without the client. */
  readonly mee_adjusted: number | undefined;
  readonly mee_without: number | undefined;
}

/** What a window, or a client's part in it, has of a measure, and of what MEE is made of. */
interface Sums {
  readonly value: number;
  readonly accepted: number;
  readonly sessions: number;
}

interface Part extends Sums {
  readonly client: string;
}

interface Point extends Sums {
  readonly startMs: Ms;
  readonly endMs: Ms;
  /** The clients with the largest parts of the value. */
  readonly parts: readonly Part[];
}

/** The values of one measure over the run. */
interface Series {
  readonly values: Histogram;
  /** The windows that may stand out, the lightest first. */
  readonly heaviest: TinyQueue<Point>;
}

/** How far from the median of the run a window stands out, in robust standard deviations ... */
const MINIMUM_SCORE = 5;
/** ... and how much more than usual it must be at least. */
const MINIMUM_EXCESS = 10;
const MAD_TO_DEVIATION = 1.4826;
const STRETCHES = 12;
const DOMINANT_SHARE = 0.5;
/** Windows kept of a measure: all of two weeks of 5 minutes, of longer runs those with the largest values. */
const POINTS_KEPT = 4096;
/** Clients kept of a window, those with the largest parts. */
const PARTS_KEPT = 20;

/**
 * The windows of one subject that are furthest from what is usual in this run: for a person to look at first. It compares
 * a run with its own median, so it says what stands out and not what is wrong. It needs no more room for a year than for
 * two weeks; windows that are not kept for it can only shorten or divide a stretch.
 */
export class WorstWindows {
  private readonly series = new Map<Measure, Series>();

  /** `isServer` tells the DNS clients of a resolver that are our mail servers. */
  constructor(private readonly isServer: (client: string) => boolean) {}

  /** Takes a sealed pane into account. */
  add(reading: Reading): void {
    const { mail } = reading;
    const { clients, counts } = reading.result.tally;
    if (mail === undefined) {
      const foreign = (client: string): boolean => !this.isServer(client);
      const parts = partsOf(clients.heaviest(PARTS_KEPT, (row) => clients.at(row, CLIENT.dns_queries), foreign));
      this.put('foreign_queries', reading, parts[0]?.value ?? 0, () => parts);
      return;
    }
    this.put('lost_exchanges', reading, mail.mee.empty, () => emptyParts(clients, mail));
    this.put('pop3_sessions', reading, counts.of('pop3.sessions'), () =>
      partsOf(clients.heaviest(PARTS_KEPT, (row) => clients.at(row, CLIENT.pop3_sessions))),
    );
    this.put('deferred', reading, counts.of('delivery.deferred'), () => []);
    if (mail.demand === undefined) return;
    const rest = Math.max(0, mail.demand.rest);
    this.put('dns_rest', reading, rest, () => ownPart(mail, rest));
  }

  /** The stretches that stand out most, the worst first. */
  stretches(): readonly Stretch[] {
    const scored: { readonly score: number; readonly stretch: Stretch }[] = [];
    for (const [measure, { values, heaviest }] of this.series) {
      const usual = values.median((value) => value);
      const spread = MAD_TO_DEVIATION * values.median((value) => Math.abs(value - usual));
      const unit = Math.max(spread, Math.sqrt(usual) + 1);
      const score = (point: Point): number => (point.value - usual) / unit;
      const standOut = heaviest.data.filter(
        (point) => score(point) >= MINIMUM_SCORE && point.value - usual >= MINIMUM_EXCESS,
      );
      for (const run of neighbours(standOut.sort((a, b) => a.startMs - b.startMs)))
        scored.push({
          score: run.reduce((most, point) => Math.max(most, score(point)), 0),
          stretch: stretchOf(measure, run, usual),
        });
    }
    scored.sort((a, b) => b.score - a.score);
    return scored.slice(0, STRETCHES).map(({ stretch }) => stretch);
  }

  private put(measure: Measure, { result, mail }: Reading, value: number, parts: () => readonly Part[]): void {
    let series = this.series.get(measure);
    if (series === undefined) {
      series = { values: new Histogram(), heaviest: new TinyQueue<Point>([], compareWeights) };
      this.series.set(measure, series);
    }
    const { values, heaviest } = series;
    values.add(value);
    // Less than this cannot stand out, whatever is usual.
    if (value < MINIMUM_EXCESS) return;
    const isFull = heaviest.length >= POINTS_KEPT;
    if (isFull && value <= (heaviest.peek()?.value ?? 0)) return;
    const { startMs, endMs } = result.span;
    const { accepted = 0, sessions = 0 } = mail?.mee.exchange ?? {};
    heaviest.push({ startMs, endMs, value, accepted, sessions, parts: parts() });
    if (isFull) heaviest.pop();
  }
}

/** The lightest first, of equal ones the latest. */
function compareWeights(a: Point, b: Point): number {
  return a.value - b.value || b.startMs - a.startMs;
}

function partsOf(clients: readonly Weighed[]): readonly Part[] {
  return clients.map(({ key, weight }) => ({ client: key, value: weight, accepted: 0, sessions: 0 }));
}

/** The parts of the clients in the sessions without a message. */
function emptyParts(clients: Table<ClientCounter>, { mee, isProbe }: MailMeasures): readonly Part[] {
  const { estimated } = mee.exchange;
  const emptyOf = (row: number, client: string): number => {
    const empty = emptySessionsOf(clients, row, estimated);
    const probes = clients.at(row, CLIENT.probes);
    return probes > 0 && isProbe(client) ? empty - probes : empty;
  };
  return clients.heaviest(PARTS_KEPT, emptyOf).map(({ key, row, weight }) => {
    const { accepted, sessions } = exchangeOfClient(clients.countsOf(row), isProbe(key), estimated);
    return { client: key, value: weight, accepted, sessions };
  });
}

/** What the server itself asked is due to its own address, where it has but one. */
function ownPart({ server }: MailMeasures, value: number): readonly Part[] {
  const [address, ...others] = server.config.addresses;
  if (address === undefined || others.length > 0) return [];
  return [{ client: address.replace(/@.*/, ''), value, accepted: 0, sessions: 0 }];
}

/** Points in runs of neighbours; one point may be missing in between. */
function neighbours(points: readonly Point[]): readonly (readonly Point[])[] {
  const runs: Point[][] = [];
  for (const point of points) {
    const run = runs[runs.length - 1];
    const last = run?.[run.length - 1];
    if (run !== undefined && last !== undefined && point.startMs - last.endMs <= point.endMs - point.startMs)
      run.push(point);
    else runs.push([point]);
  }
  return runs;
}

function stretchOf(measure: Measure, run: readonly Point[], usual: number): Stretch {
  const whole = { value: 0, accepted: 0, sessions: 0 };
  const byClient = new Map<string, MutableSums>();
  for (const point of run) {
    addTo(whole, point);
    for (const part of point.parts) {
      const sum = byClient.get(part.client) ?? { value: 0, accepted: 0, sessions: 0 };
      byClient.set(part.client, sum);
      addTo(sum, part);
    }
  }
  const [client, part] = [...byClient].reduce(heavier, ['', { value: 0, accepted: 0, sessions: 0 }]);
  // Where Postfix logs no command counts, what is estimated of one client may be more than what is of all.
  const share = Math.min(1, part.value / whole.value);
  const isDominant = share >= DOMINANT_SHARE;
  const isOfExchange = measure === 'lost_exchanges';
  return {
    measure,
    start: new Date(run[0]?.startMs ?? 0).toISOString(),
    end: new Date(run[run.length - 1]?.endMs ?? 0).toISOString(),
    value: rounded(whole.value) ?? 0,
    usual: rounded(usual * run.length) ?? 0,
    client: isDominant ? client : undefined,
    client_share: isDominant ? rounded(share) : undefined,
    mee_adjusted: isOfExchange ? rounded(ratioOf(whole)) : undefined,
    mee_without: isOfExchange && isDominant ? rounded(meeWithout(whole, part)) : undefined,
  };
}

type ClientSums = readonly [client: string, sums: Sums];

function heavier(a: ClientSums, b: ClientSums): ClientSums {
  if (a[1].value !== b[1].value) return a[1].value > b[1].value ? a : b;
  return a[0] < b[0] ? a : b;
}

type MutableSums = { -readonly [K in keyof Sums]: Sums[K] };

function addTo(sums: MutableSums, { value, accepted, sessions }: Sums): void {
  sums.value += value;
  sums.accepted += accepted;
  sums.sessions += sessions;
}
