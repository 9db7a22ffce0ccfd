import { EcsFlat } from '@elastic/ecs';
import { isAddress } from '../../src/core/address.js';
import type { Field } from '../../src/core/documents/field.js';
import { FIELDS, LISTS } from '../../src/core/documents/fields.js';
import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import { isObject, textAt, textsAt } from '../../src/core/documents/value.js';
import { entries } from '../../src/core/tally/counters.js';

/** A document as it is written: without absent fields. */
export function written(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).flatMap(([name, value]) => (value === undefined ? [] : [[name, writtenValue(value)]])),
  );
}

function writtenValue(value: Exclude<JsonObject[string], undefined>): JsonObject[string] {
  return isObject(value) ? written(value) : value;
}

/** The value at a path of names, in a document as it is written. */
export function at(document: unknown, path: string): unknown {
  let value = document;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

/** Every field by its path; entries of lists of objects under the list's path. */
export function leaves(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => leaves(item, path));
  if (value === undefined) return [];
  if (!isObject(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`));
}

/** What the declaration of fields has against a document, in words: nothing, if it is one of ours. */
export function problemsOf(document: JsonObject, fields: ReadonlyMap<string, Field>): readonly string[] {
  const missing = [...fields]
    .filter(([path, { always }]) => always === true && at(document, path) === undefined)
    .map(([path]) => `${path}: missing`);
  return [...missing, ...problemsWithin(document, fields, ''), ...categoryProblems(document)];
}

function problemsWithin(object: JsonObject, fields: ReadonlyMap<string, Field>, prefix: string): readonly string[] {
  return Object.entries(object).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const path = prefix + name;
    const field = fields.get(path);
    if (field !== undefined) return valueProblems(value, field).map((problem) => `${path}: ${problem}`);
    const inner = LISTS.has(path) && Array.isArray(value) ? value : [value];
    return inner.flatMap((item: unknown) =>
      isObject(item) ? problemsWithin(item, fields, `${path}.`) : [`${path}: not declared`],
    );
  });
}

function valueProblems(value: Exclude<JsonObject[string], undefined>, field: Field): readonly string[] {
  const isList = Array.isArray(value);
  if (isList !== (field.many === true)) return [`${JSON.stringify(value)} is ${isList ? 'a list' : 'no list'}`];
  const values: readonly unknown[] = isList ? value : [value];
  return values.flatMap((item) => {
    if (!fits(item, field)) return [`${JSON.stringify(item)} is no ${field.type}`];
    const isKnown = field.values === undefined || field.values.some((known) => known === item);
    return isKnown ? [] : [`${JSON.stringify(item)} is none of its values`];
  });
}

function fits(value: unknown, { type }: Field): boolean {
  switch (type) {
    case 'long':
      return Number.isSafeInteger(value);
    case 'float':
    case 'double':
      return Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && new Date(value).getTime() >= 0 && new Date(value).toISOString() === value;
    case 'ip':
      return typeof value === 'string' && isAddress(value);
    case 'keyword':
    case 'constant_keyword':
    case 'match_only_text':
      return typeof value === 'string';
  }
}

/** Types of events that ECS does not expect of the categories of a document. */
function categoryProblems(document: JsonObject): readonly string[] {
  const categories = textsAt(document, 'event.category') ?? [];
  const expected = EcsFlat['event.category'].allowed_values
    .filter(({ name }) => categories.includes(name))
    .flatMap(({ expected_event_types: types }) => types);
  return (textsAt(document, 'event.type') ?? [])
    .filter((type) => !expected.includes(type))
    .map((type) => `event.type: ${type} is no type of ${categories.join(', ')}`);
}

/** Documents of a run by their kind; what is left out there is none of. */
export type DocumentsByKind = Readonly<Partial<Record<DocumentKind, readonly JsonObject[]>>>;

const SHOWN = 10;

/** Throws if one of these is no document of its kind; for benchmarks as well, which know nothing of jest. */
export function expectDocuments(documents: DocumentsByKind): void {
  const problems = entries(FIELDS).flatMap(([kind, fields]) =>
    (documents[kind] ?? []).flatMap((document) =>
      problemsOf(document, fields).map((problem) => `${kind} ${textAt(document, 'event.id') ?? '?'}: ${problem}`),
    ),
  );
  if (problems.length > 0) throw new Error(problems.slice(0, SHOWN).join('\n'));
}
