import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { Kafka, Transaction } from 'kafkajs';
import { readRanges } from '../../src/kafka/read-ranges.js';
import { findKafka } from '../servers/kafka.js';
import type { Server } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { groupConfig, join } from '../support/kafka-group.js';
import { createTopic, kafkaClient, withAdmin } from '../support/kafka.js';

const TIMEOUT_MS = 60_000;
const READ = { timeoutMs: 30_000, maxBytesPerPartition: 100_000 };

let server: Server;
let kafka: Kafka;
beforeAll(async () => {
  server = await findKafka();
  ({ kafka } = kafkaClient(server.address));
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

/** Two producers that write in turn, each in a transaction of its own, and one that writes in none. */
const WRITERS = ['a', 'b'] as const;
type Writer = (typeof WRITERS)[number] | 'plain';
type Step =
  | readonly [writer: Writer, value: string, key?: Buffer]
  | readonly [writer: Writer, end: 'commit' | 'abort', end: true];

/** A key that kafkajs takes for the end of a transaction that was taken back. */
const ZEROS = Buffer.alloc(4);

async function run(steps: readonly Step[]): Promise<string> {
  const topic = await createTopic(kafka);
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
  const plain = kafka.producer({ createPartitioner });
  await plain.connect();
  const producers = new Map(
    await Promise.all(
      WRITERS.map(async (writer) => {
        const settings = { idempotent: true, maxInFlightRequests: 1, transactionalId: `${topic}-${writer}` };
        const producer = kafka.producer({ ...settings, createPartitioner });
        await producer.connect();
        return [writer, producer] as const;
      }),
    ),
  );
  const open = new Map<Writer, Transaction>();
  const begin = async (writer: Writer): Promise<Transaction> => {
    const producer = writer === 'plain' ? undefined : producers.get(writer);
    if (producer === undefined) throw new Error(`${writer} has no transactions.`);
    const transaction = open.get(writer) ?? (await producer.transaction());
    open.set(writer, transaction);
    return transaction;
  };
  for (const [writer, what, third] of steps) {
    if (third === true) {
      const transaction = await begin(writer);
      await (what === 'commit' ? transaction.commit() : transaction.abort());
      open.delete(writer);
      continue;
    }
    const messages = [{ key: third ?? Buffer.from('k'), value: what }];
    await (writer === 'plain' ? plain : await begin(writer)).send({ topic, messages });
  }
  await Promise.all([plain, ...producers.values()].map((producer) => producer.disconnect()));
  return topic;
}

test.each<readonly [what: string, steps: readonly Step[], kept: readonly string[]]>([
  [
    'one of two is taken back',
    [
      ['a', 'a0'],
      ['b', 'b0'],
      ['plain', 'p0'],
      ['a', 'a1'],
      ['b', 'b1'],
      ['b', 'commit', true],
      ['a', 'a2'],
      ['a', 'abort', true],
      ['a', 'a3'],
      ['a', 'commit', true],
    ],
    ['b0', 'p0', 'b1', 'a3'],
  ],
  [
    'both are taken back, the second one first',
    [
      ['a', 'a0'],
      ['b', 'b0'],
      ['a', 'a1'],
      ['b', 'abort', true],
      ['a', 'a2'],
      ['b', 'b1'],
      ['a', 'abort', true],
      ['b', 'commit', true],
      ['plain', 'p0'],
    ],
    ['b1', 'p0'],
  ],
  [
    'one that is taken back has a key of four zero bytes, and so has one that stays',
    [
      ['b', 'b0', ZEROS],
      ['a', 'a0', ZEROS],
      ['a', 'a1'],
      ['plain', 'p0', ZEROS],
      ['a', 'a2'],
      ['a', 'abort', true],
      ['b', 'commit', true],
    ],
    ['b0', 'p0'],
  ],
])(
  'where %s, a group and a read of ranges give what is committed, and nothing else',
  async (_what, steps, kept) => {
    const topic = await run(steps);
    const source = `${topic}/0`;
    const member = await join(server.address, groupConfig([topic]));
    await member.until(() => member.seen.at(-1)?.caughtUp.has(source) === true);
    await member.source.stop();
    const read: string[] = [];
    const ends = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
    const count = Number(ends[0]?.high);
    await readRanges(kafka, [{ topic, partition: 0, offset: 0, count }], READ, ({ value }) => read.push(String(value)));

    expect(count).toBe(steps.length);
    expect(member.current().values).toEqual(kept);
    expect(read).toEqual(kept);
  },
  TIMEOUT_MS,
);

test(
  'a read that begins in the middle of a transaction that was taken back gives nothing of it',
  async () => {
    const topic = await run([
      ['a', 'a0'],
      ['b', 'b0'],
      ['a', 'a1'],
      ['b', 'b1'],
      ['b', 'abort', true],
      ['a', 'a2'],
      ['a', 'abort', true],
      ['plain', 'p0'],
    ]);
    const read: string[] = [];
    await readRanges(kafka, [{ topic, partition: 0, offset: 2, count: 6 }], READ, ({ value }) =>
      read.push(String(value)),
    );

    expect(read).toEqual(['p0']);
  },
  TIMEOUT_MS,
);
