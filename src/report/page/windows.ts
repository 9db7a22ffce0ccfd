import type { PageSubject, PageWindows } from '../page-data.js';
import type { Column } from '../series.js';
import type { Values } from './fit.js';
import { grainOf, meansAsPoints, windowsAsPoints } from './grain.js';
import type { Points } from './grain.js';
import { unpack } from './unpack.js';
import type { Range } from './zoom.js';

/** The longest day is so much longer than the nominal one. */
const LONGEST = 1.1;

/** The windows of a subject, ready to be drawn. */
export class Windows {
  /** Starts in seconds since the epoch; where windows are missing, one without values stands for them. */
  readonly starts: number[] = [];
  readonly names: readonly string[];
  private readonly made = new Map<Column, Values>();
  /** By the seconds for which a point stands. */
  private readonly points = new Map<number, Points>();
  /** Where the numbers of each window are; -1 for one that stands for missing ones. */
  private readonly places: number[] = [];

  constructor(
    private readonly data: PageWindows,
    readonly info: PageSubject,
  ) {
    let at = 0;
    for (const [place, step] of data.starts.entries()) {
      if (place > 0 && step > LONGEST * info.lengthS) this.push(at + info.lengthS, -1);
      at += step;
      this.push(at, place);
    }
    this.names = data.names;
  }

  private push(start: number, place: number): void {
    this.starts.push(start);
    this.places.push(place);
  }

  get count(): number {
    return this.starts.length;
  }

  get whole(): Range {
    const from = this.starts[0] ?? 0;
    return { from, to: (this.starts.at(-1) ?? from) + this.info.lengthS };
  }

  /** The numbers of a series as documents have them. */
  of(column: Column): Values {
    let values = this.made.get(column);
    if (values === undefined) this.made.set(column, (values = this.make(column)));
    return values;
  }

  private make(column: Column): Values {
    const packed = this.data.columns[column];
    const all = packed && unpack(packed, 10 ** (this.data.decimals[column] ?? 0));
    // Mostly no window is missing.
    if (all?.length === this.places.length) return all;
    return this.places.map((place) => (place < 0 ? null : all === undefined ? 0 : (all[place] ?? null)));
  }

  /** Whether a series has anything but zeros and gaps. */
  has(column: Column): boolean {
    return this.of(column).some((value) => value !== null && value !== 0);
  }

  /** The points to be drawn where this range is shown. */
  pointsOf(range: Range): Points {
    const grain = grainOf(range, this.info.lengthS);
    let points = this.points.get(grain);
    if (points === undefined) {
      points = grain === this.info.lengthS ? windowsAsPoints(this.starts) : meansAsPoints(this.starts, grain);
      this.points.set(grain, points);
    }
    return points;
  }

  /** The windows of a range, from the first up to the end. */
  within({ from, to }: Range): readonly [number, number] {
    return [this.indexAt(from - this.info.lengthS + 1), this.indexAt(to)];
  }

  /** The first window that begins at this time or later. */
  private indexAt(seconds: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) < seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function sumOf(values: Values, first = 0, end = values.length): number {
  let sum = 0;
  for (let i = first; i < end; i += 1) sum += values[i] ?? 0;
  return sum;
}
