import type { Block } from './block.js';
import { literal } from './literal.js';
import type { Literal } from './literal.js';

/** A value that is looked for in documents, as the place of its name among all that are. */
export type Field = number;

/** What is looked for under a key: a field, or fields of the objects there. */
export interface Sought {
  /** Its place among all that are sought. */
  readonly place: number;
  readonly key: Literal;
  field: Field | undefined;
  inner: Names | undefined;
}

const SLOTS = 256;

/** What is looked for in an object. */
export class Names {
  private readonly byKey = new Map<string, Sought>();
  private readonly slots = Array.from({ length: SLOTS }, () => new Array<Sought>());

  /** What is looked for under a key. */
  get(key: string): Sought | undefined {
    return this.byKey.get(key);
  }

  /** The same for the key from `start` to `end` of a block. */
  find({ bytes, view }: Block, start: number, end: number): Sought | undefined {
    const length = end - start;
    for (const sought of this.slots[slotOf(bytes, start, length)] ?? [])
      if (sought.key.length === length && sought.key.isAt(view, start)) return sought;
    return undefined;
  }

  /** Enters each way to cut a name into keys. */
  enter(parts: readonly string[], field: Field): void {
    for (let cut = 1; cut <= parts.length; cut += 1) {
      const sought = this.seek(parts.slice(0, cut).join('.'));
      if (cut === parts.length) sought.field = field;
      else (sought.inner ??= new Names()).enter(parts.slice(cut), field);
    }
  }

  private seek(name: string): Sought {
    const known = this.byKey.get(name);
    if (known !== undefined) return known;
    const sought = { place: places, key: literal(name), field: undefined, inner: undefined };
    places += 1;
    this.byKey.set(name, sought);
    this.slots[slotOf(Buffer.from(name), 0, name.length)]?.push(sought);
    return sought;
  }
}

/** A number that few keys share: their length, and the characters at both ends and in the middle. */
function slotOf(bytes: Uint8Array, start: number, length: number): number {
  const first = bytes[start] ?? 0;
  const middle = bytes[start + (length >> 1)] ?? 0;
  const last = bytes[start + length - 1] ?? 0;
  return (length + first * 3 + middle * 7 + last * 31) % SLOTS;
}

/** What is looked for in a document. */
export const NAMES = new Names();
const fieldOf = new Map<string, Field>();
let places = 0;

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
    NAMES.enter(name.split('.'), field);
    return field;
  });
}

/** How many fields there are, and how many keys that lead to them. */
export function countSought(): { readonly fields: number; readonly keys: number } {
  return { fields: fieldOf.size, keys: places };
}
