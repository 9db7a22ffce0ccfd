import type { Block } from './block.js';

/** Longer texts are rare. */
const USUAL_BYTES = 1 << 14;
/** `u00f6`, without the backslash. */
const LENGTH_OF_UNIT = 5;

const LINE_FEED = 10;
const BACKSLASH = 92;
const SMALL_U = 117;
const END_OF_ASCII = 128;
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

/** A part of a block with a text, which may be written with the escapes of JSON's strings. */
export interface Text extends Span {
  readonly hasEscapes: boolean;
}

/** Makes blocks of texts that have escapes; as bytes the characters in these are UTF-8. */
export class TextBlocks {
  private readonly bytes = Buffer.alloc(USUAL_BYTES);
  private readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, USUAL_BYTES);

  /** A text where it stands or, if it has escapes, its first line without them, good until the next call. */
  plain(text: Text): Span {
    if (!text.hasEscapes) return text;
    const size = text.end - text.start;
    const isUsual = size <= USUAL_BYTES;
    const bytes = isUsual ? this.bytes : Buffer.alloc(size);
    const view = isUsual ? this.view : new DataView(bytes.buffer, bytes.byteOffset, size);
    const { length, isAscii } = unescape(text, bytes);
    return { block: { text: bytes.toString('latin1', 0, length), bytes, view, isAscii }, start: 0, end: length };
  }
}

/** Writes the first line of a text, which has no more bytes than it has with its escapes. */
function unescape({ block: { bytes, text }, start, end }: Span, into: Buffer): { length: number; isAscii: boolean } {
  let length = 0;
  let all = 0;
  let at = start;
  while (at < end) {
    let code = bytes[at++] ?? 0;
    if (code === BACKSLASH) {
      const letter = bytes[at] ?? 0;
      code = letter === SMALL_U ? characterAt(text, at) : (ESCAPED[letter] ?? 0);
      at += letter !== SMALL_U ? 1 : code <= 0xffff ? LENGTH_OF_UNIT : 2 * LENGTH_OF_UNIT + 1;
      // A line of a log has no line feed in it.
      if (code === LINE_FEED) break;
      if (code >= END_OF_ASCII) length += into.write(String.fromCodePoint(code), length);
      else into[length++] = code;
    } else into[length++] = code;
    all |= code;
  }
  return { length, isAscii: all < END_OF_ASCII };
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
