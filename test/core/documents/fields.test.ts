import { describe, expect, test } from '@jest/globals';
import { EcsFlat, EcsVersion } from '@elastic/ecs';
import { ECS_VERSION } from '../../../src/core/documents/ecs.js';
import { coreType } from '../../../src/core/documents/field.js';
import { FIELDS, LISTS, addFields } from '../../../src/core/documents/fields.js';
import { COUNTERS } from '../../../src/core/tally/counters.js';

/** What ECS says of a field. */
interface EcsField {
  readonly level: string;
  readonly type: string;
  readonly normalize: readonly string[];
  readonly required?: boolean;
  readonly allowed_values?: readonly { readonly name: string }[];
}

test('a document is objects within objects, without absent fields', () => {
  const document = { a: { b: { e: 2 } } };
  addFields(document, { 'a.b.c': 1, 'a.b.d': 'x', a2: true, 'a.e': undefined, 'f.g': ['y'] });

  expect(document).toStrictEqual({ a: { b: { e: 2, c: 1, d: 'x' } }, a2: true, f: { g: ['y'] } });
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

  test('names lists of objects that are there', () => {
    const names = Object.values(FIELDS).flatMap((fields) => [...fields.keys()]);
    for (const list of LISTS) expect(names.some((name) => name.startsWith(`${list}.`))).toBe(true);
  });

  test('has values of their type only', () => {
    for (const fields of Object.values(FIELDS))
      for (const [name, { type, values = [] }] of fields) {
        const wanted = coreType(type) === 'keyword' ? 'string' : 'number';
        expect([name, values.filter((value) => typeof value !== wanted)]).toEqual([name, []]);
      }
  });
});

describe('fields of the Elastic Common Schema', () => {
  const ecs = new Map<string, EcsField>(Object.entries(EcsFlat));
  const ours = Object.entries(FIELDS).flatMap(([kind, fields]) =>
    [...fields].filter(([, { level }]) => level !== undefined).map(([name, field]) => ({ kind, name, field })),
  );

  test('are of the version that documents name', () => {
    expect(ECS_VERSION).toBe(EcsVersion);
  });

  test('are all but our own', () => {
    for (const fields of Object.values(FIELDS))
      for (const [name, { level }] of fields)
        expect([name, level === undefined]).toEqual([name, /^mxwarden\./.test(name)]);
  });

  test.each(ours)('$name of $kind is as ECS has it', ({ name, field }) => {
    const { level, type, normalize, allowed_values: allowed } = ecs.get(name) ?? {};

    expect({ level: field.level, isArray: field.many === true }).toEqual({
      level,
      isArray: normalize?.includes('array') === true,
    });
    expect([type, type === 'match_only_text' ? 'text' : type]).toContain(
      field.type === 'constant_keyword' ? coreType(field.type) : field.type,
    );
    // What ECS lists, and `signal` it keeps for itself.
    const names = allowed?.map((value) => value.name).filter((value) => value !== 'signal');
    if (names !== undefined) expect(names).toEqual(expect.arrayContaining([...(field.values ?? ['nothing'])]));
  });

  test('that every event must have are always there', () => {
    const required = [...ecs].filter(([, field]) => field.required === true).map(([name]) => name);

    expect(required).toEqual(expect.arrayContaining(['@timestamp', 'ecs.version']));
    for (const fields of Object.values(FIELDS))
      for (const name of required) expect([name, fields.get(name)?.always]).toEqual([name, true]);
  });
});
