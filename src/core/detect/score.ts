import { distanceOf } from './baseline.js';
import type { Finding } from './finding.js';
import type { Kind } from './kinds.js';

/** Kinds whose numbers are ratios, of which one less than expected is not chance as it is of a count. */
const RATIOS: ReadonlySet<Kind> = new Set(['single_client_flood', 'efficiency_drop', 'coefficient_drop']);
/** The distance of a score of 50. */
const HALF_WAY = 5;
const HIGHEST = 100;

/** How far off a window is, from 0, where nothing was found, to nearly 100: that of the worst finding. */
export function anomalyScore(findings: readonly Finding[]): number {
  const farthest = findings.reduce((max, finding) => Math.max(max, distance(finding)), 0);
  return HIGHEST / (1 + HALF_WAY / farthest);
}

/** In spreads from what is usual, else from what is expected; of what is expected to be nothing the count itself. */
function distance({ kind, observed, expected = 0, baseline }: Finding): number {
  const usual = baseline ?? { median: expected, spread: 0, n: 0 };
  return Math.abs(distanceOf(observed, usual, !RATIOS.has(kind)));
}
