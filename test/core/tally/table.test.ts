import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Table } from '../../../src/core/tally/table.js';
import { plainTable, rowsOf } from '../../support/tallies.js';

const COLUMNS = { sent: 0, refused: 1 } as const;
type Line = readonly [key: string, column: number, amount: number, name?: string | undefined];

function tableOf(lines: readonly Line[], cap = 30): Table<keyof typeof COLUMNS> {
  const table = new Table(COLUMNS, cap);
  for (const [key, column, amount, name] of lines) {
    const row = table.rowOf(key);
    table.add(row, column, amount);
    if (name !== undefined) table.nameRow(row, name);
  }
  return table;
}

function merge(tables: readonly Table<keyof typeof COLUMNS>[], cap = 30): Table<keyof typeof COLUMNS> {
  const sum = new Table(COLUMNS, cap);
  for (const table of tables) sum.mergeFrom(table);
  return sum;
}

/** True counts of each key by column. */
function truth(lines: readonly Line[]): ReadonlyMap<string, readonly [number, number]> {
  const counts = new Map<string, [number, number]>();
  for (const [key, column, amount] of lines) {
    const [sent, refused] = counts.get(key) ?? [0, 0];
    counts.set(key, column === 0 ? [sent + amount, refused] : [sent, refused + amount]);
  }
  return counts;
}

const anyName = fc.constantFrom(undefined, 'a.example.org', 'b.example.org', 'c.example.org');
const linesOf = (keys: number, maxLength: number): fc.Arbitrary<readonly Line[]> =>
  fc.array(
    fc
      .tuple(
        fc.nat({ max: keys - 1 }),
        fc.nat({ max: keys - 1 }),
        fc.nat({ max: 1 }),
        fc.integer({ min: 1, max: 9 }),
        anyName,
      )
      // The smaller of two is a key that is more often small: some are heavy, most are rare.
      .map(([a, b, column, amount, name]): Line => [`k${String(Math.min(a, b))}`, column, amount, name]),
    { maxLength, size: 'max' },
  );

test('counts add up by key and column', () => {
  const table = tableOf([
    ['a', 0, 1],
    ['b', 0, 5],
    ['a', 1, 2],
    ['a', 0, 3],
  ]);

  expect(table.countOf('a', COLUMNS.sent)).toBe(4);
  expect(table.countOf('a', COLUMNS.refused)).toBe(2);
  expect(table.countOf('b', COLUMNS.sent)).toBe(5);
  expect(table.countOf('c', COLUMNS.sent)).toBe(0);
  expect(table.distinct()).toEqual({ count: 2, exact: true });
});

test('keys that are names of object members are keys like others', () => {
  const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];
  const table = tableOf(keys.map((key): Line => [key, 0, 1]));

  expect(rowsOf(table).map(({ key }) => key)).toEqual(keys);
  expect(keys.map((key) => table.countOf(key, 0))).toEqual([1, 1, 1, 1, 1]);
});

test('a key has the smallest of its names, in any order', () => {
  for (const names of [
    ['b', 'a', 'c'],
    ['a', 'c', 'b'],
    ['c', undefined, 'b', 'a'],
    [undefined, 'a'],
  ]) {
    const table = tableOf(names.map((name): Line => (name === undefined ? ['k', 0, 1] : ['k', 0, 1, name])));
    expect(rowsOf(table).map(({ name }) => name)).toEqual(['a']);
  }
  expect(rowsOf(tableOf([['k', 0, 1]]))).toEqual([{ key: 'k', name: '', counts: { sent: 1, refused: 0 } }]);
});

describe('ranked rows', () => {
  const table = tableOf([
    ['b', 0, 2],
    ['a', 0, 2],
    ['c', 0, 9],
    ['d', 1, 1],
    ['e', 0, 1],
    ['e', 1, 8],
  ]);
  const keysBy = (columns: readonly number[], limit: number) => table.ranked(columns, limit).map(({ key }) => key);

  test('come by falling count, equal ones by key, without those of 0', () => {
    expect(keysBy([COLUMNS.sent], 10)).toEqual(['c', 'a', 'b', 'e']);
    expect(keysBy([COLUMNS.refused], 10)).toEqual(['e', 'd']);
  });

  test('come by the sum of several columns', () => {
    expect(keysBy([COLUMNS.sent, COLUMNS.refused], 10)).toEqual(['c', 'e', 'a', 'b', 'd']);
  });

  test('are cut at the limit', () => {
    expect(keysBy([COLUMNS.sent], 2)).toEqual(['c', 'a']);
    expect(keysBy([COLUMNS.sent], 0)).toEqual([]);
  });
});

describe('up to the cap of keys', () => {
  test('a table is exact', () => {
    fc.assert(
      fc.property(linesOf(30, 300), (lines) => {
        const table = tableOf(lines);
        const counts = rowsOf(table).map(({ key, counts: { sent, refused } }) => [key, [sent, refused]]);
        expect(new Map(counts.map(([key, pair]) => [key, pair]))).toEqual(truth(lines));
        expect(table.error).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('merges in any order and grouping are the table of all lines', () => {
    fc.assert(
      fc.property(fc.array(linesOf(30, 60), { maxLength: 5 }), (parts) => {
        const expected = plainTable(tableOf(parts.flat()));
        const tables = () => parts.map((lines) => tableOf(lines));
        expect(plainTable(merge(tables()))).toEqual(expected);
        expect(plainTable(merge(tables().reverse()))).toEqual(expected);
        expect(plainTable(tables().reduceRight((sum, table) => merge([table, sum]), new Table(COLUMNS, 30)))).toEqual(
          expected,
        );
      }),
      { numRuns: 40 },
    );
  });

  test('the other table of a merge stays as it is', () => {
    const other = tableOf([['a', 0, 1, 'x']]);
    merge([tableOf([['a', 0, 5, 'b']]), other]);

    expect(plainTable(other)).toEqual(plainTable(tableOf([['a', 0, 1, 'x']])));
  });
});

describe('a table of too many keys', () => {
  /** Checks that no count is too large, and none too small by more than the error; returns the error. */
  function expectWithinError(table: Table<keyof typeof COLUMNS>, lines: readonly Line[]): number {
    const missing = [...truth(lines)].flatMap(([key, counts]) =>
      counts.map((count, column) => count - table.countOf(key, column)),
    );
    expect(Math.min(0, ...missing)).toBe(0);
    expect(Math.max(0, ...missing)).toBeLessThanOrEqual(table.error);
    return table.error;
  }

  test.each([20, 35, 50])('with a cap of %i is right within its error, however it was merged', (cap) => {
    const errors: number[] = [];
    fc.assert(
      fc.property(fc.array(linesOf(300, 250), { minLength: 1, maxLength: 4 }), (parts) => {
        const lines = parts.flat();
        errors.push(expectWithinError(tableOf(lines, cap), lines));
        const tables = () => parts.map((part) => tableOf(part, cap));
        expectWithinError(merge(tables(), cap), lines);
        expectWithinError(
          tables().reduceRight((sum, table) => merge([table, sum], cap), new Table(COLUMNS, cap)),
          lines,
        );
      }),
      { numRuns: 25 },
    );
    expect(Math.max(...errors)).toBeGreaterThan(0);
  });

  test('keeps at most twice the cap of rows, the heaviest among them', () => {
    const light = Array.from({ length: 1000 }, (_, n): Line => [`light${String(n)}`, 0, 1]);
    const table = tableOf([['heavy', 0, 5000, 'h.example.org'], ...light], 20);

    expect(rowsOf(table).length).toBeLessThanOrEqual(40);
    expect(table.ranked([0], 1)).toEqual([{ key: 'heavy', name: 'h.example.org', counts: { sent: 5000, refused: 0 } }]);
  });

  test('still knows how many keys there were', () => {
    const lines = Array.from({ length: 3000 }, (_, n): Line => [`k${String(n)}`, 0, 1]);
    const halves = [tableOf(lines.slice(0, 1800), 20), tableOf(lines.slice(1200), 20)];

    expect(tableOf(lines, 20).distinct()).toEqual({ count: 3000, exact: true });
    expect(merge(halves, 20).distinct()).toEqual({ count: 3000, exact: true });
    expect(
      merge(
        [
          tableOf(
            [
              ['k1', 0, 1],
              ['x', 0, 1],
            ],
            20,
          ),
          ...halves,
        ],
        20,
      ).distinct(),
    ).toEqual({ count: 3001, exact: true });
  });
});
