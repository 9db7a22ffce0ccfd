/** Quantile of the standard normal distribution for a two-sided interval of 95 %. */
const Z = 1.959964;

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** Wilson's score interval (1927) at 95 % for `successes` of `trials`; trials need not be whole. [0, 1] without trials. */
export function wilson(successes: number, trials: number): Interval {
  if (trials <= 0) return { lower: 0, upper: 1 };
  const share = successes / trials;
  const denominator = 1 + (Z * Z) / trials;
  const centre = share + (Z * Z) / (2 * trials);
  const half = Z * Math.sqrt((share * (1 - share)) / trials + (Z * Z) / (4 * trials * trials));
  return { lower: Math.max(0, (centre - half) / denominator), upper: Math.min(1, (centre + half) / denominator) };
}

/**
 * Interval at 95 % of the ratio of two counts, `numerator / denominator`. Given their sum the numerator is binomial, so
 * Wilson's interval of its share s becomes that of the ratio s / (1 - s). `dispersion` >= 1 is by how much the counts vary
 * more than chance: it divides the sum. `upper` is infinite where the denominator may be nothing.
 */
export function ratioInterval(numerator: number, denominator: number, dispersion: number): Interval {
  const share = wilson(numerator / dispersion, (numerator + denominator) / dispersion);
  return { lower: share.lower / (1 - share.lower), upper: share.upper / (1 - share.upper) };
}

/**
 * Shannon entropy in bits of a distribution given by its counts; 0 for nothing. `others` are keys of which only the sum is
 * known: taken to have equal counts, so that the entropy is the largest that it may be.
 */
export function entropy(counts: readonly number[], others = { keys: 0, sum: 0 }): number {
  // In falling order, so that the sum is the same whatever the order in which the counts came.
  const sorted = Float64Array.from(counts).sort().reverse();
  let total = others.sum;
  for (const count of sorted) total += count;
  let bits = 0;
  for (const count of sorted) if (count > 0) bits -= (count / total) * Math.log2(count / total);
  if (others.sum > 0) bits -= (others.sum / total) * Math.log2(others.sum / others.keys / total);
  return bits;
}

/** The middle value, of an even number the mean of the middle two; 0 for nothing. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
