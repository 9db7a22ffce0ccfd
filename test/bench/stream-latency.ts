// `npm run bench:latency`: how long after a window's end its document is in Elasticsearch, while events come all the time.
// `npm run bench:latency -- --seconds=120` runs for so long, a minute of which is warming up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, errors } from '@elastic/elasticsearch';
import { EventEncoder } from '../../src/avro/events.js';
import { startElasticsearch } from '../servers/elasticsearch.js';
import { startKafka } from '../servers/kafka.js';
import { setUp } from '../support/elasticsearch-writer.js';
import { kafkaClient, openProducer } from '../support/kafka.js';
import { requireBuild } from './stream-contestants.js';
import { machine, median, print, tell } from './stream-cost.js';
import { makeTopics, streamConfig } from './stream-topics.js';
import { SITES, traffic } from './stream-traffic.js';

const EVENTS_PER_SECOND = 10_000;
const WINDOW_MS = 30_000;
const OUT_OF_ORDERNESS_MS = 5000;
/** What is not to be exceeded. */
const BOUND_MS = OUT_OF_ORDERNESS_MS + 3000;
/** What is begun is compiled first. */
const WARM_UP_MS = 60_000;
/** For how long after the last event documents are waited for. */
const PATIENCE_MS = 60_000;
const SEND_MS = 50;
const LOOK_MS = 100;
/** Each server has a window, and each resolver. */
const SUBJECTS = 2 * SITES.length;

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
const TOPICS = ['live.mail-events', 'live.dns-events'] as const;
const INDEX = 'mxwarden-correlation';

/** Sends events of now, as many as their rate asks for. */
async function produce(address: string, startMs: number, runMs: number): Promise<void> {
  const { producer } = await openProducer(kafkaClient(address), TOPICS);
  const encoder = new EventEncoder();
  const events = traffic(startMs, 1000 / EVENTS_PER_SECOND);
  let sent = 0;
  let lateMs = 0;
  while (Date.now() < startMs + runMs) {
    const due = ((Date.now() - startMs) * EVENTS_PER_SECOND) / 1000;
    for (; sent < due; sent += 1) {
      const event = events.next().value;
      const [topic, host = ''] = event.kind === 'dns' ? [TOPICS[1], event.resolver] : [TOPICS[0], event.host];
      await producer.add({ topic, key: Buffer.from(host), value: encoder.encode(event) }, () => undefined);
    }
    lateMs = Math.max(lateMs, Date.now() - startMs - (sent * 1000) / EVENTS_PER_SECOND);
    await sleep(SEND_MS);
  }
  await producer.flush();
  await producer.close();
  tell(`${sent} events in ${runMs / 1000} s; at most ${lateMs.toFixed(0)} ms after their time`);
}

interface Watched {
  /** Windows that begin and end in it. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** By end of window: how long after it each of its documents could be found; ends when all are there, or in time. */
async function watch(node: string, { fromMs, toMs }: Watched): Promise<ReadonlyMap<number, readonly number[]>> {
  const client = new Client({ node });
  const first = Math.ceil(fromMs / WINDOW_MS) * WINDOW_MS;
  const found = new Map<number, number[]>();
  for (let endMs = first + WINDOW_MS; endMs <= toMs; endMs += WINDOW_MS) found.set(endMs, []);
  const seen = new Set<string>();
  const isComplete = (): boolean => [...found.values()].every(({ length }) => length === SUBJECTS);
  while (!isComplete() && Date.now() < toMs + PATIENCE_MS) {
    const hits = await findWindows(client, first);
    const nowMs = Date.now();
    for (const { id, startMs, endMs } of hits) {
      if (endMs - startMs !== WINDOW_MS || seen.has(id)) continue;
      seen.add(id);
      found.get(endMs)?.push(nowMs - endMs);
    }
    await sleep(LOOK_MS);
  }
  await client.close();
  return found;
}

interface FoundWindow {
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** All windows since a time, as of now; none as long as the index has no shard that answers. */
async function findWindows(client: Client, sinceMs: number): Promise<readonly FoundWindow[]> {
  const index = `${INDEX}*`;
  try {
    await client.indices.refresh({ index, ignore_unavailable: true });
    const { hits } = await client.search<object, never>({
      index,
      ignore_unavailable: true,
      size: 10_000,
      query: { range: { 'event.start': { gte: new Date(sinceMs).toISOString() } } },
      docvalue_fields: ['event.start', 'event.end'].map((field) => ({ field, format: 'strict_date_optional_time' })),
      _source: false,
    });
    return hits.hits.map(({ _id: id = '', fields }) => {
      const times: Readonly<Record<string, readonly string[]>> = fields ?? {};
      const [startMs = NaN, endMs = NaN] = ['event.start', 'event.end'].map((name) =>
        Date.parse(times[name]?.[0] ?? ''),
      );
      return { id, startMs, endMs };
    });
  } catch (error) {
    if (error instanceof errors.ResponseError && error.statusCode === 503) return [];
    throw error;
  }
}

function report(found: ReadonlyMap<number, readonly number[]>): void {
  const seconds = (valueMs: number): string => (valueMs / 1000).toFixed(1);
  const windows = [...found].map(([endMs, lateness]) => ({ endMs, lateness, lastMs: Math.max(...lateness) }));
  print('| window up to | documents | first, s | last, s |\n|---|---:|---:|---:|');
  for (const { endMs, lateness, lastMs } of windows)
    print(
      `| ${[new Date(endMs).toISOString().slice(11, 19), lateness.length, seconds(Math.min(...lateness)), seconds(lastMs)].join(' | ')} |`,
    );
  const all = windows.flatMap(({ lateness }) => lateness).sort((a, b) => a - b);
  const missing = windows.length * SUBJECTS - all.length;
  const [p95 = NaN, most = NaN] = [0.95, 1].map((share) => all[Math.ceil(all.length * share) - 1]);
  print(
    `\nFrom the end of a window to its document: median ${seconds(median(all))} s, 95 % ${seconds(p95)} s, ` +
      `most ${seconds(most)} s; of all of a window: median ${seconds(median(windows.map(({ lastMs }) => lastMs)))} s.`,
  );
  print(`The bound is ${seconds(BOUND_MS)} s: ${most <= BOUND_MS && missing === 0 ? 'kept' : 'not kept'}.`);
  if (missing > 0) print(`${missing} documents did not come.`);
  print(`${EVENTS_PER_SECOND} events a second; ${machine()}, in the last minute ${loadavg()[0]?.toFixed(1) ?? ''}.`);
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' } } });
const runMs = Number(values.seconds) * 1000;
if (!(runMs >= WARM_UP_MS + 2 * WINDOW_MS)) throw new Error('Two windows and a minute are 120 seconds.');
requireBuild();
const [kafka, elasticsearch] = await Promise.all([startKafka(), startElasticsearch()]);
const folder = await mkdtemp(join(tmpdir(), 'mxwarden-bench-latency-'));
try {
  await setUp(elasticsearch.address);
  await makeTopics(kafka.address, TOPICS);
  const file = join(folder, 'mxwarden.yaml');
  const further = {
    windows: ['30s', '5m'],
    out_of_orderness: `${OUT_OF_ORDERNESS_MS / 1000}s`,
    elasticsearch: { nodes: [elasticsearch.address] },
  };
  await writeFile(file, streamConfig({ address: kafka.address, group: 'live', topics: TOPICS, further }));
  const child = spawn(process.execPath, [MAIN, 'stream', '--config', file], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'close');
  process.once('exit', () => child.kill('SIGKILL'));
  const startMs = Date.now();
  // The last ones end so early that the watermark passes them.
  const watched = { fromMs: startMs + WARM_UP_MS, toMs: startMs + runMs - BOUND_MS };
  const died = ended.then(() => Promise.reject(new Error('The stream has ended.')));
  const work = Promise.all([watch(elasticsearch.address, watched), produce(kafka.address, startMs, runMs)]);
  const [found] = await Promise.race([work, died]);
  child.kill();
  died.catch(() => undefined);
  await ended;
  report(found);
} finally {
  await kafka.stop();
  await elasticsearch.stop();
  await rm(folder, { recursive: true, force: true });
}
