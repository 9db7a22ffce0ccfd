import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Histogram } from '../../../src/core/measure/histogram.js';
import { median } from '../../../src/core/measure/statistics.js';

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

const medianOf = (values: readonly number[]): number => histogramOf(values).median((value) => value);

describe('the median', () => {
  test('of whole numbers below 1,024 is exact, and that of what is made of them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1023 })), fc.nat({ max: 1023 }), (values, centre) => {
        expect(medianOf(values)).toBe(median(values));
        const distance = (value: number): number => Math.abs(value - centre);
        expect(histogramOf(values).median(distance)).toBe(median(values.map(distance)));
      }),
    );
  });

  test('of any numbers is within half of one, or a thousandth', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1 }), (values) => {
        const exact = median(values);
        expect(Math.abs(medianOf(values) - exact)).toBeLessThanOrEqual(Math.max(0.5, exact / 1000));
      }),
    );
  });

  test.each([
    [1023, 1023],
    [1023.4, 1023],
    [1025, 1026],
    [2 ** 30 + 1, 2 ** 30],
  ])('of %d is %d', (value, kept) => {
    expect(medianOf([value])).toBe(kept);
  });
});
