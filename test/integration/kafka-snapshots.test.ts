import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KafkaSink } from '../../src/commands/kafka-sink.js';
import { Correlator } from '../../src/core/correlate.js';
import type { SnapshotPart } from '../../src/core/correlate.js';
import { MINUTE_MS } from '../../src/core/time.js';
import { KafkaSnapshots } from '../../src/kafka/snapshots.js';
import { findKafka } from '../servers/kafka.js';
import type { Server } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { NOON, connect, query } from '../support/events.js';
import { createTopic, kafkaClient, withAdmin } from '../support/kafka.js';
import { AGGREGATE, CORRELATE, identityOf } from '../support/runs.js';
import { partialsOf } from '../support/partials.js';

const TIMEOUT_MS = 60_000;
const identity = identityOf([{}]);

let server: Server;
beforeAll(async () => {
  server = await findKafka();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

interface Store {
  readonly topic: string;
  readonly source: string;
  readonly snapshots: KafkaSnapshots;
  readonly close: () => Promise<void>;
}

/** A store in a topic, a new one by default, with a producer of its own. */
async function openStore(given?: string): Promise<Store> {
  const { kafka, settings } = kafkaClient(server.address);
  const topic = given ?? (await createTopic(kafka, { numPartitions: 2 }));
  const sink = await KafkaSink.open(
    { snapshots: topic },
    { settings, secret: undefined, tls: {} },
    { tell: () => undefined },
  );
  const snapshots = new KafkaSnapshots({ kafka, topic, sink, newId: randomUUID, signal: new AbortController().signal });
  return { topic, source: 'partials/1', snapshots, close: () => sink.close() };
}

async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore();
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

/** What a correlator remembers in the middle of a log. */
function remembered(): readonly SnapshotPart[] {
  const events = Array.from({ length: 600 }, (_, at) => {
    const time = NOON + at * MINUTE_MS;
    return at % 2 === 0 ? connect({ time, client_address: `198.51.100.${at % 200}` }) : query({ time, id: at });
  });
  const acts = [
    { source: 0, does: 'take', count: 500 },
    { source: 0, does: 'send', count: 0 },
  ] as const;
  const records = partialsOf([events], acts, { identity, aggregate: AGGREGATE, chunkRecords: 100 });
  const correlator = new Correlator({ ...CORRELATE, provisional: true }, identity);
  for (const [place, record] of records.slice(0, -1).entries())
    if (record.kind === 'contribution') correlator.contribute(record.contribution);
    else for (const result of correlator.mark(record.mark, place)) expect(result.alerts).toEqual([]);
  return [...correlator.snapshot()];
}

/** Parts that do not get smaller when they are packed. */
function large(bytes: number): readonly SnapshotPart[] {
  const [sources] = remembered();
  if (sources?.kind !== 'sources') throw new TypeError('The first part is that of the sources.');
  const names = (count: number): string[] => Array.from({ length: count }, () => randomBytes(500).toString('base64'));
  return Array.from({ length: Math.ceil(bytes / 100_000) }, () => ({ ...sources, expected: names(150) }));
}

describe('a snapshot comes back as it was written', () => {
  test(
    'that of a correlator, from which a new one goes on',
    () =>
      withStore(async ({ snapshots, source }) => {
        const parts = remembered();
        const { place, bytes } = await snapshots.write(source, parts);
        const back = await snapshots.read(source, place);
        const restored = new Correlator({ ...CORRELATE, provisional: true }, identity);
        restored.restore(back ?? []);

        expect(back).toEqual(parts);
        expect([...restored.snapshot()]).toEqual(parts);
        expect(bytes).toBeGreaterThan(100);
      }),
    TIMEOUT_MS,
  );

  test(
    'one of many megabytes, in records that a broker takes',
    () =>
      withStore(async ({ snapshots, source }) => {
        const parts = large(9_000_000);
        const { place, bytes } = await snapshots.write(source, parts);

        expect(bytes).toBeGreaterThan(6_000_000);
        expect(place.count).toBeGreaterThan(bytes / 1_000_000);
        expect(await snapshots.read(source, place)).toEqual(parts);
      }),
    TIMEOUT_MS,
  );

  test(
    'one without parts',
    () =>
      withStore(async ({ snapshots, source }) => {
        const { place, bytes } = await snapshots.write(source, []);

        expect([place.count, bytes]).toEqual([0, 0]);
        expect(await snapshots.read(source, place)).toEqual([]);
      }),
    TIMEOUT_MS,
  );

  test(
    'those of two writers at the same time, between whose records are the other one’s',
    () =>
      withStore(async (one) => {
        const other = await openStore(one.topic);
        const [first, second] = [large(3_000_000), large(3_000_000)];
        const [a, b] = await Promise.all([
          one.snapshots.write(one.source, first),
          other.snapshots.write(one.source, second),
        ]);
        await other.close();

        expect(await one.snapshots.read(one.source, a.place)).toEqual(first);
        expect(await one.snapshots.read(one.source, b.place)).toEqual(second);
      }),
    TIMEOUT_MS,
  );
});

describe('nothing comes back', () => {
  test(
    'of one that is not what its place says',
    () =>
      withStore(async ({ snapshots, source }) => {
        const { place } = await snapshots.write(source, large(2_000_000));
        const damaged = [
          { ...place, checksum: place.checksum.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) },
          { ...place, count: place.count + 1 },
          { ...place, count: place.count - 1 },
          { ...place, id: randomUUID() },
          { ...place, to: place.to - 1 },
          { ...place, from: place.from + 1 },
          { ...place, to: place.to + 1 },
        ];

        for (const other of damaged) expect(await snapshots.read(source, other)).toBeUndefined();
        expect(await snapshots.read('partials/0', place)).toBeUndefined();
        expect(await snapshots.read(source, place)).toBeDefined();
      }),
    TIMEOUT_MS,
  );

  test(
    'of one that retention has passed',
    () =>
      withStore(async ({ snapshots, source, topic }) => {
        const { place } = await snapshots.write(source, large(2_000_000));
        await withAdmin(kafkaClient(server.address).kafka, async (admin) => {
          await admin.fetchTopicOffsets(topic);
          const partitions = [{ partition: 1, offset: String(place.from + 1) }];
          await admin.deleteTopicRecords({ topic, partitions });
        });

        expect(await snapshots.read(source, place)).toBeUndefined();
      }),
    TIMEOUT_MS,
  );
});
