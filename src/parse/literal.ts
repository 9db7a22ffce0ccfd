import type { Block } from './block.js';

const WORD = 4;

/** The highest bit of each byte of a word that is 0 (Mycroft). */
function zeroBytes(word: number): number {
  return ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f);
}

/** A fixed text of a grammar, compared with a line four bytes at a time. Made once, beside its grammar. */
export class Literal {
  readonly length: number;
  /** Its first byte, -1 if it is empty. */
  readonly first: number;
  /** Its first four bytes as one number, 0 if it has fewer. */
  readonly head: number;
  /** Its first byte, four times over. */
  private readonly firstWord: number;
  /** Its whole words, read at multiples of four; the last four bytes (of two or three the last two) are in `last`. */
  private readonly words: Int32Array;
  private readonly last: number;

  /** A text of which `text` may be a part is not kept alive. */
  readonly text: string;

  constructor(text: string) {
    const bytes = Buffer.from(text, 'latin1');
    this.text = bytes.toString('latin1');
    this.length = bytes.length;
    this.first = bytes[0] ?? -1;
    this.firstWord = Math.imul(bytes[0] ?? 0, 0x01010101);
    this.head = this.length >= WORD ? bytes.readInt32LE(0) : 0;
    this.last = this.length >= WORD ? bytes.readInt32LE(this.length - WORD) : 0;
    if (this.length === 2 || this.length === 3) this.last = bytes.readInt16LE(this.length - 2);
    // Where the length is a multiple of four the last whole word is `last`.
    this.words = new Int32Array(Math.max(0, Math.ceil(this.length / WORD) - 1));
    for (let i = 0; i < this.words.length; i++) this.words[i] = bytes.readInt32LE(i * WORD);
  }

  /** Whether `view`, in which `length` bytes must be left, holds the text at byte `at`. */
  isAt(view: DataView, at: number): boolean {
    const { length } = this;
    if (length < WORD) return this.isShortAt(view, at);
    // Grammars tell their lines apart by texts that begin alike more often than they end alike.
    if (view.getInt32(at + length - WORD, true) !== this.last) return false;
    if (view.getInt32(at, true) !== this.head) return false;
    if (length <= 2 * WORD) return true;
    const { words } = this;
    for (let i = 1; i < words.length; i++) if (view.getInt32(at + i * WORD, true) !== words[i]) return false;
    return true;
  }

  /** Where it first begins in the bytes of a block from `start` to `end`, negative if it is not there. */
  findIn({ bytes, view }: Block, start: number, end: number): number {
    const { first, firstWord, length } = this;
    const last = end - length;
    let at = start;
    while (at <= end - WORD) {
      const hits = zeroBytes(view.getInt32(at, true) ^ firstWord);
      if (hits === 0) at += WORD;
      else {
        const found = at + ((31 - Math.clz32(hits & -hits)) >> 3);
        if (found > last) return -1;
        if (length === 1 || this.isAt(view, found)) return found;
        at = found + 1;
      }
    }
    for (; at <= last; at++) if (bytes[at] === first && (length === 1 || this.isAt(view, at))) return at;
    return -1;
  }

  /** Where it last begins in them, negative if it is not there. */
  findLastIn({ bytes, view }: Block, start: number, end: number): number {
    const { first, firstWord } = this;
    let at = end - this.length;
    while (at >= start + WORD - 1) {
      const hits = zeroBytes(view.getInt32(at - WORD + 1, true) ^ firstWord);
      if (hits === 0) at -= WORD;
      else {
        const found = at - (Math.clz32(hits) >> 3);
        if (this.isAt(view, found)) return found;
        at = found - 1;
      }
    }
    for (; at >= start; at--) if (bytes[at] === first && this.isAt(view, at)) return at;
    return -1;
  }

  private isShortAt(view: DataView, at: number): boolean {
    const { length, first, last } = this;
    if (length === 0 || view.getUint8(at) !== first) return false;
    return length === 1 || view.getInt16(at + length - 2, true) === last;
  }
}

export function literal(text: string): Literal {
  return new Literal(text);
}

/** What a grammar looks for. A literal is found several times faster than the same string: hot paths have literals. */
export type Mark = Literal | string;
