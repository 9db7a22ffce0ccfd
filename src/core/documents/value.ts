import type { Ms } from '../event.js';
import type { JsonObject } from './fields.js';

/** The value that these names lead to, in a value from wherever it comes; `undefined` where there is none. */
export function valueIn(value: unknown, names: readonly string[]): unknown {
  let at = value;
  for (const name of names) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

/** The value at a path such as `mxwarden.incident.id`. */
export function valueAt(document: unknown, path: string): unknown {
  return valueIn(document, path.split('.'));
}

export function textAt(document: unknown, path: string): string | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : undefined;
}

/** The texts of a list; `undefined` where there is no list. */
export function textsAt(document: unknown, path: string): readonly string[] | undefined {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

export function numberAt(document: unknown, path: string): number | undefined {
  const value = valueAt(document, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function timeAt(document: unknown, path: string): Ms | undefined {
  const time = Date.parse(textAt(document, path) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** What a list holds that stands under a name; nothing where there is no list. */
export function listIn(value: unknown, name: string): readonly unknown[] {
  const list = valueIn(value, [name]);
  return Array.isArray(list) ? list : [];
}

/** What has fields of whatever types: an object from wherever it comes. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** The objects of a list; none where there is no list of objects. */
export function objectsAt(document: unknown, path: string): readonly JsonObject[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Whether a value is an object as JSON has it. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
