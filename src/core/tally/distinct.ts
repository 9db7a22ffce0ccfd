/** Hashes kept by a sketch; below it a distinct count is exact. */
const KEPT_HASHES = 4096;
const HASHES_AT_FIRST = 8;
const TWO_POW_53 = 2 ** 53;
/** Above all hashes: the limit of a sketch that left none out. */
export const NO_LIMIT = TWO_POW_53;
const NO_HASHES = new Float64Array(0);

/**
 * A hash of the text in [0, 2^53), evenly spread: two lanes of multiply-and-rotate, finished as in MurmurHash3 (Appleby),
 * so that two of 4,096 keys meet with a chance of one in a billion. `salt`, an integer below 2^32, makes another key of
 * the same text.
 */
export function hash53(text: string, salt = 0): number {
  let low = 0x9747b28c ^ salt;
  let high = 0x5bd1e995 ^ salt;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0xcc9e2d51);
    high = Math.imul(high ^ code, 0x1b873593);
    low = (low << 15) | (low >>> 17);
    high = (high << 13) | (high >>> 19);
  }
  low = finish(low ^ text.length);
  high = finish(high ^ low);
  return (high >>> 11) * 2 ** 32 + (finish(low ^ high) >>> 0);
}

function finish(lane: number): number {
  lane = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  lane = Math.imul(lane ^ (lane >>> 13), 0xc2b2ae35);
  return lane ^ (lane >>> 16);
}

/** A sketch as plain data. */
export interface PackedDistinct {
  /** In order, each once. */
  readonly hashes: Float64Array;
  readonly limit: number;
}

/**
 * How many different keys were added: a sketch of the k minimum values (Bar-Yossef et al. 2002), k = 4,096. Exact up to
 * k, then within about 1.6 % (one standard error, 1/sqrt(k)). Merging is associative, commutative and idempotent.
 */
export class Distinct {
  /** The hashes as they came, some of them more than once. */
  private hashes = NO_HASHES;
  private length = 0;
  /** Hashes from here on are no longer kept. */
  private limit = TWO_POW_53;

  /** The sketch that was packed. */
  static of({ hashes, limit }: PackedDistinct): Distinct {
    const sketch = new Distinct();
    sketch.hashes = hashes.slice();
    sketch.length = hashes.length;
    sketch.limit = limit;
    return sketch;
  }

  /** Adds one key, of a text and, where it has one, a number. */
  add(text: string, salt?: number): void {
    this.keep(hash53(text, salt));
  }

  /** Adds all that `other` holds; `other` stays as it is. */
  mergeFrom({ hashes, length, limit }: Distinct): void {
    this.limit = Math.min(this.limit, limit);
    for (let i = 0; i < length; i += 1) this.keep(hashes[i] ?? 0);
  }

  /** The number of different keys, an integer; `exact` is false where it is an estimate. */
  estimate(): { readonly count: number; readonly exact: boolean } {
    this.settle();
    if (this.limit === TWO_POW_53) return { count: this.length, exact: true };
    const largest = this.limit - 1;
    return { count: Math.round((KEPT_HASHES - 1) / (largest / TWO_POW_53)), exact: false };
  }

  pack(): PackedDistinct {
    this.settle();
    return { hashes: this.hashes.slice(0, this.length), limit: this.limit };
  }

  private keep(hash: number): void {
    if (hash >= this.limit) return;
    if (this.length === this.hashes.length) this.makeRoom();
    this.hashes[this.length] = hash;
    this.length += 1;
  }

  private makeRoom(): void {
    // Twice the size, so that a sort comes once in k additions.
    if (this.length >= 2 * KEPT_HASHES) this.settle();
    if (this.length < this.hashes.length) return;
    const larger = new Float64Array(Math.max(2 * this.length, HASHES_AT_FIRST));
    larger.set(this.hashes);
    this.hashes = larger;
  }

  /** Leaves the smallest hashes, each once and in order. */
  private settle(): void {
    const sorted = this.hashes.subarray(0, this.length).sort();
    let length = 0;
    for (const hash of sorted) {
      if (hash >= this.limit) break;
      if (length > 0 && hash === sorted[length - 1]) continue;
      sorted[length] = hash;
      length += 1;
    }
    this.length = Math.min(length, KEPT_HASHES);
    if (length > KEPT_HASHES) this.limit = (sorted[KEPT_HASHES - 1] ?? 0) + 1;
  }
}
