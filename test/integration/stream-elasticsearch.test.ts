import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ELASTICSEARCH_8, testedVersions } from '../servers/elasticsearch.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { ElasticsearchProxy } from '../support/elasticsearch-proxy.js';
import type { ProxyMood } from '../support/elasticsearch-proxy.js';
import { Crew, until } from '../support/stream-run.js';
import { expectSame, startSuite } from '../support/stream-suite.js';
import type { StreamSuite } from '../support/stream-suite.js';

const TIMEOUT_MS = 240_000;

/** Requests that met nobody: the waits between them grow to their longest. */
const TRIES_IN_VAIN = 8;

const times = (count: number, mood: ProxyMood): readonly ProxyMood[] => Array.from({ length: count }, () => mood);

type Case = readonly [what: string, moods: readonly ProxyMood[]];
/** What has nothing to do with the version. */
const ALSO: readonly Case[] = [
  [
    'answers 429 and 503',
    [...times(3, { kind: 'refuses', status: 429 }), ...times(3, { kind: 'refuses', status: 503 })],
  ],
  ['is cut in the middle of its answers', times(5, { kind: 'cut' })],
];

describe.each([...(await testedVersions())])('Elasticsearch $number', (version) => {
  let suite: StreamSuite;
  beforeAll(async () => {
    suite = await startSuite(version);
  }, START_TIMEOUT_MS);
  afterAll(() => suite.stop(), START_TIMEOUT_MS);

  const isFirst = version.number === ELASTICSEARCH_8.number;

  test.each<Case>([
    [
      'writes half of each request',
      [...times(3, { kind: 'half', status: 429 }), ...times(3, { kind: 'half', status: 503 })],
    ],
    ...(isFirst ? ALSO : []),
  ])(
    'that %s',
    async (_what, moods) => {
      const proxy = await ElasticsearchProxy.open(suite.elasticsearch.address, moods);
      try {
        const site = await suite.site({ elasticsearch: { nodes: [proxy.address], compression: false } });
        const crew = new Crew(site);
        crew.hire(['aggregate', 'correlate']);
        crew.hire(['index']);
        await crew.finish();

        for (const { kind } of moods) expect(proxy.met).toContain(kind);
        expect(crew.log).toContain('Elasticsearch does not take documents; they are sent again.');
        await expectSame(site, suite.expected);
      } finally {
        await proxy.close();
      }
    },
    TIMEOUT_MS,
  );

  if (!isFirst) return;

  test(
    'that is away until all else is done, and comes back',
    async () => {
      const proxy = await ElasticsearchProxy.open(suite.elasticsearch.address);
      try {
        const site = await suite.site({ elasticsearch: { nodes: [proxy.address], compression: false } });
        proxy.always = { kind: 'away' };
        const crew = new Crew(site);
        crew.hire(['aggregate', 'correlate']);
        crew.hire(['index'], { environment: { MXWARDEN_TEST_KILL: 'commit:1' } }, {});
        await until('the others are through', () => crew.running[0] === undefined, TIMEOUT_MS);
        await until('it was tried often', () => proxy.met.length >= TRIES_IN_VAIN, TIMEOUT_MS);
        proxy.always = undefined;
        await crew.finish();

        expect(crew.kills).toBe(1);
        await expectSame(site, suite.expected);
      } finally {
        await proxy.close();
      }
    },
    TIMEOUT_MS,
  );
});
