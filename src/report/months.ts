import type { IncidentMonth } from '../core/documents/incident-months.js';
import type { Summary } from '../core/documents/summary.js';
import { KINDS } from '../core/detect/kinds.js';
import { entries } from '../core/tally/counters.js';

const LONG_MS = 62 * 86_400_000;

/** A kind of incident and how often it began in each month. */
export interface MonthRow {
  readonly name: string;
  readonly counts: readonly number[];
}

/** The months of a run that is longer than two of them; of a shorter one none, since they would tell nothing. */
export function monthsOf({
  start,
  end,
  incidents_by_month: months,
}: Pick<Summary, 'start' | 'end' | 'incidents_by_month'>): readonly IncidentMonth[] {
  return start !== undefined && end !== undefined && Date.parse(end) - Date.parse(start) > LONG_MS ? months : [];
}

/** A row for each kind of which there was an incident in these months, and one for all of them. */
export function monthRows(months: readonly IncidentMonth[]): readonly MonthRow[] {
  const rows = entries(KINDS)
    .map(([kind, { name }]) => ({ name, counts: months.map(({ counts }) => counts[kind] ?? 0) }))
    .filter(({ counts }) => counts.some((count) => count > 0));
  const all = months.map((_, at) => rows.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0));
  return [...rows, { name: 'All', counts: all }];
}
