import type { Field, Unit } from '../src/core/documents/field.js';
import { FIELDS, LISTS } from '../src/core/documents/fields.js';
import type { JsonSchema } from './shape.js';

/** Units in words. */
export const UNITS: Readonly<Record<Unit, string>> = {
  nanos: 'ns',
  m: 'minutes',
  percent: 'parts of 1',
  bits: 'bits',
  'per minute': 'numbers of a minute',
};

/** Kinds of documents in words. */
export const TITLES = {
  correlation: 'a server in a window of time: its counts, what they tell and what is wrong',
  client: 'a client of a server in a window of time',
  rejection: 'one rejection, or how many were left out',
  alert: 'something that happened to an incident',
} as const satisfies Record<keyof typeof FIELDS, string>;

function typeOf(field: Field): JsonSchema {
  switch (field.type) {
    case 'long':
      return { type: 'integer' };
    case 'float':
    case 'double':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    case 'date':
      return { type: 'string', format: 'date-time' };
    case 'ip':
      return { type: 'string', description: 'an IPv4 or IPv6 address' };
    case 'keyword':
    case 'constant_keyword':
    case 'match_only_text':
      return { type: 'string' };
  }
}

function fieldSchema(field: Field): JsonSchema {
  const { description: form = field.unit && `in ${UNITS[field.unit]}`, ...type } = typeOf(field);
  const description = typeof form === 'string' ? `${field.doc} (${form})` : field.doc;
  const value = { ...type, ...(field.values === undefined ? {} : { enum: field.values }) };
  return field.many === true ? { type: 'array', items: value, description } : { ...value, description };
}

/** Objects within objects, as documents are. */
function objectSchema(fields: ReadonlyMap<string, Field>, prefix: string): JsonSchema {
  const properties: JsonSchema = {};
  const required = new Set<string>();
  for (const [path, field] of fields) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...inner] = path.slice(prefix.length).split('.');
    if (field.always === true) required.add(name);
    if (name in properties) continue;
    if (inner.length === 0) properties[name] = fieldSchema(field);
    else {
      const object = objectSchema(fields, `${prefix}${name}.`);
      properties[name] = LISTS.has(prefix + name) ? { type: 'array', items: object } : object;
    }
  }
  return {
    type: 'object',
    properties,
    ...(required.size > 0 ? { required: [...required] } : {}),
  };
}

/** The schema of a kind of documents. */
export function documentSchema(name: keyof typeof FIELDS): JsonSchema {
  return objectSchema(FIELDS[name], '');
}
