import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Ms } from '../../../src/core/event.js';
import { WindowHistory } from '../../../src/core/measure/history.js';
import type { Correlation, Point } from '../../../src/core/measure/history.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/core/time.js';
import { anyPlaces } from '../../support/arbitraries.js';
import { NOON } from '../../support/events.js';
import { expectRestorable } from '../../support/restored.js';

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

/** The correlation over the points that begin in a span before a time, from scratch. */
function expected(points: readonly Point[], time: Ms, spanMs: Ms): Correlation | undefined {
  const inside = points.filter(({ startMs }) => startMs >= time - spanMs);
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
            const seen = points.slice(0, index);
            // Asked for a later window first, as one that is fired is before an earlier one is sealed.
            for (const time of [window.startMs + gapMs, window.startMs]) {
              expectAlike(history.correlationOfDay(time), expected(seen, time, DAY_MS));
              expectAlike(history.correlationOfWeek(time), expected(seen, time, 7 * DAY_MS));
            }
            history.learn(window);
          }
        }),
        { numRuns: 20 },
      );
    },
  );
});

test('it is absent for fewer than ten windows', () => {
  const points = Array.from({ length: 10 }, (_, n) => point({ startMs: NOON + n * HOUR_MS, queries: n, connects: n }));
  const time = NOON + 10 * HOUR_MS;

  expect(historyOf(points.slice(1)).correlationOfWeek(time)).toBeUndefined();
  expect(historyOf(points).correlationOfWeek(time)).toMatchObject({ n: 10, rConnects: 1, slopeConnects: 1 });
});

test('a window that began a day before is of the day, one a minute older is not', () => {
  const history = historyOf(Array.from({ length: 10 }, (_, n) => point({ startMs: NOON + n * MINUTE_MS })));

  expect(history.correlationOfDay(NOON + DAY_MS)?.n).toBe(10);
  expect(history.correlationOfDay(NOON + DAY_MS + MINUTE_MS)).toBeUndefined();
});

test('after a silence what was before it is forgotten, also while nothing new was learnt', () => {
  const history = historyOf(Array.from({ length: 20 }, (_, n) => point({ startMs: NOON + n * HOUR_MS })));

  expect(history.correlationOfDay(NOON + 3 * DAY_MS)).toBeUndefined();
  expect(history.correlationOfWeek(NOON + 3 * DAY_MS)?.n).toBe(20);
  expect(history.correlationOfWeek(NOON + 30 * DAY_MS)).toBeUndefined();
});

test('of windows that are all alike there is no r and no slope', () => {
  const points = Array.from({ length: 2016 }, (_, n) =>
    point({ startMs: NOON + n * 5 * MINUTE_MS, queries: 100_003, connects: 9_973 }),
  );

  expect(historyOf(points).correlationOfWeek(NOON + 7 * DAY_MS)).toEqual({
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

  const week = historyOf(points).correlationOfWeek(NOON + 7 * DAY_MS);

  expect(week?.slopeConnects).toBeCloseTo(8.8, 9);
  expect(week?.rConnects).toBeCloseTo(1, 9);
});

test('what was packed goes on digit by digit, also where the sums are too large to be exact', () => {
  const count = fc.oneof(fc.nat({ max: 99 }), fc.nat({ max: 2 ** 40 }));
  const gapMs = fc.oneof(fc.integer({ min: 1, max: HOUR_MS }), fc.integer({ min: 1, max: 2 * DAY_MS }));
  const anySteps = fc.array(fc.record({ gapMs, queries: count, connects: count, from: count }), {
    maxLength: 60,
    size: 'max',
  });
  fc.assert(
    fc.property(anySteps, anyPlaces(60), (steps, cuts) => {
      let startMs = NOON;
      const points = steps.map(({ gapMs, ...counts }) => point({ startMs: (startMs += gapMs), ...counts }));
      const take = (history: WindowHistory, window: Point) => {
        history.learn(window);
        return [0, HOUR_MS, DAY_MS].map((laterMs) => {
          const time = window.startMs + laterMs;
          return [history.correlationOfDay(time), history.correlationOfWeek(time)];
        });
      };
      expectRestorable({ create: (packed) => new WindowHistory(packed), take }, points, cuts);
    }),
  );
});
