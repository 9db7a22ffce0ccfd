import type { Ms } from '../event.js';

/**
 * Watermark of one source: no event older than this is still awaited. `thirdHighest(event time) - outOfOrdernessMs`, so
 * that one or two forged or broken stamps move nothing; never decreases; `-Infinity` before the third event. Closes at
 * the same instant as Flink's BoundedOutOfOrdernessWatermarks (which emits `- 1`, inclusive).
 */
export class Watermark {
  private first = -Infinity;
  private second = -Infinity;
  private third = -Infinity;

  constructor(private readonly outOfOrdernessMs: Ms) {}

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
  }

  /** The latest event time observed so far; `-Infinity` before the first event. */
  get latestMs(): Ms {
    return this.first;
  }

  /** The watermark as of the events observed so far. */
  get timeMs(): Ms {
    return this.third - this.outOfOrdernessMs;
  }
}
