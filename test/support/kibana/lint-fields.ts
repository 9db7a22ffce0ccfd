import { FIELDS } from '../../../src/core/documents/fields.js';
import type { DocumentKind } from '../../../src/core/documents/fields.js';
import { isObject } from '../../../src/core/documents/value.js';
import { DATA_VIEWS } from '../../../src/kibana/data-views.js';
import { entries } from '../../../src/core/tally/counters.js';
import { fieldsOfKql, parseKql } from './kql.js';
import { controlsOf } from './lint-panels.js';
import { layersOf, lensOf, objectOf, objectsOf, panelsOf, parsedOf, textOf, textsOf, vegaOf } from './objects.js';
import type { ImportedObject, ImportedPanel, LensLayer } from './objects.js';

const RECORDS = '___records___';
/** Properties of a query whose keys are fields. */
const LEAVES = ['term', 'terms', 'range', 'prefix', 'wildcard', 'match', 'match_phrase'];

/** The kind of documents that are found by these indices. */
export function kindOfIndices(indices: unknown): DocumentKind | undefined {
  return entries(DATA_VIEWS).find(([, view]) => view.indices === indices)?.[0];
}

/** The kind of documents that a data view of the file has. */
export function kindOfView(id: string | undefined, objects: readonly ImportedObject[]): DocumentKind | undefined {
  const view = objects.find((object) => object.type === 'index-pattern' && object.id === id);
  return kindOfIndices(view?.attributes.title);
}

/** Fields that no document has, queries that cannot be read, and numbers of what cannot be counted. */
export function lintFields(objects: readonly ImportedObject[]): readonly string[] {
  return objects.flatMap((object) => {
    const say = (problem: string): string => `${object.type} ${object.id}: ${problem}`;
    switch (object.type) {
      case 'index-pattern':
        return viewProblems(object).map(say);
      case 'search':
        return searchProblems(object, objects).map(say);
      case 'dashboard':
        return dashboardProblems(object, objects).map(say);
      default:
        return [];
    }
  });
}

function fieldProblems(kind: DocumentKind | undefined, fields: readonly string[]): readonly string[] {
  if (kind === undefined) return ['its data view is none of ours.'];
  return fields.filter((field) => !FIELDS[kind].has(field)).map((field) => `no ${kind} has a field ${field}.`);
}

function queryProblems(kind: DocumentKind | undefined, query: string): readonly string[] {
  try {
    return fieldProblems(kind, fieldsOfKql(parseKql(query)));
  } catch (problem) {
    return [String(problem)];
  }
}

/** The mark of setup, which has the place of a format. */
const MARK_FIELD = 'mxwarden.setup';

function viewProblems({ attributes }: ImportedObject): readonly string[] {
  const formatted = Object.keys(objectOf(parsedOf(attributes.fieldFormatMap))).filter((name) => name !== MARK_FIELD);
  return fieldProblems(kindOfIndices(attributes.title), [textOf(attributes.timeFieldName), ...formatted]);
}

function searchProblems(
  { attributes, references }: ImportedObject,
  objects: readonly ImportedObject[],
): readonly string[] {
  const source = objectOf(parsedOf(objectOf(attributes.kibanaSavedObjectMeta).searchSourceJSON));
  const view = references.find(({ name }) => name === source.indexRefName);
  const kind = kindOfView(view?.id, objects);
  const sorted = Array.isArray(attributes.sort) ? attributes.sort.map((order) => textOf(textsOf(order)[0])) : [];
  return [
    ...fieldProblems(kind, [...textsOf(attributes.columns), ...sorted]),
    ...queryProblems(kind, textOf(objectOf(source.query).query)),
  ];
}

/** The kinds of documents that the panels of a dashboard show. */
function kindsOn(dashboard: ImportedObject, objects: readonly ImportedObject[]): readonly (DocumentKind | undefined)[] {
  const kinds = panelsOf(dashboard).map((panel) => kindOfPanel(panel, dashboard, objects));
  return [...new Set(kinds.filter((kind) => kind !== 'none'))];
}

/** A click on a value goes to another dashboard as a filter, which would empty panels that lack the field. */
function wayProblems(
  panel: ImportedPanel,
  { references }: ImportedObject,
  objects: readonly ImportedObject[],
): readonly string[] {
  const start = `${panel.panelIndex}:drilldown:`;
  const targets = references.filter(({ name }) => name.startsWith(start)).map(({ id }) => id);
  const lens = lensOf(panel);
  const columns =
    lens === undefined ? [] : layersOf(lens).flatMap((layer) => Object.values(layer.columns).map(objectOf));
  const fields = columns
    .filter(({ operationType }) => operationType === 'terms')
    .map((column) => textOf(column.sourceField));
  return objects
    .filter(({ type, id }) => type === 'dashboard' && targets.includes(id))
    .flatMap((target) =>
      kindsOn(target, objects).flatMap((kind) =>
        fieldProblems(kind, fields).map((problem) => `on the way to ${target.id}: ${problem}`),
      ),
    );
}

function dashboardProblems(dashboard: ImportedObject, objects: readonly ImportedObject[]): readonly string[] {
  const panels = panelsOf(dashboard);
  const source = objectOf(parsedOf(objectOf(dashboard.attributes.kibanaSavedObjectMeta).searchSourceJSON));
  const controls = controlsOf(dashboard);
  return [
    ...panels.flatMap((panel) =>
      [...panelProblems(panel, objects), ...wayProblems(panel, dashboard, objects)].map(
        (problem) => `panel ${panel.panelIndex}: ${problem}`,
      ),
    ),
    // A choice at the top is a filter of all panels: one that lacks the field would be empty.
    ...kindsOn(dashboard, objects).flatMap((kind) => [
      ...fieldProblems(
        kind,
        controls.map(({ field }) => field),
      ),
      ...queryProblems(kind, textOf(objectOf(source.query).query)),
    ]),
    ...controls.flatMap(({ field, dataView }) => fieldProblems(kindOfView(dataView, objects), [field])),
  ];
}

/** What a panel shows documents of; `none` for a text. */
export function kindOfPanel(
  panel: ImportedPanel,
  { references }: ImportedObject,
  objects: readonly ImportedObject[],
): DocumentKind | 'none' | undefined {
  const lens = lensOf(panel);
  if (lens !== undefined) return kindOfView(layersOf(lens)[0]?.dataView, objects);
  const spec = vegaOf(panel);
  if (spec !== undefined) return kindOfIndices(urlOf(spec).index);
  if (panel.type !== 'search') return 'none';
  const reference = references.find(({ name }) => name === `${panel.panelIndex}:${textOf(panel.panelRefName)}`);
  const search = objects.find((object) => object.type === 'search' && object.id === reference?.id);
  return kindOfView(search?.references[0]?.id, objects);
}

function panelProblems(panel: ImportedPanel, objects: readonly ImportedObject[]): readonly string[] {
  const lens = lensOf(panel);
  if (lens !== undefined) return layersOf(lens).flatMap((layer) => layerProblems(layer, objects));
  const spec = vegaOf(panel);
  return spec === undefined ? [] : specProblems(spec);
}

function layerProblems({ columns, query, dataView }: LensLayer, objects: readonly ImportedObject[]): readonly string[] {
  const kind = kindOfView(dataView, objects);
  return [
    ...queryProblems(kind, query),
    ...Object.values(columns)
      .map(objectOf)
      .flatMap(({ sourceField, filter, operationType, params }) => {
        const field = textOf(sourceField);
        const isField = field !== '' && field !== RECORDS;
        return [
          ...(isField ? fieldProblems(kind, [field]) : []),
          ...(isField && kind !== undefined ? countProblems(kind, field, textOf(operationType)) : []),
          ...(filter === undefined ? [] : queryProblems(kind, textOf(objectOf(filter).query))),
          ...(operationType === 'formula' ? formulaProblems(kind, textOf(objectOf(params).formula)) : []),
        ];
      }),
  ];
}

function countProblems(kind: DocumentKind, field: string, operation: string): readonly string[] {
  const declared = FIELDS[kind].get(field);
  if (declared === undefined) return [];
  if (declared.type === 'match_only_text' || declared.shown === true)
    return [`${field} cannot be counted by: it is only shown.`];
  const isNumber = declared.type === 'long' || declared.type === 'double';
  return ['sum', 'average', 'max', 'min'].includes(operation) && !isNumber ? [`${field} has no ${operation}.`] : [];
}

function formulaProblems(kind: DocumentKind | undefined, formula: string): readonly string[] {
  const queries = [...formula.matchAll(/kql='([^']*)'/g)].map(([, query = '']) => query);
  const fields = [...formula.matchAll(/\((@?[a-z_][\w.]*)[,)]/g)].map(([, field = '']) => field);
  return [...fieldProblems(kind, fields), ...queries.flatMap((query) => queryProblems(kind, query))];
}

/** What a specification of Vega asks Elasticsearch for. */
export function urlOf(spec: string): { readonly index: unknown; readonly body: unknown } {
  const url = objectOf(objectOf(objectOf(parsedOf(spec)).data).url);
  return { index: url.index, body: url.body };
}

function specProblems(spec: string): readonly string[] {
  const { index, body } = urlOf(spec);
  const shown = [...spec.matchAll(/datum\._source\.([\w.]+)/g)].map(([, field = '']) => field);
  const sources = textsOf(objectOf(body).source ?? objectOf(body)._source);
  const isAskedFor = (field: string): boolean => sources.some((source) => `${source}.`.startsWith(`${field}.`));
  const unread = shown.filter((field) => !isAskedFor(field)).map((field) => `${field} is not asked for.`);
  return [...fieldProblems(kindOfIndices(index), [...sources, ...fieldsOfDsl(body)]), ...unread];
}

/** The fields that a query of Elasticsearch names. */
function fieldsOfDsl(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOfDsl);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (LEAVES.includes(key)) return Object.keys(objectOf(inner));
    if (key === 'exists') return [textOf(objectOf(inner).field)];
    if (key === 'sort') return objectsOf(inner).flatMap((order) => Object.keys(order));
    return fieldsOfDsl(inner);
  });
}
