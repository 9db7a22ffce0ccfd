/** A count as people read it. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A ratio. */
export function two(value = 0): string {
  return value.toFixed(2);
}
