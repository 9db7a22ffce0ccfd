import { digestOf } from '../core/content.js';
import { isObject, listIn, valueIn } from '../core/documents/value.js';
import type { SavedObject } from './saved-object.js';

/** Rises with every change of objects or rules; what a newer mxwarden made is left alone. */
export const MADE_VERSION = 1;

/** What tells whether something is as the mxwarden that made it left it. */
export interface Made {
  readonly version: number;
  readonly digest: string;
}

/** How what is there stands to what we would make. */
export type Standing = 'missing' | 'current' | 'older' | 'newer' | 'edited';

export function standingOf(
  there: { readonly digest: string; readonly made: Made | undefined },
  ours: { readonly digest: string },
): Standing {
  const { digest, made } = there;
  if (digest === ours.digest) return 'current';
  if (made === undefined || made.digest !== digest) return 'edited';
  return made.version > MADE_VERSION ? 'newer' : 'older';
}

/** At the end of a description. It is where people see it, and what Kibana keeps of it whatever its version. */
const MARK = / ?\(mxwarden setup (\d{1,9})-([\da-f]{16})\)$/;
/** The name of no field, since a data view has no description: a format for it does nothing. */
const MARK_FIELD = 'mxwarden.setup';

/** What is compared of an object: all that people can change, whatever else Kibana keeps with it. */
export interface Content {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly unknown[];
}

/** What Kibana itself adds or counts. */
const OWN_OF_KIBANA = ['hits', 'version', 'tabs'];

/** The content of an object as Kibana gives it back, or as we make it, without the mark. */
export function contentOf(object: {
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly unknown[];
}): Content {
  const { type, attributes, references } = object;
  const entries = Object.entries(withoutMark(type === 'search' ? withFirstTab(attributes) : attributes))
    .filter(([name]) => !OWN_OF_KIBANA.includes(name))
    .map(([name, value]): [string, unknown] => [name, name === 'fieldAttrs' ? withoutCounts(value) : decoded(value)])
    .filter(([, value]) => !isEmpty(value));
  const own = Object.fromEntries(entries);
  const tabs = type === 'search' ? furtherTabs(attributes, own) : [];
  return {
    attributes: tabs.length > 0 ? { ...own, tabs } : own,
    references: references
      .map((reference) => ({
        name: valueIn(reference, ['name']),
        type: valueIn(reference, ['type']),
        id: valueIn(reference, ['id']),
      }))
      .sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
  };
}

/** A search with what stands in its first tab: from 9.1 on Kibana makes one of each search, and later keeps nothing else. */
function withFirstTab(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const inner = valueIn(listIn(attributes, 'tabs')[0], ['attributes']);
  return isObject(inner) ? { ...inner, ...attributes } : attributes;
}

/** Tabs of a search that say more than the search itself. */
function furtherTabs(
  attributes: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  const tabs = listIn(attributes, 'tabs');
  const [tab, ...others] = tabs;
  const inner: unknown = valueIn(tab, ['attributes']);
  const isSame =
    !isObject(inner) ||
    Object.entries(inner).every(([name, value]) => {
      const read = decoded(value);
      return isEmpty(read) || OWN_OF_KIBANA.includes(name) || digestOf({ a: read }) === digestOf({ a: own[name] });
    });
  return isSame && others.length === 0 ? [] : tabs;
}

/** A text that is JSON as what it says, also within others. */
function decoded(value: unknown): unknown {
  if (typeof value === 'string' && /^\s*[[{]/.test(value)) {
    try {
      return decoded(JSON.parse(value));
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map(decoded);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, decoded(inner)]));
}

/** Attributes of fields without how often each was looked at. */
function withoutCounts(value: unknown): unknown {
  const fields = decoded(value);
  if (!isObject(fields)) return fields;
  const others = Object.entries(fields)
    .map(([name, of]): [string, unknown] => {
      if (!isObject(of)) return [name, of];
      const { count, ...rest } = of;
      return [name, rest];
    })
    .filter(([, of]) => !isEmpty(of));
  return Object.fromEntries(others);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The object with a mark that says who made it, and what it was like then. */
export function marked(object: SavedObject): SavedObject {
  const mark = `${MADE_VERSION}-${digestOf(contentOf(object)).slice(0, 16)}`;
  const { attributes, type } = object;
  const { description, fieldFormatMap } = attributes;
  if (type === 'index-pattern') {
    const formats: unknown = typeof fieldFormatMap === 'string' ? JSON.parse(fieldFormatMap) : {};
    const format = { id: 'string', params: { made: mark } };
    const all = isObject(formats) ? { ...formats, [MARK_FIELD]: format } : { [MARK_FIELD]: format };
    return { ...object, attributes: { ...attributes, fieldFormatMap: JSON.stringify(all) } };
  }
  const text = typeof description === 'string' ? description : '';
  return { ...object, attributes: { ...attributes, description: `${text} (mxwarden setup ${mark})` } };
}

/** What the mark of an object says; `undefined` without one. */
export function madeOf({ description, fieldFormatMap }: Readonly<Record<string, unknown>>): Made | undefined {
  const inFormats = valueIn(decoded(fieldFormatMap), [MARK_FIELD, 'params', 'made']);
  const text = typeof description === 'string' ? description : '';
  const [, version = '', digest = ''] =
    MARK.exec(text) ?? /^(\d{1,9})-([\da-f]{16})$/.exec(typeof inFormats === 'string' ? inFormats : '') ?? [];
  return version === '' ? undefined : { version: Number(version), digest };
}

function withoutMark(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { description, fieldFormatMap } = attributes;
  const formats = decoded(fieldFormatMap);
  if (isObject(formats)) {
    const { [MARK_FIELD]: mark, ...others } = formats;
    return { ...attributes, fieldFormatMap: others };
  }
  return typeof description === 'string' ? { ...attributes, description: description.replace(MARK, '') } : attributes;
}

/** As it stands in marks: the first 16 digits. */
export function objectDigest(object: Parameters<typeof contentOf>[0]): string {
  return digestOf(contentOf(object)).slice(0, 16);
}
