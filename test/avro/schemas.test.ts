import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { schemaFiles } from '../../schemas/files.js';
import { FIXTURES, analysisOf } from '../support/analysis.js';
import type { Analysis } from '../support/analysis.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'schemas');
const RECORDING = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => join(FIXTURES, 'dept', name));

test('the files are what the declarations say; `npm run schemas` writes them', () => {
  const files = new Map(
    readdirSync(FOLDER)
      .filter((name) => /\.(avsc|json)$/.test(name))
      .map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]),
  );

  expect([...files.keys()].sort()).toEqual([...schemaFiles().keys()].sort());
  for (const [name, text] of schemaFiles()) expect([name, files.get(name) === text]).toEqual([name, true]);
});

describe('the documents of the recording', () => {
  let analysis: Analysis | undefined;
  beforeAll(async () => {
    analysis = await analysisOf(RECORDING, { config: join(FIXTURES, 'dept', 'mxwarden.yaml') });
  }, 120_000);

  test.each([
    ['correlation', 'correlations'],
    ['client', 'clients'],
    ['rejection', 'rejections'],
    ['alert', 'alerts'],
  ] as const)('of kind %s are what their schema says', (name, documents) => {
    const validate = new Ajv2020({ strict: true, validateFormats: false }).compile(schemaOf(name));
    const wrong = (analysis?.[documents] ?? []).filter((document) => !validate(document));

    expect(analysis?.[documents].length).toBeGreaterThan(0);
    expect(wrong.slice(0, 3)).toEqual([]);
  });
});

test('a document with an unknown field, or a value of another type, is refused', () => {
  const validate = new Ajv2020({ validateFormats: false }).compile(schemaOf('alert'));
  const alert = { '@timestamp': '2003-04-13T12:00:00.000Z', event: { severity: 21 }, mxwarden: {} };

  expect(validate(alert)).toBe(true);
  expect(validate({ ...alert, event: { severity: 'low' } })).toBe(false);
  expect(validate({ ...alert, other: 1 })).toBe(false);
});

function schemaOf(name: string): object {
  const schema: unknown = JSON.parse(schemaFiles().get(`${name}.schema.json`) ?? '');
  if (typeof schema !== 'object' || schema === null) throw new TypeError('no schema');
  return schema;
}
