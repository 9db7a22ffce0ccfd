/** Bytes of text that are gathered; a buffer grows up to this. */
const MAX_BUFFER_BYTES = 1 << 20;
const MIN_BUFFER_BYTES = 1 << 14;
/** Bytes of a character at most. */
const CHARACTER_BYTES = 3;
const NEWLINE = 10;

/** Documents as JSON, one a line. They wait as bytes: as strings they would be copied again and again by the collector. */
export class DocumentLines {
  private full: Uint8Array<ArrayBuffer>[] = [];
  private buffer = Buffer.allocUnsafeSlow(0);
  private length = 0;

  add(documents: readonly object[]): void {
    for (const document of documents) {
      const line = JSON.stringify(document);
      this.makeRoom(CHARACTER_BYTES * line.length + 1);
      this.length += this.buffer.write(line, this.length);
      this.buffer[this.length] = NEWLINE;
      this.length += 1;
    }
  }

  /** Adds lines that were made elsewhere; they are copied. */
  append(pieces: readonly Uint8Array[]): void {
    for (const bytes of pieces) {
      this.makeRoom(bytes.length);
      this.buffer.set(bytes, this.length);
      this.length += bytes.length;
    }
  }

  /** What fills buffers so far, each with memory of its own; they are the caller's. */
  takeFull(): readonly Uint8Array<ArrayBuffer>[] {
    const { full } = this;
    this.full = [];
    return full;
  }

  /** All that is left. */
  takeAll(): readonly Uint8Array<ArrayBuffer>[] {
    this.makeRoom(Infinity);
    return this.takeFull();
  }

  /** Makes sure that so many bytes fit; no buffer is made for endlessly many. */
  private makeRoom(bytes: number): void {
    const { buffer, length } = this;
    if (length + bytes <= buffer.length) return;
    if (length > 0) this.full.push(buffer.subarray(0, length));
    const usual = Math.max(MIN_BUFFER_BYTES, Math.min(2 * buffer.length, MAX_BUFFER_BYTES));
    this.buffer = Buffer.allocUnsafeSlow(bytes === Infinity ? 0 : Math.max(bytes, usual));
    this.length = 0;
  }
}
