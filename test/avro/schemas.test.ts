import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { schemaFiles } from '../../schemas/files.js';
import { objectAt } from '../../src/core/documents/fields.js';
import { FIXTURES, analysisOf, inFolder } from '../support/analysis.js';
import type { Analysis } from '../support/analysis.js';
import { incidentOf, alertOf } from '../support/incidents.js';
import { validatorOf } from '../support/json-schema.js';

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
