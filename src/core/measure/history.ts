import type { Ms } from '../event.js';
import { DAY_MS } from '../time.js';
import { median } from './statistics.js';

/** The paper's numbers of one sealed window, integers. */
export interface Point {
  readonly startMs: Ms;
  readonly queries: number;
  readonly connects: number;
  readonly from: number;
  readonly accepted: number;
  /** Sessions without probes. */
  readonly sessions: number;
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
/** Windows from which the dispersion is taken: a day of 5-minute windows. */
const DISPERSION_POINTS = 288;
/** Median of the chi-square distribution with one degree of freedom. */
const CHI_SQUARE_MEDIAN = 0.4549;

/** Sealed windows of one subject and size over a trailing week. */
export class WindowHistory {
  private readonly points: Point[] = [];
  private readonly day = new TrailingSums(DAY_MS);
  private readonly week = new TrailingSums(7 * DAY_MS);

  /** Learns a sealed window; windows come in order of time. */
  learn(point: Point): void {
    this.points.push(point);
    this.day.add(point, this.points);
    this.week.add(point, this.points);
    const forgotten = this.week.forget();
    this.points.splice(0, forgotten);
    this.day.shift(forgotten);
  }

  /** Over the windows of the last 24 h, counted from the start of the last one learnt. */
  correlationOfDay(): Correlation | undefined {
    return this.day.correlation();
  }

  /** Over the windows of the last 7 d. */
  correlationOfWeek(): Correlation | undefined {
    return this.week.correlation();
  }

  /**
   * By how much accepted messages vary more than chance about their mean rate per session: the median of the squared
   * Pearson residuals over that of chi-square, so that a few incidents do not move it; never below 1, and 1 for fewer than
   * ten windows of at least `minimumSessions`.
   */
  dispersion(minimumSessions: number): number {
    const busy = this.points.slice(-DISPERSION_POINTS).filter((point) => point.sessions >= minimumSessions);
    if (busy.length < MINIMUM_POINTS) return 1;
    let accepted = 0;
    let sum = 0;
    for (const point of busy) {
      accepted += point.accepted;
      sum += point.accepted + point.sessions;
    }
    const share = accepted / sum;
    if (share === 0) return 1;
    const residuals = busy.map((point) => {
      const trials = point.accepted + point.sessions;
      return (point.accepted - trials * share) ** 2 / (trials * share * (1 - share));
    });
    return Math.max(1, median(residuals) / CHI_SQUARE_MEDIAN);
  }
}

/** Sums over the points of a trailing span; of integers, so that taking a point out again leaves no error. */
class TrailingSums {
  private first = 0;
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

  add(point: Point, points: readonly Point[]): void {
    this.change(point, 1);
    for (let old = points[this.first]; old !== undefined; old = points[this.first]) {
      if (old.startMs > point.startMs - this.spanMs) return;
      this.change(old, -1);
      this.first += 1;
    }
  }

  /** How many points lie before the span; they are taken as removed from the front. */
  forget(): number {
    const forgotten = this.first;
    this.first = 0;
    return forgotten;
  }

  shift(removed: number): void {
    this.first -= removed;
  }

  correlation(): Correlation | undefined {
    if (this.n < MINIMUM_POINTS) return undefined;
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

  private change({ queries, connects, from }: Point, sign: 1 | -1): void {
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
