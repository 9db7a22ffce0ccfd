import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Baseline, isFarAbove, scoreOf, timesUsual } from '../../../src/core/detect/baseline.js';
import type { Usual } from '../../../src/core/detect/baseline.js';
import type { DayType } from '../../../src/core/detect/day-type.js';
import { anyPlaces } from '../../support/arbitraries.js';
import { createRandom } from '../../support/random.js';
import { expectRestorable } from '../../support/restored.js';

const KEPT = 576;

function baselineOf(values: readonly (number | undefined)[], dayType: DayType = 'working_day'): Baseline<'x'> {
  const baseline = new Baseline<'x'>();
  for (const x of values) baseline.learn({ x }, dayType);
  return baseline;
}

const usualOf = (values: readonly (number | undefined)[]): Usual | undefined =>
  baselineOf(values).usual('x', 'working_day');

describe('what is usual', () => {
  test('is unknown of fewer than four windows', () => {
    expect(usualOf([1, 2, 3])).toBeUndefined();
    expect(usualOf([1, 2, 3, 4])).toMatchObject({ median: 2.5, n: 4 });
  });

  test('is the median, with the robust deviation about it', () => {
    expect(usualOf([10, 12, 8, 11, 9])).toEqual({ median: 10, spread: 1.4826, n: 5 });
  });

  test('is hardly moved by a window that was out of order', () => {
    expect(usualOf([10, 12, 8, 11, 9, 100_000])).toMatchObject({ median: 10.5 });
  });

  test('does not count windows that do not have the number', () => {
    expect(usualOf([1, undefined, 1, undefined, 1])).toBeUndefined();
    expect(usualOf([1, undefined, 1, 1, 1])).toMatchObject({ n: 4 });
  });

  test('is that of days of this type, of any type where there is too little of it', () => {
    const baseline = baselineOf([100, 100, 100, 100]);
    for (let window = 0; window < 3; window += 1) baseline.learn({ x: 10 }, 'weekend');
    const before = baseline.usual('x', 'weekend');
    baseline.learn({ x: 10 }, 'weekend');

    expect(before).toMatchObject({ median: 100, n: 7 });
    expect(baseline.usual('x', 'weekend')).toMatchObject({ median: 10, n: 4 });
    expect(baseline.usual('x', 'working_day')).toMatchObject({ median: 100, n: 4 });
  });

  test('on a holiday is that of weekends, as long as few holidays are known', () => {
    const baseline = baselineOf([100, 100, 100, 100]);
    const first = baseline.usual('x', 'holiday');
    for (let window = 0; window < 4; window += 1) baseline.learn({ x: 10 }, 'weekend');
    const second = baseline.usual('x', 'holiday');
    for (let window = 0; window < 4; window += 1) baseline.learn({ x: 20 }, 'holiday');

    expect([first?.median, second?.median, baseline.usual('x', 'holiday')?.median]).toEqual([100, 10, 20]);
    expect(baseline.usual('x', 'weekend')?.median).toBe(10);
  });

  test('forgets what was before the last two days of windows', () => {
    const old = Array.from({ length: KEPT }, () => 1);
    const recent = Array.from({ length: KEPT }, () => 5);

    expect(usualOf([...old, ...recent.slice(0, KEPT / 2 - 1)])).toMatchObject({ median: 1, n: KEPT });
    expect(usualOf([...old, ...recent])).toEqual({ median: 5, spread: 0, n: KEPT });
  });

  test('is worked out anew as windows come', () => {
    const baseline = baselineOf([1, 1, 1, 1]);
    const before = baseline.usual('x', 'working_day');
    for (let window = 0; window < 5; window += 1) baseline.learn({ x: 9 }, 'working_day');

    expect(before?.median).toBe(1);
    expect(baseline.usual('x', 'working_day')?.median).toBe(9);
  });

  test('does not depend on when it was asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(100), fc.boolean()), { minLength: 30, maxLength: 200 }), (steps) => {
        const asked = new Baseline<'x'>();
        for (const [x, isAsked] of steps) {
          asked.learn({ x }, 'working_day');
          if (isAsked) asked.usual('x', 'working_day');
        }

        expect(asked.usual('x', 'working_day')).toEqual(usualOf(steps.map(([x]) => x)));
      }),
    );
  });

  test('lies within what was learnt, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 4, maxLength: 50 }), (values) => {
        const usual = usualOf(values);
        const { median = NaN, spread = NaN } = usual ?? {};

        expect(median).toBeGreaterThanOrEqual(Math.min(...values));
        expect(median).toBeLessThanOrEqual(Math.max(...values));
        expect(spread).toBeGreaterThanOrEqual(0);
        expect(usualOf([...values].reverse())).toEqual(usual);
      }),
    );
  });
});

describe('a score', () => {
  test.each([
    ['in spreads', 30, { median: 10, spread: 5, n: 9 }, 4],
    ['below what is usual', 0, { median: 10, spread: 5, n: 9 }, -2],
    ['of at least the spread of chance', 15, { median: 8, spread: 0, n: 9 }, 7 / 3],
    ['of nothing usual', 5, { median: 0, spread: 0, n: 9 }, 5],
    ['of at least a tenth of the number', 2000, { median: 1000, spread: 0, n: 9 }, 10],
  ])('is %s', (_, observed, usual, score) => {
    expect(scoreOf(observed, usual)).toBeCloseTo(score, 10);
  });
});

describe('far above', () => {
  test.each([
    ['five spreads of many windows', 201, { median: 100, spread: 20, n: 576 }, true],
    ['less than five spreads', 199, { median: 100, spread: 20, n: 576 }, false],
    ['less than ten spreads of four windows', 299, { median: 100, spread: 20, n: 4 }, false],
    ['ten spreads of four windows', 300, { median: 100, spread: 20, n: 4 }, true],
    ['half as much again', 15_000, { median: 10_000, spread: 0, n: 576 }, false],
    ['twice as much', 20_000, { median: 10_000, spread: 0, n: 576 }, true],
  ])('%s: %#', (_, observed, usual, expected) => {
    expect(isFarAbove(observed, usual)).toBe(expected);
  });

  const usuals = fc.record({
    median: fc.double({ min: 0, max: 1e6, noNaN: true }),
    spread: fc.double({ min: 0, max: 1e5, noNaN: true }),
    n: fc.integer({ min: 4, max: KEPT }),
  });

  test('what is usual never is, and what is above something far above is as well', () => {
    fc.assert(
      fc.property(usuals, fc.double({ min: 0, max: 1e7, noNaN: true }), (usual, observed) => {
        expect(isFarAbove(usual.median, usual)).toBe(false);
        if (isFarAbove(observed, usual)) expect(isFarAbove(2 * observed, usual)).toBe(true);
      }),
    );
  });

  test('nothing is farther above when more is usual', () => {
    fc.assert(
      fc.property(usuals, fc.double({ min: 0, max: 1e7, noNaN: true }), (usual, observed) => {
        if (isFarAbove(observed, timesUsual(3, usual))) expect(isFarAbove(observed, usual)).toBe(true);
      }),
    );
  });
});

test('a baseline that was packed goes on, also where it forgets', () => {
  const dayTypes = ['working_day', 'weekend', 'holiday'] as const;
  fc.assert(
    fc.property(fc.nat(), anyPlaces(2 * KEPT), (seed, cuts) => {
      const below = createRandom(seed);
      const steps = Array.from({ length: 2 * KEPT }, (_, index) => ({
        dayType: dayTypes[below(20)] ?? 'working_day',
        values: { x: below(100) / 7, y: below(2) === 0 ? undefined : below(1000), ...(index < 40 ? {} : { z: index }) },
      }));
      const take = (baseline: Baseline<'x' | 'y' | 'z'>, { values, dayType }: (typeof steps)[number]) => {
        baseline.learn(values, dayType);
        return dayTypes.map((type) => (['x', 'y', 'z'] as const).map((measure) => baseline.usual(measure, type)));
      };
      expectRestorable({ create: (packed) => new Baseline(packed), take }, steps, cuts);
    }),
    { numRuns: 5 },
  );
});
