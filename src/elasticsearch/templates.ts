import { digestOf } from '../core/content.js';
import { coreType, isOfModule } from '../core/documents/field.js';
import type { CoreType, Field, FieldType, ModuleType } from '../core/documents/field.js';
import { FIELDS } from '../core/documents/fields.js';
import type { DocumentKind } from '../core/documents/fields.js';
import { DAY_MS } from '../core/time.js';
import type { Ms } from '../core/event.js';
import { KINDS, TARGETS } from './targets.js';

/** Rises with every change of what is below; what a newer mxwarden made is left alone. */
export const TEMPLATES_VERSION = 1;
/** Above the templates of Elasticsearch (100) and Fleet (200) for `logs-*-*`. */
const PRIORITY = 500;
/** Windows of a month are deleted together, the first of them a month after its time. */
const INDEX_DAYS = 31;
const IGNORE_ABOVE = 1024;
/** The operator's own settings and fields. */
export const CUSTOM_COMPONENT = 'mxwarden@custom';

/** What not every server has: the free parts of Elastic's own distribution, later versions, OpenSearch. */
export interface Abilities {
  /** Policies that delete old indices (ILM). */
  readonly policies: boolean;
  /** Retention as a part of a data stream. */
  readonly retention: boolean;
  readonly constantKeyword: boolean;
  readonly matchOnlyText: boolean;
  /** Templates may name a component template that is not there. */
  readonly missingComponents: boolean;
  /** The operator's own component template is there. */
  readonly customComponent: boolean;
}

/** How long each kind of document is kept. */
export type Retention = Readonly<Record<DocumentKind, Ms>>;

/** Something that setup puts on the server. */
export interface Resource {
  readonly what: 'lifecycle policy' | 'component template' | 'index template';
  readonly name: string;
  readonly path: string;
  readonly body: object;
  /** What people could change of it. */
  readonly content: object;
  readonly meta: Meta;
}

/** What tells whether something is as this mxwarden would make it. */
export interface Meta {
  readonly managed_by: 'mxwarden';
  readonly version: number;
  /** Of the rest: it follows from the settings and from the server's abilities as well. */
  readonly digest: string;
}

/** Everything that is to be on a server of such abilities, in the order in which it can be made. */
export function resources(abilities: Abilities, retention: Retention): readonly Resource[] {
  return [
    ...(abilities.policies ? KINDS.flatMap((kind) => policy(kind, abilities, retention[kind])) : []),
    componentTemplate('mxwarden@settings', {
      settings: {
        index: { number_of_shards: '1', auto_expand_replicas: '0-1', codec: 'best_compression' },
      },
    }),
    ...KINDS.map((kind) => componentTemplate(mappingsName(kind), { mappings: mappings(kind, abilities) })),
    ...KINDS.flatMap((kind) => lifecycle(kind, abilities, retention[kind])),
    ...KINDS.map((kind) => indexTemplate(kind, abilities)),
  ];
}

/** The fields of a kind of document, as an index has them. */
export function mappings(
  kind: DocumentKind,
  abilities: Abilities,
): { readonly _meta: Meta; readonly properties: object } {
  const { isStream } = TARGETS[kind];
  const properties = {
    ...propertiesOf(
      [...FIELDS[kind]].map(([path, field]) => ({ path: path.split('.'), field })),
      abilities,
    ),
    ...(isStream && abilities.constantKeyword ? { data_stream: streamNames(kind) } : {}),
  };
  // A field that a later version adds is kept, and found once setup has told the server of it.
  const body = { dynamic: false, date_detection: false, properties };
  return { _meta: metaOf(body), ...body };
}

function streamNames(kind: DocumentKind): object {
  const constant = (value: string): object => ({ type: 'constant_keyword', value });
  return {
    properties: {
      type: constant('logs'),
      dataset: constant(`mxwarden.${kind}`),
      namespace: { type: 'constant_keyword' },
    },
  };
}

interface Placed {
  readonly path: readonly string[];
  readonly field: Field;
}

function propertiesOf(fields: readonly Placed[], abilities: Abilities): Record<string, object> {
  const names = new Set(fields.map(({ path: [name = ''] }) => name));
  return Object.fromEntries(
    [...names].map((name) => {
      const below = fields.filter(({ path }) => path[0] === name);
      return [name, property(below, abilities)];
    }),
  );
}

function property(fields: readonly Placed[], abilities: Abilities): object {
  const [first] = fields;
  if (first?.path.length === 1) return leaf(first.field, abilities);
  if (fields.every(({ field }) => field.shown === true)) return { type: 'object', enabled: false };
  const inner = fields.map(({ path, field }) => ({ path: path.slice(1), field }));
  return { properties: propertiesOf(inner, abilities) };
}

/** What a server must be able to for a type that not every one has. */
const NEEDED = {
  constant_keyword: 'constantKeyword',
  match_only_text: 'matchOnlyText',
} as const satisfies Record<ModuleType, keyof Abilities>;

/** The type itself where the server has it, else what stands for it. */
function typeOn(type: FieldType, abilities: Abilities): FieldType | CoreType {
  return isOfModule(type) && !abilities[NEEDED[type]] ? coreType(type) : type;
}

function leaf(field: Field, abilities: Abilities): object {
  const type = typeOn(field.type, abilities);
  if (field.shown === true) return { type, index: false, doc_values: false };
  if (field.unit !== undefined) return { type, meta: { unit: field.unit } };
  switch (type) {
    case 'keyword':
      return { type, ignore_above: IGNORE_ABOVE };
    case 'ip':
      // An address that cannot be read must not cost the numbers beside it.
      return { type, ignore_malformed: true };
    default:
      return { type };
  }
}

function policy(kind: DocumentKind, abilities: Abilities, keptMs: Ms): readonly Resource[] {
  const { isStream } = TARGETS[kind];
  if (isStream && abilities.retention) return [];
  const hot = { min_age: '0ms', actions: { rollover: { max_age: '30d', max_primary_shard_size: '50gb' } } };
  // Of a plain index the age counts from the day in its name, the first of its month.
  const deleteAge = isStream ? keptMs : keptMs + INDEX_DAYS * DAY_MS;
  const phases = {
    ...(isStream ? { hot } : {}),
    // Said, since the server would add it.
    delete: { min_age: days(deleteAge), actions: { delete: { delete_searchable_snapshot: true } } },
  };
  const name = policyName(kind);
  const meta = metaOf(phases);
  const body = { policy: { _meta: meta, phases } };
  return [{ what: 'lifecycle policy', name, path: `/_ilm/policy/${name}`, body, content: phases, meta }];
}

/** By what documents of a kind are deleted; nothing where the server can do nothing of it. */
function lifecycle(kind: DocumentKind, abilities: Abilities, keptMs: Ms): readonly Resource[] {
  const { isStream } = TARGETS[kind];
  const name = lifecycleName(kind);
  if (isStream && abilities.retention)
    return [componentTemplate(name, { lifecycle: { data_retention: days(keptMs) } })];
  if (!abilities.policies) return [];
  const policy = { name: policyName(kind), ...(isStream ? {} : { parse_origination_date: 'true' }) };
  return [componentTemplate(name, { settings: { index: { lifecycle: policy } } })];
}

function componentTemplate(name: string, template: object): Resource {
  const meta = metaOf(template);
  const body = { template, version: TEMPLATES_VERSION, _meta: meta };
  return { what: 'component template', name, path: `/_component_template/${name}`, body, content: template, meta };
}

/** It says itself only what nobody is to change: of that, what its components say counts no more. */
function indexTemplate(kind: DocumentKind, abilities: Abilities): Resource {
  const { name: target, isStream } = TARGETS[kind];
  const name = isStream ? `logs-mxwarden.${kind}` : target;
  const custom = abilities.missingComponents || abilities.customComponent ? [CUSTOM_COMPONENT] : [];
  const hasLifecycle = abilities.policies || (isStream && abilities.retention);
  const content = {
    index_patterns: [`${name}-*`],
    priority: PRIORITY,
    composed_of: ['mxwarden@settings', mappingsName(kind), ...(hasLifecycle ? [lifecycleName(kind)] : []), ...custom],
    ...(abilities.missingComponents ? { ignore_missing_component_templates: custom } : {}),
    ...(isStream ? { data_stream: {} } : { template: { aliases: { [target]: {} } } }),
  };
  const meta = metaOf(content);
  const body = { ...content, version: TEMPLATES_VERSION, _meta: meta };
  return { what: 'index template', name, path: `/_index_template/${name}`, body, content, meta };
}

function mappingsName(kind: DocumentKind): string {
  return `mxwarden-${kind}@mappings`;
}

function lifecycleName(kind: DocumentKind): string {
  return `mxwarden-${kind}@lifecycle`;
}

function policyName(kind: DocumentKind): string {
  return `mxwarden-${kind}`;
}

/** Whole days, rounded up. */
function days(durationMs: Ms): string {
  return `${Math.ceil(durationMs / DAY_MS)}d`;
}

function metaOf(content: object): Meta {
  return { managed_by: 'mxwarden', version: TEMPLATES_VERSION, digest: digestOf(content) };
}
