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

const MINIMUM_POINTS = 10;
const WEEK_MS = 7 * DAY_MS;

/** Sealed windows of one subject and size over a trailing week: no more than twice what fits into it. */
export class WindowHistory {
  private points: Point[] = [];
  private readonly day = new TrailingSums(DAY_MS);
  private readonly week = new TrailingSums(WEEK_MS);

  /** Learns a sealed window; windows come in order of time. */
  learn(point: Point): void {
    this.points.push(point);
    this.day.add(point, this.points);
    this.week.add(point, this.points);
    // Once in a while: to move all that is kept for each window that leaves would cost more than the sums.
    if (2 * this.week.first <= this.points.length) return;
    const left = this.week.first;
    this.points = this.points.slice(left);
    this.day.first -= left;
    this.week.first -= left;
  }

  /** Over the sealed windows that began in the day before `startMs`, where the window that asks begins. */
  correlationOfDay(startMs: Ms): Correlation | undefined {
    return this.day.correlation(startMs, this.points);
  }

  /** The same of the week before `startMs`. */
  correlationOfWeek(startMs: Ms): Correlation | undefined {
    return this.week.correlation(startMs, this.points);
  }
}

/** Sums over the points of a trailing span; of integers, so that taking a point out again leaves no error. */
class TrailingSums {
  /** The first point in the sums. */
  first = 0;
  private n = 0;
  private q = 0;
  private qq = 0;
  private c = 0;
  private cc = 0;
  private cq = 0;
  private f = 0;
  private ff = 0;
  private fq = 0;

  constructor(private readonly spanMs: Ms) {}

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
    const result = this.n < MINIMUM_POINTS ? undefined : this.correlationOfAll();
    for (let old = this.first; old < end; old += 1) this.change(points[old], 1);
    return result;
  }

  private endOfOld(startMs: Ms, points: readonly Point[]): number {
    let end = this.first;
    while ((points[end]?.startMs ?? Infinity) < startMs - this.spanMs) end += 1;
    return end;
  }

  private correlationOfAll(): Correlation {
    const { n, q, qq } = this;
    const spread = n * qq - q * q;
    const connects = { spread: n * this.cc - this.c * this.c, common: n * this.cq - this.c * q };
    const from = { spread: n * this.ff - this.f * this.f, common: n * this.fq - this.f * q };
    return {
      n,
      rConnects: ratio(connects.common, Math.sqrt(connects.spread) * Math.sqrt(spread)),
      rFrom: ratio(from.common, Math.sqrt(from.spread) * Math.sqrt(spread)),
      slopeConnects: ratio(connects.common, connects.spread),
      slopeFrom: ratio(from.common, from.spread),
    };
  }

  private change(point: Point | undefined, sign: 1 | -1): void {
    if (point === undefined) return;
    const { queries, connects, from } = point;
    this.n += sign;
    this.q += sign * queries;
    this.qq += sign * queries * queries;
    this.c += sign * connects;
    this.cc += sign * connects * connects;
    this.cq += sign * connects * queries;
    this.f += sign * from;
    this.ff += sign * from * from;
    this.fq += sign * from * queries;
  }
}

function ratio(numerator: number, denominator: number): number | undefined {
  return denominator > 0 ? numerator / denominator : undefined;
}
