import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Unwritable } from '../../src/stages/ports.js';
import { ElasticsearchWriter } from '../../src/elasticsearch/writer.js';
import { BulkServer } from '../support/bulk-server.js';
import type { Mood } from '../support/bulk-server.js';
import { HandWriter } from '../support/document-writer.js';
import { IndexRun, TOPICS, assignedOf, recordOf, take } from '../support/index-run.js';
import { VirtualTime } from '../support/virtual-time.js';

const ALERTS = `${TOPICS.alert}/0`;
const WINDOWS = `${TOPICS.correlation}/3`;
const REJECTED: Unwritable = { kind: 'dead', reason: 'rejected', text: '400 document_parsing_exception' };

function documentOf(id: string, version = 1): object {
  return { '@timestamp': '2026-11-23T02:05:00.000Z', event: { id }, mxwarden: { window: { version } } };
}

/** Records of documents `a0`, `a1` and so on, from an offset on. */
function recordsOf(count: number, from = 0) {
  return Array.from({ length: count }, (_, place) => recordOf(from + place, documentOf(`a${from + place}`)));
}

describe('an offset', () => {
  test('moves up to the first record that is not settled, about once a second', async () => {
    const writer = new HandWriter();
    const run = new IndexRun(writer);
    const generation = run.start([assignedOf(WINDOWS)]);
    await take(generation, WINDOWS, recordsOf(4));
    for (const id of ['a0', 'a1', 'a3']) writer.settle(id);

    await run.time.until(run.time.sleep(999));
    await generation.tick(new Set());
    expect(run.commits).toEqual([]);
    await run.time.until(run.time.sleep(1));
    await generation.tick(new Set());
    writer.settle('a2');
    await generation.tick(new Set());
    expect(run.commits).toEqual([{ source: WINDOWS, offset: 2, note: '' }]);
    await run.time.until(run.time.sleep(1000));
    await generation.tick(new Set());

    expect(run.committed).toEqual({ [WINDOWS]: 4 });
  });

  test('is told with what is left, until the partition is lost', async () => {
    const writer = new HandWriter();
    const run = new IndexRun(writer);
    const generation = run.start([assignedOf(WINDOWS), assignedOf(ALERTS, { endOffset: 9 })]);
    await generation.take({ source: WINDOWS, records: recordsOf(4), nextOffset: 4, endOffset: 50 });
    for (const id of ['a0', 'a1']) writer.settle(id);
    await run.time.until(run.time.sleep(1000));
    await generation.tick(new Set());

    expect(Object.fromEntries(run.states)).toEqual({
      [WINDOWS]: { next: 4, end: 50, committed: 2 },
      [ALERTS]: { next: 0, end: 9, committed: 0 },
    });
    run.lose();
    expect(run.states.size).toBe(0);
  });

  test('moves over what is no record', async () => {
    const run = new IndexRun(new HandWriter());
    const generation = run.start([assignedOf(WINDOWS)]);

    await generation.take({ source: WINDOWS, records: [], nextOffset: 7, endOffset: 7 });
    await run.time.until(generation.end());

    expect(run.committed).toEqual({ [WINDOWS]: 7 });
  });

  test('moves at the end to where all is settled that is settled soon', async () => {
    const writer = new HandWriter();
    const run = new IndexRun(writer);
    const generation = run.start([assignedOf(WINDOWS)]);
    await take(generation, WINDOWS, recordsOf(3));
    run.time.setTimer(1000, () => writer.settle('a0'));
    run.time.setTimer(2000, () => writer.settle('a2'));
    run.time.setTimer(60_000, () => writer.settle('a1'));

    await run.time.until(generation.end());

    expect(run.time.nowMs).toBe(5000);
    expect(run.committed).toEqual({ [WINDOWS]: 1 });
  });

  test('waits at the end for no longer than there is something to wait for', async () => {
    const writer = new HandWriter();
    const run = new IndexRun(writer);
    const generation = run.start([assignedOf(WINDOWS)]);
    await take(generation, WINDOWS, recordsOf(1));
    run.time.setTimer(1000, () => writer.settle('a0', REJECTED));
    run.bury = () => run.time.sleep(500);

    await run.time.until(generation.end());

    expect(run.time.nowMs).toBe(1500);
    expect(run.time.pending).toBe(0);
    expect(run.committed).toEqual({ [WINDOWS]: 1 });
  });

  test('once it is committed is committed no more', async () => {
    const writer = new HandWriter(Infinity, (id) => writer.settle(id));
    const run = new IndexRun(writer);
    const generation = run.start([assignedOf(WINDOWS)]);
    await take(generation, WINDOWS, recordsOf(2));

    for (let round = 0; round < 2; round += 1) await run.time.until(generation.end());

    expect(run.commits).toHaveLength(1);
  });
});

test.each([
  ['where the group is', { committed: 5 }, 5, []],
  ['at the start, for a group that is new', { committed: undefined }, 3, []],
  ['at the start, where records are gone', { committed: 1 }, 3, [{ source: ALERTS, fromOffset: 1, toOffset: 3 }]],
  ['at the start of a topic that was made anew', { committed: 10 }, 3, []],
  ['at the end', { committed: 9 }, 9, []],
])('it goes on %s', async (_, { committed }, expected, gaps) => {
  const run = new IndexRun(new HandWriter());
  const position = committed === undefined ? undefined : { source: ALERTS, offset: committed, note: '' };

  const generation = run.start([assignedOf(ALERTS, { committed: position, startOffset: 3, endOffset: 9 })]);

  expect([...(await generation.begin())]).toEqual([[ALERTS, expected]]);
  expect(run.gaps).toEqual(gaps);
});

test('a topic or a partition that is not ours is a bug', async () => {
  const run = new IndexRun(new HandWriter());

  expect(() => run.start([assignedOf('others/0')])).toThrow('others/0');
  await expect(take(run.start([assignedOf(WINDOWS)]), ALERTS, [])).rejects.toThrow(ALERTS);
});

test('nothing more is taken than there is room for', async () => {
  const writer = new HandWriter(2);
  const run = new IndexRun(writer);
  const generation = run.start([assignedOf(WINDOWS)]);
  let isTaken = false;
  const taking = take(generation, WINDOWS, recordsOf(4)).then(() => (isTaken = true));

  await run.time.until(run.time.sleep(5000));
  expect([writer.written.length, isTaken]).toEqual([2, false]);
  for (const id of ['a1', 'a0']) writer.settle(id);
  await run.time.until(taking);

  expect(writer.written).toHaveLength(4);
});

test('offsets move also while records wait for room', async () => {
  const writer = new HandWriter(1);
  const run = new IndexRun(writer);
  const generation = run.start([assignedOf(WINDOWS)]);
  const taking = take(generation, WINDOWS, recordsOf(3));

  await run.time.until(run.time.sleep(1500));
  writer.settle('a0');
  await run.time.until(run.time.sleep(1));

  expect(run.committed).toEqual({ [WINDOWS]: 1 });
  for (const id of ['a1', 'a2']) {
    writer.settle(id);
    await run.time.until(run.time.sleep(1));
  }
  await taking;
});

describe('a dead letter', () => {
  test.each([
    ['no JSON', Buffer.from('{"event":')],
    ['no object', Buffer.from('[{}]')],
    ['null', Buffer.from('null')],
    ['nothing', Buffer.alloc(0)],
    ['any bytes', Buffer.from([0, 0, 0, 0, 7, 0xff, 0xfe])],
    ['deep brackets', Buffer.from('['.repeat(500_000))],
    ['no value', undefined],
  ])('is a record of %s', async (_, value) => {
    const run = new IndexRun(new HandWriter());
    const generation = run.start([assignedOf(ALERTS)]);

    await take(generation, ALERTS, [recordOf(8, value)]);
    await run.time.until(generation.end());

    const key = Buffer.from('key 8');
    expect(run.letters).toEqual([{ origin: `${ALERTS}/8`, reason: 'unreadable', text: '', key, value }]);
    expect(run.counts).toEqual({ 'alert unreadable': 1, 'alert dead': 1 });
    expect(run.committed).toEqual({ [ALERTS]: 9 });
  });

  test('is a document that can never be written, in the bytes in which it came', async () => {
    const writer = new HandWriter();
    const run = new IndexRun(writer);
    const generation = run.start([assignedOf(WINDOWS)]);
    const record = recordOf(0, documentOf('a0'));
    const value = Buffer.from(record.value ?? '');
    await take(generation, WINDOWS, [record]);

    record.value?.fill(0);
    record.key?.fill(0);
    writer.settle('a0', REJECTED);
    await run.time.until(generation.end());

    const { reason, text } = REJECTED;
    expect(run.letters).toEqual([{ origin: `${WINDOWS}/0`, reason, text, key: Buffer.from('key 0'), value }]);
    expect(run.counts).toEqual({ 'correlation rejected': 1, 'correlation dead': 1 });
  });

  test('is settled once it is safe', async () => {
    const run = new IndexRun(new HandWriter());
    run.bury = () => run.time.sleep(60_000);
    const generation = run.start([assignedOf(WINDOWS)]);
    await take(generation, WINDOWS, [recordOf(0, undefined)]);

    await run.time.until(generation.end());
    expect(run.committed).toEqual({ [WINDOWS]: 0 });
    await run.time.until(run.time.sleep(60_000));
    await generation.tick(new Set());

    expect(run.committed).toEqual({ [WINDOWS]: 1 });
  });

  test('that cannot be kept stops everything, and no offset moves any more', async () => {
    const writer = new HandWriter(Infinity, (id) => writer.settle(id));
    const run = new IndexRun(writer);
    run.bury = () => run.time.sleep(10).then(() => Promise.reject(new Error('full')));
    const generation = run.start([assignedOf(WINDOWS)]);
    await take(generation, WINDOWS, [recordOf(0, documentOf('a0')), recordOf(1, undefined)]);

    await expect(run.time.until(run.time.sleep(10).then(() => generation.tick(new Set())))).rejects.toThrow('full');
    await expect(take(generation, WINDOWS, recordsOf(1, 2))).rejects.toThrow('full');
    await expect(run.time.until(generation.end())).rejects.toThrow('full');

    expect(run.commits).toEqual([]);
  });

  test('is waited for when many are not safe', async () => {
    const writer = new HandWriter();
    const run = new IndexRun(writer);
    run.bury = () => run.time.sleep(100);
    const generation = run.start([assignedOf(WINDOWS)]);
    const poison = Array.from({ length: 3000 }, (_, offset) => recordOf(offset, undefined));

    await run.time.until(take(generation, WINDOWS, poison));

    expect(run.time.nowMs).toBe(200);
    expect(run.letters.length).toBeGreaterThan(1000);
  });
});

describe('when the generation is over', () => {
  test.each([
    ['while it waits for room', 1],
    ['while it takes', Infinity],
  ])('%s, nothing is waited for or committed', async (_, roomFor) => {
    const writer = new HandWriter(roomFor);
    const run = new IndexRun(writer);
    const generation = run.start([assignedOf(WINDOWS)]);
    const taking = take(generation, WINDOWS, recordsOf(5));

    await run.time.until(run.time.sleep(2000));
    run.lose();
    await run.time.until(taking);
    for (const id of ['a0', 'a1']) writer.settle(id);
    await run.time.until(run.time.sleep(2000));
    await generation.tick(new Set());
    await run.time.until(generation.end());

    expect(run.commits).toEqual([]);
  });

  test('a commit that comes too late is told to whoever called', async () => {
    const writer = new HandWriter(Infinity, (id) => writer.settle(id));
    const run = new IndexRun(writer);
    run.onCommit = () => {
      throw new Error('over');
    };
    const generation = run.start([assignedOf(WINDOWS)]);
    await take(generation, WINDOWS, recordsOf(1));

    await expect(run.time.until(generation.end())).rejects.toThrow('over');
  });
});

describe('what is to be created but once', () => {
  test('is asked for, some at a time, and what is there is settled: a repeat may come at any time', async () => {
    const writer = new HandWriter(Infinity, (id) => writer.settle(id));
    const run = new IndexRun(writer);
    for (let place = 0; place < 1500; place += 2) writer.there.add(`a${place}`);
    const generation = run.start([assignedOf(ALERTS, { endOffset: 1400 })]);

    await take(generation, ALERTS, recordsOf(1200));
    await take(generation, ALERTS, recordsOf(800, 1200));
    await run.time.until(generation.end());

    expect(writer.asked).toEqual(['refresh alert', 1000, 200, 800]);
    expect(run.counts).toEqual({ 'alert there': 750, 'alert written': 1250 });
    expect(run.committed).toEqual({ [ALERTS]: 2000 });
  });

  test('is asked for again in the next generation', async () => {
    const writer = new HandWriter(Infinity, (id) => writer.settle(id));
    const run = new IndexRun(writer);
    await take(run.start([assignedOf(ALERTS)]), ALERTS, recordsOf(2));
    writer.there.add('a0');

    await take(run.start([assignedOf(ALERTS, { endOffset: 2 })]), ALERTS, recordsOf(2));

    expect(writer.asked).toEqual(['refresh alert', 2, 'refresh alert', 2]);
    expect(run.counts).toEqual({ 'alert there': 1, 'alert written': 3 });
  });

  test('and has no identity is left to the writer', async () => {
    const writer = new HandWriter();
    const run = new IndexRun(writer);

    await take(run.start([assignedOf(ALERTS, { endOffset: 1 })]), ALERTS, [recordOf(0, { event: { id: 7 } })]);

    expect(writer.asked).toEqual([]);
    expect(writer.written).toHaveLength(1);
  });
});

test('an alert says by what it is known now; other documents and alerts go as they came', async () => {
  const writer = new HandWriter();
  const run = new IndexRun(writer);
  const incident = { kind: 'auth_flood', last_seen: '2026-11-23T02:00:00.000Z' };
  const document = { event: { id: 'a' }, mxwarden: { subject: 'mail:mx1', incident } };
  const [generation, untilMs] = [run.start([assignedOf(ALERTS), assignedOf(WINDOWS)]), Date.UTC(2026, 11)];

  await take(generation, ALERTS, [recordOf(0, document)]);
  run.findKnown = ({ kind }) => (kind === 'auth_flood' ? { kind, untilMs, reason: 'audit' } : undefined);
  await take(generation, ALERTS, [recordOf(1, document)]);
  await take(generation, WINDOWS, [recordOf(0, document)]);

  const known = { reason: 'audit', until: '2026-12-01T00:00:00.000Z' };
  expect(writer.written).toEqual([
    { kind: 'alert', json: document },
    { kind: 'alert', json: { ...document, mxwarden: { ...document.mxwarden, known } } },
    { kind: 'correlation', json: document },
  ]);
});

test('a known alert that is nested too deeply is a dead letter', async () => {
  const run = new IndexRun(new HandWriter());
  run.findKnown = () => ({ kind: 'auth_flood', untilMs: 0, reason: 'audit' });
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const incident = '{"kind":"auth_flood","last_seen":"2026-11-23T02:00:00.000Z"}';
  const json = `{"event":{"id":"a"},"mxwarden":{"subject":"mail:mx1","incident":${incident}},"deep":${deep}}`;

  await take(run.start([assignedOf(ALERTS)]), ALERTS, [recordOf(0, Buffer.from(json))]);
  await run.time.until(run.time.sleep(1));

  expect(run.counts).toEqual({ 'alert unreadable': 1, 'alert dead': 1 });
});

test.each([
  ['stale', 5, undefined],
  ['stale', 5, 6],
  ['stale', 2 ** 44, 2 ** 45 - 1],
  ['older_epoch', 2 ** 44 - 1, 2 ** 44],
  ['older_epoch', 5, 511 * 2 ** 44],
  ['stale', 2 ** 44, 5],
])('%s: version %d where %s is stored', async (expected, version, stored) => {
  const writer = new HandWriter();
  const run = new IndexRun(writer);
  const generation = run.start([assignedOf(WINDOWS)]);
  await take(generation, WINDOWS, [recordOf(0, documentOf('a', version))]);

  writer.settle('a', { kind: 'stale', ...(stored === undefined ? {} : { storedVersion: stored }) });

  expect(run.counts).toEqual({ [`correlation ${expected}`]: 1 });
});

const fate = fc.record({
  end: fc.constantFrom('settled', 'settled', 'stale', 'dead', 'poison'),
  delayMs: fc.constantFrom(0, 1, 10, 500, 1500, 4000),
  letterMs: fc.constantFrom(0, 700, 3000),
});
const batches = fc.array(
  fc.record({
    source: fc.constantFrom(ALERTS, WINDOWS),
    fates: fc.array(fate, { maxLength: 12 }),
    skipped: fc.constantFrom(0, 0, 3),
    pauseMs: fc.constantFrom(0, 0, 400, 2000),
  }),
  { maxLength: 12 },
);

test('whatever is settled when, no offset passes a record that is not settled, and all end settled', async () => {
  await fc.assert(
    fc.asyncProperty(batches, fc.constantFrom(1, 3, 100), async (given, roomFor) => {
      const time = new VirtualTime();
      const fates = new Map<string, (typeof given)[number]['fates'][number]>();
      const settled = new Set<string>();
      const writer: HandWriter = new HandWriter(roomFor, (id) => {
        const { end, delayMs } = fates.get(id) ?? { end: 'settled', delayMs: 0 };
        time.setTimer(delayMs, () => {
          if (end !== 'dead') settled.add(id);
          writer.settle(id, end === 'dead' ? REJECTED : { kind: end === 'stale' ? 'stale' : 'settled' });
        });
      });
      const run = new IndexRun(writer, {}, time);
      run.bury = async ({ origin }) => {
        await time.sleep(fates.get(origin)?.letterMs ?? 0);
        settled.add(origin);
      };
      const next = new Map([ALERTS, WINDOWS].map((source) => [source, 0]));
      run.onCommit = (positions) => {
        for (const { source, offset } of positions) {
          expect(offset).toBeGreaterThanOrEqual(run.committed[source] ?? 0);
          const passed = [...fates.keys()].filter((id) => {
            const slash = id.lastIndexOf('/');
            return id.slice(0, slash) === source && Number(id.slice(slash + 1)) < offset;
          });
          expect(passed.filter((id) => !settled.has(id))).toEqual([]);
        }
      };
      const generation = run.start([...next.keys()].map((source) => assignedOf(source)));

      const act = async (): Promise<void> => {
        for (const { source, fates: those, skipped, pauseMs } of given) {
          const from = next.get(source) ?? 0;
          const records = those.map((each, place) => {
            const origin = `${source}/${from + place}`;
            fates.set(origin, each);
            return recordOf(from + place, each.end === 'poison' ? undefined : documentOf(origin));
          });
          const nextOffset = from + those.length + skipped;
          next.set(source, nextOffset);
          await generation.take({ source, records, nextOffset, endOffset: nextOffset });
          await time.sleep(pauseMs);
          await generation.tick(new Set());
        }
        await time.sleep(10_000);
        await generation.end();
      };
      await time.until(act());

      expect(run.committed).toEqual(Object.fromEntries(next));
      const buried = [...fates].filter(([, { end }]) => end === 'dead' || end === 'poison').map(([origin]) => origin);
      expect(run.letters.map(({ origin }) => origin).sort()).toEqual(buried.sort());
    }),
  );
});

test('whatever Elasticsearch does, all is written or buried, and then committed', async () => {
  const refusing = fc.constantFrom(429 as const, 503 as const);
  const mood: fc.Arbitrary<Mood> = fc.oneof(
    fc.constant<Mood>({ kind: 'well' }),
    fc.record({ kind: fc.constant('refuses' as const), status: refusing }),
    fc.record({ kind: fc.constant('silent' as const), isWritten: fc.boolean() }),
    fc.record({ kind: fc.constant('picky' as const), every: fc.integer({ min: 1, max: 4 }), status: refusing }),
  );
  const moods = fc.array(fc.record({ mood, delayMs: fc.integer({ min: 0, max: 2000 }) }), { maxLength: 15 });
  const documents = fc.array(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), version: fc.integer({ min: 1, max: 9 }), bad: fc.boolean() }),
    { maxLength: 40 },
  );
  const limits = { batchBytes: 500, batchCount: 4, batchAgeMs: 100, queueBytes: 2000, queueCount: 9 };

  await fc.assert(
    fc.asyncProperty(documents, moods, async (given, planned) => {
      const time = new VirtualTime();
      const server = new BulkServer(time, planned);
      const writer = new ElasticsearchWriter(
        { ...limits, firstDelayMs: 1000, maxDelayMs: 30_000 },
        {
          connection: { bulk: server.send, request: () => Promise.reject(new Error('Nobody needs it.')) },
          nowMs: () => time.nowMs,
          random: () => 0.5,
          setTimer: time.setTimer,
          onRetry: () => undefined,
        },
      );
      const run = new IndexRun(writer, {}, time);
      const generation = run.start([assignedOf(WINDOWS)]);
      const records = given.map(({ id, version, bad }, offset) =>
        recordOf(offset, { ...documentOf(id, version), bad }),
      );

      await time.until(take(generation, WINDOWS, records));
      await time.until(writer.flush());
      await time.until(generation.end());

      expect(server.breaches).toEqual([]);
      expect(run.committed).toEqual({ [WINDOWS]: given.length });
      const ids = (isBad: boolean) => given.filter(({ bad }) => bad === isBad);
      const newest = new Map<string, number>();
      for (const { id, version } of ids(false)) newest.set(id, Math.max(version, newest.get(id) ?? 0));
      const index = 'mxwarden-correlation-2026.11.01';
      expect(Object.fromEntries(server.written)).toEqual(
        Object.fromEntries([...newest].map(([id, version]) => [`${index}\n${id}`, version])),
      );
      expect(run.letters).toHaveLength(ids(true).length);
    }),
  );
});
