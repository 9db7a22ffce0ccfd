import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import { valueIn } from '../../src/core/documents/value.js';
import { isAbsent } from '../../src/elasticsearch/answer.js';
import { judge } from '../../src/elasticsearch/verdict.js';
import type { BulkItem } from '../../src/elasticsearch/request.js';
import { TARGETS } from '../../src/elasticsearch/targets.js';
import { findElasticsearch, testedVersions } from '../servers/elasticsearch.js';
import { testedSearchServers } from '../servers/search.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { FIXTURES, analysisOf, textAt } from '../support/analysis.js';
import type { Analysis } from '../support/analysis.js';
import { Writer, bulkItemOf, rawItem, setUp } from '../support/elasticsearch-writer.js';

jest.setTimeout(START_TIMEOUT_MS);

const INGESTED_MS = Date.UTC(2026, 11, 1);
const RECORDING = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => join(FIXTURES, 'dept', name));

function itemOf(kind: DocumentKind, document: JsonObject): BulkItem {
  const item = bulkItemOf(kind, document, INGESTED_MS);
  if ('reason' in item) throw new Error(item.reason);
  return item;
}

function documentsOf(analysis: Analysis): readonly (readonly [DocumentKind, readonly JsonObject[]])[] {
  const { correlations, clients, alerts, rejections } = analysis;
  return [
    ['correlation', correlations],
    ['client', clients],
    ['alert', alerts],
    ['rejection', rejections],
  ];
}

/** A window as far as the index looks at it. */
function windowItem(id: string, version: number, fields: object = {}, month = '2003-07'): BulkItem {
  const document = {
    '@timestamp': `${month}-05T00:00:00.000Z`,
    event: { id },
    mxwarden: { window: { version }, ...fields },
  };
  return itemOf('correlation', document);
}

describe.each([...(await testedSearchServers())])('$name', ({ name, distribution, start }) => {
  describe('set up', () => {
    let server: OwnServer;
    let writer: Writer;
    let analysis: Analysis;
    beforeAll(async () => {
      server = await start();
      writer = new Writer(server.address, { distribution });
      analysis = await analysisOf(RECORDING, { config: join(FIXTURES, 'dept', 'mxwarden.yaml') });
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await writer.close();
      await server.stop();
    }, START_TIMEOUT_MS);

    async function ask(path: string, body?: object): Promise<unknown> {
      const answer = await writer.connection.request(body === undefined ? 'GET' : 'POST', path, body);
      if (answer.kind === 'silence' || answer.status >= 300) throw new Error(JSON.stringify(answer));
      return answer.body;
    }

    async function countOf(name: string, query: object = { match_all: {} }): Promise<unknown> {
      await ask(`/${name}/_refresh`);
      return valueIn(await ask(`/${name}/_count`, { query }), ['count']);
    }

    test('a dry run changes nothing and prints the requests', async () => {
      const printed = await setUp(server.address, { distribution }, { dryRun: true });

      expect(printed).toContain(
        '\nPUT /_index_template/logs-mxwarden.alert\n{"index_patterns":["logs-mxwarden.alert-*"]',
      );
      expect(await writer.connection.request('GET', '/_component_template/mxwarden@settings')).toHaveProperty(
        'status',
        404,
      );
    });

    test('setup makes templates, and when it is run again nothing', async () => {
      const first = await setUp(server.address, { distribution });
      const second = await setUp(server.address, { distribution });

      expect(first).toContain(`${name}\n`);
      const made = first.match(/: made$/gm)?.length;
      // OpenSearch; a server that keeps the retention of data streams; one with policies for the others as well.
      expect([9, 11, 15]).toContain(made);
      expect(second.match(/: is as it should be$/gm)).toHaveLength(Number(made));
      expect(second).not.toContain('made');
    });

    test("the operator's own template is above ours", async () => {
      const custom = '/_component_template/mxwarden@custom';
      const template = { settings: { index: { codec: 'default', number_of_shards: '3' } } };
      await writer.connection.request('PUT', custom, { template });
      await setUp(server.address, { distribution });
      const made = await writer.connection.request('POST', '/_index_template/_simulate/logs-mxwarden.alert');

      expect(valueIn(made, ['body', 'template', 'settings', 'index'])).toMatchObject(template.settings.index);
      await writer.connection.request('PUT', custom, { template: {} });
    });

    test('the documents of a recording are found, each once, however often they are written', async () => {
      const items = documentsOf(analysis).flatMap(([kind, documents]) =>
        documents.map((document) => itemOf(kind, document)),
      );
      expect(items.length).toBeGreaterThan(1000);

      for (let round = 0; round < 2; round += 1) await writer.write(items);

      expect(writer.retries).toEqual([]);
      expect(writer.outcomes).toHaveLength(2 * items.length);
      expect(Object.keys(writer.counts()).sort()).toEqual(['settled', 'stale']);
      for (const [kind, documents] of documentsOf(analysis)) {
        const ids = new Set(documents.map((document) => textAt(document, 'event.id')));
        expect([kind, await countOf(TARGETS[kind].name)]).toEqual([kind, ids.size]);
      }
    });

    test.each<[DocumentKind, object]>([
      ['correlation', { range: { 'mxwarden.smtp.connects': { gt: 100 } } }],
      ['correlation', { range: { 'mxwarden.mee.value': { gt: 0.5, lt: 3 } } }],
      ['correlation', { range: { '@timestamp': { gte: '2026-11-23T02:00:00Z', lt: '2026-11-23T02:01:00Z' } } }],
      ['correlation', { term: { 'mxwarden.window.final': true } }],
      ['correlation', { term: { 'related.ip': '127.0.0.0/8' } }],
      ['correlation', { match: { 'mxwarden.anomaly.reasons': 'queue' } }],
      ['client', { term: { 'source.ip': '127.0.2.0/24' } }],
      ['client', { term: { 'mxwarden.client.rank': 1 } }],
      ['alert', { term: { 'rule.id': 'auth_flood' } }],
      ['alert', { match: { message: 'guessing' } }],
      ['rejection', { term: { 'mxwarden.rejection.reason': 'user_unknown' } }],
      ['rejection', { range: { 'event.ingested': { gte: '2026-12-01' } } }],
    ])('a %s is found by %j', async (kind, query) => {
      expect(await countOf(TARGETS[kind].name, query)).toBeGreaterThan(0);
    });

    test('lines and lists of clients are kept without being searched', async () => {
      const lines = { exists: { field: 'event.original' } };

      expect(await countOf(TARGETS.rejection.name, lines)).toBe(0);
      const found = await ask(`/${TARGETS.rejection.name}/_search`, { size: 1 });
      expect(JSON.stringify(found)).toContain('"original":');
      expect(await countOf(TARGETS.correlation.name, { exists: { field: 'mxwarden.top_clients.address' } })).toBe(0);
    });

    test('the older of two versions is stale, whichever comes first', async () => {
      const own = new Writer(server.address, { distribution });

      await own.write([windowItem('a', 7)]);
      await own.write([windowItem('a', 6), windowItem('b', 1), windowItem('b', 1), windowItem('b', 2)]);

      expect(own.counts()).toEqual({ settled: 4, stale: 1 });
      await own.close();
    });

    test('an alert that is there already is stale', async () => {
      const own = new Writer(server.address, { distribution });
      const alert = itemOf('alert', { '@timestamp': '2026-11-23T00:00:00Z', event: { id: 'there' } });

      await own.write([alert, alert]);

      expect(own.counts()).toEqual({ settled: 1, stale: 1 });
      await own.close();
    });

    test('what can never be written is dead, by itself or by its whole request, and the others are written', async () => {
      const own = new Writer(server.address, { distribution });
      const index = 'mxwarden-correlation-2003.07.01';
      const longId = 'x'.repeat(513);

      await own.write([
        windowItem('good 1', 1),
        windowItem('wrong value', 1, { smtp: { connects: 'many' } }),
        rawItem(index, 'wrong action', { create: { _index: index, version: 1, version_type: 'external_gte' } }, {}),
        windowItem('good 2', 1),
        rawItem(index, longId, { index: { _index: index, _id: longId } }, {}),
        windowItem('good 3', 1),
        windowItem(longId, 1),
      ]);

      expect(own.counts()).toEqual({ settled: 4, rejected: 1, malformed: 2 });
      const texts = own.outcomes.map(({ outcome }) => (outcome.kind === 'dead' ? outcome.text : ''));
      expect(texts.join('\n')).toMatch(/\b400 (document|mapper)_parsing_exception: /);
      expect(texts.join('\n')).toContain('create operations only support internal versioning');
      expect(texts.join('\n')).toContain('Validation Failed: 1: id [xxx');
      await own.close();
    });

    test('where the operator made mappings strict, a field that is not declared is refused', async () => {
      const own = new Writer(server.address, { distribution });
      const strict = { template: { mappings: { dynamic: 'strict' } } };
      expect(await own.connection.request('PUT', '/_component_template/mxwarden@custom', strict)).toHaveProperty(
        'status',
        200,
      );
      // OpenSearch does not take the name of a template before that is there.
      await setUp(server.address, { distribution });

      await own.write([windowItem('a', 1, { later: 1 }, '2004-01'), windowItem('b', 1, {}, '2004-01')]);

      expect(own.counts()).toEqual({ settled: 1, rejected: 1 });
      expect(JSON.stringify(own.outcomes)).toContain('strict_dynamic_mapping_exception');
      await own.close();
    });

    test('an index from before the templates gets its alias and its mapping, or keeps what cannot be changed', async () => {
      const { connection } = writer;
      await connection.request('PUT', '/_index_template/over', {
        index_patterns: ['mxwarden-client-*'],
        priority: 900,
      });
      await connection.request('PUT', '/mxwarden-client-2001.01.01', {});
      const mappings = { properties: { mxwarden: { properties: { subject: { type: 'long' } } } } };
      await connection.request('PUT', '/mxwarden-client-2001.02.01', { mappings });

      const printed = await setUp(server.address, { distribution });

      expect(printed).toContain('alias mxwarden-client of index mxwarden-client-2001.01.01: made');
      expect(printed).toContain('mapping of index mxwarden-client-2001.01.01: updated');
      expect(printed).toMatch(
        /The mapping of index mxwarden-client-2001\.02\.01 stays as it is.* cannot be changed from type/,
      );
      expect(JSON.stringify(await ask('/mxwarden-client-2001.01.01/_mapping'))).toContain('"ignore_malformed":true');
    });

    test('a document waits for an index that somebody closed', async () => {
      const own = new Writer(server.address, { distribution });
      await own.write([windowItem('open', 1, {}, '2006-01')]);
      await own.connection.request('POST', '/mxwarden-correlation-2006.01.01/_close');

      await own.add([windowItem('closed', 1, {}, '2006-01')]);
      while (own.retries.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const text = expect.stringContaining('index_closed_exception');
      expect(own.retries[0]).toMatchObject({ reason: 'no_index', text });
      expect(own.counts()).toEqual({ settled: 1 });
      await own.connection.request('POST', '/mxwarden-correlation-2006.01.01/_open');
      await own.batcher.drain();

      expect(own.counts()).toEqual({ settled: 2 });
      await own.close();
    });

    test.each([
      ['a whole part', 'GET', '/_no_such_part/of/it', 400],
      ['the method of a path', 'GET', '/_bulk', 405],
    ] as const)('where the server lacks %s, that is told from a refusal', async (_, method, path, status) => {
      const answer = await writer.connection.request(method, path);

      expect(answer).toMatchObject({ status, body: { error: expect.any(String) } });
      expect(isAbsent(answer)).toBe(true);
      expect(isAbsent(await writer.connection.request('GET', '/_component_template/no-such'))).toBe(false);
    });

    test('the server comes back after it was killed, and nothing is lost', async () => {
      const own = new Writer(server.address, { distribution, request_timeout: '5s' });
      const items = (from: number): readonly BulkItem[] =>
        Array.from({ length: 500 }, (_, place) => windowItem(`away ${from + place}`, 1, {}, '2005-01'));
      await own.write(items(0));

      await server.kill();
      await own.add(items(500));
      while (own.retries.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
      await server.start();
      await own.batcher.drain();

      expect(own.retries.map(({ reason }) => reason)).toContain('no_answer');
      expect(own.outcomes).toHaveLength(1000);
      expect(await countOf('mxwarden-correlation-2005.01.01')).toBe(1000);
      await own.close();
    });
  });

  describe('with little room', () => {
    let server: OwnServer;
    beforeAll(async () => {
      server = await start({
        'http.max_content_length': '64kb',
        'indexing_pressure.memory.limit': '50kb',
        'thread_pool.write.size': '1',
        'thread_pool.write.queue_size': '1',
        'action.auto_create_index': 'false',
      });
    }, START_TIMEOUT_MS);
    afterAll(() => server.stop(), START_TIMEOUT_MS);

    const item = (index: string, id: string, size = 10): BulkItem =>
      rawItem(index, id, { index: { _index: index, _id: id } }, { text: 'x'.repeat(size) });

    test('a document waits for an index that is not there', async () => {
      const writer = new Writer(server.address, { distribution });
      await writer.add([item('late', 'a')]);
      while (writer.retries.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(writer.retries[0]).toMatchObject({ reason: 'no_index' });
      expect(writer.outcomes).toEqual([]);

      await writer.connection.request('PUT', '/late', {});
      await writer.batcher.drain();

      expect(writer.counts()).toEqual({ settled: 1 });
      await writer.close();
    });

    test('of a request that is too large all are written but what is too large by itself', async () => {
      const writer = new Writer(server.address, {
        distribution,
        compression: false,
        batch_bytes: 150_000,
        queue_bytes: 1_000_000,
      });
      await writer.connection.request('PUT', '/large', {});

      await writer.write([
        ...Array.from({ length: 10 }, (_, place) => item('large', `a${place}`, 1000)),
        item('large', 'too large', 70_000),
        ...Array.from({ length: 2 }, (_, place) => item('large', `b${place}`, 1000)),
      ]);

      expect(writer.counts()).toEqual({ settled: 12, too_large: 1 });
      await writer.close();
    });

    test('a request above the memory for indexing is put off', async () => {
      const writer = new Writer(server.address, { distribution, compression: false });
      await writer.connection.request('PUT', '/pressed', {});
      await writer.add([item('pressed', 'a', 55_000)]);
      while (writer.retries.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));

      expect(writer.retries[0]).toMatchObject({ reason: 'overloaded', text: expect.stringContaining('HTTP 429') });
      expect(writer.outcomes).toEqual([]);
      await writer.close();
    });

    test('where a queue is full, what is refused is sent again until all is written', async () => {
      const indices = ['full-1', 'full-2', 'full-3'];
      const writers = Array.from({ length: 5 }, () => new Writer(server.address, { distribution }, { batchCount: 12 }));
      const settings = { index: { number_of_shards: 2 } };
      for (const index of indices) await writers[0]?.connection.request('PUT', `/${index}`, { settings });

      await Promise.all(
        writers.map((writer, number) =>
          writer.write(Array.from({ length: 36 }, (_, place) => item(indices[place % 3] ?? '', `${number} ${place}`))),
        ),
      );

      const texts = writers.flatMap(({ retries }) => retries.map(({ text }) => text));
      expect(texts.some((text) => text.startsWith('429 '))).toBe(true);
      for (const writer of writers) expect(writer.counts()).toEqual({ settled: 36 });
      await Promise.all(writers.map((writer) => writer.close()));
    });
  });
});

// OpenSearch has no versions in its media types.
test.each([...(await testedVersions())])(
  'what Elasticsearch $number refuses for the headers of a client is held against no document',
  async (version) => {
    const server = await findElasticsearch(version);
    const type = `application/vnd.elasticsearch+x-ndjson; compatible-with=${Number.parseInt(version.number, 10) + 1}`;
    const body = Buffer.from(windowItem('a', 1).bytes);
    const headers = { accept: type, 'content-type': type };
    const response = await fetch(`${server.address}/_bulk`, { method: 'POST', headers, body });
    const answer: unknown = await response.json();
    await server.stop();

    const judgement = judge({ kind: 'answer', status: response.status, body: answer }, 1);
    const text = expect.stringMatching(/^HTTP 400 media_type_header_exception: /);
    expect(judgement).toEqual({ kind: 'retry', reason: 'strange_answer', text });
  },
);
