import { isObject } from '../../../src/core/documents/value.js';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import { kqlFilter, parseKql } from './kql.js';
import { objectOf, objectsOf, textOf, textsOf } from './objects.js';
import type { LensLayer } from './objects.js';

const VALUE = 'value';
/** A grain that the recording of half an hour is shown in; Kibana chooses one by the range of time. */
const GRAIN = '1m';
const AGGREGATIONS: Readonly<Record<string, string>> = {
  sum: 'sum',
  average: 'avg',
  min: 'min',
  max: 'max',
  unique_count: 'cardinality',
};
const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  divide: (left, right) => left / right,
  subtract: (left, right) => left - right,
  add: (left, right) => left + right,
};

/** What Lens asks Elasticsearch for to fill the columns of a layer, without what its dashboard adds. */
export function lensRequest({ columnOrder, columns, query }: LensLayer): object {
  const ordered = columnOrder.map((id) => [id, objectOf(columns[id])] as const);
  const metrics: Readonly<Record<string, object>> = Object.fromEntries(
    ordered
      .filter(([, column]) => column.isBucketed !== true)
      .flatMap(([id, column]) => metricAggregation(column).map((aggregation) => [id, aggregation])),
  );
  const aggs = ordered
    .filter(([, column]) => column.isBucketed === true)
    .reduceRight<object>((inner, [id, column]) => {
      const top = topOf(column);
      // The highest values are found at their own level, wherever the numbers stand.
      const ordering = top !== undefined && top in metrics ? { [top]: metrics[top] } : {};
      return { [id]: { ...bucketAggregation(column, columns), aggs: { ...inner, ...ordering } } };
    }, metrics);
  return { size: 0, track_total_hits: true, query: { bool: { filter: [kqlFilter(parseKql(query))] } }, aggs };
}

/** None for a formula, whose parts have columns of their own. */
function metricAggregation(column: JsonObject): readonly object[] {
  const operation = textOf(column.operationType);
  const field = textOf(column.sourceField);
  const filter = isObject(column.filter) ? kqlFilter(parseKql(textOf(column.filter.query))) : { match_all: {} };
  const aggregation = AGGREGATIONS[operation];
  if (aggregation !== undefined) return [{ filter, aggs: { [VALUE]: { [aggregation]: { field } } } }];
  switch (operation) {
    case 'count':
      return [{ filter }];
    case 'last_value': {
      const sort = [{ [textOf(objectOf(column.params).sortField)]: 'desc' }];
      // What is said of the last document is what is indexed of it, as Lens sees no source.
      return [{ filter, aggs: { [VALUE]: { top_hits: { size: 1, sort, _source: false, docvalue_fields: [field] } } } }];
    }
    case 'formula':
    case 'math':
      return [];
    default:
      throw new Error(`Lens: ${operation} is no operation of ours.`);
  }
}

/** The column whose highest numbers a column of values is ordered by. */
function topOf(column: JsonObject): string | undefined {
  const { columnId } = objectOf(objectOf(column.params).orderBy);
  return typeof columnId === 'string' ? columnId : undefined;
}

function bucketAggregation(column: JsonObject, columns: JsonObject): object {
  const field = textOf(column.sourceField);
  if (column.operationType === 'date_histogram')
    return { date_histogram: { field, fixed_interval: GRAIN, min_doc_count: 1 } };
  if (column.operationType !== 'terms') throw new Error(`Lens: ${textOf(column.operationType)} tells nothing apart.`);
  const { size } = objectOf(column.params);
  const top = topOf(column) ?? '';
  const path = objectOf(columns[top]).operationType === 'count' ? '_count' : `${top}>${VALUE}`;
  return { terms: { field, size, order: { [path]: 'desc' } } };
}

/** How many values each column has in an answer: 0 for a column that would stay empty. */
export function valuesOf(layer: LensLayer, answer: unknown): ReadonlyMap<string, number> {
  const rows = cellsOf(layer, answer);
  return new Map(layer.columnOrder.map((id) => [id, rows.filter((row) => row.get(id) !== undefined).length]));
}

/** What stands in each row of a table, by column. */
export function cellsOf(layer: LensLayer, answer: unknown): readonly ReadonlyMap<string, unknown>[] {
  const rows = rowsOf(layer, objectOf(objectOf(answer).aggregations));
  return rows.map((row) => new Map(layer.columnOrder.map((id) => [id, valueOf(layer, id, row)])));
}

/** The innermost buckets, each with its own key and those around it. */
function rowsOf({ columnOrder, columns }: LensLayer, aggregations: JsonObject): readonly JsonObject[] {
  const [id, ...others] = columnOrder.filter((name) => objectOf(columns[name]).isBucketed === true);
  if (id === undefined) return [aggregations];
  const inner = (aggregation: JsonObject, rest: readonly string[]): readonly JsonObject[] => {
    const [next, ...further] = rest;
    if (next === undefined) return [aggregation];
    return objectsOf(objectOf(aggregation[next]).buckets).flatMap((bucket) =>
      inner({ ...bucket, [`key ${next}`]: bucket.key }, further).map((row) => ({
        ...row,
        [`key ${next}`]: bucket.key,
      })),
    );
  };
  return inner(aggregations, [id, ...others]);
}

function valueOf(layer: LensLayer, id: string, row: JsonObject): unknown {
  const column = objectOf(layer.columns[id]);
  const found = objectOf(row[id]);
  switch (column.operationType) {
    case 'terms':
    case 'date_histogram':
      return row[`key ${id}`];
    case 'count':
      return found.doc_count;
    case 'last_value': {
      const hits = objectsOf(objectOf(objectOf(found[VALUE]).hits).hits);
      const fields = Object.values(objectOf(objectOf(hits[0]).fields));
      return Array.isArray(fields[0]) ? fields[0][0] : undefined;
    }
    case 'formula':
      return valueOf(layer, textsOf(column.references)[0] ?? '', row);
    case 'math': {
      const { name, args } = objectOf(objectOf(column.params).tinymathAst);
      const [left, right] = textsOf(args).map((part) => valueOf(layer, part, row));
      const result =
        typeof left === 'number' && typeof right === 'number' ? OPERATORS[textOf(name)]?.(left, right) : undefined;
      return result === undefined || !Number.isFinite(result) ? undefined : result;
    }
    default: {
      // A number of nothing is null.
      const { value } = objectOf(found[VALUE]);
      return typeof value === 'number' ? value : undefined;
    }
  }
}
