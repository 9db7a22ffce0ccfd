import { isAscii } from 'node:buffer';

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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { text: bytes.toString('latin1'), bytes, view, isAscii: isAscii(bytes) };
}
