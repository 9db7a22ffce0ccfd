import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { deployFiles } from '../../deploy/files.js';
import { REASONS } from '../../src/core/event.js';
import { TARGETS } from '../../src/elasticsearch/targets.js';
import { DATA_VIEWS } from '../../src/kibana/data-views.js';
import { kibanaObjects } from '../../src/kibana/objects.js';
import { exported } from '../../src/kibana/saved-object.js';
import { BY_REASON } from '../../src/kibana/signatures.js';
import { entries } from '../../src/core/tally/counters.js';
import { FIELDS } from '../../src/core/documents/fields.js';
import { problemsOf } from '../support/documents.js';
import { CASES } from '../support/kibana/cases.js';
import { lint } from '../support/kibana/lint.js';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

test('the files are what the declarations say; `npm run kibana` writes them', () => {
  for (const [path, text] of deployFiles())
    expect([path, readFileSync(join(DEPLOY, path), 'utf8') === text]).toEqual([path, true]);
});

test('the linter has nothing to say', () => {
  expect(lint(exported(kibanaObjects()))).toEqual([]);
  expect(lint(exported(kibanaObjects('30s')))).toEqual([]);
});

test.each(entries(TARGETS))('the data view of a %s finds where it is written', (kind, { name, isStream }) => {
  const written = isStream ? name : `${name}-2003.07.01`;

  expect(written.startsWith(DATA_VIEWS[kind].indices.replace(/\*$/, ''))).toBe(true);
});

describe('saved searches', () => {
  test('there is one for each reason', () => {
    expect(Object.keys(BY_REASON).sort()).toEqual([...REASONS].sort());
  });

  test('the three signatures of the paper come first, in the words of Postfix', () => {
    const titles = kibanaObjects().flatMap(({ type, attributes }) => (type === 'search' ? [attributes.title] : []));

    expect(titles.slice(0, 3)).toEqual([
      '[mxwarden] Relay access denied',
      '[mxwarden] Recipient address rejected',
      '[mxwarden] User unknown',
    ]);
  });
});

test.each(CASES.map((it) => [it.id, it] as const))('what searches are tried with has declared fields: %s', (_, it) => {
  const problems = problemsOf(it.document, FIELDS[it.kind]).filter((problem) => !problem.endsWith(': missing'));

  expect(problems).toEqual([]);
});

test('windows are of the size that is asked for, and of no other', () => {
  const text = exported(kibanaObjects('30s'));

  expect(text).toContain(String.raw`mxwarden.window.size: \\\"30s\\\"`);
  expect(text).not.toContain('5m');
});
