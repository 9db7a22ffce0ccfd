import type { Scanner } from './scanner.js';

/**
 * What people wrote, from bytes of the line that a latin1 string stands for: read as UTF-8 where they are that, as
 * latin1 where they are not.
 */
export function people(line: Scanner, bytes: string): string {
  return line.isAscii() ? bytes : decode(bytes);
}

/** One or more control characters as rsyslog writes them: three octal digits, up to `#037`. */
const CONTROLS = /(?:#0[0-3][0-7])+/g;

/** A text that people wrote for people, in one line: what rsyslog made `#012` or `#011` is a blank. */
export function prose(line: Scanner, bytes: string): string {
  const text = people(line, bytes);
  return text.includes('#0') ? text.replace(CONTROLS, ' ') : text;
}

/** The same as `people` for bytes of which nothing is known. */
export function decode(bytes: string): string {
  // In UTF-8 every character that is not ASCII is longer.
  if (Buffer.byteLength(bytes) === bytes.length) return bytes;
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? bytes : text;
}

/** The same text in memory of its own: a part of a string keeps all of that string, here a block of the log, alive. */
export function ownCopy(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('latin1');
}

/** The number that a text of digits stands for, `undefined` for any other text. */
export function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
