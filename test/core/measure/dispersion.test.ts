import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Ms } from '../../../src/core/event.js';
import { Dispersion } from '../../../src/core/measure/dispersion.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/core/time.js';
import { anyPlaces } from '../../support/arbitraries.js';
import { NOON } from '../../support/events.js';
import { expectRestorable } from '../../support/restored.js';

type Pane = readonly [accepted: number, sessions: number];

/** The dispersion of panes, one after the other. */
function dispersionOf(panes: readonly Pane[], paneMs: Ms = 5 * MINUTE_MS): number {
  const dispersion = new Dispersion();
  for (const [n, [accepted, sessions]] of panes.entries())
    dispersion.learn({ startMs: NOON + n * paneMs, accepted, sessions });
  return dispersion.value;
}

const repeat = (count: number, ...panes: readonly Pane[]): readonly Pane[] =>
  Array.from({ length: count }, () => panes).flat();

test('is that of the median squared residual over the median of chi-square', () => {
  const share = 240 / 720;
  const residual = (accepted: number, trials: number): number =>
    (accepted - trials * share) ** 2 / (trials * share * (1 - share));
  const middle = (residual(10, 50) + residual(30, 70)) / 2;

  expect(dispersionOf(repeat(6, [10, 40], [30, 40]))).toBeCloseTo(middle / 0.4549, 9);
});

test('is 1 for fewer than ten panes of enough sessions', () => {
  const wild = repeat(5, [1, 40], [40, 40]).slice(1);

  expect(dispersionOf(wild)).toBe(1);
  expect(dispersionOf([...wild, [1, 29]])).toBe(1);
  expect(dispersionOf([...wild, [1, 30]])).toBeGreaterThan(1);
});

test('is never below 1, also where nothing was accepted', () => {
  expect(dispersionOf(repeat(20, [20, 40]))).toBe(1);
  expect(dispersionOf(repeat(20, [0, 40]))).toBe(1);
  expect(new Dispersion().value).toBe(1);
});

test('is not moved by a few incidents', () => {
  const calm = repeat(33, [24, 40], [25, 40], [26, 40]);

  expect(dispersionOf([...calm, [0, 900], [0, 900]])).toBeLessThan(5);
});

test.each([5 * MINUTE_MS, HOUR_MS])('is of the panes of a day, of %i ms each', (paneMs) => {
  const ofDay = DAY_MS / paneMs;
  const wild = repeat(ofDay / 2, [0, 40], [60, 40]);
  const calm = repeat(ofDay, [24, 40]);

  expect(dispersionOf(wild, paneMs)).toBeGreaterThan(5);
  expect(dispersionOf([...wild, ...calm], paneMs)).toBe(1);
});

test('stays as it was while the server is quiet', () => {
  const wild = repeat(144, [0, 40], [60, 40]);

  expect(dispersionOf([...wild, ...repeat(600, [0, 0])])).toBe(dispersionOf(wild));
});

test('what was packed goes on digit by digit', () => {
  const anyPane = fc.record({ accepted: fc.nat({ max: 100 }), sessions: fc.nat({ max: 300 }) });
  fc.assert(
    fc.property(fc.array(anyPane, { maxLength: 60, size: 'max' }), anyPlaces(60), (panes, cuts) => {
      const steps = panes.map((pane, index) => ({ ...pane, startMs: NOON + index * HOUR_MS }));
      const take = (dispersion: Dispersion, pane: (typeof steps)[number]) => {
        dispersion.learn(pane);
        return dispersion.value;
      };
      expectRestorable({ create: (packed) => new Dispersion(packed), take }, steps, cuts);
    }),
  );
});
