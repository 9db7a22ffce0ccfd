import { mapValues } from '../map-values.js';
import { median } from '../measure/statistics.js';
import { COMPARABLE } from './day-type.js';
import type { DayType } from './day-type.js';

/** What a number usually is, over the quiet windows before. */
export interface Usual {
  readonly median: number;
  /** Robust standard deviation: 1.4826 times the median absolute deviation. */
  readonly spread: number;
  /** Windows that it was learnt from. */
  readonly n: number;
}

/** Numbers of a window; one that it does not have says nothing. */
export type Values<Measure extends string> = Readonly<Partial<Record<Measure, number | undefined>>>;

/** Quiet windows that are remembered; of 5 minutes two days of one day type. */
const KEPT = 576;
/** Fewer windows say nothing. */
const MINIMUM = 4;
/** Windows after which what is usual is worked out anew: a share of those that are known. */
const STALE_SHARE = 0.05;
const MAD_TO_DEVIATION = 1.4826;
/** Numbers vary by a share of themselves, however steady a few windows were. */
const RELATIVE_SPREAD = 0.1;

interface PackedSeries {
  readonly usual: Usual | undefined;
  readonly values: readonly number[];
  readonly next: number;
  readonly learnt: number;
}

/** A baseline as plain data. */
export interface PackedBaseline<Measure extends string> {
  readonly byDayType: ReadonlyMap<DayType, ReadonlyMap<Measure, PackedSeries>>;
  readonly all: ReadonlyMap<Measure, PackedSeries>;
}

class Series {
  /** `undefined` of fewer windows than say something. It follows from what was learnt, not from who asked when. */
  usual: Usual | undefined;
  private readonly values: number[];
  private next: number;
  private learnt: number;

  constructor({ usual, values, next, learnt }: PackedSeries = { usual: undefined, values: [], next: 0, learnt: 0 }) {
    this.usual = usual;
    this.values = [...values];
    this.next = next;
    this.learnt = learnt;
  }

  pack(): PackedSeries {
    const { usual, values, next, learnt } = this;
    return { usual, values: [...values], next, learnt };
  }

  learn(value: number): void {
    const { values } = this;
    values[this.next] = value;
    this.next = (this.next + 1) % KEPT;
    this.learnt += 1;
    if (values.length < MINIMUM || this.learnt <= STALE_SHARE * values.length) return;
    this.learnt = 0;
    const middle = median(values);
    const spread = MAD_TO_DEVIATION * median(values.map((each) => Math.abs(each - middle)));
    this.usual = { median: middle, spread, n: values.length };
  }
}

/** What the numbers of a subject's windows of one size usually are, from quiet sealed windows, by day type. */
export class Baseline<Measure extends string> {
  private readonly byDayType: Map<DayType, Map<Measure, Series>>;
  private readonly all: Map<Measure, Series>;

  constructor({ byDayType, all }: PackedBaseline<Measure> = { byDayType: new Map(), all: new Map() }) {
    this.byDayType = mapValues(byDayType, unpackAll);
    this.all = unpackAll(all);
  }

  pack(): PackedBaseline<Measure> {
    return { byDayType: mapValues(this.byDayType, packAll), all: packAll(this.all) };
  }

  /** Learns a quiet window. */
  learn(values: Values<Measure>, dayType: DayType): void {
    const ofDayType = this.byDayType.get(dayType) ?? new Map<Measure, Series>();
    this.byDayType.set(dayType, ofDayType);
    for (const measure in values) {
      const value = values[measure];
      if (value === undefined) continue;
      for (const series of [ofDayType, this.all]) {
        const known = series.get(measure) ?? new Series();
        series.set(measure, known);
        known.learn(value);
      }
    }
  }

  /** What is usual on days of this type, else on those like it, else on any; `undefined` for fewer than four windows. */
  usual(measure: Measure, dayType: DayType): Usual | undefined {
    for (const type of COMPARABLE[dayType]) {
      const usual = this.byDayType.get(type)?.get(measure)?.usual;
      if (usual !== undefined) return usual;
    }
    return this.all.get(measure)?.usual;
  }
}

function packAll<Measure>(series: ReadonlyMap<Measure, Series>): ReadonlyMap<Measure, PackedSeries> {
  return mapValues(series, (each) => each.pack());
}

function unpackAll<Measure>(packed: ReadonlyMap<Measure, PackedSeries>): Map<Measure, Series> {
  return mapValues(packed, (each) => new Series(each));
}

/**
 * By how many spreads a number is above what is usual, negative below it. A spread is at least that of chance (Poisson)
 * and a tenth of the number itself.
 */
export function scoreOf(observed: number, usual: Usual): number {
  return distanceOf(observed, usual, true);
}

/** The same of a number that is a count, or of a ratio, whose spread chance does not tell. */
export function distanceOf(observed: number, { median: middle, spread }: Usual, isCount: boolean): number {
  const chance = isCount ? Math.sqrt(Math.abs(middle) + 1) : 0;
  const least = Math.max(spread, chance, RELATIVE_SPREAD * Math.abs(middle));
  return least > 0 ? (observed - middle) / least : 0;
}

/** What is usual where there is so many times as much of everything. */
export function timesUsual(factor: number, { median: middle, spread, n }: Usual): Usual {
  return { median: factor * middle, spread: factor * spread, n };
}

/** From so many spreads on a number is far above what is usual; of n windows it is 1 + 4 / n times as many ... */
const FAR = 5;
const FEW = 4;
/** ... and by this factor at least: servers have busy hours. */
const FACTOR = 1.5;

/** Whether a number is far above what is usual. */
export function isFarAbove(observed: number, usual: Usual): boolean {
  return scoreOf(observed, usual) >= FAR * (1 + FEW / usual.n) && observed >= FACTOR * usual.median;
}
