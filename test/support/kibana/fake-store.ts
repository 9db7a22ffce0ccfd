import { isObject } from '../../../src/core/documents/value.js';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import { objectOf, objectsOf, parsedOf, textOf } from './objects.js';

/** A saved object as Kibana keeps it. An id is of one object in all spaces. */
export interface Kept {
  readonly type: string;
  readonly id: string;
  readonly space: string;
  readonly attributes: JsonObject;
  readonly references: readonly JsonObject[];
  readonly typeMigrationVersion: string;
}

/** What a Kibana of a version knows of the forms of objects. */
export interface Forms {
  readonly core: string;
  readonly types: ReadonlyMap<string, { readonly newest: string; readonly closed: readonly string[] | undefined }>;
  /** What it makes of a search without tabs: one beside what it has, or one that takes all of it. */
  readonly tabs: 'none' | 'beside' | 'instead';
}

const SEARCH =
  'title description columns sort grid hideChart kibanaSavedObjectMeta isTextBasedQuery rowHeight rowsPerPage breakdownField usesAdHocDataView timeRestore timeRange refreshInterval viewMode hideAggregatedPreview hits version'.split(
    ' ',
  );
const DASHBOARD =
  'title description kibanaSavedObjectMeta timeRestore timeFrom timeTo refreshInterval controlGroupInput panelsJSON optionsJSON hits version'.split(
    ' ',
  );

const SEARCH_VERSIONS = { none: undefined, beside: '10.6.0', instead: '10.13.0' } as const;

/** The forms of a version such as 8.12.2. */
export function formsOf(version: string): Forms {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isAtLeast = (least: number): boolean => major > 9 || (major === 9 && minor >= least);
  const tabs = isAtLeast(6) ? 'instead' : isAtLeast(1) ? 'beside' : 'none';
  const isOld = major === 8 && minor < 14;
  return {
    core: '8.8.0',
    tabs,
    types: new Map([
      ['index-pattern', { newest: '8.0.0', closed: undefined }],
      [
        'search',
        {
          newest: SEARCH_VERSIONS[tabs] ?? (isOld ? '8.0.0' : '10.4.0'),
          closed: [...SEARCH, ...(tabs === 'none' ? [] : ['tabs'])],
        },
      ],
      ['dashboard', { newest: isOld ? '8.9.0' : '10.2.0', closed: DASHBOARD }],
      ['lens', { newest: '8.9.0', closed: undefined }],
      ['visualization', { newest: '8.5.0', closed: undefined }],
    ]),
  };
}

/** An object of an import that Kibana refuses. */
export interface ImportError {
  readonly type: string;
  readonly id: string;
  readonly meta: object;
  readonly error: JsonObject;
}

export interface ImportResult {
  readonly success: boolean;
  readonly successCount: number;
  readonly warnings: readonly never[];
  readonly errors?: readonly ImportError[];
  readonly successResults?: readonly object[];
}

/** What the saved objects of a Kibana are, with what its importer and its exporter do. */
export class FakeStore {
  readonly kept = new Map<string, Kept>();
  private copies = 0;

  constructor(private readonly forms: Forms) {}

  get(type: string, id: string, space: string): Kept | undefined {
    const found = this.kept.get(`${type}/${id}`);
    return found?.space === space ? found : undefined;
  }

  /** What the importer answers, with 200 whatever came of it; a text is what it answers with 400. */
  import(text: string, { space, overwrite }: { space: string; overwrite: boolean }): ImportResult | string {
    const values = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [parsedOf(line)]));
    const objects = values.filter((value) => !(isObject(value) && 'exportedCount' in value)).map(objectOf);
    const names = objects.map(({ type, id }) => `${textOf(type)}:${textOf(id)}`);
    const twice = names.filter((name, place) => names.indexOf(name) !== place);
    if (twice.length > 0) return `Non-unique import objects detected: [${twice.join()}]`;
    const errors = objects.flatMap((object) => {
      const error =
        this.formError(object) ?? this.missing(object, names, space) ?? this.conflict(object, { space, overwrite });
      return error === undefined ? [] : [errorOf(object, error)];
    });
    // None is kept where one could still be helped; the others are.
    const isHeld = errors.some(({ error }) => error.type === 'conflict' || error.type === 'missing_references');
    const bad = new Set(errors.map(({ type, id }) => `${type}:${id}`));
    const good = objects.filter((_, place) => !bad.has(names[place] ?? ''));
    const successResults = isHeld ? [] : good.map((object) => this.put(object, space));
    return {
      success: errors.length === 0,
      successCount: successResults.length,
      warnings: [],
      ...(errors.length > 0 ? { errors } : {}),
      ...(successResults.length > 0 ? { successResults } : {}),
    };
  }

  private formError({
    type,
    typeMigrationVersion,
    coreMigrationVersion,
    attributes,
  }: JsonObject): JsonObject | undefined {
    const form = this.forms.types.get(textOf(type));
    if (form === undefined) return { type: 'unsupported_type' };
    const unknown = (message: string, statusCode = 400): JsonObject => ({ type: 'unknown', message, statusCode });
    for (const [name, value, newest] of [
      ['Core', coreMigrationVersion, this.forms.core],
      [textOf(type), typeMigrationVersion, form.newest],
    ] as const)
      if (isNewer(textOf(value), newest))
        return unknown(
          `Document belongs to a more recent version of Kibana [${textOf(value)}] when the last known version is [${newest}] (${name}).`,
        );
    const [other] = Object.keys(objectOf(attributes)).filter((name) => form.closed?.includes(name) === false);
    if (other !== undefined) return unknown(`[attributes.${other}]: definition for this key is missing`);
    for (const name of ['panelsJSON', 'optionsJSON'])
      if (type === 'dashboard' && typeof objectOf(attributes)[name] !== 'string')
        return unknown(`[attributes.${name}]: expected value of type [string]`);
    if (
      type !== 'index-pattern' &&
      typeof objectOf(objectOf(attributes).kibanaSavedObjectMeta).searchSourceJSON !== 'string'
    )
      return unknown('[attributes.kibanaSavedObjectMeta.searchSourceJSON]: expected value of type [string]');
    return undefined;
  }

  /** Only data views and searches are looked for. */
  private missing({ references }: JsonObject, inFile: readonly string[], space: string): JsonObject | undefined {
    const missing = objectsOf(references).filter(({ type, id }) => {
      const [kind, name] = [textOf(type), textOf(id)];
      if (kind !== 'index-pattern' && kind !== 'search') return false;
      return !inFile.includes(`${kind}:${name}`) && this.get(kind, name, space) === undefined;
    });
    return missing.length === 0
      ? undefined
      : { type: 'missing_references', references: missing.map(({ type, id }) => ({ type, id })) };
  }

  private conflict(
    { type, id }: JsonObject,
    { space, overwrite }: { space: string; overwrite: boolean },
  ): JsonObject | undefined {
    return !overwrite && this.get(textOf(type), textOf(id), space) !== undefined ? { type: 'conflict' } : undefined;
  }

  private put(object: JsonObject, space: string): object {
    const type = textOf(object.type);
    const given = textOf(object.id);
    const isElsewhere = this.kept.has(`${type}/${given}`) && this.get(type, given, space) === undefined;
    const id = isElsewhere ? `copy-${(this.copies += 1)}` : given;
    const attributes = this.migrated(type, objectOf(object.attributes));
    const typeMigrationVersion = this.forms.types.get(type)?.newest ?? '';
    const references = objectsOf(object.references);
    this.kept.set(`${type}/${id}`, { type, id, space, attributes, references, typeMigrationVersion });
    return { type, id: given, meta: { title: attributes.title }, ...(isElsewhere ? { destinationId: id } : {}) };
  }

  private migrated(type: string, attributes: JsonObject): JsonObject {
    if (type === 'search' && this.forms.tabs !== 'none' && attributes.tabs === undefined) {
      const { title, description, ...inner } = attributes;
      const isMoved = this.forms.tabs === 'instead';
      const tab = { id: 'tab', label: 'Untitled', attributes: isMoved ? { hideTable: false, ...inner } : inner };
      return { ...(isMoved ? { title, description } : attributes), tabs: [tab] };
    }
    return type === 'dashboard' ? { hits: 0, ...attributes } : attributes;
  }

  /** What somebody does with an object in the browser. */
  edit(type: string, id: string, change: (attributes: JsonObject) => JsonObject): void {
    const found = this.kept.get(`${type}/${id}`);
    if (found === undefined) throw new Error(`There is no ${type} ${id}.`);
    this.kept.set(`${type}/${id}`, { ...found, attributes: change(found.attributes) });
  }

  /** As the exporter gives an object. */
  line({ type, id, attributes, references, typeMigrationVersion }: Kept): string {
    const stamps = {
      created_at: '2026-11-23T00:00:00.000Z',
      updated_at: '2026-11-23T00:00:00.000Z',
      version: 'WzEsMV0=',
    };
    return JSON.stringify({
      attributes,
      coreMigrationVersion: this.forms.core,
      id,
      managed: false,
      references,
      type,
      typeMigrationVersion,
      ...stamps,
    });
  }
}

function errorOf({ type, id, attributes }: JsonObject, error: JsonObject): ImportError {
  return { type: textOf(type), id: textOf(id), meta: { title: objectOf(attributes).title }, error };
}

function isNewer(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (const [place, part] of (a ?? []).entries()) {
    const other = b?.[place] ?? 0;
    if (part !== other) return part > other;
  }
  return false;
}
