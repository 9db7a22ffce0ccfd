/** A JSON object, of whose values nothing is known. */
export type Document = Readonly<Record<string, unknown>>;

/**
 * Where a value stands in a document: each way to cut a dotted name into keys, since shippers write `host.name` as one
 * key, as an object in an object, or as a mixture of both.
 */
export type Field = readonly (readonly string[])[];

/** The fields of dotted names, divided by blanks. */
export function fields(names: string): readonly Field[] {
  return names.split(' ').map((name) => waysToCut(name.split('.')));
}

/** The document that a text holds, `undefined` if it is no JSON object. */
export function documentIn(text: string): Document | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isDocument(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a field, of a list its first; `undefined` if the document does not have it. */
export function valueIn(document: Document, field: Field): unknown {
  for (const keys of field) {
    const value = valueAt(document, keys);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The first of some fields that holds a text or a number, as text; empty if none does. */
export function textIn(document: Document, sought: readonly Field[]): string {
  for (const field of sought) {
    const value = valueIn(document, field);
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return '';
}

/** The first of some fields that holds a whole number, be it written as text. */
export function integerIn(document: Document, sought: readonly Field[]): number | undefined {
  const text = textIn(document, sought);
  const value = text === '' ? NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function valueAt(document: Document, keys: readonly string[]): unknown {
  let value: unknown = document;
  for (const key of keys) {
    if (!isDocument(value)) return undefined;
    value = firstOf(value[key]);
  }
  return value;
}

function firstOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const list: readonly unknown[] = value;
  return list[0];
}

function waysToCut(parts: readonly string[]): Field {
  const ways: (readonly string[])[] = [[parts.join('.')]];
  for (let cut = 1; cut < parts.length; cut += 1) {
    const first = parts.slice(0, cut).join('.');
    for (const rest of waysToCut(parts.slice(cut))) ways.push([first, ...rest]);
  }
  return ways;
}
