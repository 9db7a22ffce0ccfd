import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Distinct, hash53 } from '../../../src/core/tally/distinct.js';
import { distinctOf } from '../../support/tallies.js';

/** Standard error of a sketch of 4,096 hashes. */
const SIGMA = 1 / Math.sqrt(4096);

const address = (n: number): string => `10.${String((n >> 16) & 255)}.${String((n >> 8) & 255)}.${String(n & 255)}`;
const SHAPES = {
  numbers: (n: number) => String(n),
  addresses: address,
  'host names': (n: number) => `host-${String(n)}.dyn.example.org`,
  'queue ids': (n: number) => `${(0x4f8a0000000 + n * 4097).toString(16).toUpperCase()} example.org 1050235200`,
  'reverse names': (n: number) => `${address(n)}.in-addr.arpa`,
} as const;

function keys(make: (n: number) => string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, n) => make(from + n));
}

function merge(...sketches: readonly Distinct[]): Distinct {
  const union = new Distinct();
  for (const sketch of sketches) union.mergeFrom(sketch);
  return union;
}

describe.each(Object.entries(SHAPES))('of %s', (_, make) => {
  test('the hash differs for 40,000 of them and fills its range evenly', () => {
    const hashes = keys(make, 40_000).map((key) => hash53(key));
    const sixteenths = Array.from({ length: 16 }, () => 0);
    for (const hash of hashes) {
      const part = Math.floor(hash / 2 ** 49);
      sixteenths[part] = (sixteenths[part] ?? 0) + 1;
    }

    expect(new Set(hashes).size).toBe(40_000);
    expect(hashes.every((hash) => Number.isInteger(hash) && hash >= 0 && hash < 2 ** 53)).toBe(true);
    // Five standard deviations of a binomial count of 40,000 / 16.
    for (const count of sixteenths) expect(Math.abs(count - 2500)).toBeLessThan(5 * Math.sqrt(2500));
  });

  test.each([4095, 4096])('a count of %i is exact', (count) => {
    expect(distinctOf(keys(make, count)).estimate()).toEqual({ count, exact: true });
  });

  test.each([4097, 30_000])('a count of %i is estimated within five standard errors', (count) => {
    const { count: estimate, exact } = distinctOf(keys(make, count)).estimate();

    expect(exact).toBe(false);
    expect(Number.isInteger(estimate)).toBe(true);
    expect(Math.abs(estimate - count)).toBeLessThan(5 * SIGMA * count);
  });
});

test.each([0, 1, 4096, 4097, 30_000])('a packed sketch of %i keys is the same when it is unpacked', (count) => {
  const sketch = distinctOf(keys(SHAPES.numbers, count));
  const packed = sketch.pack();
  const unpacked = Distinct.of(packed);
  expect(unpacked.estimate()).toEqual(sketch.estimate());
  unpacked.add('another');

  expect(Distinct.of(packed).estimate()).toEqual(sketch.estimate());
  expect(packed.hashes.length).toBe(Math.min(count, 4096));
});

test('nothing counts as 0', () => {
  expect(new Distinct().estimate()).toEqual({ count: 0, exact: true });
});

test('the same key counts once', () => {
  expect(distinctOf(['a', 'b', 'a', 'a', 'b']).estimate()).toEqual({ count: 2, exact: true });
});

test('texts that differ in order, length or one character are different keys', () => {
  const texts = ['', ' ', 'a', 'A', 'aa', 'ab', 'ba', '\0', '\0\0', 'ä', '\u00e4x', 'x\u00e4', '10.0.0.1', '1.0.0.10'];

  expect(new Set(texts.map((key) => hash53(key))).size).toBe(texts.length);
});

describe('a union', () => {
  const anySets = fc.array(fc.record({ from: fc.nat({ max: 9000 }), count: fc.nat({ max: 9000 }) }), {
    minLength: 1,
    maxLength: 4,
  });

  test('is the sketch of all keys, in any order and grouping', () => {
    fc.assert(
      fc.property(anySets, (sets) => {
        const parts = sets.map(({ from, count }) => keys(SHAPES.numbers, count, from));
        const expected = distinctOf(parts.flat()).estimate();
        const sketches = () => parts.map(distinctOf);
        expect(merge(...sketches()).estimate()).toEqual(expected);
        expect(merge(...sketches().reverse()).estimate()).toEqual(expected);
        expect(
          sketches()
            .reduceRight((sum, sketch) => merge(sketch, sum))
            .estimate(),
        ).toEqual(expected);
      }),
      { numRuns: 8 },
    );
  });

  test('is within five standard errors of the truth, in any split, and packed in between or not', () => {
    for (const [from, count] of [
      [0, 5000],
      [3, 20_000],
      [77_000, 100_000],
    ] as const) {
      const all = keys(SHAPES.addresses, count, from);
      for (const parts of [1, 3, 7]) {
        const size = Math.ceil(count / parts);
        const sketches = Array.from({ length: parts }, (_, n) => distinctOf(all.slice(n * size, (n + 1) * size)));
        const { count: estimate } = merge(...sketches.map((sketch) => Distinct.of(sketch.pack()))).estimate();

        expect(Math.abs(estimate - count)).toBeLessThan(5 * SIGMA * count);
        expect(merge(...sketches.reverse()).estimate().count).toBe(estimate);
      }
    }
  });

  test('with itself changes nothing', () => {
    for (const count of [10, 4096, 4097, 9000]) {
      const sketch = distinctOf(keys(SHAPES.numbers, count));
      expect(merge(sketch, sketch).estimate()).toEqual(sketch.estimate());
      const { count: before } = sketch.estimate();
      sketch.mergeFrom(sketch);
      expect(sketch.estimate().count).toBe(before);
    }
  });

  test('leaves the other sketch as it is', () => {
    const small = distinctOf(['a']);
    merge(distinctOf(keys(SHAPES.numbers, 9000)), small);
    distinctOf(keys(SHAPES.numbers, 9000)).mergeFrom(small);

    expect(small.estimate()).toEqual({ count: 1, exact: true });
  });

  test('is the same whether estimates were asked for in between or not', () => {
    const asked = distinctOf(keys(SHAPES.numbers, 5000));
    asked.estimate();
    for (const key of keys(SHAPES.numbers, 5000, 5000)) asked.add(key);

    expect(asked.estimate()).toEqual(distinctOf(keys(SHAPES.numbers, 10_000)).estimate());
  });
});
