import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { ELASTICSEARCH_8, testedVersions } from '../servers/elasticsearch.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { numberAt, textAt, valueAt } from '../support/analysis.js';
import { differences } from '../support/stream-compare.js';
import { expectDocuments } from '../support/documents.js';
import { Crew, STAGE_NAMES, newestOf, readDocuments, until } from '../support/stream-run.js';
import { expectSame, startSuite } from '../support/stream-suite.js';
import type { StreamSuite } from '../support/stream-suite.js';

const TIMEOUT_MS = 180_000;

describe.each([...(await testedVersions())])('Elasticsearch $number', (version) => {
  let suite: StreamSuite;
  beforeAll(async () => {
    suite = await startSuite(version);
  }, START_TIMEOUT_MS);
  afterAll(() => suite.stop(), START_TIMEOUT_MS);

  test('there is something to be equal to', () => {
    const { correlation, client, alert, rejection } = suite.expected.documents;
    expect(correlation.size).toBeGreaterThan(80);
    expect(client.size).toBeGreaterThan(500);
    expect(alert.size).toBeGreaterThan(10);
    expect(rejection.size).toBeGreaterThan(5000);
    const isAboveCap = (document: JsonObject): boolean =>
      valueAt(document, 'mxwarden.window.client_error') !== undefined;
    expect([...correlation.values()].filter(isAboveCap).length).toBeGreaterThan(5);
    expect([...client.values()].filter(isAboveCap).length).toBeGreaterThan(50);
  });

  test(
    'one process gives what analyze gives, to Elasticsearch and to any consumer',
    async () => {
      const site = await suite.site();
      const crew = new Crew(site);
      crew.hire(STAGE_NAMES);
      await crew.finish();

      await expectSame(site, suite.expected);
      const { documents } = suite.expected;
      const topics = { correlation: site.topics.correlations, client: site.topics.clients } as const;
      for (const kind of ['correlation', 'client'] as const) {
        const newest = await newestOf(site.kafka, topics[kind]);
        expectDocuments({ [kind]: [...newest.values()] });
        expect(differences(kind, newest, documents[kind])).toEqual([]);
        expect([...newest.values()].map(versionOf).sort()).toEqual(
          [...(await readDocuments(site.elasticsearch, kind)).values()].map(versionOf).sort(),
        );
      }
    },
    TIMEOUT_MS,
  );

  if (version.number !== ELASTICSEARCH_8.number) return;

  test(
    'three processes of each stage',
    async () => {
      const site = await suite.site();
      const crew = new Crew(site);
      for (const stage of STAGE_NAMES) for (let count = 0; count < 3; count += 1) crew.hire([stage]);
      await crew.finish();

      await expectSame(site, suite.expected);
    },
    TIMEOUT_MS,
  );

  test(
    'processes that join and leave half way',
    async () => {
      const site = await suite.site();
      const crew = new Crew(site);
      crew.hire(STAGE_NAMES);
      await until('the first one has written something', async () => {
        return (await newestOf(site.kafka, site.topics.correlations)).size > 0;
      });
      crew.hire(STAGE_NAMES);
      crew.hire(['correlate', 'index']);
      crew.leave(0);
      await crew.finish();

      await expectSame(site, suite.expected);
    },
    TIMEOUT_MS,
  );
});

function versionOf(document: JsonObject): string {
  return `${textAt(document, 'event.id')} ${String(numberAt(document, 'mxwarden.window.version'))}`;
}
