import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Ms } from '../../../src/core/event.js';
import { WindowHistory } from '../../../src/core/measure/history.js';
import type { Correlation, Point } from '../../../src/core/measure/history.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/core/time.js';
import { NOON } from '../../support/events.js';

function historyOf(points: readonly Point[]): WindowHistory {
  const history = new WindowHistory();
  for (const point of points) history.learn(point);
  return history;
}

const point = (over: Partial<Point> = {}): Point => ({
  startMs: NOON,
  queries: 100,
  connects: 10,
  from: 9,
  accepted: 8,
  sessions: 40,
  ...over,
});

/** Pearson's r and the slope of y on x, as the textbook has them: about the means. */
function plainly(xs: readonly number[], ys: readonly number[]) {
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const product = (a: readonly number[], ma: number, b: readonly number[], mb: number): number =>
    a.reduce((sum, value, index) => sum + (value - ma) * ((b[index] ?? 0) - mb), 0);
  const [xx, yy, xy] = [product(xs, mx, xs, mx), product(ys, my, ys, my), product(xs, mx, ys, my)];
  return { r: xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined, slope: xx > 0 ? xy / xx : undefined };
}

/** The correlation over the points that begin less than a span before the last one, from scratch. */
function expected(points: readonly Point[], spanMs: Ms): Correlation | undefined {
  const last = points[points.length - 1]?.startMs ?? 0;
  const inside = points.filter(({ startMs }) => startMs > last - spanMs);
  if (inside.length < 10) return undefined;
  const queries = inside.map((window) => window.queries);
  const connects = plainly(
    inside.map((window) => window.connects),
    queries,
  );
  const from = plainly(
    inside.map((window) => window.from),
    queries,
  );
  return {
    n: inside.length,
    rConnects: connects.r,
    rFrom: from.r,
    slopeConnects: connects.slope,
    slopeFrom: from.slope,
  };
}

function expectAlike(found: Correlation | undefined, wanted: Correlation | undefined): void {
  expect(found?.n).toBe(wanted?.n);
  for (const name of ['rConnects', 'rFrom', 'slopeConnects', 'slopeFrom'] as const) {
    const [is, ought] = [found?.[name], wanted?.[name]];
    if (is === undefined || ought === undefined) expect(is).toBe(ought);
    else expect(is).toBeCloseTo(ought, 7);
  }
}

describe('over random windows', () => {
  const anyPoints = (maxGapMs: Ms) =>
    fc
      .array(
        fc.record({
          gapMs: fc.integer({ min: 1, max: maxGapMs / MINUTE_MS }),
          queries: fc.nat({ max: 9999 }),
          connects: fc.nat({ max: 99 }),
          from: fc.nat({ max: 3 }),
        }),
        { maxLength: 60, size: 'max' },
      )
      .map((steps) => {
        let startMs = NOON;
        return steps.map(({ gapMs, ...counts }) => point({ startMs: (startMs += gapMs * MINUTE_MS), ...counts }));
      });

  test.each([HOUR_MS, 4 * HOUR_MS, 20 * HOUR_MS])(
    'up to %i ms apart it is that of a plain computation, of day and week',
    (gapMs) => {
      fc.assert(
        fc.property(anyPoints(gapMs), (points) => {
          const history = new WindowHistory();
          for (const [index, window] of points.entries()) {
            history.learn(window);
            const seen = points.slice(0, index + 1);
            expectAlike(history.correlationOfDay(), expected(seen, DAY_MS));
            expectAlike(history.correlationOfWeek(), expected(seen, 7 * DAY_MS));
          }
        }),
        { numRuns: 20 },
      );
    },
  );
});

test('it is absent for fewer than ten windows', () => {
  const points = Array.from({ length: 10 }, (_, n) => point({ startMs: NOON + n * HOUR_MS, queries: n, connects: n }));

  expect(historyOf(points.slice(1)).correlationOfWeek()).toBeUndefined();
  expect(historyOf(points).correlationOfWeek()).toMatchObject({ n: 10, rConnects: 1, slopeConnects: 1 });
});

test('a window a day old is of the day no more, one a minute younger is', () => {
  const recent = Array.from({ length: 9 }, (_, n) => point({ startMs: NOON + DAY_MS - n * MINUTE_MS })).reverse();

  expect(historyOf([point({ startMs: NOON }), ...recent]).correlationOfDay()).toBeUndefined();
  expect(historyOf([point({ startMs: NOON + MINUTE_MS }), ...recent]).correlationOfDay()?.n).toBe(10);
});

test('of windows that are all alike there is no r and no slope', () => {
  const points = Array.from({ length: 2016 }, (_, n) =>
    point({ startMs: NOON + n * 5 * MINUTE_MS, queries: 100_003, connects: 9_973 }),
  );

  expect(historyOf(points).correlationOfWeek()).toEqual({
    n: 2016,
    rConnects: undefined,
    rFrom: undefined,
    slopeConnects: undefined,
    slopeFrom: undefined,
  });
});

test("the paper's line, Dq = 8.8 Nc, is found in a busy week", () => {
  const points = Array.from({ length: 2016 }, (_, n) => {
    const connects = 10_000 + ((n * 7919) % 500) * 5;
    return point({ startMs: NOON + n * 5 * MINUTE_MS, connects, queries: (connects * 44) / 5, from: connects });
  });

  const week = historyOf(points).correlationOfWeek();

  expect(week?.slopeConnects).toBeCloseTo(8.8, 9);
  expect(week?.rConnects).toBeCloseTo(1, 9);
});

describe('the dispersion', () => {
  const windows = (list: readonly (readonly [accepted: number, sessions: number])[]): readonly Point[] =>
    list.map(([accepted, sessions], n) => point({ startMs: NOON + n * 5 * MINUTE_MS, accepted, sessions }));

  test('is that of the median squared residual over the median of chi-square', () => {
    // Half with 10 and half with 30 of 50: share 40 / 140, residual 10 of 20 expected ... computed by hand below.
    const points = windows([
      ...Array.from({ length: 6 }, () => [10, 40] as const),
      ...Array.from({ length: 6 }, () => [30, 40] as const),
    ]);
    const share = 240 / 720;
    const residual = (accepted: number, trials: number): number =>
      (accepted - trials * share) ** 2 / (trials * share * (1 - share));
    const middle = (residual(10, 50) + residual(30, 70)) / 2;

    expect(historyOf(points).dispersion(30)).toBeCloseTo(middle / 0.4549, 9);
  });

  test('is 1 for fewer than ten windows of enough sessions', () => {
    const wild = Array.from({ length: 9 }, (_, n) => [n % 2 === 0 ? 1 : 40, 40] as const);

    expect(historyOf(windows(wild)).dispersion(30)).toBe(1);
    expect(historyOf(windows([...wild, [1, 29]])).dispersion(30)).toBe(1);
    expect(historyOf(windows([...wild, [1, 30]])).dispersion(30)).toBeGreaterThan(1);
  });

  test('is never below 1, also where nothing was accepted', () => {
    const alike = Array.from({ length: 20 }, () => [20, 40] as const);
    const nothing = Array.from({ length: 20 }, () => [0, 40] as const);

    expect(historyOf(windows(alike)).dispersion(30)).toBe(1);
    expect(historyOf(windows(nothing)).dispersion(30)).toBe(1);
    expect(new WindowHistory().dispersion(30)).toBe(1);
  });

  test('is not moved by a few incidents', () => {
    const calm = Array.from({ length: 100 }, (_, n) => [24 + (n % 3), 40] as const);

    expect(historyOf(windows([...calm, [0, 900], [0, 900]])).dispersion(30)).toBeLessThan(5);
  });

  test('forgets what is more than 288 windows old', () => {
    const wild = Array.from({ length: 288 }, (_, n) => [n % 2 === 0 ? 0 : 60, 40] as const);
    const calm = Array.from({ length: 288 }, () => [24, 40] as const);

    expect(historyOf(windows(wild)).dispersion(30)).toBeGreaterThan(5);
    expect(historyOf(windows([...wild, ...calm])).dispersion(30)).toBe(1);
  });
});
