import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { runShip } from '../../src/commands/ship.js';
import { BROKER_SETTINGS } from '../servers/kafka-broker.js';
import type { Cluster } from '../servers/kafka-broker.js';
import { startKafkaCluster } from '../servers/kafka.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { enter, groupConfig } from '../support/kafka-group.js';
import { createTopic, kafkaClient, openProducer, withAdmin } from '../support/kafka.js';
import { createSite, readEvents, withSettings } from '../support/ship-site.js';

const TIMEOUT_MS = 180_000;
const COPIES = 3;
const PARTITIONS = 4;
const OFFSETS_PARTITIONS = Number(BROKER_SETTINGS['offsets.topic.num.partitions']);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startKafkaCluster(COPIES);
}, START_TIMEOUT_MS);
afterAll(() => cluster.stop(), START_TIMEOUT_MS);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-cluster-'));
});
afterEach(() => rm(folder, { recursive: true }));

const first = (): string => cluster.addresses[0] ?? '';

/** The number of the broker that leads a partition, from 1 on. */
async function leaderOf(topic: string, partition: number): Promise<number> {
  const { topics } = await withAdmin(kafkaClient(first()).kafka, (admin) =>
    admin.fetchTopicMetadata({ topics: [topic] }),
  );
  return topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? 0;
}

/** The partition in which there are records; -1 as long as there are none. */
async function fullPartition(topic: string): Promise<number> {
  const offsets = await withAdmin(kafkaClient(first()).kafka, (admin) => admin.fetchTopicOffsets(topic));
  return offsets.find(({ high }) => Number(high) > 0)?.partition ?? -1;
}

const lines = (from: number, to: number): string =>
  Array.from(
    { length: to - from },
    (_, index) => `2026-11-23T02:01:15Z gpo postfix/smtpd[${from + index}]: connect from unknown[192.0.2.9]\n`,
  ).join('');

test(
  'ship goes on when the broker is killed that leads the partition it writes to, and no line is lost',
  async () => {
    const site = await createSite({ folder, address: first() });
    const { mail_events: mail } = site.topics;
    const log = join(folder, 'mail.log');
    await writeFile(log, lines(0, 1000));
    // The first one is not there.
    const brokers = ['127.0.0.1:1', ...cluster.addresses];
    const options = await withSettings(site, folder, { brokers, request_timeout: '5s' });
    const stop = new AbortController();
    const run = runShip([log], { ...options, follow: true }, { ...site.deps, signal: stop.signal });
    while ((await fullPartition(mail)) < 0);
    const leader = await leaderOf(mail, await fullPartition(mail));
    const killed = cluster.brokers[leader - 1];

    await killed?.kill();
    await appendFile(log, lines(1000, 5000));
    const alive = cluster.addresses.find((_, index) => index !== leader - 1) ?? '';
    await untilRecords(alive, mail, 5000);
    await killed?.start();
    await appendFile(log, lines(5000, 6000));
    await untilRecords(alive, mail, 6000);
    stop.abort();
    await run;

    const origins = (await readEvents(alive, mail, 'mail_event')).map(({ origin }) => origin);
    expect(new Set(origins).size).toBe(6000);
  },
  TIMEOUT_MS,
);

async function untilRecords(address: string, topic: string, count: number): Promise<void> {
  for (let seen = 0; seen < count;)
    seen = await withAdmin(kafkaClient(address).kafka, (admin) => admin.fetchTopicOffsets(topic)).then(
      (offsets) => offsets.reduce((sum, { high }) => sum + Number(high), 0),
      () => 0,
    );
}

/** The broker that keeps the offsets of a group: that of a partition by the hash that Java has of the name. */
async function coordinatorOf(groupId: string): Promise<number> {
  const hash = Buffer.from(groupId).reduce((sum, byte) => (31 * sum + byte) | 0, 0);
  return leaderOf('__consumer_offsets', (hash & 0x7fffffff) % OFFSETS_PARTITIONS);
}

test(
  'a group goes on when its coordinator is killed, from what it has committed',
  async () => {
    const client = kafkaClient(first(), { brokers: cluster.addresses, request_timeout: '5s' });
    const topic = await createTopic(client.kafka, { numPartitions: PARTITIONS });
    const { producer } = await openProducer(client, [topic]);
    const write = async (from: number, to: number): Promise<void> => {
      for (let number = from; number < to; number += 1) {
        const record = {
          topic,
          partition: number % PARTITIONS,
          key: Buffer.from('k'),
          value: Buffer.from(String(number)),
        };
        await producer.add(record, () => undefined);
      }
      await producer.flush();
    };
    await write(0, 100);
    const config = groupConfig([topic], { sessionTimeoutMs: 10_000 });
    const values = new Set<string>();
    const member = await enter(
      first(),
      config,
      {
        take: async ({ source, records, nextOffset }, { given }) => {
          await given.member.commit([{ source, offset: nextOffset, note: 'n' }]);
          for (const { value } of records) values.add(String(value));
        },
      },
      { brokers: cluster.addresses },
    );
    await member.until(() => values.size === 100);
    const killed = cluster.brokers[(await coordinatorOf(config.groupId)) - 1];

    await killed?.kill();
    await write(100, 200);
    await member.until(() => values.size === 200);
    await killed?.start();
    await write(200, 300);
    await member.until(() => values.size === 300);

    const committed = await member.current().given.member.groupPositions();
    await member.source.stop();
    await producer.close();
    expect([...committed.values()].map(({ offset, note }) => [offset, note])).toEqual(
      Array(PARTITIONS).fill([75, 'n']),
    );
  },
  TIMEOUT_MS,
);
