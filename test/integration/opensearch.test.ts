import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startOpenSearch, testedOpenSearchVersions } from '../servers/opensearch.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { openWriter, setUp } from '../support/elasticsearch-writer.js';

const OPENSEARCH = { distribution: 'opensearch' };

describe.each([...(await testedOpenSearchVersions())])('OpenSearch $number', (version) => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOpenSearch(version);
    console.log(server.description);
  }, START_TIMEOUT_MS);
  afterAll(() => server.stop());

  test('is taken for nothing else where the settings do not name it', async () => {
    await expect(setUp(server.address)).rejects.toThrow(
      'If it is OpenSearch, set elasticsearch.distribution to opensearch;',
    );
  });

  test('gets templates without what it lacks, which is said', async () => {
    const printed = await setUp(server.address, OPENSEARCH);

    expect(printed).toContain(`OpenSearch ${version.number}\n`);
    expect(printed).toContain('It has no lifecycle policies (ILM): ');
    expect(printed).toContain('It keeps no retention in data streams: ');
    expect(printed).toContain('It has no type constant_keyword: ');
    expect(printed).toContain('It takes no names of missing templates: ');
    expect(printed).not.toContain('match_only_text');
    const { connection, close } = openWriter(server.address, OPENSEARCH);
    const answer = JSON.stringify(await connection.request('GET', '/_index_template/*mxwarden*'));
    const mappings = JSON.stringify(await connection.request('GET', '/_component_template/mxwarden-*'));
    await close();
    expect(answer).toContain('"logs-mxwarden.alert"');
    expect(answer).not.toMatch(/lifecycle|ignore_missing/);
    expect(mappings).toContain('"type":"match_only_text"');
    expect(mappings).not.toContain('constant_keyword');
  });

  test("looks at the operator's own template once that is there and setup is run again", async () => {
    const { connection, close } = openWriter(server.address, OPENSEARCH);
    const custom = { template: { settings: { index: { refresh_interval: '7s' } } } };
    await connection.request('PUT', '/_component_template/mxwarden@custom', custom);

    const printed = await setUp(server.address, OPENSEARCH);
    await connection.request('PUT', '/mxwarden-client-2003.07.01', {});
    const settings = JSON.stringify(await connection.request('GET', '/mxwarden-client-2003.07.01/_settings'));
    await close();

    expect(printed.match(/: updated$/gm)).toHaveLength(4);
    expect(settings).toContain('"refresh_interval":"7s"');
  });
});
