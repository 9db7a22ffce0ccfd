import type { Ms } from '../event.js';
import { NO_HIGHEST, Watermark } from './watermark.js';
import type { Highest } from './watermark.js';

/** How an event comes: before the watermark has reached its pane's end, by the allowed lateness after it, or later. */
export type Lateness = 'in_time' | 'late' | 'too_late';

export interface LatenessConfig {
  readonly outOfOrdernessMs: Ms;
  readonly allowedLatenessMs: Ms;
}

/**
 * Judges how late the events of a chunk come, and for which events before the chunk it would have judged the same.
 *
 * Let s1 >= s2 >= s3 be the highest times of the events before a chunk, and e1 >= e2 >= e3 those of its own events so
 * far. The third highest of all is max(e3, min(e2, s1), min(e1, s2), s3). An event is judged anew when that reaches its
 * turn: the end of its pane, or of its allowed lateness once the pane is over, each with the out-of-orderness. So for a
 * chunk that was judged by e3 alone (no s) all is the same with these s if, for each event,
 *
 *     s3 < turn;  s2 < turn, or e1 < turn;  s1 < turn, or e2 < turn
 *
 * and of each of the three the least turn tells. An event that is too late by e3 is so with any s. In a log that is nearly
 * in order this holds: only a chunk's first events are judged before its own times have caught up, and one or two stamps
 * far ahead (s1, s2) do not matter. A lasting disorder of more than a pane breaks it in many chunks.
 */
export class LatenessJudge {
  private readonly watermark: Watermark;
  private thirdBelow = Infinity;
  private secondBelow = Infinity;
  private firstBelow = Infinity;

  constructor(
    private readonly config: LatenessConfig,
    before: Highest = NO_HIGHEST,
  ) {
    this.watermark = new Watermark(config.outOfOrdernessMs, before);
  }

  /** Judges an event of this time whose pane ends at `paneEndMs`, and takes it into account. */
  judge(time: Ms, paneEndMs: Ms): Lateness {
    const { watermark, config } = this;
    const isLate = watermark.timeMs >= paneEndMs;
    const turnMs = isLate ? paneEndMs + config.allowedLatenessMs : paneEndMs;
    if (isLate && watermark.timeMs >= turnMs) return 'too_late';
    if (turnMs < this.thirdBelow) this.thirdBelow = turnMs;
    if (watermark.latestMs - config.outOfOrdernessMs >= turnMs) this.noteAhead(turnMs);
    watermark.observe(time);
    return isLate ? 'late' : 'in_time';
  }

  /** The highest times of the chunk's events. */
  get highest(): Highest {
    return this.watermark.highest;
  }

  /** What the highest times of the events before the chunk must be below, for all to be judged as without them. */
  get below(): Highest {
    const { outOfOrdernessMs } = this.config;
    return [
      this.firstBelow + outOfOrdernessMs,
      this.secondBelow + outOfOrdernessMs,
      this.thirdBelow + outOfOrdernessMs,
    ];
  }

  /** Notes the turn of an event that the chunk's latest one is past. */
  private noteAhead(turnMs: Ms): void {
    this.secondBelow = Math.min(this.secondBelow, turnMs);
    if (this.watermark.secondMs - this.config.outOfOrdernessMs >= turnMs)
      this.firstBelow = Math.min(this.firstBelow, turnMs);
  }
}
