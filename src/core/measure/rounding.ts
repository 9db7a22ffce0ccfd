/** A ratio or a fitted number rounded to six decimals: what a document carries; `undefined` unless it is finite. */
export function rounded(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : Math.round(value * 1e6) / 1e6;
}
