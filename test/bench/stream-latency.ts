// `npm run bench:latency`: how long after a window's end its document is in Elasticsearch, while events come all the time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { EventEncoder } from '../../src/avro/events.js';
import { retentionOf } from '../../src/commands/elasticsearch.js';
import { inspect } from '../../src/elasticsearch/inspect.js';
import { apply, plan } from '../../src/elasticsearch/setup.js';
import { startElasticsearch } from '../servers/elasticsearch.js';
import { startKafka } from '../servers/kafka.js';
import { Writer, settingsFor } from '../support/elasticsearch-writer.js';
import { kafkaClient, openProducer } from '../support/kafka.js';
import { makeTopics, streamConfig } from './stream-topics.js';
import { traffic } from './stream-traffic.js';

const EVENTS_PER_SECOND = 10_000;
const RUN_MS = 150_000;
const WINDOW_MS = 30_000;
const OUT_OF_ORDERNESS = '5s';
/** What is begun is compiled first. */
const WARM_UP_MS = 60_000;
const SEND_MS = 50;
const LOOK_MS = 100;

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
const TOPICS = ['live.mail-events', 'live.dns-events'] as const;
const INDEX = 'mxwarden-correlation';

/** Sends events of now, as many as their rate asks for. */
async function produce(address: string, startMs: number): Promise<void> {
  const { producer } = await openProducer(kafkaClient(address), TOPICS);
  const encoder = new EventEncoder();
  const events = traffic(startMs, 1000 / EVENTS_PER_SECOND);
  let sent = 0;
  while (Date.now() < startMs + RUN_MS) {
    const due = ((Date.now() - startMs) * EVENTS_PER_SECOND) / 1000;
    for (; sent < due; sent += 1) {
      const event = events.next().value;
      const [topic, host = ''] = event.kind === 'dns' ? [TOPICS[1], event.resolver] : [TOPICS[0], event.host];
      await producer.add({ topic, key: Buffer.from(host), value: encoder.encode(event) }, () => undefined);
    }
    await sleep(SEND_MS);
  }
  await producer.flush();
  await producer.close();
  process.stderr.write(`${sent} events in ${RUN_MS / 1000} s\n`);
}

/** Of each window of all subjects: when all its documents could be found, after its end. */
async function watch(node: string, startMs: number, signal: AbortSignal): Promise<readonly number[]> {
  const client = new Client({ node });
  const lateness = new Map<string, number>();
  while (!signal.aborted) {
    await client.indices.refresh({ index: `${INDEX}*`, ignore_unavailable: true });
    const { hits } = await client.search<object, never>({
      index: `${INDEX}*`,
      ignore_unavailable: true,
      size: 1000,
      query: { range: { 'event.end': { gte: new Date(startMs + WARM_UP_MS).toISOString() } } },
      docvalue_fields: ['event.start', 'event.end'].map((field) => ({ field, format: 'strict_date_optional_time' })),
      _source: false,
    });
    const nowMs = Date.now();
    for (const { _id: id = '', fields } of hits.hits) {
      const times: Readonly<Record<string, readonly string[]>> = fields ?? {};
      const [start, end] = ['event.start', 'event.end'].map((name) => Date.parse(times[name]?.[0] ?? ''));
      if (start === undefined || end === undefined || end - start !== WINDOW_MS || lateness.has(id)) continue;
      lateness.set(id, nowMs - end);
    }
    await sleep(LOOK_MS);
  }
  await client.close();
  return [...lateness.values()].sort((a, b) => a - b);
}

const [kafka, elasticsearch] = [await startKafka(), await startElasticsearch()];
const folder = await mkdtemp(join(tmpdir(), 'mxwarden-bench-latency-'));
try {
  const { connection } = new Writer(elasticsearch.address);
  const retention = retentionOf(settingsFor(elasticsearch.address));
  const found = await inspect(connection.request, retention);
  if ('problems' in found) throw new Error(found.problems.map(({ text }) => text).join('\n'));
  await apply(plan(found, retention), connection.request);
  await connection.close();
  await makeTopics(kafka.address, TOPICS);
  const file = join(folder, 'mxwarden.yaml');
  const further = {
    windows: ['30s', '5m'],
    out_of_orderness: OUT_OF_ORDERNESS,
    elasticsearch: { nodes: [elasticsearch.address] },
  };
  await writeFile(file, streamConfig({ address: kafka.address, group: 'live', topics: TOPICS, further }));
  const child = spawn(process.execPath, [MAIN, 'stream', '--config', file], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const startMs = Date.now();
  const stop = new AbortController();
  const watching = watch(elasticsearch.address, startMs, stop.signal);
  await produce(kafka.address, startMs);
  stop.abort();
  const lateness = await watching;
  child.kill();
  await once(child, 'close');
  const at = (share: number): string =>
    ((lateness[Math.floor((lateness.length - 1) * share)] ?? NaN) / 1000).toFixed(1);
  process.stdout.write(
    `${lateness.length} documents, out of orderness ${OUT_OF_ORDERNESS}: least ${at(0)} s, median ${at(0.5)} s, ` +
      `95 % ${at(0.95)} s, most ${at(1)} s; load ${loadavg().map(Math.round).join(', ')}\n`,
  );
} finally {
  await kafka.stop();
  await elasticsearch.stop();
  await rm(folder, { recursive: true, force: true });
}
