import { SCHEMAS } from '../src/avro/schemas.js';
import { FIELDS } from '../src/core/documents/fields.js';
import type { Field } from '../src/core/documents/fields.js';
import { entries } from '../src/core/tally/counters.js';
import { RESULTS } from './results.js';
import type { JsonSchema } from './shape.js';

/** Lists of objects in documents, by path. */
const LISTS: ReadonlySet<string> = new Set(['mxwarden.top_clients']);

const TITLES = {
  correlation: 'a server in a window of time: its counts, what they tell and what is wrong',
  client: 'a client of a server in a window of time',
  rejection: 'one rejection, or how many were left out',
  alert: 'something that happened to an incident',
} as const satisfies Record<keyof typeof FIELDS, string>;

function typeOf(field: Field): JsonSchema {
  switch (field.type) {
    case 'long':
      return { type: 'integer' };
    case 'double':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    case 'date':
      return { type: 'string', format: 'date-time' };
    case 'ip':
      return { type: 'string', description: 'an IPv4 or IPv6 address' };
    case 'keyword':
    case 'text':
      return { type: 'string' };
  }
}

function fieldSchema(field: Field): JsonSchema {
  const { description: form, ...type } = typeOf(field);
  const description = typeof form === 'string' ? `${field.doc} (${form})` : field.doc;
  return field.many === true ? { type: 'array', items: type, description } : { ...type, description };
}

/** Objects within objects, as documents are. */
function objectSchema(fields: ReadonlyMap<string, Field>, prefix: string): JsonSchema {
  const properties: JsonSchema = {};
  for (const path of fields.keys()) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...inner] = path.slice(prefix.length).split('.');
    if (name in properties) continue;
    const field = fields.get(path);
    if (inner.length === 0 && field !== undefined) properties[name] = fieldSchema(field);
    else {
      const object = objectSchema(fields, `${prefix}${name}.`);
      properties[name] = LISTS.has(prefix + name) ? { type: 'array', items: object } : object;
    }
  }
  return { type: 'object', properties };
}

function titled(name: string, description: string, schema: JsonSchema): JsonSchema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: `mxwarden ${name}`, description, ...schema };
}

function documentSchema(name: keyof typeof FIELDS): JsonSchema {
  const required = ['@timestamp', 'event', 'mxwarden'];
  return titled(name, TITLES[name], { ...objectSchema(FIELDS[name], ''), required });
}

/** The files of this folder that follow from the declarations, by name. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const text = (schema: object): string => `${JSON.stringify(schema, undefined, 2)}\n`;
  return new Map([
    ...entries(SCHEMAS).map(([name, schema]): [string, string] => [`${name}.avsc`, text(schema)]),
    ...entries(FIELDS).map(([name]): [string, string] => [`${name}.schema.json`, text(documentSchema(name))]),
    ...entries(RESULTS).map(([name, { title, schema }]): [string, string] => [
      `${name}.schema.json`,
      text(titled(name, title, schema)),
    ]),
  ]);
}
