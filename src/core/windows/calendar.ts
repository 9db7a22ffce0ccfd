import type { Ms } from '../event.js';
import { DAY_MS, parseDuration } from '../time.js';
import type { Zone } from '../time.js';

/** A window's extent, `[startMs, endMs)`. */
export interface Span {
  readonly startMs: Ms;
  readonly endMs: Ms;
}

/** A window size as written in the configuration and its length; a day's length is nominal. */
export interface WindowSize {
  readonly name: string;
  readonly lengthMs: Ms;
}

/** The sizes of these names, smallest first; the first is the pane. @throws RangeError for text that is no duration. */
export function windowSizes(names: readonly string[]): readonly WindowSize[] {
  const sizes = names.map((name) => {
    const lengthMs = parseDuration(name);
    if (lengthMs === undefined) throw new RangeError(`${name} is no window size.`);
    return { name, lengthMs };
  });
  return sizes.sort((a, b) => a.lengthMs - b.lengthMs);
}

/** Start of the pane that holds `time`; panes are aligned to the epoch. */
export function paneStart(time: Ms, paneMs: Ms): Ms {
  return Math.floor(time / paneMs) * paneMs;
}

/**
 * The window of a size that holds `time`. A day runs from local midnight to local midnight and may have 23 or 25 h;
 * smaller windows are cut from local midnight on and end with the day at the latest.
 */
export class Calendar {
  private day: Span = { startMs: 0, endMs: 0 };

  constructor(private readonly zone: Zone) {}

  windowAt(size: WindowSize, time: Ms): Span {
    const day = this.dayAt(time);
    if (size.lengthMs === DAY_MS) return day;
    const startMs = day.startMs + Math.floor((time - day.startMs) / size.lengthMs) * size.lengthMs;
    return { startMs, endMs: Math.min(startMs + size.lengthMs, day.endMs) };
  }

  private dayAt(time: Ms): Span {
    if (time < this.day.startMs || time >= this.day.endMs)
      this.day = { startMs: this.zone.startOfDay(time), endMs: this.zone.startOfNextDay(time) };
    return this.day;
  }
}
