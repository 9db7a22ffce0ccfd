import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { findKafka, startKafka } from '../servers/kafka.js';
import type { Server } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';

const TIMEOUT_MS = 60_000;

let server: Server;
beforeAll(async () => {
  server = await findKafka();
  console.log(server.description);
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

function clientOf({ address }: Server): Kafka {
  return new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
}

/** Makes a topic with a record in it. */
async function write(kafka: Kafka, topic: string, value: string): Promise<void> {
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await producer.send({ topic, messages: [{ value }] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
}

/** The first record of a topic. */
async function read(kafka: Kafka, topic: string): Promise<string | undefined> {
  const consumer = kafka.consumer({ groupId: `reader of ${topic}`, maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  try {
    return await new Promise((resolve, reject) => {
      consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}

async function topicsOf(kafka: Kafka): Promise<readonly string[]> {
  const admin = kafka.admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.disconnect();
  return topics;
}

test(
  'a record comes back from a real broker',
  async () => {
    const kafka = clientOf(server);
    const topic = `records-${randomUUID()}`;

    await write(kafka, topic, 'Nov 23 02:01:15 gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]');

    expect(await read(kafka, topic)).toBe('Nov 23 02:01:15 gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]');
  },
  TIMEOUT_MS,
);

test(
  'a broker that is killed keeps its records, and no other one sees them',
  async () => {
    const [first, second] = await Promise.all([startKafka(), startKafka()]);
    try {
      const kafka = clientOf(first);
      await write(kafka, 'kept', 'as it was');

      await first.kill();
      await expect(topicsOf(kafka)).rejects.toThrow();
      await first.start();

      expect(await read(kafka, 'kept')).toBe('as it was');
      expect(await topicsOf(clientOf(second))).toEqual([]);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  },
  START_TIMEOUT_MS + TIMEOUT_MS,
);

test(
  'settings reach the broker',
  async () => {
    const own = await startKafka({ 'message.max.bytes': '2000' });
    try {
      await expect(write(clientOf(own), 'small', 'x'.repeat(3000))).rejects.toThrow('larger than the max message size');
    } finally {
      await own.stop();
    }
  },
  START_TIMEOUT_MS,
);
