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

describe('a packed table', () => {
  const unpacked = (table: Table<keyof typeof COLUMNS>, cap: number) => Table.of(table.pack(), COLUMNS, cap);

  test('of up to the cap of keys is the same when it is unpacked', () => {
    fc.assert(
      fc.property(linesOf(30, 300), (lines) => {
        expect(plainTable(unpacked(tableOf(lines), 30))).toEqual(plainTable(tableOf(lines)));
      }),
      { numRuns: 30 },
    );
  });

  test('of the cap of keys is exact, of one more it has lost those that weigh as little as the lightest', () => {
    const light = Array.from({ length: 20 }, (_, n): Line => [`k${String(n)}`, 0, 1]);
    const heavy: Line = ['heavy', 0, 2, 'h.example.org'];
    const exact = Table.of(tableOf(light, 20).pack(), COLUMNS, 20);
    const pruned = Table.of(tableOf([...light, heavy], 20).pack(), COLUMNS, 20);

    expect([rowsOf(exact).length, exact.error]).toEqual([20, 0]);
    expect(rowsOf(pruned)).toEqual([{ key: 'heavy', name: 'h.example.org', counts: { sent: 2, refused: 0 } }]);
    expect(pruned.error).toBe(1);
    expect(pruned.distinct()).toEqual({ count: 21, exact: true });
  });

  test.each([2 ** 8, 2 ** 16, 2 ** 32, 2 ** 40])('holds counts around %i', (limit) => {
    for (const count of [limit - 1, limit]) {
      const table = tableOf([
        ['a', 0, count],
        ['b', 1, 3],
      ]);
      const sum = merge([unpacked(table, 30), unpacked(table, 30)]);

      expect([sum.countOf('a', 0), sum.countOf('a', 1), sum.countOf('b', 1)]).toEqual([2 * count, 0, 6]);
    }
  });

  test('keeps no part of the one that it was unpacked from', () => {
    const packed = tableOf([['a', 0, 1]]).pack();
    const first = Table.of(packed, COLUMNS, 30);
    first.add(first.rowOf('a'), 0, 5);
    first.add(first.rowOf('b'), 0);

    expect(plainTable(Table.of(packed, COLUMNS, 30))).toEqual(plainTable(tableOf([['a', 0, 1]])));
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

  /** All tables in one: two of them are merged, packed or not, until one is left; `turns` say which and how. */
  function mergedInTurns(tables: Table<keyof typeof COLUMNS>[], turns: readonly number[], cap: number) {
    for (let turn = 0; tables.length > 1; turn += 1) {
      const pick = turns[turn % turns.length] ?? 0;
      const [a = new Table(COLUMNS, cap)] = tables.splice(pick % tables.length, 1);
      const [b = new Table(COLUMNS, cap)] = tables.splice((pick >> 3) % tables.length, 1);
      const other = (pick & 64) === 0 ? b : Table.of(b.pack(), COLUMNS, cap);
      const sum = (pick & 128) === 0 ? a : Table.of(a.pack(), COLUMNS, cap);
      sum.mergeFrom(other);
      tables.push(sum);
    }
    return tables[0] ?? new Table(COLUMNS, cap);
  }
  const anyTurns = fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 8 });

  test.each([20, 35, 50])('with a cap of %i is right within its error, however it was split and merged', (cap) => {
    const errors: number[] = [];
    const split = fc.array(linesOf(300, 250), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(split, anyTurns, (parts, turns) => {
        const lines = parts.flat();
        const truly = truth(lines).size;
        errors.push(expectWithinError(tableOf(lines, cap), lines));
        const sum = mergedInTurns(
          parts.map((part) => tableOf(part, cap)),
          turns,
          cap,
        );
        errors.push(expectWithinError(sum, lines));
        // Fewer than a sketch keeps.
        expect(sum.distinct()).toEqual({ count: truly, exact: true });
      }),
      { numRuns: 60 },
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

test('a table with all its rows goes on as the one that was packed, whatever it has dropped', () => {
  const cap = 8;
  fc.assert(
    fc.property(linesOf(40, 120), fc.nat({ max: 120 }), (lines, place) => {
      const table = tableOf(lines.slice(0, place), cap);
      const packed = table.packAll();
      const again = Table.of(structuredClone(packed), COLUMNS, cap);
      const others = [table, again, Table.of(packed, COLUMNS, cap)];
      for (const [key, column, amount] of lines.slice(place))
        for (const each of others) each.add(each.rowOf(key), column, amount);
      const unbroken = tableOf(
        lines.map(([key, column, amount, name], index) => [key, column, amount, index < place ? name : undefined]),
        cap,
      );

      for (const each of others) {
        expect(rowsOf(each)).toEqual(rowsOf(unbroken));
        expect([each.error, each.distinct()]).toEqual([unbroken.error, unbroken.distinct()]);
      }
    }),
  );
});
