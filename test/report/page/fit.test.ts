import { expect, test } from '@jest/globals';
import { WindowHistory } from '../../../src/core/measure/history.js';
import { fitLine } from '../../../src/report/page/fit.js';

const CONNECTS = [3, 9, 4, 12, 7, 1, 8, 20, 15, 6, 11];
const QUERIES = [30, 75, 44, 101, 66, 19, 70, 180, 130, 61, 99];

test("the slope and r are those of a document's trailing span", () => {
  const history = new WindowHistory();
  for (const [i, connects] of CONNECTS.entries())
    history.learn({ startMs: i * 300_000, connects, queries: QUERIES[i] ?? 0, from: 0 });
  const wanted = history.correlationOfDay(CONNECTS.length * 300_000);

  const fit = fitLine(CONNECTS, QUERIES);

  expect(fit?.slope).toBeCloseTo(wanted?.slopeConnects ?? NaN, 10);
  expect(fit?.r).toBeCloseTo(wanted?.rConnects ?? NaN, 10);
  expect(fit?.n).toBe(wanted?.n);
});

test('points on a line give that line', () => {
  const x = Array.from({ length: 12 }, (_, i) => i);

  expect(
    fitLine(
      x,
      x.map((value) => 8.8 * value + 5),
    ),
  ).toMatchObject({ slope: expect.closeTo(8.8), intercept: expect.closeTo(5), r: expect.closeTo(1) });
});

test('windows without a number do not count', () => {
  const x = [...CONNECTS, null, 100];
  const y = [...QUERIES, 5, null];

  expect(fitLine(x, y)).toEqual(fitLine(CONNECTS, QUERIES));
});

test.each([
  ['fewer than ten windows', CONNECTS.slice(0, 9), QUERIES.slice(0, 9)],
  ['an x that never changes', CONNECTS.map(() => 4), QUERIES],
])('there is no line through %s', (_, x, y) => {
  expect(fitLine(x, y)).toBeUndefined();
});

test('a y that never changes has a level line and no r', () => {
  expect(
    fitLine(
      CONNECTS,
      CONNECTS.map(() => 4),
    ),
  ).toMatchObject({ slope: 0, intercept: 4, r: undefined });
});
