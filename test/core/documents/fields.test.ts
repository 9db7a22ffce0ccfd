import { describe, expect, test } from '@jest/globals';
import { FIELDS, addFields, undeclared } from '../../../src/core/documents/fields.js';
import type { Field } from '../../../src/core/documents/fields.js';
import { COUNTERS } from '../../../src/core/tally/counters.js';

test('a document is objects within objects, without absent fields', () => {
  const document = { a: { b: { e: 2 } } };
  addFields(document, { 'a.b.c': 1, 'a.b.d': 'x', a2: true, 'a.e': undefined, 'f.g': ['y'] });

  expect(document).toStrictEqual({ a: { b: { e: 2, c: 1, d: 'x' } }, a2: true, f: { g: ['y'] } });
});

describe('of a document against its declaration', () => {
  const fields = new Map<string, Field>([
    ['count', { type: 'long', doc: '' }],
    ['share', { type: 'double', doc: '' }],
    ['a.word', { type: 'keyword', doc: '' }],
    ['words', { type: 'keyword', many: true, doc: '' }],
    ['yes', { type: 'boolean', doc: '' }],
    ['at', { type: 'date', doc: '' }],
    ['list.count', { type: 'long', doc: '' }],
  ]);

  test.each([
    [{ count: 1, share: 0.5, a: { word: 'x' }, words: ['x'], yes: false, at: '2003-04-13T12:00:00.000Z' }, []],
    [{ list: [{ count: 1 }, { count: 2 }] }, []],
    [{ words: [] }, []],
    [{ count: undefined }, []],
    [{ count: 0.5 }, ['count: 0.5 is no long']],
    [{ count: NaN }, ['count: null is no long']],
    [{ share: Infinity }, ['share: null is no double']],
    [{ share: '1' }, ['share: "1" is no double']],
    [{ a: { word: 1 } }, ['a.word: 1 is no keyword']],
    [{ a: { other: 1 } }, ['a.other: not declared']],
    [{ other: 'x' }, ['other: not declared']],
    [{ words: 'x' }, ['words: "x" is no keyword']],
    [{ yes: 'true' }, ['yes: "true" is no boolean']],
    [{ at: 'yesterday' }, ['at: "yesterday" is no date']],
    [{ list: [{ count: 1 }, { count: 'x' }] }, ['list.count: "x" is no long']],
    [{ list: [{ other: 1 }] }, ['list.other: not declared']],
  ])('%j the problems are %j', (document, problems) => {
    expect(undeclared(document, fields)).toEqual(problems);
  });
});

describe('the declaration', () => {
  test('has every counter under its own name, of roles those that are published', () => {
    const missing = COUNTERS.map(([name]) => `mxwarden.${name}`).filter((name) => !FIELDS.correlation.has(name));

    expect(missing.every((name) => /\.(counted_sessions|delivering_sessions|lost_messages)$/.test(name))).toBe(true);
    expect(missing).toHaveLength(9);
  });

  test('describes every field', () => {
    for (const fields of Object.values(FIELDS))
      for (const [name, { doc }] of fields) expect([name, doc.length > 3]).toEqual([name, true]);
  });

  test('has no field that is also an object', () => {
    for (const fields of Object.values(FIELDS)) {
      const names = [...fields.keys()];
      expect(names.filter((name) => names.some((other) => other.startsWith(`${name}.`)))).toEqual([]);
    }
  });
});
