import { describe, expect, test } from '@jest/globals';
import type { Field } from '../../../src/core/documents/field.js';
import { FIELDS } from '../../../src/core/documents/fields.js';
import { problemsOf } from '../../support/documents.js';
import { alertOf, incidentOf } from '../../support/incidents.js';

describe('of a document against its declaration', () => {
  const fields = new Map<string, Field>([
    ['count', { type: 'long', doc: '' }],
    ['share', { type: 'double', doc: '' }],
    ['a.word', { type: 'keyword', doc: '' }],
    ['words', { type: 'keyword', many: true, values: ['x', 'y'], doc: '' }],
    ['yes', { type: 'boolean', doc: '' }],
    ['at', { type: 'date', doc: '' }],
    ['from', { type: 'ip', doc: '' }],
    ['mxwarden.top_clients.count', { type: 'long', doc: '' }],
  ]);

  test.each([
    [{ count: 1, share: 0.5, a: { word: 'x' }, words: ['x'], yes: false, at: '2003-04-13T12:00:00.000Z' }, []],
    [{ mxwarden: { top_clients: [{ count: 1 }, { count: 2 }] } }, []],
    [{ from: '2001:db8::1' }, []],
    [{ count: undefined }, []],
    [{ count: 0.5 }, ['count: 0.5 is no long']],
    [{ count: NaN }, ['count: null is no long']],
    [{ count: 2 ** 53 }, ['count: 9007199254740992 is no long']],
    [{ share: Infinity }, ['share: null is no double']],
    [{ share: '1' }, ['share: "1" is no double']],
    [{ a: { word: 1 } }, ['a.word: 1 is no keyword']],
    [{ a: { word: ['x'] } }, ['a.word: ["x"] is a list']],
    [{ a: { other: 1 } }, ['a.other: not declared']],
    [{ a: [{ word: 'x' }] }, ['a: not declared']],
    [{ other: 'x' }, ['other: not declared']],
    [{ words: 'x' }, ['words: "x" is no list']],
    [{ words: ['x', 'z'] }, ['words: "z" is none of its values']],
    [{ yes: 'true' }, ['yes: "true" is no boolean']],
    [{ at: 'yesterday' }, ['at: "yesterday" is no date']],
    [{ at: '2003-04-13' }, ['at: "2003-04-13" is no date']],
    [{ from: 'unknown' }, ['from: "unknown" is no ip']],
    [{ mxwarden: { top_clients: [{ count: 1 }, { count: 'x' }] } }, ['mxwarden.top_clients.count: "x" is no long']],
    [{ mxwarden: { top_clients: [{ other: 1 }] } }, ['mxwarden.top_clients.other: not declared']],
    [
      { event: { category: ['email', 'network'], type: ['denied', 'creation'] } },
      ['event.category: not declared', 'event.type: not declared', 'event.type: creation is no type of email, network'],
    ],
  ])('%j the problems are %j', (document, problems) => {
    expect(new Set(problemsOf(document, fields))).toEqual(new Set(problems));
  });
});

test('what all documents of a kind have must be there, and be of that kind', () => {
  const alert = alertOf(incidentOf());

  expect(problemsOf(alert, FIELDS.alert)).toEqual([]);
  expect(problemsOf({ ...alert, ecs: undefined }, FIELDS.alert)).toEqual(['ecs.version: missing']);
  expect(problemsOf(alert, FIELDS.rejection)).toContain('event.kind: "alert" is none of its values');
});
