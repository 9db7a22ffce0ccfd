import { Distinct } from './distinct.js';

/** What a table knows of one key. */
export interface Row<C extends string> {
  readonly key: string;
  /** A name for the key, the smallest one seen; empty where none was. */
  readonly name: string;
  readonly counts: Readonly<Record<C, number>>;
}

/** The columns of a table by their names, in order. */
export type Columns<C extends string> = Readonly<Record<C, number>>;

const ROWS_AT_FIRST = 2;
/** Most tallies of a quiet server have a client or two, and no rejected recipients. */
const NO_VALUES = new Float64Array(0);

/** A copy that shares no memory with the text it was cut from: a substring would keep its whole block alive. */
function ownCopy(text: string): string {
  return ` ${text}`.slice(1);
}

/**
 * Counts by key (clients, recipients, query names). Exact up to `cap` keys at any time; above twice that many it is
 * pruned to the heaviest `cap` and `error` grows by the weight of the heaviest row that was dropped: no count of a key,
 * kept or not, is too small by more than `error`. Merging adds counts and errors.
 */
export class Table<C extends string> {
  /** By how much a count may be too small; 0 while the table is exact. */
  error = 0;
  private readonly width: number;
  /** Row numbers by key. */
  private index = new Map<string, number>();
  private names: string[] = [];
  /** All counts, row after row: merging adds up numbers without making objects. */
  private values = NO_VALUES;
  /** Of all keys ever seen, from the first time that a row was dropped. */
  private keys: Distinct | undefined;

  constructor(
    private readonly columns: Columns<C>,
    private readonly cap: number,
  ) {
    this.width = Object.keys(columns).length;
  }

  /** The row of a key, made if it is new; good until the next call. */
  rowOf(key: string): number {
    return this.index.get(key) ?? this.insert(ownCopy(key));
  }

  /** The row of a key, `undefined` if it has none; good until the next call of `rowOf`. */
  rowIfKnown(key: string): number | undefined {
    return this.index.get(key);
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
    const at = row * this.width + column;
    this.values[at] = (this.values[at] ?? 0) + amount;
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

  /** Becomes a table that another thread sent, as its fields without their classes. */
  receive(sent: Table<C>): this {
    return Object.assign(this, sent, { keys: sent.keys && new Distinct().receive(sent.keys) });
  }

  /** Adds all that `other` holds; `other` stays as it is. */
  mergeFrom(other: Table<C>): void {
    this.error += other.error;
    if (other.keys !== undefined) this.sketch().mergeFrom(other.keys);
    if (this.index.size === 0) return this.copyRows(other);
    const { width } = this;
    for (const [key, theirRow] of other.index) {
      const row = this.index.get(key) ?? this.insert(key);
      this.nameRow(row, other.nameOf(theirRow));
      const from = theirRow * width;
      const to = row * width;
      for (let i = 0; i < width; i += 1)
        this.values[to + i] = (this.values[to + i] ?? 0) + (other.values[from + i] ?? 0);
    }
  }

  /** The same in a table without rows, which is most of what is merged. */
  private copyRows({ index, names, values }: Table<C>): void {
    this.index = new Map(index);
    this.names = names.slice();
    this.values = values.slice();
    if (this.keys !== undefined) for (const key of index.keys()) this.keys.add(key);
  }

  /** How many different keys were seen: exact, or a sketch's estimate once the table has been pruned. */
  distinct(): number {
    return this.keys === undefined ? this.index.size : this.keys.estimate().count;
  }

  /** One count of every row, in no order that means anything. */
  column(column: number): readonly number[] {
    const counts: number[] = [];
    for (let row = 0; row < this.index.size; row += 1) counts.push(this.at(row, column));
    return counts;
  }

  /** Calls `take` for the key and the number of each row, in no order that means anything. */
  forEachRow(take: (key: string, row: number) => void): void {
    for (const [key, row] of this.index) take(key, row);
  }

  /** The first `limit` rows by the falling sum of these columns, equal ones by key; rows of sum 0 left out. */
  ranked(columns: readonly number[], limit: number): readonly Row<C>[] {
    const weighed: { readonly key: string; readonly row: number; readonly weight: number }[] = [];
    for (const [key, row] of this.index) {
      let weight = 0;
      for (const column of columns) weight += this.at(row, column);
      if (weight > 0) weighed.push({ key, row, weight });
    }
    weighed.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
    return weighed.slice(0, limit).map(({ key, row }) => ({ key, name: this.nameOf(row), counts: this.countsOf(row) }));
  }

  private insert(key: string): number {
    if (this.index.size >= 2 * this.cap) this.prune();
    const row = this.index.size;
    this.index.set(key, row);
    this.names.push('');
    this.keys?.add(key);
    if ((row + 1) * this.width > this.values.length) {
      const larger = new Float64Array(Math.max(2 * this.values.length, ROWS_AT_FIRST * this.width));
      larger.set(this.values);
      this.values = larger;
    }
    return row;
  }

  private prune(): void {
    this.sketch();
    const all = Object.values<number>(this.columns);
    const rows = this.ranked(all, Infinity);
    const heaviest = rows[this.cap];
    if (heaviest !== undefined) this.error += sumOf(heaviest.counts);
    this.index = new Map();
    this.names = [];
    this.values.fill(0);
    for (const { key, name, counts } of rows.slice(0, this.cap)) {
      const row = this.index.size;
      this.index.set(key, row);
      this.names.push(name);
      for (const column in this.columns) this.add(row, this.columns[column], counts[column]);
    }
  }

  private sketch(): Distinct {
    if (this.keys === undefined) {
      this.keys = new Distinct();
      for (const key of this.index.keys()) this.keys.add(key);
    }
    return this.keys;
  }
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
