import type { Ms } from '../event.js';

/** The three highest event times of some events, highest first; `-Infinity` for each that is not there. */
export type Highest = readonly [Ms, Ms, Ms];

/** Those of no events. */
export const NO_HIGHEST: Highest = [-Infinity, -Infinity, -Infinity];

/** The three highest of both. */
export function highestOf(a: Highest, b: Highest): Highest {
  const [first = -Infinity, second = -Infinity, third = -Infinity] = [...a, ...b].sort((x, y) => y - x);
  return [first, second, third];
}

/**
 * Watermark of one source: no event older than this is still awaited. `thirdHighest(event time) - outOfOrdernessMs`, so
 * that one or two forged or broken stamps move nothing; never decreases; `-Infinity` before the third event. Closes at
 * the same instant as Flink's BoundedOutOfOrdernessWatermarks (which emits `- 1`, inclusive).
 */
export class Watermark {
  private first = -Infinity;
  private second = -Infinity;
  private third = -Infinity;
  /** The third highest time of the observed events and of those before them. */
  private thirdOfAll: Ms;

  /** `before`: the highest times of the events before those that will be observed. */
  constructor(
    private readonly outOfOrdernessMs: Ms,
    private readonly before: Highest = NO_HIGHEST,
  ) {
    this.thirdOfAll = before[2];
  }

  /** Takes the time of one event into account. */
  observe(time: Ms): void {
    if (time <= this.third) return;
    if (time <= this.second) this.third = time;
    else {
      this.third = this.second;
      if (time <= this.first) this.second = time;
      else {
        this.second = this.first;
        this.first = time;
      }
    }
    const { first, second, third, before } = this;
    this.thirdOfAll = Math.max(third, Math.min(second, before[0]), Math.min(first, before[1]), before[2]);
  }

  /** The highest times of the events observed so far. */
  get highest(): Highest {
    return [this.first, this.second, this.third];
  }

  /** The latest event time observed so far; `-Infinity` before the first event. */
  get latestMs(): Ms {
    return this.first;
  }

  /** The second latest event time. */
  get secondMs(): Ms {
    return this.second;
  }

  /** The watermark as of the events observed so far and those before them. */
  get timeMs(): Ms {
    return this.thirdOfAll - this.outOfOrdernessMs;
  }
}
