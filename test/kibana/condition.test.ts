import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  all,
  atLeast,
  beginsWith,
  below,
  esql,
  filters,
  is,
  isAbsent,
  isThere,
  kql,
  sigma,
} from '../../src/kibana/condition.js';
import type { Condition } from '../../src/kibana/condition.js';
import { fieldsOfKql, kqlFilter, parseKql } from '../support/kibana/kql.js';

const CONDITION: Condition<string> = all(
  is('a', 'x', 'y'),
  is('b', true),
  beginsWith('c', 'mail:'),
  atLeast('d', 3),
  below('e', 0.2),
  isThere('f'),
  isAbsent('g'),
);

test('a condition in the language of the search bar', () => {
  expect(kql(CONDITION)).toBe(
    String.raw`a: ("x" or "y") and b: true and c: mail\:* and d >= 3 and e < 0.2 and f: * and not g: *`,
  );
});

test('a condition as filters', () => {
  expect(filters(CONDITION)).toEqual([
    { terms: { a: ['x', 'y'] } },
    { terms: { b: [true] } },
    { prefix: { c: 'mail:' } },
    { range: { d: { gte: 3 } } },
    { range: { e: { lt: 0.2 } } },
    { exists: { field: 'f' } },
    { bool: { must_not: [{ exists: { field: 'g' } }] } },
  ]);
});

test('a condition in ES|QL', () => {
  expect(esql(CONDITION)).toBe(
    'a IN ("x", "y") AND b IN (true) AND STARTS_WITH(c, "mail:") AND d >= 3 AND e < 0.2 AND f IS NOT NULL AND g IS NULL',
  );
});

test('a condition as a selection of Sigma', () => {
  expect(sigma(CONDITION)).toEqual({
    selection: { a: ['x', 'y'], b: true, 'c|startswith': 'mail:', 'd|gte': 3, 'e|lt': 0.2, 'f|exists': true },
    filter: { 'g|exists': true },
  });
});

describe('what is written is read as it was meant', () => {
  test('any value in quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(parseKql(kql(is('a.b', value)))).toEqual({
          kind: 'is',
          field: 'a.b',
          value: { text: value, isQuoted: true },
        });
      }),
    );
  });

  test('any start of a word without spaces', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]+$/), (start) => {
        const read = parseKql(kql(beginsWith('a', start)));
        const pattern = start.replace(/[?*\\]/g, '\\$&');
        expect(read === undefined ? {} : kqlFilter(read)).toEqual({ wildcard: { a: { value: `${pattern}*` } } });
      }),
    );
  });

  test('all fields are found', () => {
    expect(fieldsOfKql(parseKql(kql(CONDITION)))).toEqual(['a', 'a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  test('nothing is everything', () => {
    expect(kqlFilter(parseKql(''))).toEqual({ match_all: {} });
  });

  test('not binds most, or least', () => {
    expect(kqlFilter(parseKql('not a: 1 and b: 2 or c: (3 or not 4)'))).toEqual({
      bool: {
        minimum_should_match: 1,
        should: [
          { bool: { filter: [{ bool: { must_not: [{ match: { a: '1' } }] } }, { match: { b: '2' } }] } },
          {
            bool: {
              minimum_should_match: 1,
              should: [{ match: { c: '3' } }, { bool: { must_not: [{ match: { c: '4' } }] } }],
            },
          },
        ],
      },
    });
  });
});

test.each(['a', '"a b"', 'a:', 'a: (1 or', 'a: 1)', 'a: 1 and', 'a: "x', 'a: 1 b: 2', 'a >= ', 'a: {b: 1}', '(a: 1'])(
  'no query: %s',
  (query) => {
    expect(() => parseKql(query)).toThrow('KQL: ');
  },
);
