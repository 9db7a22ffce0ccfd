import { describe, expect, test } from '@jest/globals';
import { grainOf, meansAsPoints } from '../../../src/report/page/grain.js';

const DAY_S = 86_400;

describe('a point stands for', () => {
  test.each([
    ['a window where few are shown', DAY_S, 300, 300],
    ['an hour where a month of 5-minute windows is', 28 * DAY_S, 300, 3600],
    ['a day where a year of them is', 366 * DAY_S, 300, DAY_S],
    ['ten minutes where there are windows of 30 s', 4 * DAY_S, 30, 600],
  ])('%s', (_, length, windowS, grain) => {
    expect(grainOf({ from: 0, to: length }, windowS)).toBe(grain);
  });

  test('whole windows, and never more than can be told apart', () => {
    for (const windowS of [30, 60, 300, 420, 3600, DAY_S])
      for (let length = windowS; length < 4000 * DAY_S; length *= 3) {
        const grain = grainOf({ from: 0, to: length }, windowS);

        expect(grain % windowS).toBe(0);
        expect(length / grain).toBeLessThanOrEqual(700);
      }
  });
});

test('points are means of what is there', () => {
  const points = meansAsPoints([0, 300, 600, 3600, 7200], 3600);

  expect(points.starts).toEqual([0, 3600, 7200]);
  expect(points.of([1, null, 4, null, 6])).toEqual([2.5, null, 6]);
  expect(points.windowAt(0)).toBeUndefined();
});
