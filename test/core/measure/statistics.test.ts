import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entropy, median, ratioInterval, wilson } from '../../../src/core/measure/statistics.js';

/** Published values: Newcombe (1998), table I, method 3, and by the formula. */
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
  [29, 29, 0.883, 1],
  [5, 10, 0.2366, 0.7634],
])("Wilson's interval of %i of %i is from %f to %f", (successes, trials, lower, upper) => {
  const interval = wilson(successes, trials);

  expect(interval.lower).toBeCloseTo(lower, 4);
  expect(interval.upper).toBeCloseTo(upper, 4);
});

test("Wilson's interval without trials says nothing", () => {
  expect(wilson(0, 0)).toEqual({ lower: 0, upper: 1 });
});

test("Wilson's interval holds the share, lies within [0, 1] and is mirrored", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat({ max: 1000 }), (trials, thousandth) => {
      const successes = Math.round((trials * thousandth) / 1000);
      const { lower, upper } = wilson(successes, trials);
      const mirrored = wilson(trials - successes, trials);
      const share = successes / trials;
      expect(lower >= 0 && lower <= share + 1e-12 && share - 1e-12 <= upper && upper <= 1).toBe(true);
      expect(mirrored.lower).toBeCloseTo(1 - upper, 9);
    }),
  );
});

describe('the interval of a ratio', () => {
  test('follows from that of the share', () => {
    // 21 of 121: share 0.1736, Wilson 0.1164 .. 0.2509; ratio 0.21: 0.1317 .. 0.3350.
    const interval = ratioInterval(21, 100, 1);

    expect(interval.lower).toBeCloseTo(0.1317, 3);
    expect(interval.upper).toBeCloseTo(0.335, 3);
  });

  test('holds the ratio and widens with the dispersion', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 5000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 20 }),
        (a, b, dispersion) => {
          const narrow = ratioInterval(a, b, 1);
          const wide = ratioInterval(a, b, dispersion);
          expect(narrow.lower <= a / b + 1e-9 && a / b - 1e-9 <= narrow.upper).toBe(true);
          expect(wide.lower <= narrow.lower + 1e-9 && narrow.upper <= wide.upper + 1e-9).toBe(true);
        },
      ),
    );
  });

  test('is that of a tenth of the counts for a dispersion of ten', () => {
    expect(ratioInterval(210, 1000, 10)).toEqual(ratioInterval(21, 100, 1));
  });

  test('begins at 0 for no numerator', () => {
    expect(ratioInterval(0, 50, 1).lower).toBe(0);
    expect(ratioInterval(0, 50, 1).upper).toBeGreaterThan(0);
  });
});

describe('entropy', () => {
  test.each([
    [[], 0],
    [[0, 0], 0],
    [[7], 0],
    [[1, 1], 1],
    [[5, 5, 5, 5], 2],
    [[2, 1, 1], 1.5],
    [[2, 0, 1, 1], 1.5],
  ])('of %j is %f bits', (counts, bits) => {
    expect(entropy(counts)).toBeCloseTo(bits, 12);
  });

  test('takes keys of which only the sum is known to have equal counts', () => {
    expect(entropy([2], { keys: 2, sum: 2 })).toBeCloseTo(1.5, 12);
    expect(entropy([], { keys: 8, sum: 80 })).toBeCloseTo(3, 12);
    expect(entropy([3, 5], { keys: 4, sum: 0 })).toBe(entropy([3, 5]));
  });

  test('is the same in any order, to the last bit', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1e6 })), (counts) => {
        expect(entropy([...counts].reverse())).toBe(entropy(counts));
        expect(entropy([...counts].sort((a, b) => a - b))).toBe(entropy(counts));
      }),
    );
  });
});

test.each([
  [[], 0],
  [[3], 3],
  [[9, 1], 5],
  [[9, 1, 2], 2],
  [[10, 9, 100, 1], 9.5],
  [[-1, -3, -2], -2],
])('the median of %j is %f', (values, middle) => {
  expect(median(values)).toBe(middle);
});
