/** Hashes kept by a sketch; below it a distinct count is exact. */
const KEPT_HASHES = 4096;
const TWO_POW_53 = 2 ** 53;

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

/**
 * How many different keys were added: a sketch of the k minimum values (Bar-Yossef et al. 2002), k = 4,096. Exact up to
 * k, then within about 1.6 % (one standard error, 1/sqrt(k)). Merging is associative, commutative and idempotent.
 */
export class Distinct {
  private hashes = new Set<number>();
  /** Hashes from here on are no longer kept. */
  private limit = TWO_POW_53;

  /** Adds one key, of a text and, where it has one, a number. */
  add(text: string, salt?: number): void {
    this.keep(hash53(text, salt));
  }

  /** Becomes a sketch that another thread sent, as its fields without their class. */
  receive(sent: Distinct): this {
    return Object.assign(this, sent);
  }

  /** Adds all that `other` holds; `other` stays as it is. */
  mergeFrom(other: Distinct): void {
    if (other.limit < this.limit) {
      this.limit = other.limit;
      for (const hash of this.hashes) if (hash >= this.limit) this.hashes.delete(hash);
    }
    if (this.hashes.size === 0 && this.limit === other.limit) this.hashes = new Set(other.hashes);
    else for (const hash of other.hashes) this.keep(hash);
  }

  /** The number of different keys, an integer; `exact` is false where it is an estimate. */
  estimate(): { readonly count: number; readonly exact: boolean } {
    if (this.limit === TWO_POW_53 && this.hashes.size <= KEPT_HASHES) return { count: this.hashes.size, exact: true };
    this.shrink();
    const largest = this.limit - 1;
    return { count: Math.round((KEPT_HASHES - 1) / (largest / TWO_POW_53)), exact: false };
  }

  private keep(hash: number): void {
    if (hash >= this.limit) return;
    this.hashes.add(hash);
    // Twice the size, so that a shrink of O(k log k) comes once in k additions.
    if (this.hashes.size >= 2 * KEPT_HASHES) this.shrink();
  }

  private shrink(): void {
    if (this.hashes.size <= KEPT_HASHES) return;
    const smallest = Float64Array.from(this.hashes).sort().subarray(0, KEPT_HASHES);
    this.hashes = new Set(smallest);
    this.limit = (smallest[KEPT_HASHES - 1] ?? 0) + 1;
  }
}
