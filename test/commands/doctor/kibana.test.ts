import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { kibanaObjects } from '../../../src/kibana/objects.js';
import { diagnose, findingOf, troubles } from '../../support/doctor.js';
import type { Diagnosis } from '../../support/doctor.js';
import { FakeKibana } from '../../support/kibana/fake-kibana.js';
import type { FakeOptions } from '../../support/kibana/fake-kibana.js';
import { setUpWith } from '../../support/setup.js';

const AREAS = ['kibana', 'dashboards', 'rules'];
let kibana: FakeKibana;
beforeEach(async () => {
  kibana = await FakeKibana.open();
});
afterEach(() => kibana.close());

const settings = (space = 'default'): object => ({ kibana: { url: kibana.address, space } });
const setUp = (): ReturnType<typeof setUpWith> => setUpWith(settings());

async function look(space?: string): Promise<readonly string[]> {
  const { findings } = await diagnose(settings(space));
  return findings
    .filter(({ area }) => AREAS.includes(area))
    .map(({ level, area, text }) => `${level} ${area}: ${text}`);
}

async function troublesOfKibana(): Promise<Diagnosis['findings']> {
  const { findings } = await diagnose(settings());
  return findings.filter(({ area, level }) => AREAS.includes(area) && level !== 'ok');
}

async function expectWell(): Promise<void> {
  expect(await troublesOfKibana()).toEqual([]);
}

test('one that has been set up is ok', async () => {
  await setUp();
  kibana.rules.use('default', 'mxwarden-incident', { enabled: true });
  const count = kibanaObjects().length;

  expect(await look()).toEqual([
    'ok kibana: Kibana 9.1.0 answers, and has the space default.',
    `ok dashboards: ${count} of ${count} objects are current.`,
    'ok rules: 7 of 7 detection rules are current, 1 enabled.',
  ]);
});

describe('the next step mends', () => {
  const SET_UP = /^mxwarden setup --config \S+mx\.yaml$/;

  test('that nothing is there', async () => {
    const [objects, rules] = await troublesOfKibana();
    expect(objects?.text).toMatch(
      /^(\d+) of \1 objects are not there: data view mxwarden-correlation, .* and \d+ more\.$/,
    );
    expect(rules?.text).toMatch(/^7 of 7 detection rules are not there/);
    expect([objects?.level, objects?.next, rules?.level]).toEqual([
      'failure',
      expect.stringMatching(SET_UP),
      'failure',
    ]);

    await setUp();
    await expectWell();
  });

  test('that some objects are not there', async () => {
    await setUp();
    kibana.store.kept.delete('search/mxwarden-dnsbl');
    const found = await troublesOfKibana();
    expect(found.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^1 of \d+ objects are not there: saved search mxwarden-dnsbl\.$/),
    ]);
    expect(found[0]?.next).toMatch(SET_UP);

    await setUp();
    await expectWell();
  });

  test('that somebody changed some', async () => {
    await setUp();
    kibana.store.edit('dashboard', 'mxwarden-overview', (it) => ({ ...it, title: 'Ours' }));
    kibana.rules.edit('default', 'mxwarden-incident', { name: 'Ours' });
    const { findings } = await diagnose(settings());
    expect(troubles(findings, 'dashboards')).toEqual([
      'warning: Somebody changed dashboard mxwarden-overview, and setup leaves it alone.',
    ]);
    expect(troubles(findings, 'rules')).toEqual([
      'warning: Somebody changed detection rule mxwarden-incident, and setup leaves it alone.',
    ]);
    expect(findingOf(findings, 'warning', 'dashboard mxwarden-overview').next).toMatch(
      /^Leave it so; or .* run mxwarden setup .* --overwrite$/,
    );

    await setUpWith(settings(), { overwrite: true });
    await expectWell();
  });

  test.each<[string, FakeOptions, RegExp, RegExp]>([
    [
      'that it starts',
      { instead: { status: 503, body: 'Kibana server is not ready yet.' } },
      /^GET \/api\/status: Kibana is not ready/,
      /^Wait a while/,
    ],
    [
      'that it is too old',
      { instead: { status: 200, body: { version: { number: '7.17.0' } } } },
      /Kibana 7\.17\.0 is too old: 8\.9 is needed/,
      /^Update it/,
    ],
    [
      'that nobody is let in',
      { instead: { status: 401, body: { error: 'Unauthorized', message: 'no' } } },
      /^GET \/api\/status: HTTP 401/,
      /MXWARDEN_KIBANA_API_KEY/,
    ],
    ['that nobody has logged in', { users: {} }, /to nobody who has not logged in/, /MXWARDEN_KIBANA_PASSWORD/],
    [
      'that a right is missing',
      { users: { '': ['feature_siem.all'] } },
      /^POST \/api\/saved_objects\/_export: HTTP 403/,
      /deploy\/roles\/setup\.json in the space default/,
    ],
    [
      'that it is another server',
      { instead: { status: 405, body: {}, headers: { 'x-elastic-product': 'Elasticsearch' } } },
      /is Elasticsearch or OpenSearch, not Kibana/,
      /^Set kibana\.url/,
    ],
  ])('%s', async (_, trouble, text, next) => {
    await setUp();
    kibana.become(trouble);
    const { findings, isWell } = await diagnose(settings());
    expect(isWell).toBe(false);
    expect(findingOf(findings, 'failure', text).next).toMatch(next);

    kibana.recover();
    await expectWell();
  });

  test('that there is no such space', async () => {
    const [text] = await look('soc');
    expect(text).toBe('failure kibana: GET /api/spaces/space/soc: there is no space soc.');

    kibana.become({ spaces: ['soc'] });
    await setUpWith(settings('soc'));
    expect((await look('soc')).filter((line) => !line.startsWith('ok'))).toEqual([]);
  });
});
