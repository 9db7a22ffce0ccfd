/** Bytes of the largest whole number that is exact, 2^53 - 1. */
const MAX_BYTES = 8;
const FIRST_ROOM = 1 << 12;
const LOW_BITS = 0x7f;
const MORE = 0x80;
/** From here on shifts would overflow. */
const SMALL = 2 ** 31;

/** Writes whole numbers from 0 to 2^53 - 1 as unsigned LEB128 (DWARF 5, section 7.6), into one buffer that is used again. */
export class NumberWriter {
  private buffer = Buffer.allocUnsafeSlow(FIRST_ROOM);
  private length = 0;

  add(number: number): void {
    if (this.length + MAX_BYTES > this.buffer.length) this.grow();
    const { buffer } = this;
    let at = this.length;
    let rest = number;
    for (; rest >= SMALL; rest = Math.floor(rest / 128)) buffer[at++] = (rest % 128) | MORE;
    for (; rest > LOW_BITS; rest >>>= 7) buffer[at++] = (rest & LOW_BITS) | MORE;
    buffer[at++] = rest;
    this.length = at;
  }

  /** What was written since the last call, with memory of its own. */
  take(): Buffer {
    const bytes = Buffer.from(this.buffer.subarray(0, this.length));
    this.length = 0;
    return bytes;
  }

  private grow(): void {
    const larger = Buffer.allocUnsafeSlow(2 * this.buffer.length);
    this.buffer.copy(larger);
    this.buffer = larger;
  }
}

/** The numbers that were written; `undefined` if the bytes are no such numbers. Never more numbers than bytes. */
export function readNumbers(bytes: Uint8Array): Float64Array | undefined {
  let count = 0;
  for (const byte of bytes) if (byte < MORE) count += 1;
  const numbers = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    let number = 0;
    let unit = 1;
    for (;;) {
      const byte = bytes[at++] ?? 0;
      number += (byte & LOW_BITS) * unit;
      if (byte < MORE) break;
      unit *= 128;
    }
    if (number > Number.MAX_SAFE_INTEGER) return undefined;
    numbers[i] = number;
  }
  return at === bytes.length ? numbers : undefined;
}
