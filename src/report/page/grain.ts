import type { Values } from './fit.js';
import type { Range } from './zoom.js';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
const GRAINS_S = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_S),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_S),
  ...[1, 2, 7, 14, 28].map((n) => n * DAY_S),
];
/** More points than these beside each other cannot be told apart. */
const MAX_POINTS = 700;

/** Seconds for which one point stands, so that a range has not too many: those of a window, or more. */
export function grainOf({ from, to }: Range, windowS: number): number {
  if (to - from <= MAX_POINTS * windowS) return windowS;
  const fits = (grain: number): boolean => grain > windowS && grain % windowS === 0 && to - from <= MAX_POINTS * grain;
  return GRAINS_S.find(fits) ?? Math.ceil((to - from) / MAX_POINTS / windowS) * windowS;
}

/** The points that are drawn: windows, or stretches of several with the means of their numbers. */
export interface Points {
  readonly starts: number[];
  /** The numbers of points from those of windows. */
  readonly of: (values: Values) => Values;
  /** The window of a point; `undefined` where it has several. */
  readonly windowAt: (point: number) => number | undefined;
}

export function windowsAsPoints(starts: number[]): Points {
  return { starts, of: (values) => values, windowAt: (point) => point };
}

/** Means over stretches of so many seconds. */
export function meansAsPoints(starts: readonly number[], grainS: number): Points {
  const firsts: number[] = [];
  const stretches: number[] = [];
  for (const [row, start] of starts.entries()) {
    const stretch = Math.floor(start / grainS) * grainS;
    if (stretch === stretches.at(-1)) continue;
    firsts.push(row);
    stretches.push(stretch);
  }
  const made = new WeakMap<Values, Values>();
  return {
    starts: stretches,
    of: (values) => {
      let means = made.get(values);
      if (means === undefined) {
        means = firsts.map((first, i) => mean(values, first, firsts[i + 1] ?? values.length));
        made.set(values, means);
      }
      return means;
    },
    windowAt: () => undefined,
  };
}

function mean(values: Values, first: number, end: number): number | null {
  let sum = 0;
  let n = 0;
  for (let row = first; row < end; row += 1) {
    const value = values[row];
    if (value === null || value === undefined) continue;
    sum += value;
    n += 1;
  }
  return n > 0 ? sum / n : null;
}
