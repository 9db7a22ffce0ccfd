import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigResourceTypes } from 'kafkajs';
import { findKafka } from '../servers/kafka.js';
import type { Server } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { kafkaClient, kafkaSettings, withAdmin } from '../support/kafka.js';
import { setUpWith } from '../support/setup.js';

const TIMEOUT_MS = 60_000;
const HOUR_MS = 3_600_000;

let server: Server;
beforeAll(async () => {
  server = await findKafka();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

interface Section {
  readonly brokers: readonly string[];
  readonly replication_factor: number;
  readonly topics: Readonly<Record<string, string>>;
}

/** A section with names of topics that no other test uses. */
function section(settings: object = {}): Section {
  const prefix = randomUUID();
  const kinds = Object.keys(kafkaSettings({ brokers: ['a:1'] }).topics);
  const topics = Object.fromEntries(kinds.map((kind) => [kind, `${prefix}.${kind}`]));
  return { brokers: [server.address], replication_factor: 1, topics, ...settings };
}

test(
  'a dry run makes nothing, the first run makes all topics, the next one none',
  async () => {
    const kafka = section({ partitions: { events: 2, partials: 3 }, retention: { partials: '1h' } });
    const names = Object.values(kafka.topics);
    const { kafka: client } = kafkaClient(server.address);

    const dry = await setUpWith({ kafka }, { dryRun: true });
    expect(dry.problems).toEqual([]);
    expect(dry.printed).toContain(`--create --topic ${names[0]} --partitions 2 --replication-factor 1 --config`);
    await withAdmin(client, async (admin) => {
      expect(await admin.listTopics()).not.toContain(names[0]);
    });

    const first = await setUpWith({ kafka });
    expect(first.problems).toEqual([]);
    expect(first.printed).toMatch(/^Kafka, \d+ brokers?\n/);
    for (const name of names) expect(first.printed).toContain(`topic ${name}: made\n`);

    const next = await setUpWith({ kafka });
    expect(next.problems).toEqual([]);
    for (const name of names) expect(next.printed).toContain(`topic ${name}: is as it should be\n`);

    const { partials = '' } = kafka.topics;
    await withAdmin(client, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [partials] });
      expect(topics[0]?.partitions).toHaveLength(3);
      const { resources } = await admin.describeConfigs({
        resources: [{ type: ConfigResourceTypes.TOPIC, name: partials }],
        includeSynonyms: false,
      });
      const settings =
        resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [];
      expect(Object.fromEntries(settings)).toMatchObject({
        'message.timestamp.type': 'LogAppendTime',
        'cleanup.policy': 'delete',
        'retention.ms': String(HOUR_MS),
      });
    });
  },
  TIMEOUT_MS,
);

test(
  'a topic with too few partitions or with other settings is named and left alone, and the others are made',
  async () => {
    const kafka = section();
    const { mail_events: mail = '', alerts = '', clients = '' } = kafka.topics;
    const { kafka: client } = kafkaClient(server.address);
    await withAdmin(client, (admin) =>
      admin.createTopics({
        topics: [
          { topic: mail, numPartitions: 1 },
          { topic: alerts, numPartitions: 5, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] },
        ],
      }),
    );

    const { printed, problems } = await setUpWith({ kafka });

    expect(problems).toEqual([
      `The topic ${mail} has 1 partitions, but is to have 4: set kafka.partitions to what it has, or delete it and run mxwarden setup.`,
    ]);
    expect(printed).toContain(
      `topic ${mail}: left alone: it has 1 partitions, not 4, message.timestamp.type is CreateTime`,
    );
    expect(printed).toContain(
      `topic ${alerts}: left alone: it has 5 partitions, not 4, cleanup.policy is compact, not delete`,
    );
    expect(printed).toContain(`topic ${clients}: made\n`);
  },
  TIMEOUT_MS,
);

test(
  'all that is in the way is told at once, of Elasticsearch and of Kafka',
  async () => {
    const kafka = section({ replication_factor: 99 });
    const elasticsearch = { nodes: ['http://127.0.0.1:1'] };
    const { problems: lines } = await setUpWith({ kafka, elasticsearch }, { dryRun: true });

    expect(lines).toHaveLength(1 + Object.keys(kafka.topics).length);
    expect(lines[0]).toContain('Elasticsearch does not answer');
    for (const [index, name] of Object.values(kafka.topics).entries())
      expect(lines[index + 1]).toMatch(`The topic ${name} cannot be made: Kafka: Replication-factor is invalid`);
  },
  TIMEOUT_MS,
);
