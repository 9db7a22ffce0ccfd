import { nearestYear, SECOND_MS } from '../core/time.js';
import type { Ms } from '../core/event.js';
import type { Zone } from '../core/time.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { bindMinute, datedSyslogMinute, isoMinute, syslogMinute, weekdayMinute } from './wall-clock.js';

/**
 * `syslog`: `Nov  3 01:57:14` or `Nov 3 01:57:14`, without a year; `dated`: `Nov  3 2026 01:57:14` or
 * `2026 Nov  3 01:57:14`; `bind`: `23-Nov-2026 01:57:14.864`; `iso`: `2026-11-23T01:57:14.864`, also after a weekday;
 * `unix`: `1795399034.864123`; `epoch`: `[1795399034]`.
 */
export type StampForm = 'syslog' | 'dated' | 'bind' | 'iso' | 'unix' | 'epoch';

interface Form {
  readonly name: StampForm;
  /** Characters up to the seconds. */
  readonly width: number;
  /** The wall clock that they show in a year (which they may name themselves), NaN if they are no stamp. */
  readonly wallClock: (text: string, year: number) => Ms;
}

const SYSLOG: Form = { name: 'syslog', width: 13, wallClock: syslogMinute };
/** `Nov 3 01:57:14`. */
const UNPADDED: Form = {
  name: 'syslog',
  width: 12,
  wallClock: (text, year) => syslogMinute(`${text.substring(0, 4)} ${text.substring(4)}`, year),
};
const DATED: Form = { name: 'dated', width: 18, wallClock: (text) => datedSyslogMinute(text, 0, 7) };
const YEAR_FIRST: Form = { name: 'dated', width: 18, wallClock: (text) => datedSyslogMinute(text, 5, 0) };
const BIND: Form = { name: 'bind', width: 18, wallClock: bindMinute };
const ISO: Form = { name: 'iso', width: 17, wallClock: isoMinute };
const WEEKDAY_ISO: Form = { name: 'iso', width: 21, wallClock: weekdayMinute };

const OPENING = literal('[');
const CLOSING = literal(']');
const DECIMAL_POINT = literal('.');
const DECIMAL_COMMA = literal(',');
const SPACE = 32;
const COMMA = 44;
const HYPHEN = 45;
const POINT = 46;
const COLON = 58;
const UPPER_A = 65;
const BRACKET = 91;
/** The year 10000, in seconds. */
const END_OF_TIME = 253_402_300_800;

/** Reads stamps; those without an offset are of `zone`. The minute of the line before is not read again. */
export class StampReader {
  /** What the last stamp shows: a local time written as if it were UTC. */
  wallClock: Ms = 0;
  /** When that is in `zone`. */
  instant: Ms = 0;
  form: StampForm = 'syslog';

  /** The last stamp up to its seconds, as text and as times. No line begins with a line feed. */
  private opening = literal('\n');
  private minuteForm = SYSLOG;
  private minuteWallClock: Ms = 0;
  private minuteInstant: Ms = 0;
  private referenceMs: Ms = NaN;

  constructor(private readonly zone: Zone) {}

  /** Whether the line goes on with a stamp, which is passed over up to its offset or the blank after it. */
  read(line: Scanner, referenceMs: Ms): boolean {
    // Only a stamp without a year depends on it.
    const isReference = referenceMs === this.referenceMs || this.minuteForm.name !== 'syslog';
    const isSame = isReference && line.take(this.opening);
    if (!isSame && !this.readMinute(line, referenceMs))
      return line.peek() === BRACKET ? this.readEpoch(line) : this.readUnix(line);
    const seconds = line.digits(2);
    // 60 is a leap second.
    if (!(seconds <= 60)) return false;
    const time = seconds * SECOND_MS + readFraction(line);
    this.form = this.minuteForm.name;
    this.wallClock = this.minuteWallClock + time;
    this.instant = this.minuteInstant + time;
    return true;
  }

  private readMinute(line: Scanner, referenceMs: Ms): boolean {
    const form = formOf(line);
    const text = line.ahead(form.width);
    const wallClock = wallClockOf(form, text, referenceMs);
    if (!Number.isFinite(wallClock)) return false;
    this.opening = literal(text);
    this.minuteForm = form;
    this.minuteWallClock = wallClock;
    this.minuteInstant = this.zone.toInstant(wallClock);
    this.referenceMs = referenceMs;
    return line.take(this.opening);
  }

  /** Ten digits are a time since 2001. */
  private readUnix(line: Scanner): boolean {
    const seconds = line.digits(10);
    if (!(seconds >= 1e9) || line.peek() !== POINT) return false;
    this.form = 'unix';
    this.wallClock = this.instant = seconds * SECOND_MS + readFraction(line);
    return true;
  }

  private readEpoch(line: Scanner): boolean {
    line.take(OPENING);
    const seconds = line.integer() ?? NaN;
    if (!(seconds < END_OF_TIME)) return false;
    this.form = 'epoch';
    this.wallClock = this.instant = seconds * SECOND_MS + readFraction(line);
    return line.take(CLOSING);
  }
}

function formOf(line: Scanner): Form {
  const text = line.ahead(10);
  if (text.charCodeAt(4) === HYPHEN) return ISO;
  if (text.charCodeAt(2) === HYPHEN) return BIND;
  if (text.charCodeAt(0) < UPPER_A && text.charCodeAt(4) === SPACE) return YEAR_FIRST;
  if (text.charCodeAt(8) === HYPHEN) return WEEKDAY_ISO;
  if (text.charCodeAt(9) === COLON) return SYSLOG;
  return text.charCodeAt(8) === COLON ? UNPADDED : DATED;
}

/** A day that the year does not have (29 February) is infinitely far from the reference. */
function wallClockOf(form: Form, text: string, referenceMs: Ms): Ms {
  if (form.name !== 'syslog') return form.wallClock(text, 0);
  const inYear = (year: number): Ms => {
    const wallClock = form.wallClock(text, year);
    return Number.isFinite(wallClock) ? wallClock : Infinity;
  };
  return inYear(nearestYear(inYear, referenceMs));
}

/** `.864123` or `,25`, 0 if none follows. */
function readFraction(line: Scanner): Ms {
  const mark = line.peek();
  if (mark !== POINT && mark !== COMMA) return 0;
  line.take(mark === POINT ? DECIMAL_POINT : DECIMAL_COMMA);
  return line.thousandths();
}
