/** Some lines of a log, as text and as bytes: each character of the text is a byte. */
export interface Block {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** The same bytes, to be read several at a time. */
  readonly view: DataView;
  /** Whether all of it is ASCII; one look at the block spares one at each line. */
  readonly isAscii: boolean;
}

/** A block of these bytes, which must not change while it is read. */
export function createBlock(bytes: Buffer): Block {
  const text = bytes.toString('latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { text, bytes, view, isAscii: isAscii(text) };
}

/** Whether a text of bytes is ASCII. */
export function isAscii(text: string): boolean {
  // In UTF-8 every other character is longer; counting the bytes is faster than a loop over the characters.
  return Buffer.byteLength(text) === text.length;
}
