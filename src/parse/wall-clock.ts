import type { Ms } from '../core/event.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Mon ', 'Tue ', 'Wed ', 'Thu ', 'Fri ', 'Sat ', 'Sun '];
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const BLANK = 32;
const ZERO = 48;

/** The number that two characters make, the first a digit or a blank and the second a digit; NaN otherwise. */
export function twoDigits(text: string, at: number): number {
  const first = text.charCodeAt(at);
  const tens = first === BLANK ? 0 : digit(first);
  return tens * 10 + digit(text.charCodeAt(at + 1));
}

/** The wall clock that `Nov  3 01:57:` shows in a year, NaN if the text does not begin so or that year lacks the day. */
export function syslogMinute(text: string, year: number): Ms {
  if (!isSpelt(text, '   _  _  :  :')) return NaN;
  const month = MONTHS.indexOf(text.substring(0, 3));
  return wallClock(text, { year, month, day: twoDigits(text, 4), timeAt: 7 });
}

/**
 * The wall clock that `Nov  3 2026 01:57:` or `2026 Nov  3 01:57:` shows, NaN if the text does not begin so: the day
 * stands at `dayAt`, the year at `yearAt`.
 */
export function datedSyslogMinute(text: string, dayAt: number, yearAt: number): Ms {
  const year = fourDigits(text, yearAt);
  const day = text.substring(dayAt, dayAt + 7);
  return isSpelt(text, dayAt === 0 ? '   _  _    _' : '    _   _  _')
    ? syslogMinute(day + text.substring(12), year)
    : NaN;
}

/** The wall clock that `23-Nov-2026 01:57:` shows, NaN if the text does not begin so. */
export function bindMinute(text: string): Ms {
  if (!isSpelt(text, '  -   -    _  :  :')) return NaN;
  const year = fourDigits(text, 7);
  return wallClock(text, { year, month: MONTHS.indexOf(text.substring(3, 6)), day: twoDigits(text, 0), timeAt: 12 });
}

/** The wall clock that `2026-11-23T01:57:` shows (a blank may stand for the T), NaN if the text does not begin so. */
export function isoMinute(text: string): Ms {
  if (!isSpelt(text, '    -  -     :  :') || (text.charAt(10) !== 'T' && text.charAt(10) !== ' ')) return NaN;
  const year = fourDigits(text, 0);
  return wallClock(text, { year, month: twoDigits(text, 5) - 1, day: twoDigits(text, 8), timeAt: 11 });
}

function fourDigits(text: string, at: number): number {
  return twoDigits(text, at) * 100 + twoDigits(text, at + 2);
}

/** The wall clock that `Mon 2026-11-23 01:57:` shows, NaN if the text does not begin so. */
export function weekdayMinute(text: string): Ms {
  return WEEKDAYS.includes(text.substring(0, 4)) ? isoMinute(text.substring(4)) : NaN;
}

interface Day {
  readonly year: number;
  /** From 0. */
  readonly month: number;
  readonly day: number;
  /** Where the hour stands in the text; the minute follows after one character. */
  readonly timeAt: number;
}

function wallClock(text: string, { year, month, day, timeAt }: Day): Ms {
  const hour = twoDigits(text, timeAt);
  const minute = twoDigits(text, timeAt + 3);
  const isLeapDay = month === 1 && day === 29;
  const isValid = day >= 1 && day <= (DAYS[month] ?? 0) && hour < 24 && minute < 60 && !(isLeapDay && !isLeap(year));
  // `Date.UTC` takes the years before 100 for others.
  return isValid && year >= 100 ? Date.UTC(year, month, day, hour, minute) : NaN;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Whether the text has the punctuation of the pattern, in which a blank stands for any character and `_` for a blank. */
function isSpelt(text: string, pattern: string): boolean {
  for (let at = 0; at < pattern.length; at++) {
    const expected = pattern.charAt(at);
    if (expected !== ' ' && text.charAt(at) !== (expected === '_' ? ' ' : expected)) return false;
  }
  return true;
}

function digit(code: number): number {
  return code >= ZERO && code <= ZERO + 9 ? code - ZERO : NaN;
}
