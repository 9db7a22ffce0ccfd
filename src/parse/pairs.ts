import { literal } from './literal.js';
import type { Literal } from './literal.js';
import type { Scanner } from './scanner.js';

const QUOTE = literal('"');
const END_OF_QUOTED = literal('" ');
const BLANK = literal(' ');
const BACKSLASH = '\\';

/**
 * The value of a key in the `key="value"` pairs that follow a mark, empty if it is not there; a value without blanks may
 * stand without quotes. The key is given with the blank before and the sign after it, as no value holds it.
 */
export function valueOf(line: Scanner, start: number, key: Literal): string {
  if (!line.back(start).skip(key)) return '';
  if (!line.take(QUOTE)) return line.upTo(BLANK);
  const text = line.upTo(END_OF_QUOTED);
  const isLast = line.isAtEnd() && text.endsWith('"');
  const value = isLast ? text.substring(0, text.length - 1) : text;
  return value.includes(BACKSLASH) ? unescaped(value) : value;
}

/** A text in which a backslash stands before characters that stand for themselves. */
function unescaped(value: string): string {
  let text = '';
  for (let at = 0; at < value.length; at++) {
    if (value[at] === BACKSLASH && at + 1 < value.length) at++;
    text += value.charAt(at);
  }
  return text;
}
