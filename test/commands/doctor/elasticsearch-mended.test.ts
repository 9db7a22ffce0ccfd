import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TO_SET_UP, TO_WRITE } from '../../../src/elasticsearch/privileges.js';
import type { Needs } from '../../../src/elasticsearch/privileges.js';
import { diagnose, findingOf } from '../../support/doctor.js';
import type { Diagnosis } from '../../support/doctor.js';
import { FakeElasticsearch } from '../../support/fake-elasticsearch.js';
import { setUpWith } from '../../support/setup.js';

const BOTH: Needs = {
  cluster: [...TO_SET_UP.cluster, ...TO_WRITE.cluster],
  indices: [...TO_SET_UP.indices, ...TO_WRITE.indices],
};

let elasticsearch: FakeElasticsearch;
beforeEach(async () => {
  elasticsearch = await FakeElasticsearch.open();
});
afterEach(() => elasticsearch.close());

const settings = (): object => ({ elasticsearch: { nodes: [elasticsearch.address] } });
const setUp = (): ReturnType<typeof setUpWith> => setUpWith(settings());

async function look(): Promise<Diagnosis['findings']> {
  const { findings } = await diagnose(settings());
  return findings.filter(({ area }) => area !== 'configuration');
}

async function expectWell(): Promise<void> {
  expect((await look()).filter(({ level }) => level !== 'ok')).toEqual([]);
}

describe('what is printed as the next step, carried out, mends', () => {
  beforeEach(async () => {
    await setUp();
  });

  test('that a user may not write', async () => {
    elasticsearch.role = TO_SET_UP;
    const { next } = findingOf(await look(), 'failure', 'mx may not write documents: it lacks index on mxwarden-*, ');
    expect(next).toBe('Give mx the role in deploy/roles/run.json.');

    elasticsearch.role = BOTH;
    await expectWell();
  });

  test('that a user may not look at templates', async () => {
    elasticsearch.role = { ...TO_WRITE, cluster: ['monitor'] };
    const { next } = findingOf(await look(), 'warning', 'This user may not look at templates');
    expect(next).toMatch(/^Run mxwarden doctor --config \S+ once more as the user who sets up\.$/);

    elasticsearch.role = BOTH;
    await expectWell();
  });

  test('that an index has the name of an alias', async () => {
    elasticsearch.indices.set('mxwarden-client', { aliases: {}, mappings: {} });
    const { next } = findingOf(await look(), 'failure', 'mxwarden-client is an index, but is to be the alias');
    expect(next).toMatch(/DELETE \/mxwarden-client and run this again\.$/);

    elasticsearch.indices.delete('mxwarden-client');
    await expectWell();
  });

  test('that an index from before lacks its alias', async () => {
    elasticsearch.indices.set('mxwarden-client-2026.10.01', { aliases: {}, mappings: {} });
    const { next } = findingOf(await look(), 'failure', /not there: alias mxwarden-client of index/);
    expect(next).toMatch(/^mxwarden setup --config \S+$/);

    await setUp();
    expect((await look()).filter(({ level }) => level === 'failure')).toEqual([]);
  });

  test('that the set-up is half done', async () => {
    for (const path of [...elasticsearch.kept.keys()].slice(5)) elasticsearch.kept.delete(path);
    const { next } = findingOf(await look(), 'failure', '10 of 15 are not there');
    expect(next).toMatch(/^mxwarden setup --config \S+$/);

    await setUp();
    await expectWell();
  });

  test.each<[string, number, object, string, RegExp]>([
    ['that nobody is let in', 401, { error: { type: 'security_exception' } }, 'HTTP 401', /^Check .*PASSWORD/],
    ['that it is too old', 200, { version: { number: '7.17.0' } }, '7.17.0 is too old', /^Update it/],
    [
      'that it is too new',
      400,
      { error: { type: 'media_type_header_exception', reason: 'Accept version' } },
      'Elasticsearch is too new',
      /^Update mxwarden, or name/,
    ],
    ['that it is out of order', 503, { error: { type: 'cluster_block_exception' } }, 'HTTP 503', /^Look into the log/],
  ])('%s', async (_, status, body, text, next) => {
    elasticsearch.instead = { status, body };
    expect(findingOf(await look(), 'failure', text).next).toMatch(next);

    elasticsearch.instead = undefined;
    await expectWell();
  });
});
