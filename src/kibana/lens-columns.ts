import { InvariantError } from '../core/errors.js';
import { FIELDS } from '../core/documents/fields.js';
import type { DocumentKind, FieldOf } from '../core/documents/fields.js';
import { kql } from './condition.js';
import type { Condition } from './condition.js';

/** What the documents of a panel are told apart by. */
export type Bucket<F extends string> =
  | { readonly by: 'time' }
  /** The most frequent values, or those with the highest of a number of the panel. */
  | { readonly by: 'value'; readonly field: F; readonly label: string; readonly size: number; readonly top: string };

type Operation = 'sum' | 'average' | 'max' | 'min' | 'unique_count' | 'last_value' | 'count';

/** A number of documents, or of a field of them. */
export interface Simple<F extends string> {
  readonly op: Operation;
  /** Of all but `count`. */
  readonly field?: F;
  readonly where?: Condition<F>;
}

/** Two of them as a quotient, a difference or a sum. */
export interface Formula<F extends string> {
  readonly op: keyof typeof SIGNS;
  readonly left: Simple<F>;
  readonly right: Simple<F>;
}

export type Metric<F extends string> = (Simple<F> | Formula<F>) & { readonly label: string; readonly format?: Format };
export type Format = 'whole' | 'two decimals' | 'percent';

const SIGNS = { divide: '/', subtract: '-', add: '+' } as const;
const FORMATS: Readonly<Record<Format, object>> = {
  whole: { id: 'number', params: { decimals: 0 } },
  'two decimals': { id: 'number', params: { decimals: 2 } },
  percent: { id: 'percent', params: { decimals: 1 } },
};

/** The documents of one kind that a panel shows, and how. */
export interface Table<K extends DocumentKind> {
  readonly kind: K;
  readonly where: Condition<FieldOf[K]>;
  readonly buckets: Readonly<Record<string, Bucket<FieldOf[K]>>>;
  readonly metrics: Readonly<Record<string, Metric<FieldOf[K]>>>;
}

/** A column as Lens keeps it. */
export interface Column {
  readonly label: string;
  readonly customLabel: true;
  readonly dataType: string;
  readonly isBucketed: boolean;
  readonly scale: 'ordinal' | 'interval' | 'ratio';
  readonly operationType: string;
  readonly sourceField?: string;
  readonly filter?: { readonly query: string; readonly language: 'kuery' };
  readonly params: Readonly<Record<string, unknown>>;
  readonly references?: readonly string[];
}

const RECORDS = '___records___';

/**
 * The columns of a table: what it is told apart by, then numbers, each followed by its parts if it has any. Time is the
 * last that tells apart, as the highest values are to be those of all the time, not of each moment.
 */
export function columnsOf<K extends DocumentKind>(table: Table<K>): Readonly<Record<string, Column>> {
  const buckets = Object.entries(table.buckets);
  return Object.fromEntries([
    ...[...buckets.filter(([, { by }]) => by === 'value'), ...buckets.filter(([, { by }]) => by === 'time')].map(
      ([id, bucket]) => [id, bucketColumn(table.kind, bucket)] as const,
    ),
    ...Object.entries(table.metrics).flatMap(([id, metric]) => metricColumns(table.kind, id, metric)),
  ]);
}

function bucketColumn(kind: DocumentKind, bucket: Bucket<string>): Column {
  if (bucket.by === 'time') {
    return {
      label: 'Time',
      customLabel: true,
      dataType: 'date',
      isBucketed: true,
      scale: 'interval',
      operationType: 'date_histogram',
      sourceField: '@timestamp',
      params: { interval: 'auto', includeEmptyRows: false, dropPartials: false },
    };
  }
  const { field, label, size, top } = bucket;
  return {
    label,
    customLabel: true,
    dataType: dataTypeOf(kind, field),
    isBucketed: true,
    scale: 'ordinal',
    operationType: 'terms',
    sourceField: field,
    params: {
      size,
      orderBy: { type: 'column', columnId: top },
      orderDirection: 'desc',
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: 'terms' },
    },
  };
}

function metricColumns(kind: DocumentKind, id: string, metric: Metric<string>): readonly (readonly [string, Column])[] {
  const { label, format } = metric;
  const shown = format === undefined ? {} : { format: FORMATS[format] };
  if (!('left' in metric)) return [[id, simpleColumn(kind, metric, label, shown)]];
  const { op, left, right } = metric;
  const text = `${formulaOf(left)} ${SIGNS[op]} ${formulaOf(right)}`;
  const [first, second, result] = [`${id}X0`, `${id}X1`, `${id}X2`] as const;
  const part = `Part of ${text}`;
  const numeric = { customLabel: true, dataType: 'number', isBucketed: false, scale: 'ratio' } as const;
  const tree = { type: 'function', name: op, args: [first, second], location: { min: 0, max: text.length }, text };
  return [
    [
      id,
      {
        ...numeric,
        label,
        operationType: 'formula',
        params: { formula: text, isFormulaBroken: false, ...shown },
        references: [result],
      },
    ],
    [first, simpleColumn(kind, left, part)],
    [second, simpleColumn(kind, right, part)],
    [
      result,
      { ...numeric, label: part, operationType: 'math', params: { tinymathAst: tree }, references: [first, second] },
    ],
  ];
}

function simpleColumn(
  kind: DocumentKind,
  { op, field, where }: Simple<string>,
  label: string,
  format: object = {},
): Column {
  const isLast = op === 'last_value';
  const dataType = isLast ? dataTypeOf(kind, field) : 'number';
  // The last value is that of the last document that has one.
  const query = where === undefined ? (isLast ? `${field ?? ''}: *` : undefined) : kql(where);
  return {
    label,
    customLabel: true,
    dataType,
    isBucketed: false,
    scale: dataType === 'string' || dataType === 'boolean' ? 'ordinal' : 'ratio',
    operationType: op,
    sourceField: field ?? RECORDS,
    ...(query === undefined ? {} : { filter: { query, language: 'kuery' } }),
    params: { ...(isLast ? { sortField: '@timestamp', showArrayValues: false } : { emptyAsNull: false }), ...format },
  };
}

/** As a person would type it into the editor of formulas. */
function formulaOf({ op, field, where }: Simple<string>): string {
  const parts = [field, where === undefined ? undefined : `kql='${kql(where)}'`];
  return `${op}(${parts.filter((part) => part !== undefined).join(', ')})`;
}

/** What Lens calls the type of a field. */
function dataTypeOf(kind: DocumentKind, field: string | undefined): string {
  const type = FIELDS[kind].get(field ?? '')?.type;
  switch (type) {
    case 'long':
    case 'float':
    case 'double':
      return 'number';
    case 'keyword':
    case 'constant_keyword':
      return 'string';
    case 'boolean':
    case 'date':
    case 'ip':
      return type;
    case 'match_only_text':
    case undefined:
      throw new InvariantError(`A panel of ${kind} cannot count by ${field ?? 'nothing'}.`);
  }
}
