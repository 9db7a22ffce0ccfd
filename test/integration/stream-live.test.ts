import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { objectAt } from '../../src/core/documents/fields.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { startElasticsearch } from '../servers/elasticsearch.js';
import { startKafka } from '../servers/kafka.js';
import { freePorts } from '../servers/ports.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { jsonObject, numberAt, valueAt } from '../support/analysis.js';
import { alertOf, incidentOf } from '../support/incidents.js';
import { kafkaClient, openProducer, withAdmin } from '../support/kafka.js';
import { objectOf } from '../support/ship-site.js';
import { STAGE_NAMES, createStreamSite, newestOf, readDocuments, startStream, until } from '../support/stream-run.js';
import type { StreamProcess, StreamSite } from '../support/stream-run.js';

const TIMEOUT_MS = 120_000;
const SECOND_EPOCH = 2 ** 44;

let kafka: OwnServer;
let elasticsearch: OwnServer;
let folder: string;
let site: StreamSite;
let port: number;
let live: StreamProcess;
const LIVE = { args: [] };
/** Short windows that close as soon as may be. */
const COUNTING = {
  timezone: 'UTC',
  windows: ['10s'],
  out_of_orderness: '1s',
  allowed_lateness: '1s',
  gap_fill: '1m',
  servers: [{ id: 'mx1', addresses: ['192.0.2.1'] }],
};

beforeAll(async () => {
  [kafka, elasticsearch] = await Promise.all([
    startKafka({ 'group.min.session.timeout.ms': '1000' }),
    startElasticsearch(),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-live-'));
  [port = 0] = await freePorts(1);
  const place = { folder, kafka: kafka.address, elasticsearch: elasticsearch.address };
  const inputs = [
    { topic: 'live-lines', format: 'syslog' },
    { topic: 'live-dns', format: 'avro' },
  ];
  site = await createStreamSite(place, COUNTING, {
    topics: { mail_events: 'live-lines', dns_events: 'live-dns' },
    stream: { inputs, idle: '1s', listen: `127.0.0.1:${String(port)}` },
  });
  live = startStream(site, STAGE_NAMES, LIVE);
}, START_TIMEOUT_MS);
afterAll(async () => {
  live.child.kill('SIGKILL');
  await Promise.all([kafka.stop(), elasticsearch.stop()]);
  await rm(folder, { recursive: true, force: true });
}, START_TIMEOUT_MS);

async function send(count: number): Promise<void> {
  const producer = site.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const stamp = new Date().toISOString();
  const messages = Array.from({ length: count }, (_, index) => ({
    partition: 1,
    value: `${stamp} mx1 postfix/smtpd[${String(index)}]: connect from unknown[198.51.100.7]`,
  }));
  await producer.send({ topic: site.topics.mail_events, messages });
  await producer.disconnect();
}

/** Connections in windows that are final, and the highest version of all windows. */
async function counted(): Promise<{ connects: number; version: number }> {
  let connects = 0;
  let version = 0;
  for (const document of (await newestOf(site.kafka, site.topics.correlations)).values()) {
    version = Math.max(version, numberAt(document, 'mxwarden.window.version'));
    if (valueAt(document, 'mxwarden.window.final') === true)
      connects += Number(valueAt(document, 'mxwarden.smtp.connects') ?? 0);
  }
  return { connects, version };
}

const hasCounted = (connects: number) => async (): Promise<boolean> => (await counted()).connects >= connects;
const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${String(port)}${path}`);

/** Settings as they are, but for some. */
async function change(over: object, stream: object = {}): Promise<StreamSite> {
  const given = jsonObject(await readFile(site.config, 'utf8'));
  const before = given['stream'];
  const config = `${site.config}.${String(Math.random()).slice(2)}.yaml`;
  await writeFile(
    config,
    JSON.stringify({ ...given, ...over, stream: { ...objectOf(before), listen: 'off', ...stream } }),
  );
  return { ...site, config };
}

test(
  'windows close in silence, though most partitions never had a record',
  async () => {
    await send(5);
    await until('the window is final', hasCounted(5));
    await send(3);
    await until('and so is a later one', hasCounted(8));

    expect((await counted()).connects).toBe(8);
  },
  TIMEOUT_MS,
);

test(
  'says how it is',
  async () => {
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/^mxwarden_events_total\{outcome="counted"\} 8$/m);
    expect(metrics).toMatch(/^mxwarden_documents_total\{document="correlation[^}]*\} [1-9]/m);
    expect(metrics).toMatch(/^mxwarden_processed_lag_records\{stage="index",topic=[^}]*\} \d/m);
    expect(metrics).toMatch(/^mxwarden_open_panes\{stage="correlate",topic=[^}]*\} \d/m);
  },
  TIMEOUT_MS,
);

/** Sends an alert; resolves with its document once that can be read. */
async function writtenAlert(id: string): Promise<JsonObject> {
  const { producer } = await openProducer(kafkaClient(kafka.address), [site.topics.alerts]);
  const told = alertOf(incidentOf());
  const alert = { ...told, event: { ...objectAt(told, ['event']), id } };
  const record = { topic: site.topics.alerts, key: Buffer.from(id), value: Buffer.from(JSON.stringify(alert)) };
  await producer.add(record, () => undefined);
  await producer.flush();
  await producer.close();
  let written: JsonObject | undefined;
  await until('the alert is written', async () => {
    written = (await readDocuments(site.elasticsearch, 'alert')).get(id);
    return written !== undefined;
  });
  if (written === undefined) throw new Error('It was written.');
  return written;
}

test(
  'what is known of incidents is read again on SIGHUP, and marks the alerts that are written afterwards',
  async () => {
    expect(valueAt(await writtenAlert('before'), 'mxwarden.known')).toBeUndefined();
    const given = jsonObject(await readFile(site.config, 'utf8'));
    const known = [{ kind: 'auth_flood', until: '2190-01-01', reason: 'audit' }];
    await writeFile(site.config, JSON.stringify({ ...given, known }));
    live.child.kill('SIGHUP');
    await until('it was read', () => live.log().includes('Known incidents were read again.'));

    expect(valueAt(await writtenAlert('after'), 'mxwarden.known')).toMatchObject({ reason: 'audit' });
    const before = (await readDocuments(site.elasticsearch, 'alert')).get('before');
    expect(before && valueAt(before, 'mxwarden.known')).toBeUndefined();
  },
  TIMEOUT_MS,
);

test(
  'another configuration in the same epoch is told, and ends the process',
  async () => {
    const other = startStream(await change({ windows: ['20s'] }), ['correlate'], LIVE);
    await send(1);
    const { code } = await other.ended;

    expect(other.log()).toContain('raise stream.epoch with each change of it');
    expect(code).toBe(2);
    await until('the first one goes on', hasCounted(9));
  },
  TIMEOUT_MS,
);

test(
  'without notes of a group, but with results, it does not begin by itself',
  async () => {
    const group = `${site.group}-new`;
    const other = startStream(await change({}, { group }), ['aggregate'], LIVE);
    const { code } = await other.ended;

    expect(other.log()).toContain('begin with --from earliest, latest or a time, and a higher stream.epoch');
    expect(code).toBe(2);
  },
  TIMEOUT_MS,
);

test(
  'a higher epoch with another mapping takes over from the processes of the one before',
  async () => {
    const servers = [{ id: 'mail', hosts: ['mx1'], addresses: ['192.0.2.1'] }];
    const next = startStream(await change({ servers }, { epoch: 1 }), STAGE_NAMES, LIVE);
    const first = live;
    live = next;
    await until('the first one has ended', () => first.child.exitCode !== null);
    expect(first.child.exitCode).toBe(2);
    expect(first.log()).toContain('give it the configuration of the others');
    await send(4);
    await until('the second one counts', async () => {
      const newest = [...(await newestOf(site.kafka, site.topics.correlations)).values()];
      const own = newest.filter((document) => valueAt(document, 'mxwarden.subject') === 'mail:mail');
      return own.some(
        (document) =>
          numberAt(document, 'mxwarden.window.version') > SECOND_EPOCH &&
          Number(valueAt(document, 'mxwarden.smtp.connects')) >= 4 &&
          valueAt(document, 'mxwarden.window.final') === true,
      );
    });
  },
  TIMEOUT_MS,
);

test(
  'SIGTERM ends it in order, and it leaves its groups',
  async () => {
    live.child.kill('SIGTERM');
    const { code } = await live.ended;

    expect(code).toBe(0);
    const { groups } = await withAdmin(site.kafka, (admin) =>
      admin.describeGroups(STAGE_NAMES.map((stage) => `${site.group}.${stage}`)),
    );
    expect(groups.map(({ members }) => members.length)).toEqual([0, 0, 0]);
  },
  TIMEOUT_MS,
);
