import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startElasticsearch } from '../servers/elasticsearch.js';
import { startKafka } from '../servers/kafka.js';
import { freePorts } from '../servers/ports.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { ElasticsearchProxy } from '../support/elasticsearch-proxy.js';
import { kafkaClient, openProducer } from '../support/kafka.js';
import { COUNTING } from '../support/stream-logs.js';
import { STAGE_NAMES, createStreamSite, startStream, until } from '../support/stream-run.js';
import type { StreamProcess, StreamSite } from '../support/stream-run.js';

const TIMEOUT_MS = 120_000;
/** What a process may need for what waits: half of it. */
const MEMORY_MIB = 200;
const DOCUMENTS = 10_000;
const DOCUMENT_BYTES = 40_000;
/** Requests that met nobody: the waits between them are long then. */
const TRIES_IN_VAIN = 10;
/** All that a process may take to end: half as much again as it gives itself. */
const END_MS = 30_000;

let kafka: OwnServer;
let elasticsearch: OwnServer;
let proxy: ElasticsearchProxy;
let folder: string;
let site: StreamSite;
let port: number;
let live: StreamProcess;
/** What it had in memory when it had nothing to do. */
let readyMiB: number;

beforeAll(async () => {
  [kafka, elasticsearch] = await Promise.all([
    startKafka({ 'group.min.session.timeout.ms': '1000' }),
    startElasticsearch(),
  ]);
  proxy = await ElasticsearchProxy.open(elasticsearch.address);
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-away-'));
  [port = 0] = await freePorts(1);
  site = await createStreamSite({ folder, kafka: kafka.address, elasticsearch: proxy.address }, COUNTING, {
    elasticsearch: { nodes: [proxy.address], compression: false },
    stream: { listen: `127.0.0.1:${String(port)}` },
  });
  proxy.always = { kind: 'away' };
  live = startStream(site, STAGE_NAMES, { args: [] });
}, START_TIMEOUT_MS);
afterAll(async () => {
  live.child.kill('SIGKILL');
  await proxy.close();
  await Promise.all([kafka.stop(), elasticsearch.stop()]);
  await rm(folder, { recursive: true, force: true });
}, START_TIMEOUT_MS);

/** Puts documents into their topic that are no smaller when they are packed. */
async function fillCorrelations(): Promise<void> {
  const topic = site.topics.correlations;
  const { producer } = await openProducer(kafkaClient(kafka.address), [topic]);
  const filling = randomBytes(DOCUMENT_BYTES / 2).toString('hex');
  for (let number = 0; number < DOCUMENTS; number += 1) {
    const id = `mail:mx1|30s|${String(number)}`;
    const document = {
      '@timestamp': '2024-11-23T02:00:00.000Z',
      event: { id },
      message: filling.slice(number % 1000),
      mxwarden: { window: { version: 1 } },
    };
    await producer.add({ topic, key: Buffer.from(id), value: Buffer.from(JSON.stringify(document)) }, () => undefined);
  }
  await producer.flush();
  await producer.close();
}

/** What a page says: its status and its text. */
async function page(path: string): Promise<readonly [number, string]> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`).catch(() => undefined);
  return answer === undefined ? [0, ''] : [answer.status, await answer.text()];
}

/** The sum of all values of a metric that has these labels. */
async function metric(name: string, labels = ''): Promise<number> {
  const [, text] = await page('/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** The most that the process has had in memory since it was started. */
function peakMiB(): number {
  const [, kilobytes = NaN] =
    /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${live.child.pid ?? 0}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

const isReady = async (): Promise<boolean> => (await page('/readyz'))[0] === 200;

test(
  'while Elasticsearch is away it holds little of what waits, is alive and ready, and says what is left',
  async () => {
    await until('it is ready', isReady);
    readyMiB = peakMiB();
    await fillCorrelations();
    await until('it was tried often', () => proxy.met.length >= TRIES_IN_VAIN, TIMEOUT_MS);

    expect(peakMiB() - readyMiB).toBeLessThan(MEMORY_MIB);
    expect(await page('/livez')).toEqual([200, '{"status":"live"}\n']);
    expect(await page('/readyz')).toEqual([200, '{"status":"ready"}\n']);
    expect(await metric('mxwarden_bulk_retries_total', 'no_answer')).toBeGreaterThan(0);
    expect(await metric('mxwarden_committed_lag_records', 'stage="index"')).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'while the broker is away it is not ready, but alive',
  async () => {
    await kafka.kill();
    await until('no stage is ready', async () => {
      const [status, text] = await page('/readyz');
      return status === 503 && STAGE_NAMES.every((stage) => text.includes(stage));
    });

    expect(await page('/livez')).toEqual([200, '{"status":"live"}\n']);
    expect(peakMiB() - readyMiB).toBeLessThan(MEMORY_MIB);
    await kafka.start();
    await until('it is ready again', isReady);
  },
  TIMEOUT_MS,
);

test(
  'SIGTERM while both are away ends it in time, and it says that it stops',
  async () => {
    await kafka.kill();
    live.child.kill('SIGTERM');
    const beganMs = Date.now();
    await until('it says so', async () => (await page('/readyz'))[1].includes('stopping'));
    await live.ended;

    expect(Date.now() - beganMs).toBeLessThan(END_MS);
    await kafka.start();
  },
  TIMEOUT_MS,
);
