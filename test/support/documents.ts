import { expect } from '@jest/globals';
import { isAddress } from '../../src/core/address.js';
import { undeclared } from '../../src/core/documents/fields.js';
import type { Field, JsonObject } from '../../src/core/documents/fields.js';

/** A document as it is written: without absent fields. */
export function written(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).flatMap(([name, value]) => (value === undefined ? [] : [[name, writtenValue(value)]])),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

/** What is wrong with a document, in words: fields not declared, numbers that are not finite, `ip` that is none. */
export function problemsOf(document: JsonObject, fields: ReadonlyMap<string, Field>): readonly string[] {
  const numbers = leaves(document)
    .filter(([, value]) => typeof value === 'number' && !Number.isFinite(value))
    .map(([path, value]) => `${path}: ${String(value)} is not finite`);
  const addresses = leaves(document)
    .filter(([path, value]) => fields.get(path)?.type === 'ip' && typeof value === 'string' && !isAddress(value))
    .map(([path, value]) => `${path}: ${String(value)} is no address`);
  return [...undeclared(document, fields), ...numbers, ...addresses];
}

/** Fails if a document has fields that are not declared, or values that their fields cannot take. */
export function expectDeclared(documents: readonly JsonObject[], fields: ReadonlyMap<string, Field>): void {
  expect(documents.flatMap((document) => problemsOf(document, fields))).toEqual([]);
}
