import { COUNTER, COUNTERS } from './counters.js';
import type { Counter } from './counters.js';

/** A number for each counter, integers only. */
export class Counts {
  /** `values` are those of `COUNTERS`, in their order. */
  constructor(readonly values = new Float64Array(COUNTERS.length)) {}

  /** Adds to the counter in a column, one of `COUNTER`: a name that varies would be looked up at each line. */
  add(column: number, amount = 1): void {
    this.values[column] = (this.values[column] ?? 0) + amount;
  }

  of(counter: Counter): number {
    return this.values[COUNTER[counter]] ?? 0;
  }

  /** Adds all that `other` holds. */
  mergeFrom(other: Counts): void {
    for (let column = 0; column < this.values.length; column += 1) this.add(column, other.values[column]);
  }
}
