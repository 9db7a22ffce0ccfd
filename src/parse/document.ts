import { wholeNumber } from './text.js';

/** An object of JSON, of whose values nothing is known. */
type JsonObject = Readonly<Record<string, unknown>>;

/** A value that is looked for in documents, as the place of its name among all that are. */
export type Field = number;

/** What is looked for under a key: a field, or fields of the objects there. */
interface Sought {
  field: Field | undefined;
  inner: Names | undefined;
}
type Names = Map<string, Sought>;

const names: Names = new Map();
const fieldOf = new Map<string, Field>();

/**
 * The fields of dotted names, divided by blanks. Shippers write `host.name` as one key, as an object in an object or as a
 * mixture of both; each of them is found.
 */
export function fields(dotted: string): readonly Field[] {
  return dotted.split(' ').map((name) => {
    const known = fieldOf.get(name);
    if (known !== undefined) return known;
    const field = fieldOf.size;
    fieldOf.set(name, field);
    seek(names, name.split('.'), field);
    return field;
  });
}

/** A JSON document, with what all its readers look for found in one go: a look at what is not there is dear. */
export class Document {
  private readonly values = new Array<unknown>(fieldOf.size).fill(undefined);

  constructor(object: JsonObject) {
    collect(object, names, this.values);
  }

  /** The document that a text holds, `undefined` if it is no JSON object. */
  static parse(text: string): Document | undefined {
    try {
      return Document.from(JSON.parse(text));
    } catch {
      return undefined;
    }
  }

  static from(value: unknown): Document | undefined {
    return isObject(value) ? new Document(value) : undefined;
  }

  /** The value of a field, `undefined` if the document does not have it. */
  value(field: Field): unknown {
    return this.values[field];
  }

  /** The first of some fields that holds a text or a number, be it in a list, as text; empty if none does. */
  text(sought: readonly Field[]): string {
    for (const field of sought) {
      const value = firstOf(this.values[field]);
      if (typeof value === 'string' && value !== '') return value;
      if (typeof value === 'number') return String(value);
    }
    return '';
  }

  /** The first of some fields that holds a number or a text, if that is a whole number. */
  integer(sought: readonly Field[]): number | undefined {
    return wholeNumber(this.text(sought));
  }
}

/** The first of a list; anything else as it is. */
export function firstOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const list: readonly unknown[] = value;
  return list[0];
}

function collect(object: JsonObject, sought: Names, values: unknown[]): void {
  for (const key in object) {
    const found = sought.get(key);
    if (found === undefined) continue;
    const value = object[key];
    if (found.field !== undefined) values[found.field] ??= value;
    if (found.inner === undefined) continue;
    const inner = firstOf(value);
    if (isObject(inner)) collect(inner, found.inner, values);
  }
}

/** Enters each way to cut a name into keys. */
function seek(names: Names, parts: readonly string[], field: Field): void {
  for (let cut = 1; cut <= parts.length; cut += 1) {
    const key = parts.slice(0, cut).join('.');
    const sought = names.get(key) ?? { field: undefined, inner: undefined };
    names.set(key, sought);
    if (cut === parts.length) sought.field = field;
    else seek((sought.inner ??= new Map<string, Sought>()), parts.slice(cut), field);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
