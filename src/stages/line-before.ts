import { GAP, MAX_LINE_BYTES } from './ports.js';

const NEWLINE = 10;
/** Longer than what the pattern matches. */
const END_BYTES = 320;
const REPEAT =
  /(?:(?:^|[ :])last message repeated \d{1,9} times?|' repeated \d{1,9} times, suppressed by syslog-ng on \S{1,255})\r?$/;

/** What is known of the bytes before those that are looked at. */
export interface Before {
  /** The first byte to be looked at. */
  readonly from: number;
  /** What a repeat there would be about. */
  readonly line: Buffer | undefined;
}

/**
 * The line that a `last message repeated 3 times` which begins at byte `at` is about: the one before or, where that is
 * such a line too, what that one is about. `undefined` if there is none or it is too long.
 */
export function lineBefore(bytes: Buffer, at: number, before: Before): Buffer | undefined {
  let end = at - 1;
  while (end > before.from) {
    const start = Math.max(before.from, bytes.lastIndexOf(NEWLINE, end - 1) + 1);
    const isRepeat = REPEAT.test(bytes.toString('latin1', Math.max(start, end - END_BYTES), end));
    if (end > start && !isRepeat) {
      const line = bytes.subarray(start, end);
      return line.length > MAX_LINE_BYTES || line.includes(GAP) ? undefined : line;
    }
    end = start - 1;
  }
  return before.line;
}
