import { createBlock } from './block.js';
import type { Block } from './block.js';

/** Longer texts are rare. */
const USUAL_BYTES = 1 << 14;
/** What a character can take in UTF-8. */
const BYTES_PER_CHARACTER = 3;

/** Makes blocks of texts that do not come from a log's own bytes; as bytes they are UTF-8. */
export class TextBlocks {
  private readonly bytes = Buffer.alloc(USUAL_BYTES);
  private readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, USUAL_BYTES);

  /** A block with a text; behind it there may be other bytes. Good until the next call. */
  of(text: string): Block {
    if (text.length * BYTES_PER_CHARACTER > USUAL_BYTES) return createBlock(Buffer.from(text));
    const { bytes, view } = this;
    const length = bytes.write(text);
    const isAscii = length === text.length;
    return { text: isAscii ? text : bytes.toString('latin1', 0, length), bytes, view, isAscii };
  }
}
