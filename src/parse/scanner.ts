import { isAscii } from 'node:buffer';
import { createBlock } from './block.js';
import type { Block } from './block.js';
import { Lexicon } from './lexicon.js';
import { literal } from './literal.js';
import type { Mark } from './literal.js';
import { IN_WORD } from './word.js';

/** How many values `hash` has. */
export const HASHES = 256;
/** Odd, and near 2^32 / golden ratio: neighbours come far apart (Knuth). */
const MIXER = 0x9e3779b1;

const WORD = 4;
const ZERO = 48;
const CARRIAGE_RETURN = 13;
const NO_BLOCK = createBlock(Buffer.alloc(0));

/**
 * Reads one log line from left to right. Nothing is ever searched beyond the line. A grammar reads on without looking
 * back and asks once at the end: `lost` tells whether something it relied on was missing.
 */
export class Scanner {
  /** Whether `until` has missed its end since `begin` or `back`. */
  lost = false;
  private block = NO_BLOCK;
  private at = 0;
  private end = 0;
  private start = 0;
  /** The block of the opening that is kept, where it starts there and how long it is: 0 if there is none. */
  private openingBlock = NO_BLOCK;
  private openingStart = 0;
  private openingLength = 0;
  /** The line's end before anything was cut off. */
  private last = 0;
  private ascii: boolean | undefined = true;
  private readonly lexicon = new Lexicon();

  /** Starts anew with the line from `start` to `end`; a carriage return at its end does not belong to it. */
  begin(block: Block, start: number, end: number): void {
    this.block = block;
    this.at = start;
    this.end = end > start && block.bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    this.start = start;
    this.last = this.end;
    this.ascii = block.isAscii ? true : undefined;
    this.lost = false;
  }

  /** Whether the whole line is ASCII. It is looked through once at most. */
  isAscii(): boolean {
    this.ascii ??= isAscii(this.block.bytes.subarray(this.start, this.last));
    return this.ascii;
  }

  /** Whether the line goes on with `mark`; if so, it is passed over. */
  take(mark: Mark): boolean {
    if (typeof mark === 'string') return this.takeText(mark);
    const { at } = this;
    const next = at + mark.length;
    if (next > this.end || !mark.isAt(this.block.view, at)) return false;
    this.at = next;
    return true;
  }

  /** Keeps what has been passed over of the line, four bytes at least, for `takeOpening` at other lines of the block. */
  keepOpening(): void {
    this.openingBlock = this.block;
    this.openingStart = this.start;
    this.openingLength = this.at - this.start;
  }

  forgetOpening(): void {
    this.openingLength = 0;
  }

  /** Whether the line begins with the opening that is kept of its block, and goes on after it; if so, it is passed over. */
  takeOpening(): boolean {
    const { start, openingStart, openingLength } = this;
    const { view } = this.block;
    if (openingLength === 0 || this.openingBlock !== this.block || start + openingLength >= this.end) return false;
    for (let at = openingLength - WORD; at > 0; at -= WORD)
      if (view.getInt32(openingStart + at, true) !== view.getInt32(start + at, true)) return false;
    if (view.getInt32(openingStart, true) !== view.getInt32(start, true)) return false;
    this.at = start + openingLength;
    return true;
  }

  /** The text before the next `end`, which is passed over too. Empty, with `lost` set and nothing passed, if none follows. */
  until(end: Mark): string {
    const found = this.find(end);
    if (found >= 0) return this.passTo(found, end.length);
    this.lost = true;
    return '';
  }

  /** As `until`, for texts that come again and again. */
  untilKnown(end: Mark): string {
    const found = this.find(end);
    if (found < 0) return this.until(end);
    const { at } = this;
    this.at = found + end.length;
    return this.lexicon.textOf(this.block, at, found);
  }

  /** The text before the next `end`, which is passed over too; everything that is left if none follows. */
  upTo(end: Mark): string {
    const found = this.find(end);
    return found < 0 ? this.rest() : this.passTo(found, end.length);
  }

  /** Whether `past` still follows; if so, everything up to its end is passed over. */
  skip(past: Mark): boolean {
    const found = this.find(past);
    if (found >= 0) this.at = found + past.length;
    return found >= 0;
  }

  /** Whether `mark` follows at any distance; nothing is passed over. */
  has(mark: Mark): boolean {
    return this.find(mark) >= 0;
  }

  /** The characters up to the next blank, bracket, quote or punctuation mark. Empty if one of these comes first. */
  word(): string {
    const { block, end, at: from } = this;
    let at = from;
    while (at < end && IN_WORD[block.bytes[at] ?? 0] !== 0) at++;
    this.at = at;
    return this.block.text.substring(from, at);
  }

  /** The whole number that follows, at most the largest that is exact; `undefined` (nothing passed) if no digit does. */
  integer(): number | undefined {
    const { end, at: from } = this;
    let at = from;
    let value = 0;
    for (; at < end; at++) {
      const digit = this.digit(at);
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.at = at;
    return at === from ? undefined : Math.min(value, Number.MAX_SAFE_INTEGER);
  }

  /** The number that the next `count` digits make, which are passed over; NaN, with nothing passed, if one is no digit. */
  digits(count: number): number {
    const next = this.at + count;
    if (next > this.end) return NaN;
    let value = 0;
    for (let at = this.at; at < next; at++) {
      const digit = this.digit(at);
      if (digit < 0 || digit > 9) return NaN;
      value = value * 10 + digit;
    }
    this.at = next;
    return value;
  }

  /** The thousandths that the digits after a decimal point make (`5` is 500); finer digits are passed over. */
  thousandths(): number {
    let { at } = this;
    let places = 0;
    let value = 0;
    for (; at < this.end; at++) {
      const digit = this.digit(at);
      if (digit < 0 || digit > 9) break;
      if (places < 3) value = value * 10 + digit;
      places++;
    }
    this.at = at;
    for (; places < 3; places++) value *= 10;
    return value;
  }

  /** What follows the last `mark`, and cuts both off the line's end; `undefined` if there is no `mark` any more. */
  cutLast(mark: Mark): string | undefined {
    const sought = typeof mark === 'string' ? literal(mark) : mark;
    const { block, end } = this;
    const found = sought.findLastIn(block, this.at, end);
    if (found < 0) return undefined;
    this.end = found;
    return block.text.substring(found + sought.length, end);
  }

  /** What has been passed over since a mark. */
  since(mark: number): string {
    return this.block.text.substring(mark, this.at);
  }

  /** Where the scanner is, for `back`. */
  mark(): number {
    return this.at;
  }

  /** This scanner, back at a mark of the same line, from which nothing is lost. What `cutLast` cut off stays off. */
  back(mark: number): this {
    this.at = mark;
    this.lost = false;
    return this;
  }

  /** The next `length` characters (fewer at the end); nothing is passed over. */
  ahead(length: number): string {
    return this.block.text.substring(this.at, Math.min(this.at + length, this.end));
  }

  /** The code of the next character, 0 at the end. */
  peek(): number {
    return this.at < this.end ? (this.block.bytes[this.at] ?? 0) : 0;
  }

  /** The next four characters as one number, as in a literal's `head`; 0 if there are fewer. */
  peekWord(): number {
    return this.at + 4 > this.end ? 0 : this.block.view.getInt32(this.at, true);
  }

  /** A number below `HASHES` that the five characters at a distance make; 0 if there are fewer. */
  hash(distance: number): number {
    const at = this.at + distance;
    if (at + 5 > this.end) return 0;
    const { view } = this.block;
    return Math.imul(view.getInt32(at, true) ^ Math.imul(view.getUint8(at + 4), MIXER), MIXER) >>> 24;
  }

  /** The code of the next character, which is passed over; 0 at the end. */
  next(): number {
    return this.at < this.end ? (this.block.bytes[this.at++] ?? 0) : 0;
  }

  /** Everything that is left; the line is then at its end. */
  rest(): string {
    const { at, end } = this;
    this.at = end;
    return this.block.text.substring(at, end);
  }

  /** As `rest`, for texts that come again and again. */
  restKnown(): string {
    const { at, end } = this;
    this.at = end;
    return this.lexicon.textOf(this.block, at, end);
  }

  isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** Where the next `mark` begins, negative if none follows. */
  private find(mark: Mark): number {
    const sought = typeof mark === 'string' ? literal(mark) : mark;
    return sought.findIn(this.block, this.at, this.end);
  }

  private takeText(text: string): boolean {
    const next = this.at + text.length;
    if (text === '' || next > this.end || !this.block.text.startsWith(text, this.at)) return false;
    this.at = next;
    return true;
  }

  private passTo(found: number, length: number): string {
    const { at } = this;
    this.at = found + length;
    return this.block.text.substring(at, found);
  }

  private digit(at: number): number {
    return (this.block.bytes[at] ?? 0) - ZERO;
  }
}
