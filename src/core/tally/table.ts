import { Distinct } from './distinct.js';
import type { PackedDistinct } from './distinct.js';
import { packTexts, unpackTexts } from './packed-texts.js';
import type { PackedTexts } from './packed-texts.js';

/** What a table knows of one key. */
export interface Row<C extends string> {
  readonly key: string;
  /** A name for the key, the smallest one seen; empty where none was. */
  readonly name: string;
  readonly counts: Readonly<Record<C, number>>;
}

/** The columns of a table by their names, in order. */
export type Columns<C extends string> = Readonly<Record<C, number>>;

/** A row of a table with what it was chosen for. */
export interface Weighed {
  readonly key: string;
  readonly row: number;
  readonly weight: number;
}

/** Whole numbers, none below 0. */
type Values = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** A table as plain data, of as few bytes as may be. */
export interface PackedTable {
  readonly keys: PackedTexts;
  readonly names: PackedTexts;
  /** All counts, row after row. */
  readonly values: Values;
  readonly error: number;
  readonly seen: PackedDistinct | undefined;
}

const ROWS_AT_FIRST = 2;
/** Most tallies of a quiet server have a client or two, and no rejected recipients. */
const NO_VALUES: Values = new Uint8Array(0);

/** A copy that shares no memory with the text it was cut from: a substring would keep its whole block alive. */
function ownCopy(text: string): string {
  return [text.charAt(0), text.substring(1)].join('');
}

/**
 * Counts by key (clients, recipients, query names). Exact up to `cap` keys; above twice that many, or when it is packed,
 * it is pruned to the heaviest `cap` at most and `error` grows by the weight of the heaviest row that was dropped: no
 * count of a key, kept or not, is too small by more than `error`, and none is too large. Merging adds counts and errors.
 */
export class Table<C extends string> {
  /** By how much a count may be too small; 0 while the table is exact. */
  error = 0;
  private readonly width: number;
  /** Row numbers by key. */
  private index = new Map<string, number>();
  private keys: string[] = [];
  private names: string[] = [];
  /** All counts, row after row, in as few bytes as they need: most clients of a flood come once. */
  private values = NO_VALUES;
  /** The largest number that `values` can hold. */
  private largest = largestIn(NO_VALUES);
  /** All keys ever seen, from the first time that a row was dropped. */
  private seen: Distinct | undefined;

  constructor(
    private readonly columns: Columns<C>,
    private readonly cap: number,
  ) {
    this.width = Object.keys(columns).length;
  }

  /** The table that was packed. */
  static of<C extends string>(
    { keys, names, values, error, seen }: PackedTable,
    columns: Columns<C>,
    cap: number,
  ): Table<C> {
    const table = new Table(columns, cap);
    table.keys = unpackTexts(keys);
    table.names = unpackTexts(names);
    table.reindex();
    table.values = values.slice();
    table.largest = largestIn(values);
    table.error = error;
    table.seen = seen === undefined ? undefined : Distinct.of(seen);
    return table;
  }

  /** The table as plain data; leaves the heaviest rows, up to the cap. */
  pack(): PackedTable {
    if (this.keys.length > this.cap) this.prune();
    return this.packAll();
  }

  /** The table as plain data with all its rows: the one that is made of it goes on as this one does. */
  packAll(): PackedTable {
    const { keys, names, error, seen } = this;
    const values = this.values.slice(0, keys.length * this.width);
    return { keys: packTexts(keys), names: packTexts(names), values, error, seen: seen?.pack() };
  }

  /** The row of a key, made if it is new; good until the next call. */
  rowOf(key: string): number {
    return this.index.get(key) ?? this.insert(key);
  }

  /** The row of a key, `undefined` if it has none; good until the next call of `rowOf`. */
  rowIfKnown(key: string): number | undefined {
    return this.index.get(key);
  }

  keyOf(row: number): string {
    return this.keys[row] ?? '';
  }

  /** The name of a row; empty where there is none. */
  nameOf(row: number): string {
    return this.names[row] ?? '';
  }

  /** Gives a row a name; of several the smallest stays, so that their order does not matter. */
  nameRow(row: number, name: string): void {
    const known = this.names[row] ?? '';
    if (name !== known && name !== '' && (known === '' || name < known)) this.names[row] = ownCopy(name);
  }

  /** Adds to one count of a row. */
  add(row: number, column: number, amount = 1): void {
    this.addAt(row * this.width + column, amount);
  }

  /** One count of a row. */
  at(row: number, column: number): number {
    return this.values[row * this.width + column] ?? 0;
  }

  /** All counts of a row by name. */
  countsOf(row: number): Record<C, number> {
    const counts: Record<C, number> = { ...this.columns };
    for (const name in this.columns) counts[name] = this.at(row, this.columns[name]);
    return counts;
  }

  /** One count of a key; 0 for one that is not there. */
  countOf(key: string, column: number): number {
    const row = this.index.get(key);
    return row === undefined ? 0 : this.at(row, column);
  }

  /** Adds all that `other` holds; `other` stays as it is. */
  mergeFrom(other: Table<C>): void {
    this.error += other.error;
    if (other.seen !== undefined) this.allSeen().mergeFrom(other.seen);
    const { width } = this;
    for (let theirRow = 0; theirRow < other.keys.length; theirRow += 1) {
      const row = this.rowOf(other.keyOf(theirRow));
      this.nameRow(row, other.nameOf(theirRow));
      const from = theirRow * width;
      const to = row * width;
      for (let i = 0; i < width; i += 1) {
        const amount = other.values[from + i] ?? 0;
        if (amount > 0) this.addAt(to + i, amount);
      }
    }
  }

  /** How many different keys were seen; once the table has been pruned, a sketch of them tells. */
  distinct(): { readonly count: number; readonly exact: boolean } {
    return this.seen?.estimate() ?? { count: this.keys.length, exact: true };
  }

  /** One count of every row, in no order that means anything. */
  column(column: number): readonly number[] {
    return this.keys.map((_key, row) => this.at(row, column));
  }

  /** Calls `take` for the key and the number of each row, in no order that means anything. */
  forEachRow(take: (key: string, row: number) => void): void {
    for (let row = 0; row < this.keys.length; row += 1) take(this.keyOf(row), row);
  }

  /** The first `limit` rows by the falling sum of these columns, equal ones by key; rows of sum 0 left out. */
  ranked(columns: readonly number[], limit: number): readonly Row<C>[] {
    const weightOf = (row: number): number => {
      let weight = 0;
      for (const column of columns) weight += this.at(row, column);
      return weight;
    };
    return this.heaviest(limit, weightOf).map(({ key, row }) => ({
      key,
      name: this.nameOf(row),
      counts: this.countsOf(row),
    }));
  }

  /**
   * The `limit` rows of the largest weight, of equal ones the first by their keys; those of 0 or less are left out.
   * `isTaken` is asked for few of them. Their keys outlive the table.
   */
  heaviest(
    limit: number,
    weightOf: (row: number, key: string) => number,
    isTaken: (key: string) => boolean = () => true,
  ): readonly Weighed[] {
    const top: Weighed[] = [];
    for (let row = 0; row < this.keys.length; row += 1) {
      const key = this.keyOf(row);
      const weight = weightOf(row, key);
      if (weight <= 0) continue;
      const last = top[limit - 1];
      if ((last !== undefined && !isBefore(key, weight, last)) || !isTaken(key)) continue;
      let place = top.length;
      for (let above = top[place - 1]; above !== undefined && isBefore(key, weight, above); above = top[place - 1])
        place -= 1;
      top.splice(place, 0, { key, row, weight });
      if (top.length > limit) top.pop();
    }
    return top.map(({ key, row, weight }) => ({ key: ownCopy(key), row, weight }));
  }

  private insert(key: string): number {
    if (this.keys.length >= 2 * this.cap) this.prune();
    const own = ownCopy(key);
    const row = this.keys.length;
    this.index.set(own, row);
    this.keys.push(own);
    this.names.push('');
    this.seen?.add(own);
    if ((row + 1) * this.width > this.values.length)
      this.replaceValues(this.largest, Math.max(2 * this.values.length, ROWS_AT_FIRST * this.width));
    return row;
  }

  private addAt(at: number, amount: number): void {
    const sum = (this.values[at] ?? 0) + amount;
    if (sum > this.largest) this.replaceValues(sum, this.values.length);
    this.values[at] = sum;
  }

  /** Moves the values to an array of another length that holds numbers up to `largest`. */
  private replaceValues(largest: number, length: number): void {
    const values = valuesUpTo(largest, length);
    values.set(this.values);
    this.values = values;
    this.largest = largestIn(values);
  }

  /** Drops the rows beyond the heaviest `cap`, and those that weigh no more than one of them: who they are is chance. */
  private prune(): void {
    this.allSeen();
    const { keys, names, values, width } = this;
    const weights = Float64Array.from(keys, (_key, row) => this.weightOf(row));
    // It is a whole number. Without `trunc` V8 would take it for one that may have a fraction, as any of such an array, and
    // `error` with it: a table would then be another kind of object, and all that uses tables be compiled again.
    const heaviestDropped = Math.trunc(weights.slice().sort()[keys.length - this.cap - 1] ?? 0);
    this.error += heaviestDropped;
    let kept = 0;
    for (const [row, weight] of weights.entries()) {
      if (weight <= heaviestDropped) continue;
      keys[kept] = this.keyOf(row);
      names[kept] = this.nameOf(row);
      values.copyWithin(kept * width, row * width, (row + 1) * width);
      kept += 1;
    }
    keys.length = kept;
    names.length = kept;
    values.fill(0, kept * width);
    this.reindex();
  }

  private weightOf(row: number): number {
    let weight = 0;
    for (let column = 0; column < this.width; column += 1) weight += this.at(row, column);
    return weight;
  }

  private reindex(): void {
    this.index = new Map();
    for (const [row, key] of this.keys.entries()) this.index.set(key, row);
  }

  private allSeen(): Distinct {
    if (this.seen === undefined) {
      this.seen = new Distinct();
      for (const key of this.keys) this.seen.add(key);
    }
    return this.seen;
  }
}

/** So many zeros, in an array that takes numbers up to `largest`. */
export function valuesUpTo(largest: number, length: number): Values {
  if (largest < 2 ** 8) return new Uint8Array(length);
  if (largest < 2 ** 16) return new Uint16Array(length);
  return largest < 2 ** 32 ? new Uint32Array(length) : new Float64Array(length);
}

function isBefore(key: string, weight: number, other: Weighed): boolean {
  return weight > other.weight || (weight === other.weight && key < other.key);
}

function largestIn(values: Values): number {
  return values instanceof Float64Array ? Infinity : 2 ** (8 * values.BYTES_PER_ELEMENT) - 1;
}
