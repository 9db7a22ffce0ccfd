import type { Block } from './block.js';
import { literal } from './literal.js';

/*
 * The tokens of JSON (RFC 8259), each passed over as strictly as by `JSON.parse`: given where one begins, they tell where
 * it ends, negative if it is none. Nothing behind `end` belongs to one.
 */

/** 1 for what ends a string, does not stand for itself in one, or must not be in one: quote, backslash, controls. */
const IS_SPECIAL = new Uint8Array(256).fill(1, 0, 32);
/** What may follow a backslash, besides `u`. */
const IS_ESCAPE = new Uint8Array(256);

export const QUOTE = 34;
const BACKSLASH = 92;
for (const code of [QUOTE, BACKSLASH]) IS_SPECIAL[code] = 1;
for (const character of '"\\/bfnrt') IS_ESCAPE[character.charCodeAt(0)] = 1;

const WORDS = [literal('true'), literal('false'), literal('null')];

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const SMALL_A = 97;
const SMALL_E = 101;
const SMALL_F = 102;
const SMALL_U = 117;
/** Between a capital and its small letter. */
const CASE = 32;
const LENGTH_OF_CODE = 4;

/** Where the blanks from `at` on end. */
export function passBlanks(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && isBlank(bytes[next] ?? 0)) next++;
  return next;
}

/** Where a string's characters that stand for themselves end, from `at` on: at the quote, if there are no others. */
export function passPlain(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && IS_SPECIAL[bytes[next] ?? 0] === 0) next++;
  return next;
}

/** A string, of which the first quote stands at `at`. */
export function passString(bytes: Uint8Array, at: number, end: number): number {
  let next = passPlain(bytes, at + 1, end);
  while (next < end && bytes[next] === BACKSLASH) {
    const length = lengthOfEscape(bytes, next);
    if (length === 0) return -1;
    next = passPlain(bytes, next + length, end);
  }
  return next < end && bytes[next] === QUOTE ? next + 1 : -1;
}

/** A string, a number, `true`, `false` or `null`. */
export function passScalar({ bytes, view }: Block, at: number, end: number): number {
  const code = bytes[at] ?? 0;
  if (code === QUOTE) return passString(bytes, at, end);
  if (code < SMALL_A) return passNumber(bytes, at, end);
  const word = WORDS.find(({ first }) => first === code);
  return word !== undefined && at + word.length <= end && word.isAt(view, at) ? at + word.length : -1;
}

function passNumber(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] === MINUS ? at + 1 : at;
  let next = passDigits(bytes, first, end);
  if (next < 0 || (bytes[first] === ZERO && next > first + 1)) return -1;
  if (next < end && bytes[next] === POINT) next = passDigits(bytes, next + 1, end);
  if (next < 0 || next >= end || ((bytes[next] ?? 0) | CASE) !== SMALL_E) return next;
  const sign = bytes[next + 1];
  return passDigits(bytes, sign === PLUS || sign === MINUS ? next + 2 : next + 1, end);
}

/** One digit at least. */
function passDigits(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && isDigit(bytes[next] ?? 0)) next++;
  return next === at ? -1 : next;
}

/** Of the escape at `at`, 0 if it is none. It may reach behind the end of the string. */
function lengthOfEscape(bytes: Uint8Array, at: number): number {
  const code = bytes[at + 1] ?? 0;
  if (code !== SMALL_U) return IS_ESCAPE[code] === 1 ? 2 : 0;
  const first = at + 2;
  for (let next = first; next < first + LENGTH_OF_CODE; next++) if (!isHexDigit(bytes[next] ?? 0)) return 0;
  return 2 + LENGTH_OF_CODE;
}

function isBlank(code: number): boolean {
  return code <= SPACE && (code === SPACE || code === TAB || code === LINE_FEED || code === CARRIAGE_RETURN);
}

export function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

function isHexDigit(code: number): boolean {
  const small = code | CASE;
  return isDigit(code) || (small >= SMALL_A && small <= SMALL_F);
}
