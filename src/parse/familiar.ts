import type { Literal } from './literal.js';
import { HASHES } from './scanner.js';
import type { Scanner } from './scanner.js';

/** A log has a handful of hosts and tags; comparing with each is faster than reading it anew while there are few. */
const REMEMBERED = 16;

/** Texts that lines have at one place again and again, each with what it was read as. None is the start of another. */
export class Familiar<T extends { readonly opening: Literal }> {
  private readonly all: T[] = [];
  private oldest = 0;
  /** What was found last where the line had the same few bytes. */
  private readonly likely: (T | undefined)[] = new Array<T | undefined>(HASHES).fill(undefined);

  /** Texts are told apart by the bytes from `keyAt` on before all of them is compared. */
  constructor(private readonly keyAt: number) {}

  /** What the line goes on with, which is passed over; `undefined` (nothing passed) if it is not known. */
  find(line: Scanner): T | undefined {
    const key = line.hash(this.keyAt);
    const likely = this.likely[key];
    if (likely !== undefined && line.take(likely.opening)) return likely;
    for (const one of this.all)
      if (line.take(one.opening)) {
        this.likely[key] = one;
        return one;
      }
    return undefined;
  }

  /** Remembers one more text, and forgets the oldest if there are many. */
  keep(one: T): T {
    this.all[this.oldest] = one;
    this.oldest = (this.oldest + 1) % REMEMBERED;
    return one;
  }
}
