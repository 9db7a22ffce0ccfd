import { DAY_MS, HOUR_MS, MINUTE_MS, nearestYear, SECOND_MS } from '../core/time.js';
import type { Ms } from '../core/event.js';
import type { Zone } from '../core/time.js';
import { literal } from './literal.js';
import type { Literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { bindMinute, isoMinute, syslogMinute, twoDigits } from './wall-clock.js';

/** `syslog`: `Nov  3 01:57:14`, without a year; `bind`: `23-Nov-2026 01:57:14.864`; `iso`: `2026-11-23T01:57:14.864+01:00`. */
export type StampForm = 'syslog' | 'bind' | 'iso';

/** A line's time and how it was written. One object is filled again for every line. */
export interface Stamp {
  time: Ms;
  form: StampForm;
}

interface Form {
  readonly name: StampForm;
  /** Characters up to the seconds. */
  readonly width: number;
  /** The wall clock that they show in a year (which they may name themselves), NaN if they are no stamp. */
  readonly wallClock: (text: string, year: number) => Ms;
}

const SYSLOG: Form = { name: 'syslog', width: 13, wallClock: syslogMinute };
const BIND: Form = { name: 'bind', width: 18, wallClock: bindMinute };
const ISO: Form = { name: 'iso', width: 17, wallClock: isoMinute };

/** A stamp up to its seconds, as text and as time. */
interface Minute {
  readonly opening: Literal;
  readonly form: Form;
  /** Local time written as if it were UTC. */
  readonly wallClock: Ms;
  /** In the reader's zone; NaN as long as nobody asked, which stamps with an offset do not. */
  instant: Ms;
}

/** No line begins with a line feed. */
const NO_MINUTE: Minute = { opening: literal('\n'), form: SYSLOG, wallClock: 0, instant: 0 };

/** Within half a year of the reference no other year is nearer. */
const CERTAIN_YEAR_MS = 182 * DAY_MS;

const BLANK = literal(' ');
const DECIMAL_POINT = literal('.');
const DECIMAL_COMMA = literal(',');
const SPACE = 32;
const HYPHEN = 45;
const POINT = 46;
const COMMA = 44;

/** Reads stamps; those without an offset are of `zone`. The minute of the line before is not read again. */
export class StampReader {
  private readonly stamp: Stamp = { time: 0, form: 'syslog' };
  private readonly readOffset = createOffsetReader();
  private minute = NO_MINUTE;

  constructor(private readonly zone: Zone) {}

  /** The stamp at the start of a line, which is passed over with the blank after it; `undefined` if there is none. */
  read(line: Scanner, referenceMs: Ms): Stamp | undefined {
    const isSame = isStillRight(this.minute, referenceMs) && line.take(this.minute.opening);
    if (!isSame && !this.readMinute(line, referenceMs)) return undefined;
    const { form, wallClock } = this.minute;
    const seconds = line.digits(2);
    // 60 is a leap second.
    if (!(seconds <= 60)) return undefined;
    const fraction = form === SYSLOG ? 0 : readFraction(line);
    const offset = form === ISO ? this.readOffset(line) : undefined;
    this.stamp.form = form.name;
    this.stamp.time = (offset === undefined ? this.instant() : wallClock - offset) + seconds * SECOND_MS + fraction;
    return line.take(BLANK) ? this.stamp : undefined;
  }

  private readMinute(line: Scanner, referenceMs: Ms): boolean {
    const form = formOf(line);
    const text = line.ahead(form.width);
    const wallClock = wallClockOf(form, text, referenceMs);
    if (!Number.isFinite(wallClock)) return false;
    this.minute = { opening: literal(text), form, wallClock, instant: NaN };
    return line.take(text);
  }

  private instant(): Ms {
    const { minute } = this;
    if (Number.isNaN(minute.instant)) minute.instant = this.zone.toInstant(minute.wallClock);
    return minute.instant;
  }
}

/** Whether a stamp without a year that was read as `instant` is read so with this reference too. */
export function isYearCertain(instant: Ms, referenceMs: Ms): boolean {
  return Math.abs(instant - referenceMs) < CERTAIN_YEAR_MS;
}

/** Whether a minute may be used again: it names its year, or the year is certain. */
function isStillRight({ form, instant }: Minute, referenceMs: Ms): boolean {
  return form !== SYSLOG || isYearCertain(instant, referenceMs);
}

function formOf(line: Scanner): Form {
  const text = line.ahead(5);
  if (text.charCodeAt(4) === HYPHEN) return ISO;
  return text.charCodeAt(2) === HYPHEN ? BIND : SYSLOG;
}

/** A day that the year does not have (29 February) is infinitely far from the reference. */
function wallClockOf(form: Form, text: string, referenceMs: Ms): Ms {
  if (form !== SYSLOG) return form.wallClock(text, 0);
  const inYear = (year: number): Ms => {
    const wallClock = form.wallClock(text, year);
    return Number.isFinite(wallClock) ? wallClock : Infinity;
  };
  return inYear(nearestYear(inYear, referenceMs));
}

function readFraction(line: Scanner): Ms {
  const mark = line.peek();
  if (mark !== POINT && mark !== COMMA) return 0;
  line.take(mark === POINT ? DECIMAL_POINT : DECIMAL_COMMA);
  return line.thousandths();
}

/** A reader of `Z`, `+01:00`, `+0100` or `+01`: local time minus UTC; `undefined` (nothing passed) if none follows. */
function createOffsetReader(): (line: Scanner) => Ms | undefined {
  let opening = literal('\n');
  let offset = 0;
  return (line) => {
    const start = line.mark();
    // `+01` begins `+01:00` too.
    if (line.take(opening) && line.peek() === SPACE) return offset;
    line.back(start);
    if (line.take('Z')) return 0;
    const fresh = line.ahead(LONGEST_OFFSET + 1).split(' ', 1)[0] ?? '';
    const freshOffset = offsetOf(fresh);
    if (!Number.isFinite(freshOffset) || !line.take(fresh)) return undefined;
    opening = literal(fresh);
    offset = freshOffset;
    return offset;
  };
}

const LONGEST_OFFSET = '+01:00'.length;

function offsetOf(text: string): Ms {
  const sign = text.startsWith('+') ? 1 : text.startsWith('-') ? -1 : NaN;
  const minutes = text.length > 3 ? twoDigits(text, text.length - 2) : 0;
  return sign * (twoDigits(text, 1) * HOUR_MS + minutes * MINUTE_MS);
}
