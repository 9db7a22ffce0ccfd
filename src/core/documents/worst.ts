import type { Ms } from '../event.js';
import { exchangeOfClient, meeWithout } from '../measure/mee.js';
import type { Exchange } from '../measure/mee.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { rounded } from '../measure/rounding.js';
import { median } from '../measure/statistics.js';
import type { ClientCounter } from '../tally/counters.js';
import type { Row } from '../tally/table.js';

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

/** A client's part in a window. */
interface Part {
  readonly client: string;
  readonly value: number;
  readonly accepted: number;
  readonly sessions: number;
}

interface Point {
  readonly startMs: Ms;
  readonly endMs: Ms;
  readonly value: number;
  readonly accepted: number;
  readonly sessions: number;
  /** The client with the largest part of the value. */
  readonly top: Part | undefined;
}

/** How far from the median of the run a window stands out, in robust standard deviations ... */
const MINIMUM_SCORE = 5;
/** ... and how much more than usual it must be at least. */
const MINIMUM_EXCESS = 10;
const MAD_TO_DEVIATION = 1.4826;
const STRETCHES = 12;
const DOMINANT_SHARE = 0.5;

/**
 * The windows of one subject that are furthest from what is usual in this run: for a person to look at first. It compares
 * a run with its own median, so it says what stands out and not what is wrong.
 */
export class WorstWindows {
  private readonly points = new Map<Measure, Point[]>();

  /** `isServer` tells the DNS clients of a resolver that are our mail servers. */
  constructor(private readonly isServer: (client: string) => boolean) {}

  /** Takes a sealed pane into account. */
  add({ result, mail }: Reading): void {
    const { tally, span } = result;
    const { accepted = 0, sessions = 0 } = mail?.mee.exchange ?? {};
    const put = (measure: Measure, value: number, top?: Part): void => {
      const points = this.points.get(measure) ?? [];
      this.points.set(measure, points);
      points.push({ startMs: span.startMs, endMs: span.endMs, value, accepted, sessions, top });
    };
    if (mail === undefined) {
      const top = largest(tally.clients.rows(), (row, client) => (this.isServer(client) ? 0 : row.dns_queries));
      put('foreign_queries', top?.value ?? 0, top);
      return;
    }
    const rows = [...tally.clients.rows()];
    const lost = (row: Exchange): number => Math.max(0, row.sessions - row.accepted);
    put(
      'lost_exchanges',
      lost(mail.mee.exchange),
      largest(rows, (row, client) => lost(exchangeOfClient(row, mail.isProbe(client)))),
    );
    put(
      'pop3_sessions',
      tally.counts['pop3.sessions'],
      largest(rows, (row) => row.pop3_sessions),
    );
    put('deferred', tally.counts['delivery.deferred']);
    if (mail.demand !== undefined) put('dns_rest', Math.max(0, mail.demand.rest), ownAddress(mail));
  }

  /** The stretches that stand out most, the worst first. */
  stretches(): readonly Stretch[] {
    const scored: { readonly score: number; readonly stretch: Stretch }[] = [];
    for (const [measure, points] of this.points) {
      const usual = median(points.map((point) => point.value));
      const spread = MAD_TO_DEVIATION * median(points.map((point) => Math.abs(point.value - usual)));
      const unit = Math.max(spread, Math.sqrt(usual) + 1);
      const score = (point: Point): number => (point.value - usual) / unit;
      const standOut = points.filter((point) => score(point) >= MINIMUM_SCORE && point.value - usual >= MINIMUM_EXCESS);
      for (const run of neighbours(standOut))
        scored.push({
          score: run.reduce((most, point) => Math.max(most, score(point)), 0),
          stretch: stretchOf(measure, run, usual),
        });
    }
    scored.sort((a, b) => b.score - a.score);
    return scored.slice(0, STRETCHES).map(({ stretch }) => stretch);
  }
}

/** The client with the largest value, of equal ones the first by its key; `undefined` if none has any. */
function largest(
  rows: Iterable<Row<ClientCounter>>,
  valueOf: (row: Readonly<Record<ClientCounter, number>>, client: string) => number,
): Part | undefined {
  let top: Part | undefined;
  for (const { key: client, counts } of rows) {
    const value = valueOf(counts, client);
    if (value <= 0 || value < (top?.value ?? 0)) continue;
    if (value === top?.value && client > top.client) continue;
    const { accepted, sessions } = exchangeOfClient(counts, false);
    top = { client, value, accepted, sessions };
  }
  return top;
}

/** What the server itself asked is due to its own address, where it has but one. */
function ownAddress(mail: MailMeasures): Part | undefined {
  const [address, ...others] = mail.server.config.addresses;
  if (address === undefined || others.length > 0) return undefined;
  return { client: address.replace(/@.*/, ''), value: Math.max(0, mail.demand?.rest ?? 0), accepted: 0, sessions: 0 };
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
  const parts = new Map<string, { value: number; accepted: number; sessions: number }>();
  const sum = { value: 0, accepted: 0, sessions: 0, startMs: Infinity, endMs: -Infinity };
  for (const { top, ...point } of run) {
    addTo(sum, point);
    sum.startMs = Math.min(sum.startMs, point.startMs);
    sum.endMs = Math.max(sum.endMs, point.endMs);
    if (top === undefined) continue;
    const part = parts.get(top.client) ?? { value: 0, accepted: 0, sessions: 0 };
    parts.set(top.client, part);
    addTo(part, top);
  }
  const dominant = [...parts].find(([, part]) => part.value >= DOMINANT_SHARE * sum.value);
  const exchange = { ...sum, estimated: false };
  const isOfExchange = measure === 'lost_exchanges';
  return {
    measure,
    start: new Date(sum.startMs).toISOString(),
    end: new Date(sum.endMs).toISOString(),
    value: rounded(sum.value) ?? 0,
    usual: rounded(usual * run.length) ?? 0,
    client: dominant?.[0],
    client_share: dominant === undefined ? undefined : rounded(dominant[1].value / sum.value),
    mee_adjusted: isOfExchange ? rounded(sum.accepted / sum.sessions) : undefined,
    mee_without:
      isOfExchange && dominant !== undefined
        ? rounded(meeWithout(exchange, { ...dominant[1], estimated: false }))
        : undefined,
  };
}

interface Sums {
  value: number;
  accepted: number;
  sessions: number;
}

function addTo(sums: Sums, { value, accepted, sessions }: Readonly<Sums>): void {
  sums.value += value;
  sums.accepted += accepted;
  sums.sessions += sessions;
}
