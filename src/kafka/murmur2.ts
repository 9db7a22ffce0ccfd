const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;
const ROTATION = 24;

/** The 32 bits of MurmurHash2, as the partitioner of Kafka's own clients has them: signed. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const tail = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < tail; at += 4) {
    let word = Math.imul(
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24),
      FACTOR,
    );
    word ^= word >>> ROTATION;
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word, FACTOR);
  }
  if (tail < length) {
    for (let at = length - 1; at >= tail; at -= 1) hash ^= byteAt(bytes, at) << (8 * (at - tail));
    hash = Math.imul(hash, FACTOR);
  }
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

const NO_SIGN = 0x7fffffff;

/** The partition of a key, of so many: that which Kafka's own clients choose. */
export function partitionOf(key: Uint8Array, count: number): number {
  return (murmur2(key) & NO_SIGN) % count;
}
