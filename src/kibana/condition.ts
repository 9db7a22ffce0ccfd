import type { FieldValue } from '../core/documents/fields.js';

type Value = string | number | boolean;

/** One test of a field. */
export interface Test<F extends string> {
  readonly field: F;
  readonly is: 'one of' | 'like' | 'at least' | 'below' | 'there';
  readonly values: readonly Value[];
  readonly isNot: boolean;
}

/** Tests that must all hold: what Kibana, Elasticsearch, ES|QL and Sigma each write in their own way. */
export type Condition<F extends string> = readonly Test<F>[];

/** The field has one of these values. */
export function is<F extends string>(field: F, ...values: readonly Value[]): Condition<F> {
  return [{ field, is: 'one of', values, isNot: false }];
}

/** The field begins so; it must be a keyword. */
export function beginsWith<F extends string>(field: F, start: string): Condition<F> {
  return [{ field, is: 'like', values: [start], isNot: false }];
}

export function atLeast<F extends string>(field: F, value: number): Condition<F> {
  return [{ field, is: 'at least', values: [value], isNot: false }];
}

export function below<F extends string>(field: F, value: number): Condition<F> {
  return [{ field, is: 'below', values: [value], isNot: false }];
}

/** The field has a value. */
export function isThere<F extends string>(field: F): Condition<F> {
  return [{ field, is: 'there', values: [], isNot: false }];
}

/** The field has no value. */
export function isAbsent<F extends string>(field: F): Condition<F> {
  return [{ field, is: 'there', values: [], isNot: true }];
}

export function all<F extends string>(...conditions: readonly Condition<F>[]): Condition<F> {
  return conditions.flat();
}

/** A condition in the language of Kibana's search bar. */
export function kql(condition: Condition<string>): string {
  return condition.map(kqlTest).join(' and ');
}

function kqlTest({ field, is: kind, values, isNot }: Test<string>): string {
  return (isNot ? 'not ' : '') + kqlClause(field, kind, values);
}

function kqlClause(field: string, kind: Test<string>['is'], values: readonly Value[]): string {
  const [first = ''] = values;
  switch (kind) {
    case 'one of': {
      const written = values.map(quoted);
      return `${field}: ${written.length === 1 ? written.join('') : `(${written.join(' or ')})`}`;
    }
    case 'like':
      // A star stands for anything only outside of quotes.
      return `${field}: ${String(first).replace(/[\\():<>"*{}]/g, '\\$&')}*`;
    case 'at least':
      return `${field} >= ${first}`;
    case 'below':
      return `${field} < ${first}`;
    case 'there':
      return `${field}: *`;
  }
}

function quoted(value: Value): string {
  return typeof value === 'string' ? `"${value.replace(/[\\"]/g, '\\$&')}"` : String(value);
}

/** A condition as filters of Elasticsearch. */
export function filters(condition: Condition<string>): readonly object[] {
  return condition.map(({ field, is: kind, values, isNot }) => {
    const filter = filterOf(field, kind, values);
    return isNot ? { bool: { must_not: [filter] } } : filter;
  });
}

function filterOf(field: string, kind: Test<string>['is'], values: readonly Value[]): object {
  const [first = ''] = values;
  switch (kind) {
    case 'one of':
      return { terms: { [field]: values } };
    case 'like':
      return { prefix: { [field]: first } };
    case 'at least':
      return { range: { [field]: { gte: first } } };
    case 'below':
      return { range: { [field]: { lt: first } } };
    case 'there':
      return { exists: { field } };
  }
}

/** A condition as that of ES|QL's `WHERE`. */
export function esql(condition: Condition<string>): string {
  return condition.map(esqlTest).join(' AND ');
}

function esqlTest({ field, is: kind, values, isNot }: Test<string>): string {
  const written = values.map((value) => JSON.stringify(value));
  const [first = ''] = written;
  switch (kind) {
    case 'one of':
      return `${field} ${isNot ? 'NOT ' : ''}IN (${written.join(', ')})`;
    case 'like':
      return `${isNot ? 'NOT ' : ''}STARTS_WITH(${field}, ${first})`;
    case 'at least':
      return `${field} ${isNot ? '<' : '>='} ${first}`;
    case 'below':
      return `${field} ${isNot ? '>=' : '<'} ${first}`;
    case 'there':
      return `${field} IS ${isNot ? '' : 'NOT '}NULL`;
  }
}

/** A condition as a selection of Sigma, and those tests of it that must not hold as another. */
export function sigma(condition: Condition<string>): Readonly<Record<'selection' | 'filter', SigmaSelection>> {
  const selectionOf = (isNot: boolean): SigmaSelection =>
    Object.fromEntries(condition.filter((test) => test.isNot === isNot).map(sigmaTest));
  return { selection: selectionOf(false), filter: selectionOf(true) };
}

type SigmaSelection = Readonly<Record<string, FieldValue | readonly Value[]>>;

function sigmaTest({ field, is: kind, values }: Test<string>): [string, SigmaSelection[string]] {
  const value = values.length === 1 ? values[0] : values;
  switch (kind) {
    case 'one of':
      return [field, value];
    case 'like':
      return [`${field}|startswith`, value];
    case 'at least':
      return [`${field}|gte`, value];
    case 'below':
      return [`${field}|lt`, value];
    case 'there':
      return [`${field}|exists`, true];
  }
}
