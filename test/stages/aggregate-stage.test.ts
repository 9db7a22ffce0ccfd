import { describe, expect, test } from '@jest/globals';
import type { PartialRecord, StampedMark } from '../../src/core/progress.js';
import { HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import { createAggregateStage } from '../../src/stages/aggregate.js';
import type { AggregateStageConfig, AggregateStageDeps } from '../../src/stages/aggregate.js';
import type { Assigned, Generation, LogRecord, Position } from '../../src/stages/ports.js';
import { readNote, writeNote } from '../../src/stages/source-note.js';
import type { SourceNote } from '../../src/stages/source-note.js';
import { StageError } from '../../src/stages/stage-error.js';
import { NOON, connect } from '../support/events.js';
import { MODEL, decodeInput } from '../support/stream-model.js';

const NOTE: SourceNote = {
  epoch: 1,
  highest: [NOON, NOON, NOON],
  standing: 'behind',
  watermarkMs: NOON,
  lastOffset: -Infinity,
  lastReadMs: NOON,
  endedAt: -Infinity,
  gaps: [],
};

function position(source: string, offset: number, note: Partial<SourceNote> = {}): Position {
  return { source, offset, note: writeNote({ ...NOTE, ...note }) };
}

function assigned(over: Partial<Assigned> = {}): Assigned {
  return { source: 'mail/0', committed: undefined, startOffset: 0, endOffset: 30, ...over };
}

interface Setting {
  readonly config?: Partial<AggregateStageConfig>;
  readonly deps?: Partial<AggregateStageDeps>;
  readonly given?: readonly Assigned[];
  /** Of partitions of others. */
  readonly elsewhere?: readonly Position[];
}

/** A generation whose records come together in lists. */
function start({ config, deps, given = [assigned()], elsewhere = [] }: Setting = {}) {
  const seen: string[] = [];
  const sent: PartialRecord[][] = [];
  const committed = new Map(elsewhere.map((each) => [each.source, each]));
  for (const { committed: before } of given) if (before !== undefined) committed.set(before.source, before);
  const clock = { nowMs: NOON, aheadMs: 0 };
  const controller = new AbortController();
  const encoded: PartialRecord[] = [];
  const stage = createAggregateStage(
    { ...MODEL, cfg: 'cfg', ...config },
    {
      identity: MODEL.identity,
      defaultResolver: 'ns',
      decodeOf: () => (value) => decodeInput(value),
      learn: async () => 'later',
      encode: (record) => {
        encoded.push(record);
        return Buffer.alloc(0);
      },
      partialsCount: 1,
      isFresh: async () => true,
      sink: {
        send: async (records) => {
          const partials = records.filter(({ outlet }) => outlet === 'partials').length;
          if (partials > 0) sent.push(encoded.splice(0, partials));
        },
      },
      nowMs: () => clock.nowMs - NOON,
      timeOfDayMs: () => clock.nowMs + clock.aheadMs,
      onOutcomes: () => undefined,
      observe: {
        source: () => undefined,
        lost: (source) => void seen.push(`lost ${source}`),
        gap: (source, { from, to }) => void seen.push(`gap ${source} ${from} ${to}`),
        dead: (reason) => void seen.push(`dead ${reason}`),
        schema: (source, id, learned) => void seen.push(`schema ${source} ${id} ${learned}`),
      },
      ...deps,
    },
  );
  const allSources = [...given.map(({ source }) => source), 'mail/9'];
  const generation: Generation = stage({
    assigned: given,
    allSources,
    member: {
      signal: controller.signal,
      commit: async (positions) => {
        for (const each of positions) committed.set(each.source, each);
      },
      pause: (sources) => void seen.push(`pause ${sources.join()}`),
      resume: (sources) => void seen.push(`resume ${sources.join()}`),
      groupPositions: async () => new Map(committed),
    },
  });
  const marks = (): readonly StampedMark[] =>
    sent.flat().flatMap((record) => (record.kind === 'mark' ? [record.mark] : []));
  return { generation, seen, sent, committed, clock, controller, marks };
}

const ORDINARY: readonly LogRecord[] = [0, 1, 2].map((offset) => recordAt(offset, NOON));

function recordAt(offset: number, time: number, prefix = ''): LogRecord {
  return { offset, timeMs: time, key: undefined, value: Buffer.from(`${prefix}${JSON.stringify(connect({ time }))}`) };
}

function batchOf(records: readonly LogRecord[], source = 'mail/0') {
  const nextOffset = (records.at(-1)?.offset ?? -1) + 1;
  return { source, records, nextOffset, endOffset: nextOffset };
}

describe('a generation begins', () => {
  test('at the start of what there is where nothing is noted, and notes its epoch before it counts', async () => {
    const { generation, committed, sent } = start({ given: [assigned({ startOffset: 25 })] });

    expect(await generation.begin()).toEqual(new Map([['mail/0', 25]]));
    expect(committed.get('mail/0')?.offset).toBe(25);
    expect(readNote(committed.get('mail/0')?.note ?? '')?.epoch).toBe(1);
    expect(sent).toEqual([]);
  });

  test('not at all where something was counted, and nobody says where to begin', async () => {
    const notFresh = { isFresh: async () => false };

    await expect(start({ deps: notFresh }).generation.begin()).rejects.toThrow(StageError);
    await expect(start({ deps: notFresh, config: { from: new Map() } }).generation.begin()).resolves.toBeDefined();
    await expect(
      start({ deps: notFresh, elsewhere: [position('mail/9', 0)] }).generation.begin(),
    ).resolves.toBeDefined();
  });

  test('not at all in an epoch that is over for a source', async () => {
    const { generation } = start({ given: [assigned({ committed: position('mail/0', 10, { epoch: 2 }) })] });

    await expect(generation.begin()).rejects.toThrow('mail/0 is counted in epoch 2, and this process is set to');
  });

  test.each([
    ['what is noted', position('mail/0', 40)],
    ['what was read', position('mail/0', 20, { lastOffset: 30 })],
  ])('not at all in a topic that ends before %s: it was made anew', async (_, committed) => {
    const from = new Map([['mail/0', 0]]);
    const { generation } = start({ config: { from, epoch: 2 }, given: [assigned({ committed })] });

    await expect(generation.begin()).rejects.toThrow(
      /^mail\/0 was read up to (40|31), and ends at 30: its topic was made/,
    );
  });

  test('not at all at an offset that somebody else noted, unless it is told where', async () => {
    const given = [assigned({ committed: { source: 'mail/0', offset: 20, note: '' } })];
    const from = new Map([['mail/0', 10]]);

    await expect(start({ given }).generation.begin()).rejects.toThrow(
      'The offset of mail/0 was set by another program',
    );
    expect(await start({ given, config: { from } }).generation.begin()).toEqual(new Map([['mail/0', 10]]));
  });

  test('where it is told in an epoch that has not begun, at the start of a chunk', async () => {
    const from = new Map([['mail/0', 37]]);
    const begin = (epoch: number) =>
      start({
        config: { from, epoch },
        given: [assigned({ committed: position('mail/0', 60), endOffset: 60 })],
      }).generation.begin();

    expect(await begin(2)).toEqual(new Map([['mail/0', 30]]));
    expect(await begin(1)).toEqual(new Map([['mail/0', 60]]));
  });

  test('after what was lost, and says so; what had been read before was not lost', async () => {
    const lost = start({
      given: [assigned({ startOffset: 25, committed: position('mail/0', 10, { lastOffset: 14 }) })],
    });
    const read = start({
      given: [assigned({ startOffset: 25, committed: position('mail/0', 10, { lastOffset: 24 }) })],
    });

    expect(await lost.generation.begin()).toEqual(new Map([['mail/0', 25]]));
    expect(lost.seen).toEqual(['gap mail/0 15 25']);
    expect(lost.marks().map(({ gaps }) => gaps)).toEqual([[{ from: 15, to: 25 }]]);
    expect(await read.generation.begin()).toEqual(new Map([['mail/0', 25]]));
    expect(read.seen).toEqual([]);
    expect(read.marks().map(({ gaps }) => gaps)).toEqual([[{ from: 25, to: 25 }]]);
  });
});

test('marks say what was lost until the chunk ends, whoever goes on with it', async () => {
  const committed = position('mail/0', 10, { lastOffset: 14 });
  const first = start({ given: [assigned({ startOffset: 21, committed })] });
  await first.generation.begin();
  const noted = first.committed.get('mail/0');
  const next = start({ given: [assigned({ startOffset: 23, endOffset: 40, committed: noted })] });
  await next.generation.begin();
  const records = [23, 24, 30, 31].map((offset) => recordAt(offset, NOON));
  await next.generation.take({ ...batchOf(records), endOffset: 40 });
  const gaps = [
    { from: 15, to: 21 },
    { from: 21, to: 23 },
  ];

  expect(next.marks().map((mark) => [mark.chunk, mark.gaps])).toEqual([
    [2, gaps],
    [3, []],
  ]);
  expect(next.sent.flat()[0]?.kind).toBe('mark');
  expect(readNote(noted?.note ?? '')?.gaps).toEqual(gaps.slice(0, 1));
  expect(readNote(next.committed.get('mail/0')?.note ?? '')?.gaps).toEqual([]);
});

test.each([-3, 3])('a clock that is set by %d h within a generation changes nothing', async (hours) => {
  const { generation, clock, marks, committed } = start();
  await generation.begin();
  await generation.take(batchOf(ORDINARY));
  clock.aheadMs = hours * HOUR_MS;
  clock.nowMs += 10 * MINUTE_MS;
  await generation.tick(new Set(['mail/0']));

  expect(marks().at(-1)).toMatchObject({ silentMs: 10 * MINUTE_MS, clockMs: NOON + 10 * MINUTE_MS });
  expect(readNote(committed.get('mail/0')?.note ?? '')?.lastReadMs).toBe(NOON);
});

test('contributions are sent before the mark, and the next chunk is noted when that is out', async () => {
  const { generation, sent, committed } = start({ config: { chunkRecords: 3 } });
  await generation.begin();
  await generation.take(batchOf(ORDINARY));

  expect(sent.slice(0, 2).map((records) => records.map(({ kind }) => kind))).toEqual([['contribution'], ['mark']]);
  expect(committed.get('mail/0')?.offset).toBe(3);
  expect(readNote(committed.get('mail/0')?.note ?? '')?.highest).toEqual([NOON, NOON, NOON]);
});

test('a source that is far ahead waits for the slowest, also for one of another member, and goes on after it', async () => {
  const { generation, seen, committed, clock } = start({
    elsewhere: [position('mail/9', 0, { watermarkMs: NOON - 2 * HOUR_MS }), position('gone/0', 0, { watermarkMs: 0 })],
  });
  await generation.begin();
  await generation.take(batchOf(ORDINARY));
  expect(seen).toEqual(['pause mail/0']);

  committed.set('mail/9', position('mail/9', 0, { watermarkMs: NOON - HOUR_MS }));
  clock.nowMs += 6000;
  await generation.tick(new Set());
  clock.nowMs += 6000;
  await generation.tick(new Set());
  expect(seen).toEqual(['pause mail/0', 'resume mail/0']);
});

test.each(['caught_up', 'behind'] as const)(
  'a source that is read again stands where it stood (%s) until something is new, and nobody waits for it',
  async (standing) => {
    const watermarkMs = NOON - MINUTE_MS;
    const committed = position('mail/0', 0, { standing, watermarkMs, lastOffset: 2, highest: [0, 0, 0] });
    const other = position('mail/1', 0, { watermarkMs: NOON });
    const run = start({
      given: [assigned({ committed, endOffset: 4 }), assigned({ source: 'mail/1', committed: other })],
    });
    const noted = () => readNote(run.committed.get('mail/0')?.note ?? '');
    await run.generation.begin();
    expect(noted()).toMatchObject({ standing, watermarkMs });

    await run.generation.take({ ...batchOf(ORDINARY.slice(0, 1)), endOffset: 4 });
    run.clock.nowMs += 6000;
    await run.generation.tick(new Set());
    expect(noted()).toMatchObject({ standing, watermarkMs });
    expect(run.seen).toEqual([]);
    // What others count by is only what was read.
    expect(run.marks().map(({ watermarkMs: marked }) => marked)[0]).toBeLessThan(watermarkMs);

    await run.generation.take({ ...batchOf([...ORDINARY.slice(1), recordAt(3, NOON)]), endOffset: 5 });
    run.clock.nowMs += 6000;
    await run.generation.tick(new Set());
    expect(noted()).toMatchObject({ standing: 'behind', watermarkMs: NOON - MODEL.aggregate.outOfOrdernessMs });
  },
);

test('what a run with an end has ended is not gone on with, but by one with the same end', async () => {
  const given = [assigned({ committed: position('mail/0', 10, { standing: 'end', endedAt: 30 }) })];
  const beginWith = (ends: ReadonlyMap<string, number> | undefined) =>
    start({ config: { ends }, given }).generation.begin();

  await expect(beginWith(undefined)).rejects.toThrow('was read to its end by a run with --bounded');
  await expect(beginWith(new Map([['mail/0', 31]]))).rejects.toThrow(StageError);
  expect(await beginWith(new Map([['mail/0', 30]]))).toEqual(new Map([['mail/0', 10]]));
});

test('records wait for their schema, and what comes after them as well', async () => {
  const known = new Set<number>();
  const { generation, seen, sent, clock } = start({
    deps: {
      decodeOf: () => (value) => decodeInput(value, known),
      learn: async (id) => (known.has(id) ? 'known' : 'later'),
    },
  });
  await generation.begin();
  const [first] = ORDINARY;
  await generation.take(batchOf([...(first ? [first] : []), recordAt(1, NOON, '#7 ')]));
  const next = recordAt(2, NOON);
  await generation.take(batchOf([next]));
  next.value?.fill(0);
  await generation.tick(new Set());
  await generation.tick(new Set());
  expect(seen).toEqual(['pause mail/0', 'schema mail/0 7 later']);

  known.add(7);
  for (let tick = 0; tick < 2; tick += 1) {
    clock.nowMs += MINUTE_MS;
    await generation.tick(new Set());
  }
  expect(seen.slice(2)).toEqual(['resume mail/0']);
  const last = sent.flat().findLast((record) => record.kind === 'contribution');
  expect(last?.kind === 'contribution' && last.contribution.upTo).toBe(3);
});

test('a record whose schema nobody has is a dead letter', async () => {
  const { generation, seen } = start({ deps: { learn: async () => 'absent' } });
  await generation.begin();
  await generation.take(batchOf([recordAt(0, NOON, '#7 ')]));
  await generation.tick(new Set());

  expect(seen).toContain('schema mail/0 7 absent');
});

test('what goes wrong while a schema is asked for is told to whoever calls next', async () => {
  const { generation } = start({ deps: { learn: () => Promise.reject(new Error('no schema at all')) } });
  await generation.begin();
  await generation.take(batchOf([recordAt(0, NOON, '#7 ')]));
  await generation.tick(new Set());

  await expect(generation.tick(new Set())).rejects.toThrow('no schema at all');
});

describe('dead letters', () => {
  const poison = (offset: number, length = 10): LogRecord => {
    return { offset, timeMs: NOON, key: undefined, value: Buffer.alloc(length, 'x') };
  };

  test('are sent before the chunk ends where there are many', async () => {
    const sizes: number[] = [];
    const sink: AggregateStageDeps['sink'] = {
      send: async (records) => void sizes.push(records.filter(({ outlet }) => outlet === 'dead').length),
    };
    const { generation } = start({ config: { chunkRecords: 1000 }, deps: { sink } });
    await generation.begin();
    await generation.tick(new Set());
    sizes.splice(0);
    for (let offset = 0; offset < 24; offset += 1)
      await generation.take({ ...batchOf([poison(offset, 500_000)]), endOffset: 10_000 });

    expect(sizes).toEqual([8, 8, 8]);
  });

  test('are counted once they are safe', async () => {
    let isFull = true;
    const send = async (): Promise<void> => {
      if (isFull) throw new Error('full');
    };
    const { generation, seen, clock } = start({ deps: { sink: { send } } });
    await generation.begin();
    await expect(generation.take(batchOf([poison(0)]))).rejects.toThrow('full');
    expect(seen).toEqual([]);

    isFull = false;
    clock.nowMs += 1000;
    await generation.take(batchOf([poison(1)]));
    expect(seen).toEqual(['dead unreadable']);
  });

  test('that come all the time let time go on: they do not show that the source is not silent', async () => {
    const { generation, clock, marks } = start({ config: { chunkRecords: 1000 } });
    await generation.begin();
    await generation.take(batchOf(ORDINARY));
    for (let offset = 3; offset < 60; offset += 1) {
      clock.nowMs += MINUTE_MS;
      await generation.take(batchOf([poison(offset)]));
    }
    expect(marks().at(-1)?.silentMs).toBe(57 * MINUTE_MS);

    clock.nowMs += MINUTE_MS;
    await generation.take({ ...batchOf([poison(60), recordAt(61, NOON + HOUR_MS)]), endOffset: 70 });
    clock.nowMs += MINUTE_MS;
    await generation.take({ ...batchOf([poison(62)]), endOffset: 70 });
    expect(marks().at(-1)?.silentMs).toBe(0);
  });
});

test('a generation that is over sends nothing more, and says what it lost', async () => {
  const { generation, seen, sent, controller, clock } = start();
  await generation.begin();
  controller.abort(new Error('over'));
  clock.nowMs += 6000;

  await expect(generation.take(batchOf(ORDINARY))).rejects.toThrow('over');
  expect(seen).toEqual(['lost mail/0']);
  expect(sent).toEqual([]);
});
