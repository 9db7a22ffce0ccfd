import type { Ms } from '../event.js';
import { DAY_MS } from '../time.js';

/** The paper's numbers of one sealed window, integers. */
export interface Point {
  readonly startMs: Ms;
  readonly queries: number;
  readonly connects: number;
  readonly from: number;
}

/** How DNS queries go with SMTP over a trailing span: Pearson's r and the slope of Dq on Nc and on Nf. */
export interface Correlation {
  readonly n: number;
  readonly rConnects: number | undefined;
  readonly rFrom: number | undefined;
  readonly slopeConnects: number | undefined;
  readonly slopeFrom: number | undefined;
}

/** A history as plain data. */
export interface PackedHistory {
  readonly points: readonly Point[];
  readonly day: PackedSums;
  readonly week: PackedSums;
}

interface PackedSums {
  readonly first: number;
  readonly sums: Sums;
}

const MINIMUM_POINTS = 10;
const WEEK_MS = 7 * DAY_MS;

/** Sealed windows of one subject and size over a trailing week: no more than twice what fits into it. */
export class WindowHistory {
  private points: Point[];
  private readonly day: TrailingSums;
  private readonly week: TrailingSums;

  constructor(packed?: PackedHistory) {
    this.points = [...(packed?.points ?? [])];
    this.day = new TrailingSums(DAY_MS, packed?.day);
    this.week = new TrailingSums(WEEK_MS, packed?.week);
  }

  pack(): PackedHistory {
    this.forgetOld();
    return { points: [...this.points], day: this.day.pack(), week: this.week.pack() };
  }

  /** Learns a sealed window; windows come in order of time. */
  learn(point: Point): void {
    this.points.push(point);
    this.day.add(point, this.points);
    this.week.add(point, this.points);
    // Once in a while: to move all that is kept for each window that leaves would cost more than the sums.
    if (2 * this.week.first > this.points.length) this.forgetOld();
  }

  /** Over the sealed windows that began in the day before `startMs`, where the window that asks begins. */
  correlationOfDay(startMs: Ms): Correlation | undefined {
    return this.day.correlation(startMs, this.points);
  }

  /** The same of the week before `startMs`. */
  correlationOfWeek(startMs: Ms): Correlation | undefined {
    return this.week.correlation(startMs, this.points);
  }

  private forgetOld(): void {
    const left = this.week.first;
    this.points = this.points.slice(left);
    this.day.first -= left;
    this.week.first -= left;
  }
}

const NOTHING = { n: 0, q: 0, qq: 0, c: 0, cc: 0, cq: 0, f: 0, ff: 0, fq: 0 };
type Sums = Readonly<typeof NOTHING>;

/** Sums over the points of a trailing span; of integers, so that taking a point out again leaves no error. */
class TrailingSums {
  /** The first point in the sums. */
  first: number;
  private readonly sums: typeof NOTHING;

  constructor(
    private readonly spanMs: Ms,
    { first, sums }: PackedSums = { first: 0, sums: NOTHING },
  ) {
    this.first = first;
    this.sums = { ...sums };
  }

  pack(): PackedSums {
    return { first: this.first, sums: { ...this.sums } };
  }

  /** Adds the last of the points; those that no later window can count go. */
  add(point: Point, points: readonly Point[]): void {
    this.change(point, 1);
    const end = this.endOfOld(point.startMs, points);
    for (; this.first < end; this.first += 1) this.change(points[this.first], -1);
  }

  correlation(startMs: Ms, points: readonly Point[]): Correlation | undefined {
    // Put back afterwards: a window that is sealed later may begin before one that is only fired.
    const end = this.endOfOld(startMs, points);
    for (let old = this.first; old < end; old += 1) this.change(points[old], -1);
    const result = this.sums.n < MINIMUM_POINTS ? undefined : correlationOf(this.sums);
    for (let old = this.first; old < end; old += 1) this.change(points[old], 1);
    return result;
  }

  private endOfOld(startMs: Ms, points: readonly Point[]): number {
    let end = this.first;
    while ((points[end]?.startMs ?? Infinity) < startMs - this.spanMs) end += 1;
    return end;
  }

  private change(point: Point | undefined, sign: 1 | -1): void {
    if (point === undefined) return;
    const { sums } = this;
    const { queries, connects, from } = point;
    sums.n += sign;
    sums.q += sign * queries;
    sums.qq += sign * queries * queries;
    sums.c += sign * connects;
    sums.cc += sign * connects * connects;
    sums.cq += sign * connects * queries;
    sums.f += sign * from;
    sums.ff += sign * from * from;
    sums.fq += sign * from * queries;
  }
}

function correlationOf({ n, q, qq, c, cc, cq, f, ff, fq }: Sums): Correlation {
  const spread = n * qq - q * q;
  const connects = { spread: n * cc - c * c, common: n * cq - c * q };
  const from = { spread: n * ff - f * f, common: n * fq - f * q };
  return {
    n,
    rConnects: ratio(connects.common, Math.sqrt(connects.spread) * Math.sqrt(spread)),
    rFrom: ratio(from.common, Math.sqrt(from.spread) * Math.sqrt(spread)),
    slopeConnects: ratio(connects.common, connects.spread),
    slopeFrom: ratio(from.common, from.spread),
  };
}

function ratio(numerator: number, denominator: number): number | undefined {
  return denominator > 0 ? numerator / denominator : undefined;
}
