import type { ClientCounter, Counter, Role } from '../tally/counters.js';
import type { Side } from '../event.js';
import { ECS_CATEGORIES, ECS_TYPES, ECS_VERSION, VENDOR } from './ecs.js';
import type { EventKind } from './ecs.js';
import { prefixed, within } from './field.js';
import type { Field } from './field.js';
import { alertFields } from './fields-alert.js';
import type { ALERT, LOAD, LOADS, OUTLOOK, OUTLOOKS } from './fields-alert.js';
import { SOURCE, clientFields } from './fields-client.js';
import type { CLIENT } from './fields-client.js';
import { COMMON, ENRICHED, WINDOW } from './fields-common.js';
import { correlationFields } from './fields-correlation.js';
import type { CORRELATION, COVERAGE, MEASURED, ROLE_FIELDS, SPANS } from './fields-correlation.js';
import { REJECTION } from './fields-rejection.js';
import { isObject } from './value.js';

export type EnrichedField = keyof typeof ENRICHED;
export type AlertField =
  | keyof typeof COMMON
  | keyof typeof ALERT
  | EnrichedField
  | `mxwarden.proposal.${keyof typeof OUTLOOKS}.${keyof typeof OUTLOOK}`
  | `mxwarden.effect.${keyof typeof LOADS}.${keyof typeof LOAD}`;
export type CorrelationField =
  | keyof typeof COMMON
  | keyof typeof WINDOW
  | keyof typeof MEASURED
  | `mxwarden.${Exclude<Counter, `role.${string}`>}`
  | `mxwarden.role.${Role}.${(typeof ROLE_FIELDS)[number] | 'mee_adjusted'}`
  | `mxwarden.correlation.${(typeof SPANS)[number]}.${keyof typeof CORRELATION}`
  | `mxwarden.coverage.${Side}.${keyof typeof COVERAGE}`;
/** Fields of one client, without the prefix that the document gives them. */
export type ClientField = keyof typeof CLIENT | ClientCounter;
export type RejectionField = keyof typeof COMMON | keyof typeof REJECTION;
export type ClientRowField =
  keyof typeof COMMON | keyof typeof WINDOW | keyof typeof SOURCE | EnrichedField | `mxwarden.client.${ClientField}`;
/** The names of the fields of each kind of document. */
export interface FieldOf {
  readonly correlation: CorrelationField;
  readonly client: ClientRowField;
  readonly rejection: RejectionField;
  readonly alert: AlertField;
}

/** The fields of all documents, with the values that they have in those of a kind. */
function common(kind: EventKind, dataset: string): [string, Field][] {
  const values: Readonly<Partial<Record<string, readonly string[]>>> = {
    'ecs.version': [ECS_VERSION],
    'event.kind': [kind],
    'event.category': ECS_CATEGORIES,
    'event.type': ECS_TYPES,
    'event.module': [VENDOR],
    'event.dataset': [dataset],
    'observer.vendor': [VENDOR],
  };
  return prefixed('', COMMON).map(([name, field]) => {
    const known = values[name];
    return [name, known === undefined ? field : within(known, field)];
  });
}

/**
 * Every field of each kind of document, declared once: types, checks, mappings, schemas and the reference of fields follow
 * from here. A later field of a name is in the place of an earlier one.
 */
export const FIELDS = {
  correlation: new Map([...common('metric', 'mxwarden.correlation'), ...prefixed('', WINDOW), ...correlationFields()]),
  client: new Map([
    ...common('metric', 'mxwarden.client'),
    ...prefixed('', WINDOW),
    ...prefixed('', SOURCE),
    ...prefixed('', ENRICHED),
    ...clientFields('mxwarden.client.'),
  ]),
  rejection: new Map([...common('event', 'mxwarden.rejection'), ...prefixed('', REJECTION)]),
  alert: new Map([...common('alert', 'mxwarden.alert'), ...alertFields(), ...prefixed('', ENRICHED)]),
} as const satisfies Record<string, ReadonlyMap<string, Field>>;

/** Lists of objects in documents, by path; the fields of the objects have it before their names. */
export const LISTS: ReadonlySet<string> = new Set(['mxwarden.top_clients']);

/** Kinds of documents that runs end in. */
export type DocumentKind = keyof typeof FIELDS;

export type FieldValue = string | number | boolean | readonly string[] | undefined;
/** A document as JSON has it. */
export interface JsonObject {
  [name: string]: FieldValue | JsonObject | readonly JsonObject[];
}

/** Names of the objects that each path leads through, and of the field: paths are declared, so there are but so many. */
const PATHS = new Map<string, { readonly path: readonly string[]; readonly leaf: string }>();

function placeOf(path: string): { readonly path: readonly string[]; readonly leaf: string } {
  let place = PATHS.get(path);
  if (place === undefined) {
    const names = path.split('.');
    place = { path: names.slice(0, -1), leaf: names[names.length - 1] ?? '' };
    PATHS.set(path, place);
  }
  return place;
}

/** The object within a document that these names lead to, made where it is missing. */
export function objectAt(document: JsonObject, path: readonly string[]): JsonObject {
  let at = document;
  for (const name of path) {
    let inner = at[name];
    if (!isObject(inner)) at[name] = inner = {};
    at = inner;
  }
  return at;
}

/** Adds fields named by their paths to a document: objects within objects. Fields without a value are left out. */
export function addFields(document: JsonObject, fields: Readonly<Record<string, FieldValue>>): void {
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    const { path, leaf } = placeOf(name);
    objectAt(document, path)[leaf] = value;
  }
}
