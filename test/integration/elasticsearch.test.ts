import { randomUUID } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findElasticsearch, startElasticsearch, testedVersions } from '../servers/elasticsearch.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { Server } from '../servers/server.js';

const REQUEST_TIMEOUT_MS = 30_000;

function clientOf({ address }: Server): Client {
  return new Client({ node: address, requestTimeout: REQUEST_TIMEOUT_MS, maxRetries: 0 });
}

describe.each([...(await testedVersions())])('Elasticsearch $number', (version) => {
  let server: Server;
  let client: Client;
  beforeAll(async () => {
    server = await findElasticsearch(version);
    client = clientOf(server);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  test('is what it says', async () => {
    const { version: answered } = await client.info();

    expect(answered.number).toBe(version.number);
  });

  test(
    'finds a document, in a compressed index too',
    async () => {
      const index = `documents-${randomUUID()}`;
      await client.indices.create({ index, settings: { index: { codec: 'best_compression' } } });
      await client.index({ index, id: '1', document: { 'source.ip': '192.0.2.9', count: 3 }, refresh: true });
      await client.indices.forcemerge({ index, max_num_segments: 1 });

      const { hits } = await client.search({ index, query: { term: { 'source.ip.keyword': '192.0.2.9' } } });

      expect(hits.hits.map(({ _source }) => _source)).toEqual([{ 'source.ip': '192.0.2.9', count: 3 }]);
      await client.indices.delete({ index });
    },
    START_TIMEOUT_MS,
  );

  test(
    'keeps its documents when it is killed, and no other one sees them',
    async () => {
      const [first, second] = await Promise.all([startElasticsearch(version), startElasticsearch(version)]);
      try {
        const firstClient = clientOf(first);
        await firstClient.index({ index: 'kept', id: '1', document: { count: 1 } });

        await first.kill();
        await expect(firstClient.get({ index: 'kept', id: '1' })).rejects.toThrow();
        await first.start();

        expect(await firstClient.get({ index: 'kept', id: '1' })).toMatchObject({ _source: { count: 1 } });
        expect(await clientOf(second).exists({ index: 'kept', id: '1' })).toBe(false);
      } finally {
        await Promise.all([first.stop(), second.stop()]);
      }
    },
    START_TIMEOUT_MS,
  );

  test(
    'takes settings',
    async () => {
      const own = await startElasticsearch(version, { 'http.max_content_length': '64kb' });
      try {
        const index = clientOf(own).index({ index: 'small', document: { text: 'x'.repeat(70_000) } });
        await expect(index).rejects.toMatchObject({ statusCode: 413 });
      } finally {
        await own.stop();
      }
    },
    START_TIMEOUT_MS,
  );
});
