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

  /** A block that begins with a text, how long it is as bytes, and what else is in it. Good until the next call. */
  of(text: string): { readonly block: Block; readonly length: number } {
    if (text.length * BYTES_PER_CHARACTER > USUAL_BYTES) {
      const block = createBlock(Buffer.from(text));
      return { block, length: block.bytes.length };
    }
    const { bytes, view } = this;
    const length = bytes.write(text);
    const isAscii = length === text.length;
    return { block: { text: isAscii ? text : bytes.toString('latin1', 0, length), bytes, view, isAscii }, length };
  }
}
