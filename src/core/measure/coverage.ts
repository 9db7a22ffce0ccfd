import type { Side } from '../event.js';
import type { Counts } from '../tally/counts.js';
import { rounded } from './rounding.js';

/** Lines of a side's programs, and the share of them that was recognised; `undefined` without lines. */
export function measureCoverage(
  counts: Counts,
  side: Side,
): { readonly lines: number; readonly share: number | undefined } {
  const recognised = counts.of(`coverage.${side}.used`) + counts.of(`coverage.${side}.unused`);
  const lines = recognised + counts.of(`coverage.${side}.unrecognised`);
  return { lines, share: rounded(recognised / lines) };
}
