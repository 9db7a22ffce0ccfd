import type { Block } from './block.js';

const WORD = 4;

/** A fixed text of a grammar, compared with a line four bytes at a time. Made once, beside its grammar. */
export class Literal {
  readonly length: number;
  /** Its first byte, -1 if it is empty. */
  readonly first: number;
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
    this.last = this.length >= WORD ? bytes.readInt32LE(this.length - WORD) : 0;
    if (this.length === 2 || this.length === 3) this.last = bytes.readInt16LE(this.length - 2);
    // Where the length is a multiple of four the last whole word is `last`.
    this.words = new Int32Array(Math.max(0, Math.ceil(this.length / WORD) - 1));
    for (let i = 0; i < this.words.length; i++) this.words[i] = bytes.readInt32LE(i * WORD);
  }

  /** Whether `view`, in which `length` bytes must be left, holds the text at byte `at`. */
  isAt(view: DataView, at: number): boolean {
    const { length, last, words } = this;
    if (length < WORD) return this.isShortAt(view, at);
    // Grammars tell their lines apart by texts that begin alike more often than they end alike.
    if (view.getInt32(at + length - WORD, true) !== last) return false;
    for (let i = 0; i < words.length; i++) if (view.getInt32(at + i * WORD, true) !== words[i]) return false;
    return true;
  }

  /** Where it first begins in the bytes of a block from `start` to `end`, negative if it is not there. */
  findIn({ bytes, view }: Block, start: number, end: number): number {
    const { first, length } = this;
    const last = end - length;
    for (let at = start; at <= last; at++) {
      if (bytes[at] === first && (length === 1 || this.isAt(view, at))) return at;
    }
    return -1;
  }

  /** Where it last begins in them, negative if it is not there. */
  findLastIn({ bytes, view }: Block, start: number, end: number): number {
    const { first, length } = this;
    for (let at = end - length; at >= start; at--) {
      if (bytes[at] === first && this.isAt(view, at)) return at;
    }
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
