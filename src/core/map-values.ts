/** A map of the same keys in the same order, with what `become` makes of each value. */
export function mapValues<K, V, W>(map: ReadonlyMap<K, V>, become: (value: V) => W): Map<K, W> {
  const made = new Map<K, W>();
  for (const [key, value] of map) made.set(key, become(value));
  return made;
}
