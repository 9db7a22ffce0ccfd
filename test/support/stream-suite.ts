import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { startElasticsearch } from '../servers/elasticsearch.js';
import type { SearchVersion } from '../servers/search-node.js';
import { startKafka } from '../servers/kafka.js';
import type { OwnServer } from '../servers/server.js';
import { COUNTING, writeEnrichment, writeLogs } from './stream-logs.js';
import { clearElasticsearch, createStreamSite, differencesAt, expectedOf, shipLogs } from './stream-run.js';
import type { Expected, StreamSite } from './stream-run.js';

/** What the cases of a suite have in common: servers, logs that were sent once, and what `analyze` says of them. */
export interface StreamSuite {
  readonly kafka: OwnServer;
  readonly elasticsearch: OwnServer;
  readonly folder: string;
  readonly files: readonly string[];
  readonly counting: object;
  readonly expected: Expected;
  /** A site of its own for a case, without any documents, that reads the events of the suite. */
  site(given?: Parameters<typeof createStreamSite>[2]): Promise<StreamSite>;
  stop(): Promise<void>;
}

export async function startSuite(version?: SearchVersion): Promise<StreamSuite> {
  const folder = await mkdtemp(join(tmpdir(), 'mxwarden-stream-'));
  const [kafka, elasticsearch] = await Promise.all([
    // Members that are lost are found out soon.
    startKafka({ 'group.min.session.timeout.ms': '1000' }),
    startElasticsearch(version),
  ]);
  const files = await writeLogs(folder);
  const counting = { ...COUNTING, enrichment: await writeEnrichment(folder) };
  const place = { folder, kafka: kafka.address, elasticsearch: elasticsearch.address };
  const first = await createStreamSite(place, counting);
  await shipLogs(first, files);
  const expected = await expectedOf(files, first.config);
  const { mail_events, dns_events } = first.topics;
  return {
    kafka,
    elasticsearch,
    folder,
    files,
    counting,
    expected,
    site: async (given = {}) => {
      await clearElasticsearch(elasticsearch.address);
      return createStreamSite(place, counting, { ...given, topics: { mail_events, dns_events, ...given.topics } });
    },
    stop: async () => {
      await Promise.all([kafka.stop(), elasticsearch.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** How many differences are shown. */
const SHOWN = 20;

/** All is as `analyze` says: nothing is missing, nothing is there twice. */
export async function expectSame(site: StreamSite, expected: Expected): Promise<void> {
  const found = await differencesAt(site, expected);
  expect(found.slice(0, SHOWN)).toEqual([]);
}
