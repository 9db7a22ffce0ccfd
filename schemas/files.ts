import { SCHEMAS } from '../src/avro/schemas.js';
import { entries } from '../src/core/tally/counters.js';
import { TITLES, documentSchema } from './documents.js';
import { fieldReference, settingReference } from './reference.js';
import { RESULTS } from './results.js';
import type { JsonSchema } from './shape.js';

function titled(name: string, description: string, schema: JsonSchema): JsonSchema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: `mxwarden ${name}`, description, ...schema };
}

/** The files of this folder that follow from the declarations, by name. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const text = (schema: object): string => `${JSON.stringify(schema, undefined, 2)}\n`;
  return new Map([
    ...entries(SCHEMAS).map(([name, schema]): [string, string] => [`${name}.avsc`, text(schema)]),
    ...entries(TITLES).map(([name, title]): [string, string] => [
      `${name}.schema.json`,
      text(titled(name, title, documentSchema(name))),
    ]),
    ...entries(RESULTS).map(([name, { title, schema }]): [string, string] => [
      `${name}.schema.json`,
      text(titled(name, title, schema)),
    ]),
    ['fields.md', fieldReference()],
    ['configuration.md', settingReference()],
  ]);
}
