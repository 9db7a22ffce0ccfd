import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigResourceTypes } from 'kafkajs';
import { stringify } from 'yaml';
import { runSetup } from '../../src/commands/setup.js';
import { SinkError } from '../../src/files/errors.js';
import { findKafka } from '../servers/kafka.js';
import type { Server } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { inFolder } from '../support/analysis.js';
import { kafkaClient, kafkaSettings, withAdmin } from '../support/kafka.js';

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

/** What setup prints, and what it fails with. */
async function setUp(config: object, dryRun = false): Promise<{ readonly output: string; readonly failure: unknown }> {
  return inFolder(async (folder) => {
    const file = join(folder, 'mx.yaml');
    writeFileSync(file, stringify(config));
    let output = '';
    const print = async (text: string): Promise<void> => {
      output += text;
    };
    const deps = { machineTimezone: 'UTC', environment: {}, print };
    const failure = await runSetup({ config: file, dryRun }, deps).catch((error: unknown) => error);
    return { output, failure };
  });
}

test(
  'a dry run makes nothing, the first run makes all topics, the next one none',
  async () => {
    const kafka = section({ partitions: { events: 2, partials: 3 }, retention: { partials: '1h' } });
    const names = Object.values(kafka.topics);
    const { kafka: client } = kafkaClient(server.address);

    const dry = await setUp({ kafka }, true);
    expect(dry.failure).toBeUndefined();
    expect(dry.output).toContain(`--create --topic ${names[0]} --partitions 2 --replication-factor 1 --config`);
    await withAdmin(client, async (admin) => {
      expect(await admin.listTopics()).not.toContain(names[0]);
    });

    const first = await setUp({ kafka });
    expect(first.failure).toBeUndefined();
    expect(first.output).toMatch(/^Kafka, \d+ brokers?\n/);
    for (const name of names) expect(first.output).toContain(`topic ${name}: made\n`);

    const next = await setUp({ kafka });
    expect(next.failure).toBeUndefined();
    for (const name of names) expect(next.output).toContain(`topic ${name}: is as it should be\n`);

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

    const { output, failure } = await setUp({ kafka });

    expect(failure).toBeInstanceOf(SinkError);
    expect(failure).toHaveProperty(
      'message',
      `The topic ${mail} has 1 partitions, but is to have 4: set kafka.partitions to what it has, or delete it and run mxwarden setup.`,
    );
    expect(output).toContain(
      `topic ${mail}: left alone: it has 1 partitions, not 4, message.timestamp.type is CreateTime`,
    );
    expect(output).toContain(
      `topic ${alerts}: left alone: it has 5 partitions, not 4, cleanup.policy is compact, not delete`,
    );
    expect(output).toContain(`topic ${clients}: made\n`);
  },
  TIMEOUT_MS,
);

test(
  'all that is in the way is told at once, of Elasticsearch and of Kafka',
  async () => {
    const kafka = section({ replication_factor: 99 });
    const { failure } = await setUp({ kafka, elasticsearch: { nodes: ['http://127.0.0.1:1'] } }, true);

    const { message } = failure instanceof SinkError ? failure : { message: '' };
    const lines = message.split('\n');
    expect(lines).toHaveLength(1 + Object.keys(kafka.topics).length);
    expect(lines[0]).toContain('Elasticsearch does not answer');
    for (const [index, name] of Object.values(kafka.topics).entries())
      expect(lines[index + 1]).toMatch(`The topic ${name} cannot be made: Kafka: Replication-factor is invalid`);
  },
  TIMEOUT_MS,
);
