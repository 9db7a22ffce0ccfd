import type { JsonObject } from '../core/documents/fields.js';

/** The value at a path such as `mxwarden.incident.id`; `undefined` where there is none. */
export function valueAt(document: JsonObject, path: string): JsonObject[string] {
  let at: JsonObject[string] = document;
  for (const name of path.split('.')) {
    if (!isObject(at)) return undefined;
    at = at[name];
  }
  return at;
}

export function isObject(value: JsonObject[string]): value is JsonObject {
  return typeof value === 'object' && !Array.isArray(value);
}

export function textAt(document: JsonObject, path: string): string | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : undefined;
}

export function numberAt(document: JsonObject, path: string): number | undefined {
  const value = valueAt(document, path);
  return typeof value === 'number' ? value : undefined;
}

/** The objects of an array; none where there is no array of objects. */
export function objectsAt(document: JsonObject, path: string): readonly JsonObject[] {
  const value: unknown = valueAt(document, path);
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
