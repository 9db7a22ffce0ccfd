// `npm run bench:batcher`: how fast records of JSON get into a real Elasticsearch, by its writer and by bare bulk requests.
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { addFields } from '../../src/core/documents/fields.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { isObject } from '../../src/core/documents/value.js';
import { inspect } from '../../src/elasticsearch/inspect.js';
import { apply, plan } from '../../src/elasticsearch/setup.js';
import { retentionOf } from '../../src/commands/elasticsearch.js';
import { startElasticsearch } from '../servers/elasticsearch.js';
import { FIXTURES, analysisOf, textAt } from '../support/analysis.js';
import { openWriter, settingsFor } from '../support/elasticsearch-writer.js';

const ROUNDS = 3;
const DOCUMENTS = 20_000;
/** Of the bare requests: as many documents as the batcher's have bytes for, two requests under way. */
const BATCH_BYTES = 1_000_000;
const IN_FLIGHT = 2;

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const server = await startElasticsearch();
const recording = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => join(FIXTURES, 'dept', name));
const { rejections } = await analysisOf(recording, { config: join(FIXTURES, 'dept', 'mxwarden.yaml') });
const meanBytes = Math.round(
  rejections.reduce((sum, each) => sum + JSON.stringify(each).length, 0) / rejections.length,
);

/** The rejections of the recording, over and over, as new ones in each round; as JSON, as they stand in a topic. */
function recordsOf(round: string): readonly Buffer[] {
  return Array.from({ length: DOCUMENTS }, (_, place) => {
    const document = rejections[place % rejections.length] ?? {};
    const copy = structuredClone(document);
    addFields(copy, { 'event.id': `${textAt(document, 'event.id')} ${round} ${place}` });
    return Buffer.from(JSON.stringify(copy));
  });
}

function documentIn(json: Buffer): JsonObject {
  const document: unknown = JSON.parse(json.toString());
  if (!isObject(document)) throw new Error('no object');
  return document;
}

const WAYS: Readonly<Record<string, (records: readonly Buffer[]) => Promise<void>>> = {
  writer: (records) => byWriter(records, true),
  'bare client.bulk': (records) => byClient(records, true),
  'writer, not packed': (records) => byWriter(records, false),
  'bare client.bulk, not packed': (records) => byClient(records, false),
};

async function byWriter(records: readonly Buffer[], compression: boolean): Promise<void> {
  const { writer, close } = openWriter(server.address, { compression, batch_bytes: BATCH_BYTES });
  let settled = 0;
  for (const json of records)
    await writer.add({ kind: 'rejection', json, document: documentIn(json) }, ({ kind }) => {
      if (kind === 'settled') settled += 1;
    });
  await writer.flush();
  if (settled !== records.length) throw new Error(`${settled} of ${records.length} documents are written.`);
  await close();
}

async function byClient(records: readonly Buffer[], compression: boolean): Promise<void> {
  const client = new Client({ node: server.address, compression, maxRetries: 0 });
  const size = Math.floor(BATCH_BYTES / meanBytes);
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < records.length) {
      const batch = records.slice(next, next + size).map(documentIn);
      next += size;
      const operations = batch.flatMap((document) => [
        { create: { _index: 'logs-mxwarden.rejection-default', _id: textAt(document, 'event.id') } },
        document,
      ]);
      const { errors } = await client.bulk({ operations, filter_path: 'errors' });
      if (errors) throw new Error('a document was refused');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, send));
  await client.close();
}

async function measure(way: (records: readonly Buffer[]) => Promise<void>, round: string): Promise<Cost> {
  const records = recordsOf(round);
  const start = performance.now();
  const before = process.cpuUsage();
  await way(records);
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}

try {
  const { connection, close } = openWriter(server.address);
  const retention = retentionOf(settingsFor(server.address));
  const found = await inspect(connection.request, retention);
  if ('problems' in found) throw new Error(found.problems.map(({ text }) => text).join('\n'));
  await apply(plan(found, retention), connection.request);
  await close();

  const costs = new Map<string, Cost[]>();
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [name, way] of Object.entries(WAYS)) {
      const cost = await measure(way, `${name} ${round}`);
      // The first round warms up both sides.
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), cost]);
    }
  console.log('| | documents per second | range | CPU s per million documents |\n|---|---:|---:|---:|');
  for (const [name, rounds] of costs) {
    const speeds = rounds.map(({ seconds }) => DOCUMENTS / seconds);
    const [speed, least, most] = [median(speeds), Math.min(...speeds), Math.max(...speeds)].map((value) =>
      Math.round(value).toLocaleString('en'),
    );
    const cpu = (median(rounds.map(({ cpuSeconds }) => cpuSeconds)) / DOCUMENTS) * 1e6;
    console.log(`| ${name} | ${speed} | ${least}-${most} | ${cpu.toFixed(1)} |`);
  }
  console.log(
    `\nMedians of ${ROUNDS} rounds of ${DOCUMENTS.toLocaleString('en')} documents of ${meanBytes} bytes; ${server.description}, Node.js ${process.version}, ${cpus()[0]?.model ?? ''}.`,
  );
} finally {
  await server.stop();
}
