import type { Ms } from '../event.js';
import { DAY_MS, HOUR_MS } from '../time.js';

const HOURS = DAY_MS / HOUR_MS;
/** So many hours earlier or later it may come: clocks change, and jobs begin when others end. */
const SLACK = 1;

/** The largest number of each hour, as plain data. */
export type PackedDaily = ReadonlyMap<number, number>;

/** What rose in the trailing day, to tell what comes every day at the same time. */
export class Daily {
  /** The largest number of each hour. */
  private readonly byHour: Map<number, number>;

  constructor(packed: PackedDaily = new Map()) {
    this.byHour = new Map(packed);
  }

  pack(): PackedDaily {
    return new Map(this.byHour);
  }

  learn(time: Ms, value: number): void {
    const hour = Math.floor(time / HOUR_MS);
    this.byHour.set(hour, Math.max(value, this.byHour.get(hour) ?? 0));
    for (const old of this.byHour.keys()) if (old < hour - HOURS - SLACK) this.byHour.delete(old);
  }

  /** The largest number at this time of the day before; 0 where nothing rose then. */
  yesterday(time: Ms): number {
    const hour = Math.floor(time / HOUR_MS) - HOURS;
    let largest = 0;
    for (let at = hour - SLACK; at <= hour + SLACK; at += 1) largest = Math.max(largest, this.byHour.get(at) ?? 0);
    return largest;
  }
}
