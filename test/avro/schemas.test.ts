import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { schemaFiles } from '../../schemas/files.js';
import { objectAt } from '../../src/core/documents/fields.js';
import { isFields, listIn } from '../../src/core/documents/value.js';
import { FIXTURES, analysisOf, inFolder } from '../support/analysis.js';
import type { Analysis } from '../support/analysis.js';
import { incidentOf, alertOf } from '../support/incidents.js';
import { jsonSchemaOf, validatorOf, validatorOfSchema } from '../support/json-schema.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'schemas');
const RECORDING = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => join(FIXTURES, 'dept', name));

const WRITTEN_PAGES = ['fields.md', 'configuration.md'];

test('the files are what the declarations say; `npm run schemas` writes them', () => {
  const files = new Map(
    readdirSync(FOLDER)
      .filter((name) => /\.(avsc|json)$/.test(name) || WRITTEN_PAGES.includes(name))
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
    const validate = validatorOf(name);
    const wrong = (analysis?.[documents] ?? []).filter((document) => !validate(document));

    expect(analysis?.[documents].length).toBeGreaterThan(0);
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('and their summary is too', () => {
    const validate = validatorOf('summary');

    expect([validate(analysis?.summary), validate.errors]).toEqual([true, null]);
    expect(analysis?.summary.incidents.length).toBeGreaterThan(0);
  });
});

test('summaries of logs with little or nothing in them are what the schema says', async () => {
  const validate = validatorOf('summary');
  const lines = [
    '2026-11-23T02:01:15Z gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]',
    '2026-11-23T02:01:16Z gpo postfix/smtpd[7]: something that nobody knows',
    '2026-11-23T02:01:16Z gpo cron[7]: something else',
    'no line of a log',
    'x'.repeat(70_000),
  ];
  for (const text of ['', lines.map((line) => `${line}\n`).join('')]) {
    const { summary, deadLetters } = await analysisOfText(text);

    expect([validate(summary), validate.errors]).toEqual([true, null]);
    const isDeadLetter = validatorOf('dead_letter');
    expect(deadLetters.map(({ reason }) => reason)).toEqual(text === '' ? [] : ['no_envelope', 'too_long']);
    for (const letter of deadLetters) expect([letter, isDeadLetter(letter)]).toEqual([letter, true]);
  }
});

test('a summary or a dead letter with an unknown field, without one or with another value is refused', async () => {
  const { summary, deadLetters } = await analysisOfText('no line of a log\n');
  const [letter = {}] = deadLetters;
  const { inputs, ...without } = summary;

  const isSummary = validatorOf('summary');
  expect(
    [summary, { ...summary, other: 1 }, without, { ...summary, window: 5 }].map((each) => isSummary(each)),
  ).toEqual([...[true, false, false, false]]);
  const isDeadLetter = validatorOf('dead_letter');
  const { origin, ...unknown } = letter;
  expect([letter, unknown, { ...letter, reason: 'bored' }].map((each) => isDeadLetter(each))).toEqual([
    ...[true, false, false],
  ]);
});

function analysisOfText(text: string): Promise<Analysis> {
  return inFolder((folder) => {
    const log = join(folder, 'mail.log');
    writeFileSync(log, text);
    return analysisOf([log], {});
  });
}

test('a document with an unknown field, or a value of another type, is refused', () => {
  const validate = validatorOf('alert');
  const alert = alertOf(incidentOf());
  const withEvent = (event: object): object => ({ ...alert, event: { ...objectAt(alert, ['event']), ...event } });

  expect(validate(alert)).toBe(true);
  expect(validate(withEvent({ severity: 'low' }))).toBe(false);
  expect(validate(withEvent({ action: 'incident-forgotten' }))).toBe(false);
  expect(validate({ ...alert, rule: {} })).toBe(false);
  expect(validate({ ...alert, other: 1 })).toBe(false);
});

describe('versions of documents', () => {
  const NAMES = ['correlation', 'client', 'rejection', 'alert', 'dead_letter', 'summary'];

  /** The same with one thing more in each object. */
  function withMore(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withMore);
    if (!isFields(value)) return value;
    return {
      ...Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withMore(each)])),
      later: 'more',
    };
  }

  let documents: ReadonlyMap<string, readonly unknown[]> = new Map();
  beforeAll(async () => {
    const analysis = await analysisOf(RECORDING, { config: join(FIXTURES, 'dept', 'mxwarden.yaml') });
    const { correlations, clients, rejections, alerts, summary } = analysis;
    const { deadLetters } = await analysisOfText('no line of a log\n');
    documents = new Map<string, readonly unknown[]>([
      ['correlation', correlations.slice(0, 100)],
      ['client', clients.slice(0, 100)],
      ['rejection', rejections.slice(0, 100)],
      ['alert', alerts.slice(0, 100)],
      ['dead_letter', deadLetters],
      ['summary', [summary]],
    ]);
  }, 120_000);

  test.each(NAMES)('an older schema lets a %s pass that has fields which it does not know', (name) => {
    const validate = validatorOfSchema(jsonSchemaOf(name));
    const newer = (documents.get(name) ?? []).map(withMore);

    expect(newer.length).toBeGreaterThan(0);
    expect(newer.filter((document) => !validate(document))).toEqual([]);
  });

  test.each(NAMES)('a newer schema, in which each object has a field more, lets an older %s pass', (name) => {
    const more = (_key: string, value: unknown): unknown =>
      isFields(value) && isFields(value['properties']) && value['type'] === 'object'
        ? { ...value, properties: { ...value['properties'], later: { type: 'string' } } }
        : value;
    const newer: unknown = JSON.parse(JSON.stringify(jsonSchemaOf(name), more));
    const validate = validatorOfSchema(newer);

    expect((documents.get(name) ?? []).filter((document) => !validate(document))).toEqual([]);
  });
});

/** A field that a schema names, with what is said of it. */
interface Described {
  readonly path: string;
  readonly doc: unknown;
  readonly isNumber: boolean;
}

/** All fields in a schema of Avro, at any depth. */
function fieldsOfAvro(schema: unknown, path: string): readonly Described[] {
  if (Array.isArray(schema)) return schema.flatMap((each) => fieldsOfAvro(each, path));
  if (!isFields(schema)) return [];
  const inner = ['type', 'items', 'values'].flatMap((name) => fieldsOfAvro(schema[name], path));
  const fields = listIn(schema, 'fields').filter(isFields);
  return [
    ...inner,
    ...fields.flatMap((field): readonly Described[] => {
      const own = `${path}.${String(field['name'])}`;
      const isNumber =
        JSON.stringify(field['type']).includes('"long"') && !JSON.stringify(field['type']).includes('"fields"');
      return [{ path: own, doc: field['doc'], isNumber }, ...fieldsOfAvro(field['type'], own)];
    }),
  ];
}

/** All values in a JSON schema, at any depth; an object is described by what is in it. */
function fieldsOfJson(schema: unknown, path: string): readonly Described[] {
  if (!isFields(schema)) return [];
  const { type, properties, items, description } = schema;
  const isNumber = type === 'integer' || type === 'number';
  const own =
    type === 'object' || (isFields(items) && items['type'] === 'object') ? [] : [{ path, doc: description, isNumber }];
  const inner = isFields(properties) ? Object.entries(properties) : [];
  return [
    ...own,
    ...inner.flatMap(([name, each]) => fieldsOfJson(each, `${path}.${name}`)),
    ...(isFields(items) && items['type'] === 'object' ? fieldsOfJson(items, `${path}[]`) : []),
  ];
}

const DESCRIBED = [...schemaFiles()].flatMap(([file, text]) => {
  if (file.endsWith('.md')) return [];
  const schema: unknown = JSON.parse(text);
  return file.endsWith('.avsc') ? fieldsOfAvro(schema, file) : fieldsOfJson(schema, file);
});

test('every field of every schema says what it is', () => {
  expect(DESCRIBED.length).toBeGreaterThan(500);
  expect(DESCRIBED.filter(({ doc }) => typeof doc !== 'string' || doc.length < 2).map(({ path }) => path)).toEqual([]);
});

/** What measures something, by its name: all other numbers count, or are ratios of counts. */
const MEASURES = /(^|_)(time|duration|ms|seconds|bytes|delay|latency|lag|heard|watermark|latest|clock|pane|entropy)$/;
const UNITS = /\b(ms|ns|seconds?|bytes|bits|unpacked)\b/;

test('every number that measures something says in which unit', () => {
  const measured = DESCRIBED.filter(({ path, isNumber }) => isNumber && MEASURES.test(path.split(/[.[]/).at(-1) ?? ''));

  expect(measured.length).toBeGreaterThan(10);
  expect(measured.filter(({ doc }) => !UNITS.test(String(doc))).map(({ path }) => path)).toEqual([]);
});
