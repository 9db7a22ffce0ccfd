import type { Block } from './block.js';
import { isDigit, passBlanks } from './json-token.js';

/** Longer texts are rare. */
const USUAL_BYTES = 1 << 14;
/** `u00f6`, without the backslash. */
const LENGTH_OF_UNIT = 5;

const LINE_FEED = 10;
const COMMA = 44;
const ZERO = 48;
const BACKSLASH = 92;
const SMALL_U = 117;
const END_OF_ASCII = 128;
const LARGEST_BYTE = 255;
const LARGEST_UNIT = 0xffff;
/** What the letters of escapes stand for; the others stand for themselves. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, code) => code);
for (const [letter, code] of Object.entries({ b: 8, t: 9, n: LINE_FEED, f: 12, r: 13 }))
  ESCAPED[letter.charCodeAt(0)] = code;

/** A part of a block. */
export interface Span {
  readonly block: Block;
  readonly start: number;
  readonly end: number;
}

/** A text as it stands in JSON: as it is, as a string with escapes, or as a list of its bytes. */
export interface Text extends Span {
  readonly form: 'plain' | 'escaped' | 'bytes';
}

/** Makes blocks of texts that do not stand as they are; as bytes their characters are UTF-8. */
export class TextBlocks {
  private readonly bytes = Buffer.alloc(USUAL_BYTES);
  private readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, USUAL_BYTES);

  /**
   * A text where it stands or, if it stands there in another form, its first line, good until the next call; `undefined`
   * if it is no text.
   */
  plain(text: Text): Span | undefined {
    if (text.form === 'plain') return text;
    const size = text.end - text.start;
    const isUsual = size <= USUAL_BYTES;
    const bytes = isUsual ? this.bytes : Buffer.alloc(size);
    const view = isUsual ? this.view : new DataView(bytes.buffer, bytes.byteOffset, size);
    const length = text.form === 'escaped' ? unescape(text, bytes) : collect(text, bytes);
    if (length < 0) return undefined;
    const block = { text: bytes.toString('latin1', 0, length), bytes, view, isAscii: false };
    return { block, start: 0, end: length };
  }
}

/** Writes the first line of a text without its escapes, as which it has no more bytes; how many it has. */
function unescape({ block: { bytes, text }, start, end }: Span, into: Buffer): number {
  let length = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at++] ?? 0;
    if (byte !== BACKSLASH) {
      into[length++] = byte;
      continue;
    }
    const letter = bytes[at] ?? 0;
    const code = letter === SMALL_U ? characterAt(text, at) : (ESCAPED[letter] ?? 0);
    at += letter !== SMALL_U ? 1 : code <= LARGEST_UNIT ? LENGTH_OF_UNIT : 2 * LENGTH_OF_UNIT + 1;
    // A line of a log has no line feed in it.
    if (code === LINE_FEED) return length;
    if (code < END_OF_ASCII) into[length++] = code;
    else length += into.write(String.fromCodePoint(code), length);
  }
  return length;
}

/** Writes the bytes of the first line that are listed, which are fewer than the list's; how many, negative if others are. */
function collect({ block: { bytes }, start, end }: Span, into: Buffer): number {
  let length = 0;
  let at = start;
  while (at < end) {
    let byte = 0;
    for (; isDigit(bytes[at] ?? 0); at++) byte = byte * 10 + (bytes[at] ?? 0) - ZERO;
    at = passBlanks(bytes, at, end);
    if (byte > LARGEST_BYTE || (at < end && bytes[at] !== COMMA)) return -1;
    if (byte === LINE_FEED) return length;
    into[length++] = byte;
    at = passBlanks(bytes, at + 1, end);
  }
  return length;
}

/** The character of `u00f6`, or of the pair of surrogates `ud83d\ude00`. */
function characterAt(text: string, at: number): number {
  const unit = unitAt(text, at);
  if (unit >> 10 !== 0x36 || !text.startsWith('\\u', at + LENGTH_OF_UNIT)) return unit;
  const low = unitAt(text, at + LENGTH_OF_UNIT + 1);
  return low >> 10 === 0x37 ? (((unit & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000 : unit;
}

function unitAt(text: string, at: number): number {
  return parseInt(text.substring(at + 1, at + LENGTH_OF_UNIT), 16);
}
