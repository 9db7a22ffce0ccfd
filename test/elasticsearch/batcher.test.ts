import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Answer } from '../../src/elasticsearch/answer.js';
import { Batcher } from '../../src/elasticsearch/batcher.js';
import type { BatcherConfig, Delay } from '../../src/elasticsearch/batcher.js';
import type { BulkItem } from '../../src/elasticsearch/request.js';
import type { WriteOutcome } from '../../src/stages/ports.js';
import { BulkServer, SMALL_BATCHES } from '../support/bulk-server.js';
import type { Mood } from '../support/bulk-server.js';
import { createRandom } from '../support/random.js';
import { VirtualTime } from '../support/virtual-time.js';

const WELL: Mood = { kind: 'well' };

function item(id: string, { version, size = 0, bad = false }: { version?: number; size?: number; bad?: boolean } = {}) {
  const versioned = { index: { _index: 'a', _id: id, version, version_type: 'external_gte' } };
  const action = version === undefined ? { create: { _index: 'a', _id: id } } : versioned;
  const document = { bad, text: 'x'.repeat(size) };
  return { index: 'a', id, bytes: Buffer.from(`${JSON.stringify(action)}\n${JSON.stringify(document)}\n`) };
}

/** A batcher on a server of these moods, all in virtual time. */
function setUp(
  moods: readonly (readonly [Mood, number])[] = [],
  change: Partial<BatcherConfig> = {},
  maxBytes?: number,
) {
  const time = new VirtualTime();
  const server = new BulkServer(
    time,
    moods.map(([mood, delayMs]) => ({ mood, delayMs })),
    maxBytes,
  );
  const retries: Delay[] = [];
  const draws: number[] = [];
  const batcher = new Batcher(
    { ...SMALL_BATCHES, ...change },
    {
      send: server.send,
      random: () => draws.shift() ?? 0.5,
      setTimer: time.setTimer,
      onRetry: (delay) => retries.push(delay),
    },
  );
  const outcomes = new Map<string, WriteOutcome>();
  const add = (added: BulkItem): Promise<void> => batcher.add(added, (outcome) => outcomes.set(added.id, outcome));
  return { time, server, retries, draws, batcher, outcomes, add };
}

describe('a request is sent', () => {
  test('when so many documents wait', async () => {
    const { time, server, outcomes, add } = setUp();

    for (const id of 'abc') await add(item(id));
    expect(server.requests).toEqual([]);
    await add(item('d'));

    expect(server.requests).toEqual([4]);
    await time.until(time.sleep(50));
    expect([...outcomes.values()]).toEqual(Array(4).fill({ kind: 'settled' }));
  });

  test('when so many bytes wait; one that does not fit is left for the next', async () => {
    const { time, server, batcher, add } = setUp();

    for (const id of 'abc') await add(item(id, { size: 350 }));
    expect(server.requests).toEqual([2]);
    await time.until(batcher.drain());

    expect(server.requests).toEqual([2, 1]);
  });

  test('when a document has waited long enough', async () => {
    const { time, server, add } = setUp();

    await add(item('a'));
    await time.until(time.sleep(SMALL_BATCHES.batchAgeMs - 1));
    expect(server.requests).toEqual([]);
    await time.until(time.sleep(1));

    expect(server.requests).toEqual([1]);
  });

  test('while two others are under way only after one of them', async () => {
    const { time, server, batcher, add } = setUp([
      [WELL, 50],
      [WELL, 70],
    ]);

    for (const id of 'abcdefghij') await add(item(id));
    expect(server.requests).toEqual([4, 4]);
    await time.until(batcher.drain());

    expect(server.requests).toEqual([4, 4, 2]);
    expect(time.nowMs).toBe(70);
  });
});

test('what is larger than a request goes alone', async () => {
  const { time, server, batcher, add } = setUp();

  await add(item('a'));
  await add(item('b', { size: 5000 }));
  await add(item('c'));
  await time.until(batcher.drain());

  expect(server.requests).toEqual([1, 1, 1]);
});

describe('a document waits for room', () => {
  test.each([
    ['of documents', { queueCount: 3 }],
    ['of bytes', { queueBytes: 3 * item('a').bytes.length }],
  ])('%s', async (_, limits) => {
    const { time, server, batcher, add } = setUp([], limits);
    for (const id of 'abc') await add(item(id));
    const taken: string[] = [];
    const waiting = ['d', 'e'].map((id) => add(item(id)).then(() => taken.push(id)));

    await time.until(time.sleep(SMALL_BATCHES.batchAgeMs - 1));
    expect(taken).toEqual([]);
    await time.until(Promise.all(waiting));

    expect(taken).toEqual(['d', 'e']);
    await time.until(batcher.drain());
    expect(server.written.size).toBe(5);
  });

  test('but one that is larger than all room is taken when nothing else is there', async () => {
    const { time, batcher, outcomes, add } = setUp([], { queueBytes: 100 });

    await add(item('a', { size: 5000 }));
    await time.until(batcher.drain());

    expect(outcomes.get('a')).toEqual({ kind: 'settled' });
  });
});

test('documents of one identity are never under way together, and keep their order', async () => {
  const { time, server, batcher } = setUp([
    [{ kind: 'refuses', status: 503 }, 5],
    [WELL, 5],
  ]);
  const order: number[] = [];

  for (const version of [1, 2, 3]) await batcher.add(item('a', { version }), () => order.push(version));
  await time.until(batcher.drain());

  expect(server.requests).toEqual([1, 1, 1, 1]);
  expect(order).toEqual([1, 2, 3]);
  expect(server.written.get('a\na')).toBe(3);
});

test('only what was refused is sent again', async () => {
  const { time, server, batcher, retries, add } = setUp([[{ kind: 'picky', every: 2, status: 429 }, 5]]);

  for (const id of 'abcd') await add(item(id));
  await time.until(batcher.drain());

  expect(server.requests).toEqual([4, 2]);
  expect(retries).toEqual([{ reason: 'overloaded', text: '429 ', count: 2, delayMs: 500 }]);
});

test('a delay is any up to a limit, which doubles', async () => {
  const refusals = Array.from({ length: 7 }, () => [{ kind: 'refuses', status: 503 }, 1] as const);
  const { time, batcher, retries, draws, add } = setUp(refusals);
  draws.push(0, 0.25, 0.999_999, 0.5, 0.5, 0.5, 0.5);

  await add(item('a'));
  await time.until(batcher.drain());

  expect(retries.map(({ delayMs }) => delayMs)).toEqual([0, 500, 3999, 4000, 8000, 15_000, 15_000]);
});

test('a request for which there is never room is sent in halves', async () => {
  const time = new VirtualTime();
  const sizes: number[] = [];
  const send = async (body: Buffer): Promise<Answer> => {
    const count = body.toString().split('\n').length >> 1;
    sizes.push(count);
    await time.sleep(1);
    if (count > 1) return { kind: 'answer', status: 429, body: undefined };
    return { kind: 'answer', status: 200, body: { items: [{ create: { status: 201 } }] } };
  };
  const batcher = new Batcher(SMALL_BATCHES, {
    send,
    random: () => 0.5,
    setTimer: time.setTimer,
    onRetry: () => undefined,
  });

  for (const id of ['a', 'b', 'c', 'd']) await batcher.add(item(id), () => undefined);
  await time.until(batcher.drain());

  expect(sizes).toEqual([4, 4, 4, 4, 2, 2, 1, 1, 1, 1]);
});

test('of a request that is too large all but the one that is so are written', async () => {
  const { time, server, batcher, outcomes, add } = setUp([], { batchBytes: 50_000 }, 600);

  await add(item('a'));
  await add(item('b', { size: 700 }));
  await add(item('c'));
  await add(item('d'));
  await time.until(batcher.drain());

  expect([...server.written.keys()].sort()).toEqual(['a\na', 'a\nc', 'a\nd']);
  expect(outcomes.get('b')).toEqual({ kind: 'dead', reason: 'too_large', text: 'HTTP 413' });
});

test('what can never be written is dead, and those beside it are written', async () => {
  const { time, batcher, outcomes, add } = setUp();

  await add(item('a', { bad: true }));
  await add(item('b'));
  await time.until(batcher.drain());

  expect(outcomes.get('a')).toMatchObject({ kind: 'dead', reason: 'rejected' });
  expect(outcomes.get('b')).toEqual({ kind: 'settled' });
});

describe('closed', () => {
  test('it takes nothing, sends nothing and leaves no timer', async () => {
    const { time, server, batcher, add } = setUp([[{ kind: 'refuses', status: 503 }, 1]], { queueCount: 1 });
    await add(item('a'));
    const waiting = add(item('b'));
    const idle = batcher.drain();
    await time.until(time.sleep(2));

    await batcher.close();

    await expect(waiting).rejects.toThrow('closed');
    await expect(idle).rejects.toThrow('closed');
    await expect(add(item('c'))).rejects.toThrow('closed');
    await expect(batcher.drain()).rejects.toThrow('closed');
    expect(server.requests).toEqual([1]);
    expect(time.pending).toBe(0);
  });

  test('it still tells of what was under way', async () => {
    const { time, batcher, outcomes, add } = setUp([[WELL, 20]]);
    for (const id of 'abcd') await add(item(id));

    await time.until(batcher.close());

    expect(outcomes.size).toBe(4);
  });
});

test('a bug in who sends ends it', async () => {
  const deps = { random: () => 0, setTimer: () => () => undefined, onRetry: () => undefined };
  const send = (): Promise<Answer> => Promise.reject(new TypeError('bug'));
  const batcher = new Batcher(SMALL_BATCHES, { ...deps, send });

  await batcher.add(item('a'), () => undefined);

  await expect(batcher.drain()).rejects.toThrow('bug');
  await expect(batcher.add(item('b'), () => undefined)).rejects.toThrow('bug');
});

const mood: fc.Arbitrary<Mood> = fc.oneof(
  fc.constant(WELL),
  fc.record({
    kind: fc.constant('refuses' as const),
    status: fc.constantFrom(429 as const, 500 as const, 503 as const),
  }),
  fc.record({ kind: fc.constant('silent' as const), isWritten: fc.boolean() }),
  fc.record({
    kind: fc.constant('picky' as const),
    every: fc.integer({ min: 1, max: 4 }),
    status: fc.constantFrom(429 as const, 503 as const),
  }),
);

test('whatever the server does, each document comes to its end once, and what is settled is written', async () => {
  const documents = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      version: fc.integer({ min: 0, max: 5 }),
      size: fc.constantFrom(0, 0, 100, 800, 3000),
      bad: fc.constantFrom(false, false, false, true),
      pauseMs: fc.constantFrom(0, 0, 10, 500),
    }),
    { maxLength: 60 },
  );
  const moods = fc.array(fc.tuple(mood, fc.integer({ min: 0, max: 300 })), { maxLength: 30 });
  const limits = fc.record({
    batchBytes: fc.constantFrom(1, 500, 2000),
    batchCount: fc.integer({ min: 1, max: 10 }),
    queueBytes: fc.constantFrom(1, 2000, 100_000),
    queueCount: fc.integer({ min: 1, max: 30 }),
  });

  await fc.assert(
    fc.asyncProperty(documents, moods, limits, fc.nat(), async (given, planned, limit, seed) => {
      const { time, server, batcher, draws } = setUp(planned, limit, 2500);
      const random = createRandom(seed);
      for (let draw = 0; draw < 200; draw += 1) draws.push(random(1000) / 1000);
      const outcomes: WriteOutcome[][] = given.map(() => []);
      let heldCount = 0;
      let heldBytes = 0;

      const run = async (): Promise<void> => {
        for (const [place, { pauseMs, ...rest }] of given.entries()) {
          const one = item(rest.id, rest);
          if (pauseMs > 0) await time.sleep(pauseMs);
          await batcher.add(one, (outcome) => {
            heldCount -= 1;
            heldBytes -= one.bytes.length;
            outcomes[place]?.push(outcome);
            const there = server.written.get(`a\n${rest.id}`) ?? -1;
            if (outcome.kind === 'settled') expect(there).toBeGreaterThanOrEqual(rest.version);
            if (outcome.kind === 'stale') expect(there).toBeGreaterThan(rest.version);
          });
          heldCount += 1;
          heldBytes += one.bytes.length;
          expect(heldCount === 1 || (heldCount <= limit.queueCount && heldBytes <= limit.queueBytes)).toBe(true);
        }
        await batcher.drain();
      };
      await time.until(run());

      expect(server.breaches).toEqual([]);
      expect(time.pending).toBeLessThanOrEqual(1);
      for (const [place, { bad, size }] of given.entries()) {
        const [outcome, ...others] = outcomes[place] ?? [];
        expect(others).toEqual([]);
        const reason = outcome?.kind === 'dead' ? outcome.reason : undefined;
        expect([place, reason]).toEqual([place, size === 3000 ? 'too_large' : bad ? 'rejected' : undefined]);
      }
    }),
    { numRuns: 300 },
  );
});
