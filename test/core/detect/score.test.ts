import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Finding } from '../../../src/core/detect/finding.js';
import { KINDS } from '../../../src/core/detect/kinds.js';
import type { Kind } from '../../../src/core/detect/kinds.js';
import { anomalyScore } from '../../../src/core/detect/score.js';
import { entries } from '../../../src/core/tally/counters.js';

const KIND_NAMES = entries(KINDS).map(([kind]) => kind);
const RATIOS: readonly Kind[] = ['single_client_flood', 'efficiency_drop', 'coefficient_drop'];

const found = (over: Partial<Finding>): Finding => ({ kind: 'pop3_storm', observed: 0, n: 1, text: '', ...over });
const baseline = { median: 60, spread: 8, n: 20 };

describe('the score of a window', () => {
  test.each<readonly [string, readonly Finding[], number]>([
    ['in which nothing was found', [], 0],
    ['five spreads off', [found({ observed: 100, baseline })], 50],
    ['of twenty events where none is expected', [found({ kind: 'auth_flood', observed: 20 })], 80],
    ['of half the MEE', [found({ kind: 'efficiency_drop', observed: 0.35, expected: 0.7 })], 50],
    ['of no MEE at all', [found({ kind: 'efficiency_drop', observed: 0, expected: 0.7 })], 100 * (10 / 15)],
    ['where nothing is expected, and nothing is', [found({ kind: 'efficiency_drop' })], 0],
    ['is that of the worst', [found({ observed: 100, baseline }), found({ observed: 20 })], 80],
  ])('%s', (_, findings, score) => {
    expect(anomalyScore(findings)).toBeCloseTo(score, 10);
  });

  const numbers = fc.record({
    kind: fc.constantFrom(...KIND_NAMES),
    observed: fc.double({ min: 0, max: 1e12, noNaN: true }),
    expected: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
    baseline: fc.option(
      fc.record({
        median: fc.double({ min: 0, max: 1e9, noNaN: true }),
        spread: fc.double({ min: 0, max: 1e9, noNaN: true }),
        n: fc.integer({ min: 4, max: 576 }),
      }),
      { nil: undefined },
    ),
  });

  test('is a number from 0 to 100', () => {
    fc.assert(
      fc.property(fc.array(numbers), (all) => {
        const score = anomalyScore(all.map(found));

        return Number.isFinite(score) && score >= 0 && score <= 100;
      }),
    );
  });

  test('never falls as a window gets worse', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1e9, noNaN: true }), (given, more) => {
        const middle = given.baseline?.median ?? given.expected ?? 0;
        const isRatio = RATIOS.includes(given.kind);
        const at = (distance: number): number =>
          anomalyScore([found({ ...given, observed: isRatio ? Math.max(0, middle - distance) : middle + distance })]);

        return at(more) >= at(more / 2);
      }),
    );
  });
});
