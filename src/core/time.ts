import { IANAZone } from 'luxon';
import { InvariantError } from './errors.js';
import type { Ms } from './event.js';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNIT_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** The length of a duration written as a whole number and one of s, m, h, d (`5m` is 300,000 ms); `undefined` otherwise. */
export function parseDuration(text: string): Ms | undefined {
  const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0);
}

/** The same where the configuration has been checked. @throws InvariantError if it is none */
export function durationMs(text: string): Ms {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvariantError(`${text} is no duration.`);
  return ms;
}

/** A time zone of the IANA database: what a wall clock there shows, and when its days begin. */
export interface Zone {
  readonly name: string;
  /** Local time minus UTC at an instant, in ms. */
  readonly offsetMs: (time: Ms) => Ms;
  /**
   * The instant at which a wall clock shows `wallClock` (a local time written as if it were UTC). Of a repeated hour
   * the first instant; a time that was skipped is read with the offset before the change.
   */
  readonly toInstant: (wallClock: Ms) => Ms;
  /** The first instant of the local day that holds `time`. */
  readonly startOfDay: (time: Ms) => Ms;
  /** The first instant of the local day after the one that holds `time`; 23, 24 or 25 h after `startOfDay` as a rule. */
  readonly startOfNextDay: (time: Ms) => Ms;
}

/**
 * A look-up costs more than a line, so one serves a day, or an hour of a day in which the offset changes. It changes at the
 * edge of a minute.
 */
const SPANS_MS = [DAY_MS, HOUR_MS, MINUTE_MS];
const SPANS_KNOWN = 10_000;

export function isZoneName(name: string): boolean {
  return IANAZone.isValidZone(name);
}

/** The zone of that name. @throws RangeError for a name that is not in the IANA database. */
export function createZone(name: string): Zone {
  if (!isZoneName(name)) throw new RangeError(`Unknown time zone ${name}.`);
  const zone = IANAZone.create(name);
  const lookUp = (time: Ms): Ms => Math.round(zone.offset(Math.floor(time / MINUTE_MS) * MINUTE_MS) * MINUTE_MS);
  const spans = SPANS_MS.map((spanMs) => ({ spanMs, known: new Map<Ms, Ms>() }));
  const offsetMs = (time: Ms): Ms => {
    for (const { spanMs, known } of spans) {
      const start = Math.floor(time / spanMs) * spanMs;
      let offset = known.get(start);
      if (offset === undefined) {
        const first = lookUp(start);
        offset = first === lookUp(start + spanMs - 1) ? first : NaN;
        if (known.size >= SPANS_KNOWN) known.clear();
        known.set(start, offset);
      }
      if (!Number.isNaN(offset)) return offset;
    }
    return lookUp(time);
  };
  const toInstant = (wallClock: Ms): Ms => {
    const before = wallClock - offsetMs(wallClock - DAY_MS);
    if (offsetMs(before) === wallClock - before) return before;
    const after = wallClock - offsetMs(wallClock + DAY_MS);
    return offsetMs(after) === wallClock - after ? after : before;
  };
  /** Where clocks go back over midnight it comes twice: the day begins with the first, and the hour before is its own. */
  const dayOf = (time: Ms): number => {
    const day = Math.floor((time + offsetMs(time)) / DAY_MS);
    if (toInstant((day + 1) * DAY_MS) <= time) return day + 1;
    return toInstant(day * DAY_MS) <= time ? day : day - 1;
  };
  return {
    name,
    offsetMs,
    toInstant,
    startOfDay: (time) => toInstant(dayOf(time) * DAY_MS),
    startOfNextDay: (time) => toInstant((dayOf(time) + 1) * DAY_MS),
  };
}

/** Times in RFC 3339, UTC, for many events of which neighbours are often of the same second. */
export function createTimeWriter(): (time: Ms) => string {
  let lastTime = NaN;
  let text = '';
  return (time) => {
    if (time !== lastTime) text = new Date(time).toISOString();
    lastTime = time;
    return text;
  };
}

/**
 * The year in which a wall-clock time without one lies nearest to the reference time: `wallClockIn` gives the time in a
 * year. A log of December read in January is of last year.
 */
export function nearestYear(wallClockIn: (year: number) => Ms, reference: Ms): number {
  const middle = new Date(reference).getUTCFullYear();
  let best = middle;
  let least = Math.abs(wallClockIn(middle) - reference);
  for (const year of [middle - 1, middle + 1]) {
    const distance = Math.abs(wallClockIn(year) - reference);
    if (distance >= least) continue;
    best = year;
    least = distance;
  }
  return best;
}
