import type { Kind } from '../detect/kinds.js';
import type { Ms } from '../event.js';

/** How often incidents of each kind began in a month (UTC). */
export interface IncidentMonth {
  /** Such as `2026-03`. */
  readonly month: string;
  readonly counts: Readonly<Partial<Record<Kind, number>>>;
}

/** Counts incidents by the month in which they began. */
export class IncidentMonths {
  private readonly months = new Map<string, Partial<Record<Kind, number>>>();

  add(kind: Kind, startedMs: Ms): void {
    const month = monthOf(startedMs);
    const counts = this.months.get(month) ?? {};
    this.months.set(month, counts);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }

  /** Each month of a time, also those without an incident; none of an empty time. */
  between(startMs: Ms, endMs: Ms): readonly IncidentMonth[] {
    if (startMs >= endMs) return [];
    const months: IncidentMonth[] = [];
    const start = new Date(startMs);
    for (let n = 0; ; n += 1) {
      const firstMs = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + n);
      if (firstMs >= endMs) return months;
      const month = monthOf(firstMs);
      months.push({ month, counts: this.months.get(month) ?? {} });
    }
  }
}

function monthOf(timeMs: Ms): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}
