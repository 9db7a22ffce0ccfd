import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Columns } from '../../src/report/columns.js';
import { unpack } from '../../src/report/page/unpack.js';

test('what is packed is unpacked to the same numbers and gaps', () => {
  const value = fc.oneof(
    fc.constant(undefined),
    fc.constant(0),
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 1200 }), (values) => {
      const columns = new Columns(1);
      for (const each of values) {
        columns.addRow();
        columns.set(0, each);
      }
      const packed = columns.packed(0);

      const found = packed === undefined ? values.map(() => 0) : unpack(packed, 1);

      expect(found).toEqual(values.map((each) => each ?? null));
    }),
    { numRuns: 60 },
  );
});

test('a number that does not fit becomes the one that fits best', () => {
  const columns = new Columns(1);
  for (const value of [1e12, -1e12, 1]) {
    columns.addRow();
    columns.set(0, value);
  }
  const packed = columns.packed(0);

  expect(packed && unpack(packed, 1)).toEqual([2 ** 31 - 1, -(2 ** 31) + 1, 1]);
});

test('stretches of zeros take no memory', () => {
  const columns = new Columns(40);
  for (let row = 0; row < 2000; row += 1) {
    columns.addRow();
    for (let column = 0; column < 40; column += 1) columns.set(column, column === 7 && row === 1500 ? 3 : 0);
  }

  expect(columns.bytes).toBe(2048);
  expect(columns.packed(0)).toBeUndefined();
  expect(columns.rows).toBe(2000);
});
