import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { isObject } from '../../src/core/documents/value.js';
import { schemaFiles } from '../../schemas/files.js';

/** One of our schemas, as its file has it. */
export function jsonSchemaOf(name: string): unknown {
  const schema: unknown = JSON.parse(schemaFiles().get(`${name}.schema.json`) ?? '');
  return schema;
}

/** What tells whether a value is as a schema says. */
export function validatorOfSchema(schema: unknown): ValidateFunction {
  if (typeof schema !== 'object' || schema === null) throw new TypeError('This is no schema.');
  return new Ajv2020({ strict: true, validateFormats: false }).compile(schema);
}

const compiled = new Map<string, ValidateFunction>();

/** Throws if a value is not as one of our schemas says. */
export function expectSchema(name: string, values: readonly unknown[]): void {
  const validate = validatorOf(name);
  for (const value of values)
    if (!validate(value)) throw new Error(`${JSON.stringify(value)}: ${JSON.stringify(validate.errors)}`);
}

/** What tells whether a value is as one of our schemas says, and has nothing that it does not name: that would be a mistake of ours. */
export function validatorOf(name: string): ValidateFunction {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const close = (_key: string, value: unknown): unknown =>
    isObject(value) && isObject(value['properties']) && value['type'] === 'object'
      ? { ...value, additionalProperties: false }
      : value;
  const closed: unknown = JSON.parse(JSON.stringify(jsonSchemaOf(name), close));
  const validate = validatorOfSchema(closed);
  compiled.set(name, validate);
  return validate;
}
