/**
 * Types of saved objects that we make, each with the version of its form. They are old ones on purpose: Kibana brings an
 * object up to its own version when it imports it, and refuses one that is newer than itself.
 */
export const TYPE_VERSIONS = {
  'index-pattern': '8.0.0',
  search: '8.0.0',
  dashboard: '8.9.0',
} as const;
export type ObjectType = keyof typeof TYPE_VERSIONS;

/** Of Kibana 8.8, and of all that came after. */
const CORE_VERSION = '8.8.0';

/** A name that stands for another object within an object. */
export interface Reference {
  readonly name: string;
  readonly type: ObjectType;
  readonly id: string;
}

/** An object as Kibana imports it. */
export interface SavedObject {
  readonly id: string;
  readonly type: ObjectType;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
  readonly coreMigrationVersion: typeof CORE_VERSION;
  readonly typeMigrationVersion: string;
  readonly managed: false;
}

export function savedObject(
  { type, id }: Pick<SavedObject, 'type' | 'id'>,
  attributes: SavedObject['attributes'],
  references: readonly Reference[] = [],
): SavedObject {
  return {
    id,
    type,
    attributes,
    references,
    coreMigrationVersion: CORE_VERSION,
    typeMigrationVersion: TYPE_VERSIONS[type],
    managed: false,
  };
}

/** Objects as a file of Kibana's, which ends with a line that counts them. */
export function exported(objects: readonly SavedObject[]): string {
  const summary = {
    exportedCount: objects.length,
    missingRefCount: 0,
    missingReferences: [],
    excludedObjectsCount: 0,
    excludedObjects: [],
  };
  return [...objects, summary].map((object) => `${JSON.stringify(object)}\n`).join('');
}
