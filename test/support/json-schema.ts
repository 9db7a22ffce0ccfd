import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { schemaFiles } from '../../schemas/files.js';

const compiled = new Map<string, ValidateFunction>();

/** What tells whether a value is as one of our schemas says. */
export function validatorOf(name: string): ValidateFunction {
  let validate = compiled.get(name);
  if (validate === undefined) {
    const schema: unknown = JSON.parse(schemaFiles().get(`${name}.schema.json`) ?? '');
    if (typeof schema !== 'object' || schema === null) throw new TypeError(`There is no schema of ${name}.`);
    validate = new Ajv2020({ strict: true, validateFormats: false }).compile(schema);
    compiled.set(name, validate);
  }
  return validate;
}

/** Throws if a value is not as one of our schemas says. */
export function expectSchema(name: string, values: readonly unknown[]): void {
  const validate = validatorOf(name);
  for (const value of values)
    if (!validate(value)) throw new Error(`${JSON.stringify(value)}: ${JSON.stringify(validate.errors)}`);
}
