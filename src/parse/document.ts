import { createBlock } from './block.js';
import type { Block } from './block.js';
import { countSought, NAMES } from './field.js';
import type { Field, Names, Sought } from './field.js';
import { isDigit, passBlanks, passPlain, passScalar, passString, QUOTE } from './json-token.js';
import { literal } from './literal.js';
import type { Span, Text } from './text-block.js';
import { decode, wholeNumber } from './text.js';

const COMMA = 44;
const COLON = 58;
const BRACKET = 91;
const BRACE = 123;
const MINUS = 45;
const SMALL_N = 110;
/** Deeper than any document of a log, while what writing costs grows with the square of the depth. */
const DEEPEST_WRITTEN = 20;
const CLOSING = literal(']');
/** From an opening bracket or brace to the closing one. */
const TO_CLOSING = 2;

const NOTHING = createBlock(Buffer.alloc(0));

/**
 * A JSON document. All that its readers look for is found in one go over its bytes, and only what they ask for is made a
 * value. One object is filled again for every document.
 */
export class Document {
  private block = NOTHING;
  private end = 0;
  /** Where the values of the fields begin, 0 where there is none: no document begins with a value. */
  private readonly starts: Int32Array;
  /** Which of the keys that lead to fields have been seen. */
  private readonly seen: Uint8Array;
  private hasKeyTwice = false;
  /** What is sought in the value that comes next. */
  private inner: Names | undefined;
  /** How many objects and lists are open, what closes each and what is sought in it. */
  private depth = 0;
  private deepest = 0;
  private readonly closings: number[] = [];
  private readonly sought: (Names | undefined)[] = [];

  constructor() {
    const { fields, keys } = countSought();
    this.starts = new Int32Array(fields);
    this.seen = new Uint8Array(keys);
  }

  /** Reads the document from `start` to `end` of a block, which is kept; whether it is one: an object that begins there. */
  read(block: Block, start: number, end: number): boolean {
    const behind = this.begin(block, start, end);
    return behind > 0 && passBlanks(block.bytes, behind, end) === end;
  }

  /** Whether an object is in a field. */
  hasObject(field: Field): boolean {
    return this.block.bytes[this.starts[field] ?? 0] === BRACE && this.starts[field] !== 0;
  }

  /** Reads the object in a field of another document; whether there is one. */
  readIn({ block, end, starts }: Document, field: Field): boolean {
    const start = starts[field] ?? 0;
    return block.bytes[start] === BRACE && this.begin(block, start, end) > 0;
  }

  /** The first of some fields that holds a text or a number, be it in a list, as text; empty if none does. */
  text(sought: readonly Field[]): string {
    for (const field of sought) {
      const at = this.first(field);
      if (at === 0) continue;
      const text = this.block.bytes[at] === QUOTE ? this.stringAt(at) : this.numberAt(at);
      if (text !== '' && text !== undefined) return String(text);
    }
    return '';
  }

  /** Whether one of some fields holds such a text or number. */
  has(sought: readonly Field[]): boolean {
    const { bytes } = this.block;
    for (const field of sought) {
      const at = this.first(field);
      if (at === 0) continue;
      const code = bytes[at] ?? 0;
      if (code === QUOTE ? bytes[at + 1] !== QUOTE : code === MINUS || isDigit(code)) return true;
    }
    return false;
  }

  /** The first of some fields that holds a number or a text, if that is a whole number. */
  integer(sought: readonly Field[]): number | undefined {
    return wholeNumber(this.text(sought));
  }

  /** The number in a field, be it in a list; `undefined` if there is none. */
  number(field: Field): number | undefined {
    const at = this.first(field);
    return at === 0 ? undefined : this.numberAt(at);
  }

  /** The string in a field, be it in a list, as it stands there; `undefined` if there is none. */
  string(field: Field): Text | undefined {
    const { block } = this;
    const at = this.first(field);
    if (at === 0 || block.bytes[at] !== QUOTE) return undefined;
    const plainEnd = this.plainEnd(at);
    return plainEnd < 0
      ? { block, start: at + 1, end: passString(block.bytes, at, this.end) - 1, form: 'escaped' }
      : { block, start: at + 1, end: plainEnd, form: 'plain' };
  }

  /** The list in a field as it stands there, if it may be one of bytes; `undefined` if it is none. */
  bytes(field: Field): Text | undefined {
    const { block, end } = this;
    const start = this.starts[field] ?? 0;
    if (block.bytes[start] !== BRACKET) return undefined;
    const first = passBlanks(block.bytes, start + 1, end);
    return { block, start: first, end: CLOSING.findIn(block, first, end), form: 'bytes' };
  }

  /** Finds what is sought in the object at `start`; where it ends, negative if it is no object. */
  private begin(block: Block, start: number, end: number): number {
    this.block = block;
    this.end = end;
    const behind = block.bytes[start] === BRACE ? this.pass(start) : -1;
    if (behind < 0 || !this.hasKeyTwice) return behind;
    if (this.deepest > DEEPEST_WRITTEN) return -1;
    const once = withKeysOnce(textOf({ block, start, end: behind }));
    this.begin(once, 0, once.bytes.length);
    return behind;
  }

  /** Where the object at `start` ends, negative if it is none. Not recursive, as lists may be deep. */
  private pass(start: number): number {
    const { block, end } = this;
    this.starts.fill(0);
    this.seen.fill(0);
    this.hasKeyTwice = false;
    this.depth = 0;
    this.deepest = 0;
    this.inner = NAMES;
    let at = start;
    do {
      const code = block.bytes[at] ?? 0;
      at = code === BRACE || code === BRACKET ? this.open(code, at) : this.goOn(passScalar(block, at, end));
    } while (this.depth > 0 && at >= 0 && at < end);
    return this.depth > 0 ? -1 : at;
  }

  /** Where the first value in an object or a list begins; of an empty one as `goOn`. */
  private open(code: number, at: number): number {
    const { bytes } = this.block;
    const closing = code + TO_CLOSING;
    const first = passBlanks(bytes, at + 1, this.end);
    if (bytes[first] === closing) return this.goOn(first + 1);
    this.closings[this.depth] = closing;
    this.sought[this.depth] = code === BRACE ? this.inner : undefined;
    this.depth++;
    if (this.depth > this.deepest) this.deepest = this.depth;
    if (code === BRACE) return this.passKey(first, this.inner);
    // Of a list the first element counts, if it is an object.
    if (bytes[first] !== BRACE) this.inner = undefined;
    return first;
  }

  /** Where the value after the one that ends at `behind` begins or, if that was the last, the outermost object ends. */
  private goOn(behind: number): number {
    const { end, closings, sought } = this;
    const { bytes } = this.block;
    let at = behind;
    while (this.depth > 0 && at >= 0) {
      const closing = closings[this.depth - 1] ?? 0;
      at = passBlanks(bytes, at, end);
      if (bytes[at] === COMMA) {
        this.inner = undefined;
        at = passBlanks(bytes, at + 1, end);
        return closing === BRACE + TO_CLOSING ? this.passKey(at, sought[this.depth - 1]) : at;
      }
      if (bytes[at] !== closing) return -1;
      this.depth--;
      at++;
    }
    return at;
  }

  /** Where the value begins whose key is at `at`, negative if none is. */
  private passKey(at: number, names: Names | undefined): number {
    const { block, end } = this;
    const { bytes } = block;
    if (bytes[at] !== QUOTE) return -1;
    const plainEnd = this.plainEnd(at);
    const behind = plainEnd < 0 ? passString(bytes, at, end) : plainEnd + 1;
    if (behind < 0) return -1;
    const colon = passBlanks(bytes, behind, end);
    if (bytes[colon] !== COLON) return -1;
    const value = passBlanks(bytes, colon + 1, end);
    if (names === undefined) return value;
    const sought = plainEnd < 0 ? names.get(this.stringAt(at)) : names.find(block, at + 1, plainEnd);
    this.inner = sought?.inner;
    if (sought !== undefined) this.note(sought, value);
    return value;
  }

  private note({ place, field }: Sought, value: number): void {
    const { bytes } = this.block;
    this.hasKeyTwice ||= this.seen[place] === 1;
    this.seen[place] = 1;
    if (field === undefined) return;
    const known = this.starts[field] ?? 0;
    if (known === 0 || bytes[known] === SMALL_N) this.starts[field] = value;
  }

  /** Where the value of a field begins, or the first in it if it is a list; 0 if there is none. */
  private first(field: Field): number {
    const start = this.starts[field] ?? 0;
    const { bytes } = this.block;
    return start > 0 && bytes[start] === BRACKET ? passBlanks(bytes, start + 1, this.end) : start;
  }

  /** Where the string at `at` ends, if it has no escapes; negative if it has some, or no end. */
  private plainEnd(at: number): number {
    const { block, end } = this;
    const next = passPlain(block.bytes, at + 1, end);
    return next < end && block.bytes[next] === QUOTE ? next : -1;
  }

  private stringAt(at: number): string {
    const { block } = this;
    const plainEnd = this.plainEnd(at);
    if (plainEnd >= 0) return textOf({ block, start: at + 1, end: plainEnd });
    const parsed = String(JSON.parse(textOf({ block, start: at, end: passString(block.bytes, at, this.end) })));
    // Half a character, which JSON can write, is none in UTF-8.
    return Buffer.from(parsed).toString();
  }

  private numberAt(at: number): number | undefined {
    const { block, end } = this;
    const code = block.bytes[at] ?? 0;
    if (!isDigit(code) && code !== MINUS) return undefined;
    return Number(block.text.substring(at, passScalar(block, at, end)));
  }
}

/** The text of a part of a block. */
export function textOf({ block, start, end }: Span): string {
  const text = block.text.substring(start, end);
  return block.isAscii ? text : decode(text);
}

/** The same document as `JSON.parse` has it: of a key that comes twice the last value counts. */
function withKeysOnce(text: string): Block {
  return createBlock(Buffer.from(JSON.stringify(JSON.parse(text))));
}
