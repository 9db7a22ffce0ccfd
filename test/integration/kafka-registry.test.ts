import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { EventEncoder } from '../../src/avro/events.js';
import { createPartialDecoder } from '../../src/avro/partials.js';
import { createRegistry } from '../../src/avro/registry.js';
import { SCHEMAS } from '../../src/avro/schemas.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { startKafka } from '../servers/kafka.js';
import { startRegistry } from '../servers/registry.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { connect } from '../support/events.js';
import { createTopic, kafkaClient, readTopic } from '../support/kafka.js';
import { startStream, until } from '../support/stream-run.js';
import type { StreamProcess, StreamSite } from '../support/stream-run.js';

const TIMEOUT_MS = 240_000;

let broker: OwnServer;
let registry: OwnServer;
let folder: string;
beforeAll(async () => {
  [broker, registry] = await Promise.all([startKafka(), startRegistry()]);
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-registry-'));
}, START_TIMEOUT_MS);
afterAll(async () => {
  await Promise.all([broker.stop(), registry.stop()]);
  await rm(folder, { recursive: true });
});

async function siteOf(): Promise<StreamSite> {
  const { kafka } = kafkaClient(broker.address);
  const make = (numPartitions: number): Promise<string> => createTopic(kafka, { numPartitions });
  const topics = {
    mail_events: await make(2),
    dns_events: await make(1),
    partials: await make(1),
    snapshots: await make(1),
    correlations: await make(1),
    clients: await make(1),
    alerts: await make(1),
    rejections: await make(1),
    dead_letters: await make(1),
  };
  const config = join(folder, `${topics.mail_events}.yaml`);
  const settings = {
    timezone: 'UTC',
    servers: [{ id: 'gpo', hosts: ['gpo'] }],
    kafka: { brokers: [broker.address], topics, registry: { url: registry.address, request_timeout: '2s' } },
    stream: { group: topics.mail_events, listen: 'off' },
  };
  await writeFile(config, JSON.stringify(settings));
  return { config, topics, group: topics.mail_events, kafka, elasticsearch: '' };
}

/** Versions of the schema of mail events: each later one has a field more. */
const [FIRST = '', SECOND = '', THIRD = ''] = [0, 1, 2].map((count) => {
  const more = Array.from({ length: count }, (_, index) => ({
    name: `later_${String(index)}`,
    type: ['null', 'string'],
    default: null,
    doc: 'For the test.',
  }));
  return JSON.stringify({ ...SCHEMAS.mail_event, fields: [...SCHEMAS.mail_event.fields, ...more] });
});

async function register(site: StreamSite, ...schemas: readonly string[]): Promise<readonly number[]> {
  const deps = { nowMs: () => Date.now() };
  const client = createRegistry({ url: registry.address, timeoutMs: 30_000, absentMs: 0, waitMs: 0 }, deps);
  const ids: number[] = [];
  for (const schema of schemas) {
    const answer = await client.register(`${site.topics.mail_events}-value`, schema);
    if (answer.kind !== 'registered') throw new Error(answer.why);
    ids.push(answer.id);
  }
  return ids;
}

/** Sends events of a schema with a number. What a later version has more is a zero at the end, of a field without a value. */
async function send(site: StreamSite, partition: number, id: number, more: number, count: number): Promise<void> {
  const encoder = new EventEncoder({ mail: id });
  const time = Date.now();
  const messages = Array.from({ length: count }, (_, index) => {
    const event = { ...connect({ host: 'gpo', time }), origin: `log:${String(time)}:${String(index)}` };
    return { key: 'gpo', partition, value: Buffer.concat([encoder.encode(event), Buffer.alloc(more)]) };
  });
  const producer = site.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: site.topics.mail_events, messages });
  await producer.disconnect();
}

/** How far each partition of events is counted, by the marks. */
async function reached({ kafka, topics }: StreamSite): Promise<readonly number[]> {
  const decoder = createPartialDecoder(new WriterSchemas());
  const upTo = [0, 0];
  for (const { value } of await readTopic(kafka, topics.partials)) {
    const record = decoder.decode(value ?? Buffer.alloc(0));
    if (record.kind !== 'mark') continue;
    const [topic, partition] = record.mark.source.split('/');
    if (topic === topics.mail_events) upTo[Number(partition)] = record.mark.upTo;
  }
  return upTo;
}

const hasReached = (site: StreamSite, ...wanted: readonly number[]): Promise<void> =>
  until(`marks up to ${wanted.join(', ')}`, async () => (await reached(site)).join() === wanted.join());

const waits = ({ log }: StreamProcess): number => log().split('does not give a schema').length - 1;

test(
  'a schema that the registry does not give holds its partition alone, until it does; known ones need no registry',
  async () => {
    const site = await siteOf();
    const ids = await register(site, FIRST, SECOND, THIRD);
    const [first = 0, second = 0, third = 0] = ids;
    // It forgets what it has.
    await registry.kill();
    await registry.start();
    expect(await register(site, FIRST)).toEqual([first]);
    const stream = startStream(site, ['aggregate'], { args: [] });
    try {
      await send(site, 0, first, 0, 3);
      await send(site, 1, first, 0, 3);
      await hasReached(site, 3, 3);

      await send(site, 1, second, 1, 2);
      await until('the partition waits, as there is no such schema', () => waits(stream) > 0);
      await send(site, 0, first, 0, 2);
      await hasReached(site, 5, 3);

      await registry.kill();
      const before = waits(stream);
      await until('the registry was asked in vain', () => waits(stream) > before);
      await send(site, 0, first, 0, 2);
      await send(site, 1, first, 0, 1);
      await hasReached(site, 7, 3);

      await registry.start();
      expect(await register(site, FIRST, SECOND)).toEqual([first, second]);
      await hasReached(site, 7, 6);

      // One that is registered a moment after its first record.
      const then = waits(stream);
      await send(site, 0, third, 2, 1);
      await until('the partition waits', () => waits(stream) > then);
      expect(await register(site, THIRD)).toEqual([third]);
      await hasReached(site, 8, 6);

      expect(await readTopic(site.kafka, site.topics.dead_letters)).toEqual([]);
      stream.child.kill('SIGTERM');
      expect(await stream.ended).toEqual({ code: 0, signal: null });
    } catch (error) {
      throw new Error(`It has logged:\n${stream.log().slice(-4000)}`, { cause: error });
    } finally {
      stream.child.kill('SIGKILL');
    }
  },
  TIMEOUT_MS,
);
