import { isObject } from '../../../src/core/documents/value.js';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import { lintFields } from './lint-fields.js';
import { lintPanels } from './lint-panels.js';
import { importedObject, objectOf, parsedOf } from './objects.js';
import type { ImportedObject } from './objects.js';

const ENVELOPE = ['id', 'type', 'attributes', 'references', 'coreMigrationVersion', 'typeMigrationVersion', 'managed'];

/** The highest version of its form that Kibana 8.9 takes, and the attributes that it knows. */
const TYPES: ReadonlyMap<string, { readonly version: string; readonly attributes: readonly string[] }> = new Map([
  [
    'index-pattern',
    {
      version: '8.0.0',
      attributes:
        'title name timeFieldName fieldAttrs fieldFormatMap runtimeFieldMap sourceFilters typeMeta fields allowNoIndex'.split(
          ' ',
        ),
    },
  ],
  [
    'search',
    {
      version: '8.0.0',
      attributes:
        'title description columns sort grid hideChart kibanaSavedObjectMeta isTextBasedQuery rowHeight rowsPerPage breakdownField usesAdHocDataView timeRestore timeRange refreshInterval viewMode hideAggregatedPreview hits version'.split(
          ' ',
        ),
    },
  ],
  [
    'dashboard',
    {
      version: '8.9.0',
      attributes:
        'title description kibanaSavedObjectMeta timeRestore timeFrom timeTo refreshInterval controlGroupInput panelsJSON optionsJSON hits version'.split(
          ' ',
        ),
    },
  ],
]);
const CONTROL_GROUP = ['panelsJSON', 'controlStyle', 'chainingSystem', 'ignoreParentSettingsJSON'];
const CORE_VERSION = '8.8.0';

/** Attributes without which Kibana takes an object and then fails. */
const NEEDED: ReadonlyMap<string, readonly string[]> = new Map([
  ['index-pattern', ['title', 'timeFieldName']],
  ['search', ['title', 'columns', 'sort', 'kibanaSavedObjectMeta']],
  ['dashboard', ['title', 'panelsJSON', 'optionsJSON', 'kibanaSavedObjectMeta']],
]);

/** What would be wrong with a file for Kibana: a sentence for each problem. */
export function lint(text: string): readonly string[] {
  if (!text.endsWith('\n')) return ['The last line has no end.'];
  const lines = text.slice(0, -1).split('\n');
  const values = lines.map(parsedOf);
  const summaries = values.filter((value) => isObject(value) && 'exportedCount' in value);
  const objects = values.filter((value) => !summaries.includes(value)).map(importedObject);
  const whole = objects.filter((object) => object !== undefined);
  return [
    ...objects.flatMap((object, line) => (object === undefined ? [`Line ${line + 1} is no object of Kibana's.`] : [])),
    ...summaryProblems(values, summaries, whole),
    ...identityProblems(whole),
    ...whole.flatMap(shapeProblems),
    ...whole.flatMap((object) => referenceProblems(object, whole)),
    ...lintPanels(whole),
    ...lintFields(whole),
  ];
}

function summaryProblems(
  values: readonly unknown[],
  summaries: readonly unknown[],
  objects: readonly ImportedObject[],
): readonly string[] {
  const [summary, ...others] = summaries;
  if (summary === undefined || others.length > 0 || values.at(-1) !== summary) return ['The last line does not count.'];
  const counted = objectOf(summary).exportedCount;
  return counted === objects.length
    ? []
    : [`The last line counts ${JSON.stringify(counted)} of ${objects.length} objects.`];
}

function identityProblems(objects: readonly ImportedObject[]): readonly string[] {
  const seen = new Set<string>();
  return objects.flatMap(({ type, id }) => {
    const name = `${type} ${id}`;
    const problems = seen.has(name) ? [`${name} is there twice.`] : [];
    seen.add(name);
    return /^mxwarden-[a-z0-9-]+$/.test(id) ? problems : [...problems, `${name}: the id is no name of ours.`];
  });
}

function shapeProblems({ type, id, attributes, ...object }: ImportedObject): readonly string[] {
  const name = `${type} ${id}`;
  const known = TYPES.get(type);
  if (known === undefined) return [`${name}: a type that we do not make.`];
  const unknown = (what: string, keys: readonly string[], allowed: readonly string[]): readonly string[] =>
    keys.filter((key) => !allowed.includes(key)).map((key) => `${name}: ${what} ${key} is not known.`);
  const group = attributes.controlGroupInput;
  return [
    ...unknown('key', object.keys, ENVELOPE),
    ...unknown('attribute', Object.keys(attributes), known.attributes),
    ...unknown('controlGroupInput', Object.keys(objectOf(group)), CONTROL_GROUP),
    ...(object.coreMigrationVersion === CORE_VERSION ? [] : [`${name}: coreMigrationVersion is not ${CORE_VERSION}.`]),
    ...(object.typeMigrationVersion === known.version
      ? []
      : [`${name}: typeMigrationVersion is not ${known.version}.`]),
    ...(NEEDED.get(type) ?? [])
      .filter((key) => attributes[key] === undefined)
      .map((key) => `${name}: ${key} is missing.`),
    ...textProblems(name, attributes),
  ];
}

/** What Kibana keeps as JSON within a text must be a text, and JSON. */
function textProblems(name: string, value: JsonObject): readonly string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    if (/(?:JSON|Map)$/.test(key) || key === 'visState')
      return parsedOf(inner) === undefined ? [`${name}: ${key} is no text of JSON.`] : [];
    return isObject(inner) ? textProblems(name, inner) : [];
  });
}

function referenceProblems(object: ImportedObject, all: readonly ImportedObject[]): readonly string[] {
  const name = `${object.type} ${object.id}`;
  const names = object.references.map((reference) => reference.name);
  return [
    ...object.references
      .filter(({ type, id }) => !all.some((other) => other.type === type && other.id === id))
      .map(({ type, id }) => `${name}: ${type} ${id} is not in the file.`),
    ...names.filter((it, place) => it === '' || names.indexOf(it) !== place).map((it) => `${name}: reference "${it}".`),
    ...refNamesIn(decoded(object.attributes))
      .filter((it) => !names.some((known) => known === it || known.endsWith(`:${it}`)))
      .map((it) => `${name}: there is no reference ${it}.`),
  ];
}

/** Attributes with the JSON in their texts read. */
function decoded(value: unknown): unknown {
  const inner = parsedOf(value);
  if (typeof inner === 'object' && inner !== null) return decoded(inner);
  if (Array.isArray(value)) return value.map(decoded);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decoded(item)])) : value;
}

function refNamesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(refNamesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    /[rR]efName$/.test(key) && typeof inner === 'string' ? [inner] : refNamesIn(inner),
  );
}
