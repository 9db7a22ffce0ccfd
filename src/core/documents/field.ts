import type { Ecs, EcsFlat } from '@elastic/ecs';

/** Elasticsearch types that our fields have. */
export type FieldType =
  'keyword' | 'constant_keyword' | 'match_only_text' | 'long' | 'float' | 'double' | 'boolean' | 'date' | 'ip';

/** What stands for a type where the server has its core alone: the others come with Elastic's own modules. */
const SUBSTITUTES = { constant_keyword: 'keyword', match_only_text: 'text' } as const;
/** Types that not every server has. */
export type ModuleType = keyof typeof SUBSTITUTES;
export type CoreType = Exclude<FieldType, ModuleType> | (typeof SUBSTITUTES)[ModuleType];

/** Units of numbers, by their names in Elasticsearch where it has one; of `percent` 1 is all. */
export type Unit = 'nanos' | 'm' | 'percent' | 'bits' | 'per minute';

/** How common a field of the Elastic Common Schema (ECS) is, as ECS says. */
type Level = 'core' | 'extended';

export interface Field<T extends FieldType = FieldType> {
  /** `constant_keyword` where all documents of an index have the same value. */
  readonly type: T;
  /** Of a field of ECS; absent for our own. */
  readonly level?: Level;
  readonly unit?: Unit;
  /** All values that it may have, where they are known. */
  readonly values?: readonly (string | number)[];
  /** True where every document has it. */
  readonly always?: true;
  /** True where the value is only shown, and no search, sum or sort is by it. */
  readonly shown?: true;
  /** True where the value is always an array. */
  readonly many?: true;
  readonly doc: string;
}

/** The type that a field has on a server which lacks the types of modules. */
export function coreType(type: FieldType): CoreType {
  return isOfModule(type) ? SUBSTITUTES[type] : type;
}

export function isOfModule(type: FieldType): type is ModuleType {
  return type in SUBSTITUTES;
}

/** What a declaration begins with: the compiler follows what is added to it. */
interface Begun<T extends FieldType> {
  readonly type: T;
  readonly doc: string;
}

function declare<const T extends FieldType>(type: T): (doc: string) => Begun<T> {
  return (doc) => ({ type, doc });
}
export const keyword = declare('keyword');
export const constant = declare('constant_keyword');
/** Searched by words, without scores where the server can do so. */
export const text = declare('match_only_text');
export const long = declare('long');
export const float = declare('float');
export const double = declare('double');
export const boolean = declare('boolean');
export const date = declare('date');
export const ip = declare('ip');

export function many<F extends Field>(field: F): F & { readonly many: true } {
  return { ...field, many: true };
}

export function shown<F extends Field>(field: F): F & { readonly shown: true } {
  return { ...field, shown: true };
}

export function always<F extends Field>(field: F): F & { readonly always: true } {
  return { ...field, always: true };
}

export function core<F extends Field>(field: F): F & { readonly level: 'core' } {
  return { ...field, level: 'core' };
}

export function extended<F extends Field>(field: F): F & { readonly level: 'extended' } {
  return { ...field, level: 'extended' };
}

export function within<F extends Field>(values: readonly (string | number)[], field: F): F {
  return { ...field, values };
}

export function measured<F extends Field>(unit: Unit, field: F): F {
  return { ...field, unit };
}

/** Names of ECS, of which a declaration can have none that ECS lacks. */
type EcsName = keyof typeof EcsFlat;

/** The type that ECS gives the value at a path. */
type EcsValue<Document, Path extends string> = Path extends `${infer Name}.${infer Rest}`
  ? Name extends keyof Document
    ? EcsValue<NonNullable<Document[Name]>, Rest>
    : never
  : Path extends keyof Document
    ? NonNullable<Document[Path]>
    : never;

type NumberType = 'long' | 'float' | 'double';

/** A field that holds such values, in an array where ECS has one. */
type EcsField<Value> = Field<
  [Value] extends [number]
    ? NumberType
    : [Value] extends [boolean]
      ? 'boolean'
      : Exclude<FieldType, NumberType | 'boolean'>
> & { readonly level: Level } & (string[] extends Value ? { readonly many: true } : { readonly many?: never });

/** Fields by name: those of ECS as it has them, and our own. */
export type Declared = {
  readonly [Name in EcsName]?: EcsField<EcsValue<Ecs, Name>>;
} & Readonly<Record<`mxwarden.${string}`, Field & { readonly level?: never }>>;

/** Fields of an object of ours, by their names within it. */
export type DeclaredWithin = Readonly<Record<string, Field & { readonly level?: never }>>;

/** Fields with the names that they have in a document, given what stands before those in a declaration. */
export function prefixed(prefix: string, fields: Readonly<Record<string, Field>>): [string, Field][] {
  return Object.entries(fields).map(([name, field]) => [`${prefix}${name}`, field]);
}
