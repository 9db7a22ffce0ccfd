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
 * Judges how late the events of a chunk come, and tells when it would have judged the same after other events.
 *
 * Let e1 >= e2 >= e3 be the highest times of the chunk's events so far, and s1 >= s2 >= s3 those of all events before it.
 * The third highest of all is max(e3, min(e2, s1), min(e1, s2), s3). An event is judged otherwise once that reaches its
 * turn: the end of its pane, or that of the allowed lateness once the pane is over, each with the out-of-orderness. So
 * where a chunk was judged with times before it that are too low, all is right if for each event
 *
 *     s3 < turn;  s2 < turn, or e1 < turn;  s1 < turn, or e2 < turn
 *
 * and of each of the three the least turn tells. What was too late is so with higher times too. In a log that is nearly in
 * order this holds: only first events of a chunk are judged before its own times have caught up, and one or two stamps far
 * ahead (s1, s2) do not matter.
 */
export class LatenessJudge {
  private readonly watermark: Watermark;
  private thirdBelow = Infinity;
  private secondBelow = Infinity;
  private firstBelow = Infinity;

  constructor(
    private readonly config: LatenessConfig,
    /** The highest times of the events before the chunk, or lower ones. */
    private readonly before: Highest = NO_HIGHEST,
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

  /** Whether an event would make those late that go on from where the chunk is. */
  isFarAhead(time: Ms): boolean {
    return time > Math.max(this.watermark.latestMs, this.before[2]) + this.config.allowedLatenessMs;
  }

  /** Takes an event that is far ahead as none of the source: with higher times before the chunk it would not be so. */
  leaveOut(time: Ms): void {
    const { allowedLatenessMs, outOfOrdernessMs } = this.config;
    this.thirdBelow = Math.min(this.thirdBelow, time - allowedLatenessMs - outOfOrdernessMs);
  }

  /** The watermark as of the events so far, and of those before the chunk. */
  get watermarkMs(): Ms {
    return this.watermark.timeMs;
  }

  /** The highest times of the chunk's events. */
  get highest(): Highest {
    return this.watermark.highest;
  }

  /** What the highest times of the events before the chunk must be below, for all to be judged as with them. */
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
