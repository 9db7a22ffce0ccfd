import { DamageError } from '../errors.js';

const NOTHING = Buffer.alloc(0);

/** Takes the bytes of a stream as many at a time as a format asks for. */
export class ByteReader {
  private readonly pieces: AsyncIterator<Buffer>;
  private rest: Buffer = NOTHING;

  constructor(
    pieces: AsyncIterable<Buffer>,
    private readonly format: string,
  ) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.rest.length === 0) {
      const next = await this.pieces.next();
      if (next.done === true) return true;
      this.rest = next.value;
    }
    return false;
  }

  /** So many bytes, or as many as are left. They are good until the next ones are taken. */
  async takeUpTo(count: number): Promise<Buffer> {
    if (count === 0 || (await this.isAtEnd())) return NOTHING;
    if (this.rest.length >= count) return this.split(count);
    const taken = [this.rest];
    let length = this.rest.length;
    this.rest = NOTHING;
    while (length < count && !(await this.isAtEnd())) {
      const piece = this.split(Math.min(count - length, this.rest.length));
      taken.push(piece);
      length += piece.length;
    }
    return Buffer.concat(taken);
  }

  /** @throws DamageError if fewer are left. */
  async take(count: number): Promise<Buffer> {
    const bytes = await this.takeUpTo(count);
    if (bytes.length < count) throw this.cutShort();
    return bytes;
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      if (await this.isAtEnd()) throw this.cutShort();
      left -= this.split(Math.min(left, this.rest.length)).length;
    }
  }

  cutShort(): DamageError {
    return new DamageError(`the ${this.format} data ends too early`);
  }

  damaged(what: string, options?: ErrorOptions): DamageError {
    return new DamageError(`the ${this.format} data is damaged (${what})`, options);
  }

  private split(count: number): Buffer {
    const bytes = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    return bytes;
  }
}
