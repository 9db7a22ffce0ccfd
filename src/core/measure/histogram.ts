/** Numbers below this are kept apart in a histogram; above it those within a thousandth of each other are one. */
const FINE = 1024;

/** How often each number, none below 0, was seen; it needs no more room for many than for a few. */
export class Histogram {
  private readonly counts = new Map<number, number>();

  add(value: number): void {
    const step = value < FINE ? 1 : (2 * 2 ** Math.floor(Math.log2(value))) / FINE;
    const kept = Math.round(value / step) * step;
    this.counts.set(kept, (this.counts.get(kept) ?? 0) + 1);
  }

  /** The middle of what `of` makes of the numbers, of an even number of them the mean of the middle two; 0 for nothing. */
  median(of: (value: number) => number): number {
    const values = [...this.counts].map(([value, count]) => ({ value: of(value), count }));
    values.sort((a, b) => a.value - b.value);
    const total = values.reduce((sum, { count }) => sum + count, 0);
    const at = (rank: number): number => {
      let below = 0;
      return values.find(({ count }) => (below += count) > rank)?.value ?? 0;
    };
    return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2;
  }
}
