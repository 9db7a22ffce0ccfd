import type { Block } from './block.js';
import { ownCopy } from './text.js';

const SLOTS = 1 << 12;
/** Longer texts are not kept. */
const SLOT_BYTES = 64;
const WORD = 4;

/**
 * Texts that come again and again, such as the names of a log's clients: each is made once, so that it is hashed once and
 * its equals are the same string. A slot keeps the text that it had last.
 */
export class Lexicon {
  private readonly texts = new Array<string>(SLOTS).fill('');
  private readonly words = new DataView(new ArrayBuffer(SLOTS * SLOT_BYTES));

  /** The text of a block from `start` to `end`. */
  textOf(block: Block, start: number, end: number): string {
    const { text, view } = block;
    const length = end - start;
    if (length < WORD || length > SLOT_BYTES) return text.substring(start, end);
    const lastWord = end - WORD;
    let hash = view.getInt32(lastWord, true) ^ length;
    for (let at = start; at < lastWord; at += WORD) {
      hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const slot = (Math.imul(hash, 0x85ebca6b) >>> 16) % SLOTS;
    const known = this.texts[slot] ?? '';
    if (known.length === length && this.isIn(slot, view, start, end)) return known;
    return this.keep(slot, block, start, end);
  }

  private isIn(slot: number, view: DataView, start: number, end: number): boolean {
    const { words } = this;
    const shift = slot * SLOT_BYTES - start;
    const lastWord = end - WORD;
    if (words.getInt32(shift + lastWord, true) !== view.getInt32(lastWord, true)) return false;
    for (let at = start; at < lastWord; at += WORD)
      if (words.getInt32(shift + at, true) !== view.getInt32(at, true)) return false;
    return true;
  }

  private keep(slot: number, { text, view }: Block, start: number, end: number): string {
    const { words } = this;
    const kept = ownCopy(text.substring(start, end));
    const shift = slot * SLOT_BYTES - start;
    for (let at = start; at < end - WORD; at += WORD) words.setInt32(shift + at, view.getInt32(at, true), true);
    words.setInt32(shift + end - WORD, view.getInt32(end - WORD, true), true);
    this.texts[slot] = kept;
    return kept;
  }
}
