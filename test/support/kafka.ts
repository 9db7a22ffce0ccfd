import { randomUUID } from 'node:crypto';
import type { Admin, ITopicConfig, Kafka, KafkaMessage } from 'kafkajs';
import { kafka as schema } from '../../src/config/kafka.js';
import type { KafkaSettings } from '../../src/config/kafka.js';
import { createClient } from '../../src/kafka/client.js';
import type { ClientConfig, LogLine } from '../../src/kafka/client.js';
import { Producer } from '../../src/kafka/producer.js';
import type { ProducerDeps } from '../../src/kafka/producer.js';
import * as v from 'valibot';

/** Settings as a configuration file would give them. */
export function kafkaSettings(given: object): KafkaSettings {
  return v.parse(schema, given);
}

/** A client for the tests, with the lines that it logs. */
export function kafkaClient(
  address: string,
  given: object = {},
  config: Partial<ClientConfig> = {},
): { readonly kafka: Kafka; readonly settings: KafkaSettings; readonly lines: readonly LogLine[] } {
  const settings = kafkaSettings({ brokers: [address], ...given });
  const lines: LogLine[] = [];
  const kafka = createClient(
    { settings, secret: undefined, tls: {}, ...config },
    { log: (line) => void lines.push(line) },
  );
  return { kafka, settings, lines };
}

/** A producer for the tests, with what it says about trying again. */
export async function openProducer(
  client: ReturnType<typeof kafkaClient>,
  topics: readonly string[],
  deps: Partial<ProducerDeps> = {},
): Promise<{ readonly producer: Producer; readonly retries: readonly string[] }> {
  const retries: string[] = [];
  const producer = await Producer.open(topics, {
    ...client,
    random: () => 0.5,
    onRetry: ({ text }) => void retries.push(text),
    ...deps,
  });
  return { producer, retries };
}

export async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Makes a topic of a name that nobody else uses, and returns the name. */
export async function createTopic(kafka: Kafka, config: Omit<ITopicConfig, 'topic'> = {}): Promise<string> {
  const topic = `test-${randomUUID()}`;
  await withAdmin(kafka, (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions: 1, ...config }], waitForLeaders: true }),
  );
  return topic;
}

export type ReadRecord = KafkaMessage & { readonly partition: number };

/** All that is in a topic now. */
export async function readTopic(kafka: Kafka, topic: string): Promise<readonly ReadRecord[]> {
  const ends = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  const left = new Set(ends.filter(({ high, low }) => Number(high) > Number(low)).map(({ partition }) => partition));
  const records: ReadRecord[] = [];
  if (left.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  try {
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
      const eachBatch = async ({
        batch,
      }: {
        batch: { partition: number; messages: KafkaMessage[] };
      }): Promise<void> => {
        const { partition, messages } = batch;
        for (const message of messages) records.push({ ...message, partition });
        const end = Number(ends.find((offsets) => offsets.partition === partition)?.high);
        // Others may write on.
        if (Number(messages.at(-1)?.offset) + 1 >= end) left.delete(partition);
        if (left.size === 0) resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return records;
}
