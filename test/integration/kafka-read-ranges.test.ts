import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { KafkaError } from '../../src/kafka/errors.js';
import { listOffsets } from '../../src/kafka/offsets.js';
import { readRanges } from '../../src/kafka/read-ranges.js';
import type { Range, ReadConfig } from '../../src/kafka/read-ranges.js';
import { findKafka, startKafka } from '../servers/kafka.js';
import type { Server } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { createTopic, kafkaClient, openProducer, withAdmin } from '../support/kafka.js';

const TIMEOUT_MS = 60_000;
const CONFIG = { timeoutMs: 30_000, maxBytesPerPartition: 10_000 };

let server: Server;
let kafka: Kafka;
beforeAll(async () => {
  server = await findKafka();
  ({ kafka } = kafkaClient(server.address));
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

/** A topic with records `partition-offset`, of a kilobyte each. */
async function topicWith(counts: readonly number[], address = server.address): Promise<string> {
  const client = kafkaClient(address);
  const topic = await createTopic(client.kafka, { numPartitions: counts.length });
  const { producer } = await openProducer(client, [topic]);
  for (const [partition, count] of counts.entries())
    for (let offset = 0; offset < count; offset += 1) {
      const value = Buffer.from(`${partition}-${offset}`.padEnd(1000));
      await producer.add({ topic, key: Buffer.from('k'), value, partition }, () => undefined);
    }
  await producer.flush();
  await producer.close();
  return topic;
}

async function read(ranges: readonly Range[], config: ReadConfig = CONFIG, client = kafka): Promise<readonly string[]> {
  const read: string[] = [];
  await readRanges(client, ranges, config, ({ offset, value }, { partition }) => {
    expect(String(value).trim()).toBe(`${partition}-${offset}`);
    read.push(`${partition}-${offset}`);
  });
  return read;
}

const names = (partition: number, from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `${partition}-${from + index}`);

test(
  'ranges of several partitions are read, each whole and in order, and no more',
  async () => {
    const topic = await topicWith([200, 300]);
    const ranges = [
      { topic, partition: 1, offset: 250, count: 50 },
      { topic, partition: 0, offset: 0, count: 100 },
      { topic, partition: 1, offset: 10, count: 1 },
      { topic, partition: 0, offset: 5, count: 0 },
    ];
    const all = await read(ranges);

    expect(all.filter((name) => name.startsWith('0'))).toEqual(names(0, 0, 100));
    expect(all.filter((name) => name.startsWith('1'))).toEqual([...names(1, 250, 300), '1-10']);
  },
  TIMEOUT_MS,
);

test('no ranges need no broker', async () => {
  const { kafka: nobody } = kafkaClient('127.0.0.1:1');

  await readRanges(nobody, [], CONFIG, () => undefined);
});

test(
  'a range that reaches over the end is told when the time is over',
  async () => {
    const topic = await topicWith([10, 10]);
    const ranges = [
      { topic, partition: 0, offset: 0, count: 10 },
      { topic, partition: 1, offset: 5, count: 10 },
    ];
    const reading = read(ranges, { ...CONFIG, timeoutMs: 1000 });

    await expect(reading).rejects.toBeInstanceOf(KafkaError);
    await expect(reading).rejects.toThrow(`the records ${topic}/1 10 to 14: nothing came within 1000 ms`);
  },
  TIMEOUT_MS,
);

test(
  'a range that retention has taken, a partition that is not there and a callback that throws end it at once',
  async () => {
    const topic = await topicWith([10, 10]);
    await withAdmin(kafka, async (admin) => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '4' }] });
    });
    const ranges = [
      { topic, partition: 0, offset: 0, count: 10 },
      { topic, partition: 1, offset: 2, count: 3 },
    ];

    await expect(read(ranges)).rejects.toThrow(`the records ${topic}/1 2 to 4: the log does not reach there`);
    await expect(read([{ topic, partition: 7, offset: 0, count: 1 }])).rejects.toThrow(`${topic}/7 0 to 0`);
    const wrong = new TypeError('wrong');
    const reading = readRanges(kafka, ranges.slice(0, 1), CONFIG, () => {
      throw wrong;
    });
    await expect(reading).rejects.toBe(wrong);
    expect(await withAdmin(kafka, (admin) => listOffsets(admin, [topic]))).toEqual(
      new Map([
        [`${topic}/0`, { startOffset: 0, endOffset: 10 }],
        [`${topic}/1`, { startOffset: 4, endOffset: 10 }],
      ]),
    );
  },
  TIMEOUT_MS,
);

test(
  'where nobody is to be reached it says whom it could not reach',
  async () => {
    const { kafka: nobody } = kafkaClient('127.0.0.1:1');
    const ranges = [{ topic: 'a', partition: 0, offset: 0, count: 1 }];

    await expect(readRanges(nobody, ranges, { ...CONFIG, timeoutMs: 3000 }, () => undefined)).rejects.toThrow(
      /a\/0 0 to 0: nothing came within 3000 ms: Kafka at 127.0.0.1:1 cannot be reached/,
    );
  },
  TIMEOUT_MS,
);

test(
  'without a time a broker that is away is waited for until it is there again, or until nobody wants to wait any more',
  async () => {
    const own = await startKafka();
    try {
      const topic = await topicWith([20], own.address);
      const { kafka: client } = kafkaClient(own.address, { request_timeout: '2s' });
      const range = { topic, partition: 0, offset: 0, count: 20 };
      await own.kill();
      const given = new AbortController();
      const [reading, left] = [{}, { signal: given.signal }].map((config) =>
        read([range], { maxBytesPerPartition: 10_000, ...config }, client),
      );
      const reason = new Error('nobody waits');
      given.abort(reason);
      await expect(left).rejects.toBe(reason);
      await own.start();

      expect(await reading).toEqual(names(0, 0, 20));
    } finally {
      await own.stop();
    }
  },
  START_TIMEOUT_MS + TIMEOUT_MS,
);
