import type { JsonObject } from '../core/documents/fields.js';
import { Columns } from './columns.js';
import { isObject, numberAt, objectsAt, textAt, valueIn } from '../core/documents/value.js';
import { BUSIEST, CLIENT_COLUMNS, SERIES } from './series.js';
import type { Column, Series } from './series.js';

/** A name that is kept may be chosen by whoever connects. */
const NAME_LENGTH = 80;
/** Different clients that columns of clients can tell; of others there is a gap. */
const NAMES_KEPT = 20_000;

type Declared = readonly (readonly [Column, Series])[];

/** Series whose fields are in the same object of a document. */
interface Group {
  readonly path: readonly string[];
  readonly leaves: readonly { readonly name: string; readonly column: number; readonly factor: number }[];
}

const GROUPS = { mail: grouped(SERIES.mail), dns: grouped(SERIES.dns) };
const FIRST_CLIENT_COLUMN = SERIES.mail.length;

function grouped(series: Declared): readonly Group[] {
  const groups = new Map<string, { path: string[]; leaves: { name: string; column: number; factor: number }[] }>();
  for (const [column, [, { field, decimals }]] of series.entries()) {
    const dot = field.lastIndexOf('.');
    const group = groups.get(field.slice(0, dot)) ?? { path: field.slice(0, dot).split('.'), leaves: [] };
    groups.set(field.slice(0, dot), group);
    group.leaves.push({ name: field.slice(dot + 1), column, factor: 10 ** decimals });
  }
  return [...groups.values()];
}

/** The windows of one subject and size, as columns of numbers. */
export class SubjectWindows {
  private readonly columns: Columns;
  private readonly names = new Map<string, number>();
  private readonly steps: number[] = [];
  private lastS = 0;

  constructor(private readonly side: 'mail' | 'dns') {
    const ofClients = side === 'mail' ? Object.keys(CLIENT_COLUMNS).length : 0;
    this.columns = new Columns(SERIES[side].length + ofClients);
  }

  get rows(): number {
    return this.columns.rows;
  }

  get bytes(): number {
    return this.columns.bytes + 8 * this.steps.length;
  }

  /** Takes the numbers out of the next window's document. */
  add(document: JsonObject, startMs: number): void {
    const startS = Math.floor(startMs / 1000);
    this.steps.push(startS - this.lastS);
    this.lastS = startS;
    this.columns.addRow();
    for (const { path, leaves } of GROUPS[this.side]) {
      const object = valueIn(document, path);
      for (const { name, column, factor } of leaves) {
        const value = isObject(object) ? object[name] : undefined;
        this.columns.set(column, typeof value === 'number' ? value * factor : undefined);
      }
    }
    if (this.side === 'mail') this.addClients(objectsAt(document, 'mxwarden.top_clients'));
  }

  /** The busiest clients, and the one without which MEE would be highest. */
  private addClients(clients: readonly JsonObject[]): void {
    let culprit: JsonObject | undefined;
    let highest = -Infinity;
    for (const client of clients) {
      const without = numberAt(client, 'mee_without') ?? -Infinity;
      if (without > highest) {
        culprit = client;
        highest = without;
      }
    }
    let column = FIRST_CLIENT_COLUMN;
    for (let place = 0; place < BUSIEST; place += 1, column += 2) {
      const client = clients[place];
      this.columns.set(column, client && this.nameOf(client));
      this.columns.set(column + 1, client && numberAt(client, 'connects'));
    }
    this.columns.set(column, culprit && this.nameOf(culprit));
    this.columns.set(column + 1, culprit && highest * 10 ** CLIENT_COLUMNS.mee_without);
  }

  private nameOf(client: JsonObject): number | undefined {
    const address = (textAt(client, 'address') ?? '').slice(0, NAME_LENGTH);
    let index = this.names.get(address);
    if (index === undefined && this.names.size < NAMES_KEPT) this.names.set(address, (index = this.names.size));
    return index;
  }

  /** The windows as the page has them, one column after the other: together they would take too much memory. */
  *pieces(): Generator<string> {
    const decimals: Partial<Record<Column, number>> = {};
    for (const [name, series] of this.declared()) decimals[name] = series;
    const { steps: starts, names } = this;
    yield `{"starts":${JSON.stringify(starts)},"decimals":${JSON.stringify(decimals)},"names":${JSON.stringify([...names.keys()])},"columns":{`;
    let comma = '';
    for (const [index, [name]] of this.declared().entries()) {
      const column = this.columns.packed(index);
      if (column === undefined) continue;
      yield `${comma}${JSON.stringify(name)}:${JSON.stringify(column)}`;
      comma = ',';
    }
    yield '}}';
  }

  private declared(): readonly (readonly [Column, number])[] {
    const series = SERIES[this.side].map(([name, { decimals }]) => [name, decimals] as const);
    return this.side === 'mail' ? [...series, ...clientColumns()] : series;
  }
}

function clientColumns(): readonly (readonly [keyof typeof CLIENT_COLUMNS, number])[] {
  const rows: [keyof typeof CLIENT_COLUMNS, number][] = [];
  let name: keyof typeof CLIENT_COLUMNS;
  for (name in CLIENT_COLUMNS) rows.push([name, CLIENT_COLUMNS[name]]);
  return rows;
}
