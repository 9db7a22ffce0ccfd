import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { Kafka } from 'kafkajs';
import { KafkaError } from '../../src/kafka/errors.js';
import { GenerationOver } from '../../src/kafka/generation-run.js';
import type { GroupConfig } from '../../src/kafka/source.js';
import type { Position } from '../../src/stages/ports.js';
import { startKafka } from '../servers/kafka.js';
import type { OwnServer } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { enter, groupConfig, join } from '../support/kafka-group.js';
import type { Joined, Seen } from '../support/kafka-group.js';
import { createTopic, kafkaClient, withAdmin } from '../support/kafka.js';

const TIMEOUT_MS = 60_000;

let server: OwnServer;
let kafka: Kafka;
beforeAll(async () => {
  // Members that are lost are found out soon.
  server = await startKafka({ 'group.min.session.timeout.ms': '1000' });
  ({ kafka } = kafkaClient(server.address));
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

async function write(topic: string, partition: number, values: readonly string[], client = kafka): Promise<void> {
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: 'k', value, partition })) });
  await producer.disconnect();
}

async function topicWith(counts: readonly number[]): Promise<string> {
  const topic = await createTopic(kafka, { numPartitions: counts.length });
  for (const [partition, count] of counts.entries())
    if (count > 0)
      await write(
        topic,
        partition,
        numbers(0, count).map((n) => `${partition}-${n}`),
      );
  return topic;
}

async function committed({
  groupId,
  topics,
}: GroupConfig): Promise<readonly { offset: string; metadata: string | null }[]> {
  const [offsets] = await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId, topics: [...topics] }));
  return (offsets?.partitions ?? [])
    .sort((a, b) => a.partition - b.partition)
    .map(({ offset, metadata }) => ({ offset, metadata }));
}

async function groupState(groupId: string): Promise<string | undefined> {
  const { groups } = await withAdmin(kafka, (admin) => admin.describeGroups([groupId]));
  return groups[0]?.state;
}

const offsetsOf = (seen: Seen, source: string): readonly number[] =>
  (seen.records.get(source) ?? []).map(({ offset }) => offset);
const at = (source: string, offset: number, note = ''): Position => ({ source, offset, note });
const range = (from: number, to: number): readonly number[] => numbers(from, to).map(Number);

/** A promise, and what resolves it. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

const hasAll = (joined: Joined, count: number): boolean => joined.seen.at(-1)?.values.length === count;

describe('generations', () => {
  test(
    'a member reads all partitions of several topics from their start, in order',
    async () => {
      const topics = [await topicWith([300, 200]), await topicWith([100])];
      const config = groupConfig(topics);
      const member = await join(server.address, config);
      await member.until(() => hasAll(member, 600));
      await member.source.stop();
      await member.source.finished;

      const seen = member.current();
      const sources = [`${topics[0] ?? ''}/0`, `${topics[0] ?? ''}/1`, `${topics[1] ?? ''}/0`];
      expect(member.seen).toHaveLength(1);
      expect([...seen.sources].sort()).toEqual([...sources].sort());
      expect([...seen.given.allSources].sort()).toEqual([...sources].sort());
      expect(sources.map((source) => offsetsOf(seen, source))).toEqual([range(0, 300), range(0, 200), range(0, 100)]);
      expect(seen.given.assigned.find(({ source }) => source === sources[0])).toEqual({
        source: sources[0],
        committed: undefined,
        startOffset: 0,
        endOffset: 300,
      });
      expect(await committed(config)).toEqual([
        { offset: '-1', metadata: null },
        { offset: '-1', metadata: null },
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    'each joining and leaving begins a new generation at what is committed, and ends the one before',
    async () => {
      const topic = await topicWith([100, 100]);
      const config = groupConfig([topic]);
      const [zero, one] = [`${topic}/0`, `${topic}/1`];
      const first = await join(server.address, config, {
        tick: async ({ values, given, ticks }) => {
          if (values.length === 200 && ticks > 0) await given.member.commit([at(zero, 60), at(one, 70)]);
        },
      });
      await first.until(() => hasAll(first, 200));
      const alone = first.current();
      await first.until(() => alone.ticks > 3);
      const ticksThen = alone.ticks;
      const second = await join(server.address, config);
      await first.until(
        () => first.current() !== alone && hasAll(first, first.current().sources[0] === zero ? 40 : 30),
      );
      await second.until(() => hasAll(second, second.current().sources[0] === zero ? 40 : 30));
      const [ours, theirs] = [first.current(), second.current()];

      expect([...ours.sources, ...theirs.sources].sort()).toEqual([zero, one]);
      expect(ours.given.allSources).toEqual([zero, one]);
      expect(alone.given.member.signal.aborted).toBe(true);
      expect(alone.ends).toBe(0);
      expect(ticksThen).toBeGreaterThan(3);
      for (const { sources } of [ours, theirs]) expect(sources).toHaveLength(1);

      await second.source.stop();
      expect(theirs.ends).toBe(1);
      await first.until(() => first.current() !== ours && hasAll(first, 70));
      expect(offsetsOf(first.current(), zero)).toEqual(range(60, 100));
      expect(offsetsOf(first.current(), one)).toEqual(range(70, 100));
      expect(alone.values).toHaveLength(200);
      await first.source.stop();
    },
    TIMEOUT_MS,
  );

  test(
    'a commit of a generation that is over is refused, in a take and in a tick, and the member lives on',
    async () => {
      const topic = await topicWith([50]);
      const config = groupConfig([topic]);
      const source = `${topic}/0`;
      const refusals: unknown[] = [];
      const late = async ({ given }: Seen): Promise<void> => {
        await aborted(given.member.signal);
        await given.member.commit([at(source, 50, 'late')]).catch((error: unknown) => {
          refusals.push(error);
          throw error;
        });
      };
      for (const call of ['take', 'tick']) {
        let isFirst = true;
        const member = await join(server.address, config, {
          [call]: async (...args: unknown[]) => {
            const seen = member.current();
            if (args.length > 0 && isFirst && seen.hasBegun) {
              isFirst = false;
              await late(seen);
            }
          },
        });
        await member.until(() => !isFirst);
        const second = await join(server.address, config);
        await member.until(() => member.seen.length > 1);
        await second.source.stop();
        await member.until(() => hasAll(member, 50));
        await member.source.stop();
        await member.source.finished;
      }

      expect(refusals).toHaveLength(2);
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(GenerationOver);
      expect(await committed(config)).toEqual([{ offset: '-1', metadata: null }]);
    },
    TIMEOUT_MS,
  );

  test(
    'a member without partitions has a generation all the same',
    async () => {
      const topic = await topicWith([10]);
      const config = groupConfig([topic]);
      const members = [await join(server.address, config), await join(server.address, config)];
      for (const member of members)
        await member.until(() => {
          const { sources, values, ticks } = member.current();
          const isAlone = member.seen.some(({ given }) => given.member.signal.aborted);
          return ticks > 2 && values.length === 10 * sources.length && (isAlone || member === members[1]);
        });

      expect(members.map((member) => member.current().sources.length).sort()).toEqual([0, 1]);
      for (const member of members) expect(member.current().given.allSources).toEqual([`${topic}/0`]);
      await Promise.all(members.map((member) => member.source.stop()));
    },
    TIMEOUT_MS,
  );

  test(
    'one that says it is over while the member is in the group begins anew',
    async () => {
      const topic = await topicWith([10]);
      const member = await join(server.address, groupConfig([topic]), {
        take: (_, { given, index }) => {
          if (index === 0) throw new GenerationOver('as a test');
          given.member.signal.throwIfAborted();
        },
      });
      await member.until(() => member.seen.length === 2 && hasAll(member, 10));
      expect(member.seen[0]?.given.member.signal.aborted).toBe(true);
      await member.source.stop();
      await member.source.finished;
    },
    TIMEOUT_MS,
  );

  test(
    'a take that waits for ever does not keep the next generation',
    async () => {
      const topic = await topicWith([10, 10]);
      const config = groupConfig([topic]);
      const never = gate();
      const first = await join(server.address, config, {
        take: (_, { index }) => (index === 0 ? never.passed : undefined),
      });
      await first.until(() => first.current().values.length > 0);
      const second = await join(server.address, config);
      await first.until(() => first.seen.length > 1 && hasAll(first, 10));
      await second.until(() => hasAll(second, 10));
      await Promise.all([first.source.stop(), second.source.stop()]);
      never.open();
    },
    TIMEOUT_MS,
  );

  test.each([
    ['TypeError', 'begin'],
    ['TypeError', 'take'],
    ['TypeError', 'tick'],
    ['Error', 'begin'],
    ['Error', 'take'],
    ['Error', 'tick'],
  ])(
    'a %s in %s ends the source with it, out of the group, and is tried but once',
    async (name, call) => {
      const config = groupConfig([await topicWith([10])]);
      const error = name === 'Error' ? new Error('wrong') : new TypeError('wrong');
      let calls = 0;
      const member = await join(server.address, config, {
        [call]: () => {
          calls += 1;
          throw error;
        },
      });

      await expect(member.source.finished).rejects.toBe(error);
      expect(calls).toBe(1);
      expect(member.restarts).toEqual([]);
      expect(await groupState(config.groupId)).toBe('Empty');
      await member.source.stop();
    },
    TIMEOUT_MS,
  );
});

describe('membership', () => {
  test(
    'lasts while a take is longer than the session',
    async () => {
      const topic = await topicWith([10]);
      const config = groupConfig([topic], { sessionTimeoutMs: 2000 });
      const member = await join(server.address, config, {
        take: async (_, { given }) => {
          const startMs = performance.now();
          await member.until(() => performance.now() - startMs > 2 * config.sessionTimeoutMs);
          await given.member.commit([at(`${topic}/0`, 10, 'after')]);
        },
      });
      await member.until(() => member.seen[0]?.nextOffsets.size === 1);

      expect(member.seen).toHaveLength(1);
      expect(await committed(config)).toEqual([{ offset: '10', metadata: 'after' }]);
      await member.source.stop();
    },
    TIMEOUT_MS,
  );

  test(
    'of one that stands still for longer than its session is over: its commit is refused, and it joins again',
    async () => {
      const topic = await topicWith([10, 10]);
      const config = groupConfig([topic]);
      const refusals: unknown[] = [];
      const still = new Int32Array(new SharedArrayBuffer(4));
      const lively = await join(server.address, config);
      const sleepy = await join(
        server.address,
        { ...config, sessionTimeoutMs: 1000 },
        {
          take: async (_, { given, sources }) => {
            if (refusals.length > 0) return;
            // All of the process stands still, so that no heartbeat goes out.
            Atomics.wait(still, 0, 0, 3000);
            await given.member.commit([at(sources[0] ?? '', 5, 'zombie')]).catch((error: unknown) => {
              refusals.push(error);
              throw error;
            });
          },
        },
      );
      await sleepy.until(() => refusals.length > 0 && sleepy.seen.length > 1 && hasAll(sleepy, 10));
      await lively.until(() => hasAll(lively, 10));

      expect(refusals[0]).toBeInstanceOf(GenerationOver);
      expect(await committed(config)).toEqual([
        { offset: '-1', metadata: null },
        { offset: '-1', metadata: null },
      ]);
      await Promise.all([lively.source.stop(), sleepy.source.stop()]);
    },
    TIMEOUT_MS,
  );

  test(
    'ends with stop after the generation has committed, and at once',
    async () => {
      const topic = await topicWith([10]);
      const config = groupConfig([topic]);
      const member = await join(server.address, config, {
        end: ({ given }) => given.member.commit([at(`${topic}/0`, 7, 'last')]),
      });
      await member.until(() => hasAll(member, 10));
      await member.source.stop();
      await member.source.finished;

      expect(await committed(config)).toEqual([{ offset: '7', metadata: 'last' }]);
      expect(await groupState(config.groupId)).toBe('Empty');
    },
    TIMEOUT_MS,
  );

  test(
    'may be ended before it has begun',
    async () => {
      const config = groupConfig([await topicWith([10])]);
      const member = await enter(server.address, config);
      await member.source.stop();
      await member.source.finished;

      expect(['Empty', 'Dead']).toContain(await groupState(config.groupId));
    },
    TIMEOUT_MS,
  );
});

describe('positions', () => {
  test(
    'come back with their notes, also those of other members',
    async () => {
      const topic = await topicWith([10, 10, 10]);
      const config = groupConfig([topic]);
      const sources = [`${topic}/0`, `${topic}/1`, `${topic}/2`];
      const note = JSON.stringify({ epoch: 1, watermark: 17592186044417, name: 'Ä' });
      const first = await join(server.address, config);
      await first.until(() => hasAll(first, 30));
      const { member } = first.current().given;
      await member.commit([at(sources[0] ?? '', 3, note), at(sources[1] ?? '', 0)]);
      expect(await member.groupPositions()).toEqual(
        new Map(
          [at(sources[0] ?? '', 3, note), at(sources[1] ?? '', 0)].map((position) => [position.source, position]),
        ),
      );
      await first.source.stop();
      await expect(member.commit([at(sources[0] ?? '', 4)])).rejects.toBeInstanceOf(GenerationOver);

      const second = await join(server.address, config);
      await second.until(() => hasAll(second, 27));
      expect(second.current().given.assigned.map(({ committed: position }) => position)).toEqual([
        at(sources[0] ?? '', 3, note),
        at(sources[1] ?? '', 0),
        undefined,
      ]);
      await second.source.stop();
    },
    TIMEOUT_MS,
  );

  test(
    'a note that the broker finds too long is an error, not tried for ever',
    async () => {
      const topic = await topicWith([10]);
      const member = await join(server.address, groupConfig([topic]), {
        tick: ({ given }) => given.member.commit([at(`${topic}/0`, 1, 'x'.repeat(10_000))]),
      });

      await expect(member.source.finished).rejects.toBeInstanceOf(KafkaError);
    },
    TIMEOUT_MS,
  );

  test(
    'an offset that retention has passed begins a new generation, which is told, and keeps what was committed',
    async () => {
      const topic = await topicWith([100]);
      const config = groupConfig([topic], { maxBytesPerPartition: 100 });
      const source = `${topic}/0`;
      const held = gate();
      const member = await join(server.address, config, {
        begin: async ({ given, index }) => {
          if (index > 0) return;
          given.member.pause([source]);
          await given.member.commit([at(source, 10, 'kept')]);
          held.open();
        },
      });
      await held.passed;
      await member.until(() => member.current().ticks > 2);
      expect(member.current().values).toEqual([]);
      await withAdmin(kafka, async (admin) => {
        // It looks for the leader in what it has asked for before.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '40' }] });
      });
      member.current().given.member.resume([source]);
      await member.until(() => member.seen.length === 2 && hasAll(member, 60));

      expect(member.current().given.assigned).toEqual([
        { source, committed: at(source, 10, 'kept'), startOffset: 40, endOffset: 100 },
      ]);
      expect(offsetsOf(member.current(), source)).toEqual(range(40, 100));
      expect(await committed(config)).toEqual([{ offset: '10', metadata: 'kept' }]);
      await member.source.stop();
      await member.source.finished;
    },
    TIMEOUT_MS,
  );
});

describe('pauses', () => {
  test(
    'nothing comes of a paused partition until it is resumed, and a new generation knows of none',
    async () => {
      const topic = await topicWith([20, 20]);
      const config = groupConfig([topic]);
      const [zero, one] = [`${topic}/0`, `${topic}/1`];
      const first = await join(server.address, config, {
        begin: ({ given, index }) => given.member.pause(index === 0 ? [zero] : []),
        tick: ({ caughtUp, index }) => {
          if (index === 0) expect(caughtUp).not.toContain(zero);
        },
      });
      await first.until(() => first.current().caughtUp.has(one));
      const alone = first.current();
      expect(offsetsOf(alone, zero)).toEqual([]);
      expect(offsetsOf(alone, one)).toEqual(range(0, 20));

      const second = await join(server.address, config);
      await first.until(() => first.seen.length > 1 && hasAll(first, 20));
      await second.source.stop();
      await first.until(() => first.seen.length > 2 && hasAll(first, 40));
      const { member } = first.current().given;
      member.pause([zero, one]);
      member.resume([one]);
      await write(topic, 0, ['held']);
      await write(topic, 1, ['more']);
      await first.until(() => hasAll(first, 41));
      expect(first.current().values.at(-1)).toBe('more');
      member.resume([zero]);
      await first.until(() => hasAll(first, 42));
      expect(first.current().values.at(-1)).toBe('held');
      await first.source.stop();
      await first.source.finished;
    },
    TIMEOUT_MS,
  );
});

describe('partitions that are added to a topic', () => {
  test(
    'are read from their start by members that are there, which go on where they were',
    async () => {
      const topic = await topicWith([10]);
      const config = groupConfig([topic]);
      const zero = `${topic}/0`;
      const member = await join(server.address, config, {
        tick: async ({ values, given }) => {
          if (values.length === 10) await given.member.commit([at(zero, 6, 'noted')]);
        },
      });
      await member.until(() => hasAll(member, 10) && member.current().ticks > 2);
      await withAdmin(kafka, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }));
      await withAdmin(kafka, async (admin) => {
        // A partition that was just made may have no leader yet.
        while ((await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length !== 3);
      });
      await write(topic, 2, ['first', 'second']);
      await member.until(() => member.current().sources.length === 3 && hasAll(member, 6));

      const { given, values } = member.current();
      expect(given.allSources).toEqual([zero, `${topic}/1`, `${topic}/2`]);
      expect([...values].sort()).toEqual(['0-6', '0-7', '0-8', '0-9', 'first', 'second']);
      expect(given.assigned.find(({ source }) => source === zero)?.committed).toEqual(at(zero, 6, 'noted'));
      await member.until(() => member.current().caughtUp.size === 3);
      await member.source.stop();
      await member.source.finished;
    },
    TIMEOUT_MS,
  );
});

describe('the end of a partition', () => {
  test(
    'is told where nothing ever was, and where all was taken',
    async () => {
      const topic = await topicWith([0, 5]);
      const [zero, one] = [`${topic}/0`, `${topic}/1`];
      let isWrong = false;
      const member = await join(server.address, groupConfig([topic]), {
        tick: ({ caughtUp, records }) => {
          isWrong ||= caughtUp.has(one) && records.get(one)?.length !== 5;
        },
      });
      await member.until(() => member.seen.at(-1)?.caughtUp.size === 2);
      await write(topic, 0, ['first']);
      await member.until(() => hasAll(member, 6));
      await member.until(() => member.current().caughtUp.has(zero));

      expect(isWrong).toBe(false);
      await member.source.stop();
      await member.source.finished;
    },
    TIMEOUT_MS,
  );

  test(
    'is not told of a partition that nobody looks at while records of another one are taken',
    async () => {
      const topic = await topicWith([0, 0]);
      const one = `${topic}/1`;
      const config = groupConfig([topic]);
      let told: boolean | undefined;
      const hold = gate();
      const member = await join(server.address, config, {
        take: async ({ source }) => {
          if (source !== one) await hold.passed;
        },
        tick: ({ caughtUp, values }) => {
          if (values.length > 0) told ??= caughtUp.has(one);
        },
      });
      await member.until(() => member.seen.at(-1)?.caughtUp.size === 2);
      await write(topic, 0, ['long']);
      await member.until(() => hasAll(member, 1));
      await write(topic, 1, ['waiting']);
      const startMs = performance.now();
      await member.until(() => performance.now() - startMs > 2 * config.maxWaitMs);
      hold.open();
      await member.until(() => hasAll(member, 2) && member.current().caughtUp.size === 2);

      expect(told).toBe(false);
      await member.source.stop();
    },
    TIMEOUT_MS,
  );

  test(
    'is found behind the markers of transactions, and what was taken back never comes',
    async () => {
      const topic = await topicWith([0]);
      const source = `${topic}/0`;
      const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        transactionalId: `id-${topic}`,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      });
      await producer.connect();
      for (const [value, isKept] of [
        ['a', true],
        ['b', false],
        ['c', true],
        ['d', false],
      ] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ key: 'k', value }] });
        await (isKept ? transaction.commit() : transaction.abort());
      }
      const member = await join(server.address, groupConfig([topic]));
      await member.until(() => member.seen.at(-1)?.caughtUp.has(source) === true);
      expect(member.current().values).toEqual(['a', 'c']);

      const open = await producer.transaction();
      await open.send({ topic, messages: [{ key: 'k', value: 'e' }] });
      await member.until(() => !member.current().caughtUp.has(source));
      expect(member.current().values).toEqual(['a', 'c']);
      await open.commit();
      await member.until(() => hasAll(member, 3) && member.current().caughtUp.has(source));
      await producer.disconnect();
      await write(topic, 0, ['f']);
      await member.until(() => hasAll(member, 4));
      expect(offsetsOf(member.current(), source)).toEqual([0, 4, 8, 10]);
      expect(member.seen).toHaveLength(1);
      await member.source.stop();
    },
    TIMEOUT_MS,
  );
});

test(
  'keys and values are slices of what was fetched, with the time of the broker',
  async () => {
    const topic = await topicWith([10]);
    const member = await join(server.address, groupConfig([topic]));
    await member.until(() => hasAll(member, 10));
    await member.source.stop();

    const records = member.current().records.get(`${topic}/0`) ?? [];
    expect(new Set(records.map(({ value }) => value?.buffer)).size).toBe(1);
    expect(records.map(({ key }) => String(key))).toEqual(Array(10).fill('k'));
    for (const { timeMs } of records) expect(Math.abs(timeMs - Date.now())).toBeLessThan(TIMEOUT_MS);
  },
  TIMEOUT_MS,
);

describe('a source that cannot be', () => {
  test(
    'read any more, as its topic was deleted, ends with an error',
    async () => {
      const topic = await topicWith([10]);
      const config = groupConfig([topic]);
      const member = await join(server.address, config);
      await member.until(() => hasAll(member, 10));
      await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] }));

      await expect(member.source.finished).rejects.toBeInstanceOf(KafkaError);
      expect(await groupState(config.groupId)).toBe('Empty');
    },
    TIMEOUT_MS,
  );

  test('without its topics says which are missing, and what makes them', async () => {
    const joined = join(server.address, groupConfig(['not-there-1']));

    await expect(joined).rejects.toBeInstanceOf(KafkaError);
    await expect(joined).rejects.toThrow(/no topic not-there-1.* mxwarden setup/);
  });

  test.each(['compact', 'compact,delete'])(
    'with a topic that is compacted (%s) says so, and what to do',
    async (value) => {
      const kept = await topicWith([1]);
      const topic = await createTopic(kafka, { configEntries: [{ name: 'cleanup.policy', value }] });
      const joined = join(server.address, groupConfig([kept, topic]));

      await expect(joined).rejects.toBeInstanceOf(KafkaError);
      await expect(joined).rejects.toThrow(
        new RegExp(`compacts the topic ${topic}: .*Set its cleanup.policy to delete`),
      );
    },
  );

  test('without a broker says whom it cannot reach', async () => {
    const joined = join('127.0.0.1:1', groupConfig(['a']));

    await expect(joined).rejects.toThrow(/Kafka at 127.0.0.1:1 cannot be reached/);
  });
});

test(
  'a broker that is killed and started again is read on, and the group goes on where it was',
  async () => {
    const own = await startKafka();
    try {
      const client = kafkaClient(own.address, { request_timeout: '5s' }).kafka;
      const topic = await createTopic(client);
      const source = `${topic}/0`;
      await write(topic, 0, numbers(0, 100), client);
      const config = groupConfig([topic], { sessionTimeoutMs: 10_000 });
      let isKilled = false;
      const member = await join(own.address, config, {
        take: ({ nextOffset }, { given }) => given.member.commit([at(source, nextOffset, 'n')]),
        tick: async ({ values, given }) => {
          // In the middle of a tick's commit.
          if (isKilled) await given.member.commit([at(source, 100, 'tick')]);
          if (values.length === 0) return;
        },
      });
      await member.until(() => member.seen[0]?.nextOffsets.get(source) === 100);
      isKilled = true;
      await own.kill();
      await own.start();
      await write(topic, 0, numbers(100, 200), client);
      await member.until(() => member.seen.flatMap(({ values }) => values).includes('199'));
      await member.until(() => member.current().caughtUp.has(source));

      const all = new Set(member.seen.flatMap(({ values }) => values));
      expect([...all].sort()).toEqual([...numbers(0, 200)].sort());
      await member.source.stop();
      await member.source.finished;
    } finally {
      await own.stop();
    }
  },
  START_TIMEOUT_MS + TIMEOUT_MS,
);

test(
  'a pause lasts while kafkajs begins anew, as a broker is away for long',
  async () => {
    const own = await startKafka();
    try {
      const client = kafkaClient(own.address, { request_timeout: '5s' }).kafka;
      const topic = await createTopic(client, { numPartitions: 2 });
      const [held, open] = [`${topic}/0`, `${topic}/1`];
      await write(topic, 0, ['held'], client);
      const member = await join(own.address, groupConfig([topic]), {
        begin: ({ given }) => given.member.pause([held]),
      });
      await member.until(() => member.seen[0]?.caughtUp.has(open) === true);
      await own.kill();
      await member.until(() => member.restarts.length > 0);
      await own.start();
      await write(topic, 0, ['held as well'], client);
      await write(topic, 1, ['open'], client);
      await member.until(() => member.current().values.includes('open') && member.current().caughtUp.has(open));

      expect(member.seen.length).toBeGreaterThan(1);
      expect(member.seen.flatMap(({ records }) => records.get(held) ?? [])).toEqual([]);
      member.current().given.member.resume([held]);
      await member.until(() => hasAll(member, 3));
      await member.source.stop();
      await member.source.finished;
    } finally {
      await own.stop();
    }
  },
  START_TIMEOUT_MS + TIMEOUT_MS,
);
