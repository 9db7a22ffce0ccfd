import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KafkaError } from '../../src/kafka/errors.js';
import { partitionOf } from '../../src/kafka/murmur2.js';
import type { TooLarge } from '../../src/kafka/producer.js';
import { findKafka, startKafka } from '../servers/kafka.js';
import type { Server } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { createTopic, kafkaClient, openProducer, readTopic } from '../support/kafka.js';

const TIMEOUT_MS = 60_000;

let server: Server;
beforeAll(async () => {
  server = await findKafka();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

const bytes = (text: string): Buffer => Buffer.from(text);
const texts = (records: readonly { readonly value: Buffer | null }[]): readonly string[] =>
  records.map(({ value }) => String(value));

describe('a producer', () => {
  test(
    'writes each record to the partition of its key, in order, and tells when it is there',
    async () => {
      const client = kafkaClient(server.address);
      const topic = await createTopic(client.kafka, { numPartitions: 3 });
      const other = await createTopic(client.kafka);
      const { producer } = await openProducer(client, [topic, other]);
      const settled: (TooLarge | undefined)[] = [];
      const hosts = ['mx1', 'mx2', 'ns1', 'ns2'];
      for (let number = 0; number < 400; number += 1) {
        const key = bytes(hosts[number % 4] ?? '');
        const record = { topic: number % 3 === 0 ? other : topic, key, value: bytes(String(number)) };
        await producer.add(record, (refusal) => void settled.push(refusal));
      }
      await producer.flush();
      expect(settled).toEqual(Array(400).fill(undefined));
      await producer.close();

      const records = await readTopic(client.kafka, topic);
      const numbers = Array.from({ length: 400 }, (_, number) => number);
      expect(texts(await readTopic(client.kafka, other))).toEqual(numbers.filter((n) => n % 3 === 0).map(String));
      for (const host of hosts) {
        const written = records.filter(({ key }) => String(key) === host);
        expect(texts(written)).toEqual(numbers.filter((n) => n % 3 !== 0 && hosts[n % 4] === host).map(String));
        expect(new Set(written.map(({ partition }) => partition))).toEqual(new Set([partitionOf(bytes(host), 3)]));
      }
    },
    TIMEOUT_MS,
  );

  test(
    'writes to a partition that is given, with headers',
    async () => {
      const client = kafkaClient(server.address);
      const topic = await createTopic(client.kafka, { numPartitions: 3 });
      const { producer } = await openProducer(client, [topic]);
      expect(producer.partitionCountOf(topic)).toBe(3);
      const headers = { version: '17592186044417' };
      for (let partition = 0; partition < 3; partition += 1)
        await producer.add(
          { topic, key: bytes('k'), value: bytes(`p${partition}`), partition, headers },
          () => undefined,
        );
      await producer.flush();
      await producer.close();

      const records = [...(await readTopic(client.kafka, topic))].sort((a, b) => a.partition - b.partition);
      expect(records.map(({ partition, value }) => [partition, String(value)])).toEqual([
        [0, 'p0'],
        [1, 'p1'],
        [2, 'p2'],
      ]);
      for (const { headers: written } of records) expect(String(written?.['version'])).toBe('17592186044417');
    },
    TIMEOUT_MS,
  );

  test(
    'splits what is more than a request, and makes its caller wait for room',
    async () => {
      const client = kafkaClient(server.address, { compression: 'none' });
      const topic = await createTopic(client.kafka);
      const { producer, retries } = await openProducer(client, [topic]);
      const value = Buffer.alloc(100_000, 'x');
      let settled = 0;
      let mostUnsettled = 0;
      for (let count = 1; count <= 400; count += 1) {
        await producer.add({ topic, key: bytes('mx1'), value }, () => (settled += 1));
        mostUnsettled = Math.max(mostUnsettled, count - settled);
      }
      await producer.flush();
      await producer.close();

      expect(await readTopic(client.kafka, topic)).toHaveLength(400);
      expect(mostUnsettled).toBeGreaterThan(9);
      expect(mostUnsettled).toBeLessThanOrEqual(160);
      expect(retries).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'has whoever waits for what was taken so far wait for nothing that comes after it',
    async () => {
      const client = kafkaClient(server.address, { compression: 'none' });
      const topic = await createTopic(client.kafka);
      const { producer } = await openProducer(client, [topic]);
      const value = Buffer.alloc(100_000, 'x');
      const add = (): Promise<void> => producer.add({ topic, key: bytes('mx1'), value }, () => undefined);
      await add();
      const state = { isOver: false };
      const flushed = producer.flush().then(() => (state.isOver = true));
      let count = 1;
      for (; !state.isOver && count < 1000; count += 1) await add();
      await flushed;

      expect(count).toBeLessThan(1000);
      await producer.flush();
      await producer.close();
      expect(await readTopic(client.kafka, topic)).toHaveLength(count);
    },
    TIMEOUT_MS,
  );

  test(
    'tells of a record that is too large for its topic, and writes those beside it',
    async () => {
      const client = kafkaClient(server.address, { compression: 'none' });
      const topic = await createTopic(client.kafka, { configEntries: [{ name: 'max.message.bytes', value: '2000' }] });
      const { producer } = await openProducer(client, [topic]);
      const refusals: (TooLarge | undefined)[] = [];
      const values = ['a', 'b'.repeat(900), 'c'.repeat(900), 'd'.repeat(3000), 'e'];
      for (const value of values)
        await producer.add({ topic, key: bytes('k'), value: bytes(value) }, (refusal) => void refusals.push(refusal));
      await producer.flush();
      await producer.close();

      expect(refusals).toEqual([undefined, undefined, undefined, { topic, bytes: 3001, limitBytes: 2000 }, undefined]);
      expect(texts(await readTopic(client.kafka, topic))).toEqual(values.filter((value) => value.length < 3000));
    },
    TIMEOUT_MS,
  );

  test(
    'that finds no topic says which, and what makes it',
    async () => {
      const client = kafkaClient(server.address);
      const topic = await createTopic(client.kafka);
      const opened = openProducer(client, [topic, 'not-there-1', 'not-there-2']);

      await expect(opened).rejects.toBeInstanceOf(KafkaError);
      await expect(opened).rejects.toThrow(/no topic not-there-1, not-there-2.* mxwarden setup/);
    },
    TIMEOUT_MS,
  );

  test(
    'that reaches nobody says whom, and what to look at',
    async () => {
      const opened = openProducer(kafkaClient('127.0.0.1:1'), ['a']);

      await expect(opened).rejects.toBeInstanceOf(KafkaError);
      await expect(opened).rejects.toThrow(/Kafka at 127.0.0.1:1 cannot be reached: .*ECONNREFUSED.*kafka.brokers/);
    },
    TIMEOUT_MS,
  );
});

test(
  'what is written while the broker is killed and started again is all there',
  async () => {
    const own = await startKafka();
    try {
      const client = kafkaClient(own.address, { request_timeout: '5s' });
      const topic = await createTopic(client.kafka);
      const { producer, retries } = await openProducer(client, [topic]);
      let settled = 0;
      let killed: Promise<void> | undefined;
      for (let number = 0; number < 3000; number += 1) {
        const value = Buffer.alloc(20_000, `${number} `);
        await producer.add({ topic, key: bytes('mx1'), value }, () => (settled += 1));
        if (number === 1000) killed = own.kill().then(() => own.start());
      }
      await producer.flush();
      await killed;
      await producer.close();

      expect(settled).toBe(3000);
      expect(retries).not.toEqual([]);
      const numbers = new Set((await readTopic(client.kafka, topic)).map(({ value }) => parseInt(String(value), 10)));
      expect(numbers.size).toBe(3000);
    } finally {
      await own.stop();
    }
  },
  START_TIMEOUT_MS + TIMEOUT_MS,
);
