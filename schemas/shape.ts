/** A schema in JSON. */
export interface JsonSchema {
  [attribute: string]: unknown;
}

/** What JSON makes of a `T`: the compiler sees to it that a shape says of each value what its type is. */
export interface Shape<T> {
  readonly schema: JsonSchema;
  /** Whether it may be absent. */
  readonly isOptional: boolean;
  /** Never there: it keeps shapes of different types apart. */
  readonly of?: (value: T) => T;
}

function shape<T>(schema: JsonSchema): Shape<T> {
  return { schema, isOptional: false };
}

export function text<T extends string = string>(description: string): Shape<T> {
  return shape({ type: 'string', description });
}

export function whole(description: string): Shape<number> {
  return shape({ type: 'integer', minimum: 0, description });
}

export function ratio(description: string): Shape<number> {
  return shape({ type: 'number', minimum: 0, description });
}

export function instant(description: string): Shape<string> {
  return shape({ type: 'string', format: 'date-time', description });
}

/** One of a closed set, given as the names of something. */
export function oneOf<T extends string>(names: Readonly<Record<T, unknown>>, description: string): Shape<T> {
  return shape({ type: 'string', enum: Object.keys(names), description });
}

export function always<T extends boolean>(value: T, description: string): Shape<T> {
  return shape({ const: value, description });
}

export function optional<T>({ schema }: Shape<T>): Shape<T | undefined> {
  return { schema, isOptional: true };
}

export function list<T>({ schema }: Shape<T>, description: string): Shape<readonly T[]> {
  return shape({ type: 'array', items: schema, description });
}

/** Values by names of a closed set, some of which may be absent. */
export function some<K extends string, V>(
  names: Readonly<Record<K, unknown>>,
  { schema }: Shape<V>,
  description: string,
): Shape<Readonly<Partial<Record<K, V>>>> {
  const properties = Object.fromEntries(Object.keys(names).map((name) => [name, schema]));
  return shape({ type: 'object', properties, description });
}

/** An object with these members; a later version may have more. */
export function object<T extends object>(
  members: { readonly [Name in keyof T]-?: Shape<T[Name]> },
  description?: string,
): Shape<T> {
  const properties: JsonSchema = {};
  const required: string[] = [];
  for (const [name, { schema, isOptional }] of Object.entries<Pick<Shape<unknown>, 'schema' | 'isOptional'>>(members)) {
    properties[name] = schema;
    if (!isOptional) required.push(name);
  }
  return shape({
    type: 'object',
    properties,
    required,
    ...(description === undefined ? {} : { description }),
  });
}
