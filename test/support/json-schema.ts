import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { schemaFiles } from '../../schemas/files.js';

/** What tells whether a value is as one of our schemas says. */
export function validatorOf(name: string): ValidateFunction {
  const schema: unknown = JSON.parse(schemaFiles().get(`${name}.schema.json`) ?? '');
  if (typeof schema !== 'object' || schema === null) throw new TypeError(`There is no schema of ${name}.`);
  return new Ajv2020({ strict: true, validateFormats: false }).compile(schema);
}
