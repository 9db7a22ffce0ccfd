import { describe, expect, test } from '@jest/globals';
import type { SnapshotPart } from '../../src/core/correlate.js';
import type { PartialRecord, StampedMark } from '../../src/core/progress.js';
import { packTally } from '../../src/core/tally/tally.js';
import { HOUR_MS } from '../../src/core/time.js';
import { createCorrelateStage } from '../../src/stages/correlate.js';
import type { Generation, Position } from '../../src/stages/ports.js';
import { readSnapshotNote, writeSnapshotNote } from '../../src/stages/snapshot-note.js';
import { StageError } from '../../src/stages/stage-error.js';
import { NOON, connect } from '../support/events.js';
import { MODEL } from '../support/stream-model.js';
import { tallyOf } from '../support/tallies.js';

const STAMP = { epoch: 1, cfg: 'cfg', source: 'mail/0', chunk: 0 };

function mark(upTo: number, watermarkMs: StampedMark['watermarkMs'], over: Partial<StampedMark> = {}): PartialRecord {
  const rest = { latestMs: NOON, silentMs: 0, expected: ['mail/0'], gaps: [], clockMs: NOON };
  return { kind: 'mark', mark: { ...STAMP, upTo, watermarkMs, ...rest, ...over } };
}

function contribution(upTo: number, connects: number, epoch = 1): PartialRecord {
  const tally = packTally(tallyOf(Array.from({ length: connects }, () => connect())));
  return { kind: 'contribution', contribution: { ...STAMP, epoch, subject: 'mail:mx', paneMs: NOON, upTo, tally } };
}

/** Snapshots that a test may damage. */
class Store {
  readonly stored = new Map<string, readonly SnapshotPart[]>();
}

/** A generation that reads the records of one partition. */
function start(
  store: Store,
  log: readonly PartialRecord[],
  committed?: Position,
  stamp = { epoch: 1, cfg: 'cfg' },
  startOffset = 0,
) {
  const seen: string[] = [];
  const written: { readonly outlet: string; readonly text: string }[] = [];
  const commits: Position[] = [];
  const clock = { nowMs: NOON };
  const controller = new AbortController();
  const generation: Generation = createCorrelateStage(
    { correlate: MODEL.correlate, ...stamp },
    {
      identity: MODEL.identity,
      decode: (value) => log[Number(value.toString())],
      snapshots: {
        write: async (_, parts) => {
          const id = String(store.stored.size);
          store.stored.set(id, structuredClone([...parts]));
          return { place: { from: 0, to: 0, id, count: 1, checksum: '' }, bytes: 0 };
        },
        read: async (_, { id }) => store.stored.get(id),
      },
      sink: {
        send: async (records) => {
          for (const { outlet, value } of records) written.push({ outlet, text: value.toString() });
        },
      },
      nowMs: () => clock.nowMs,
      observe: {
        partition: () => undefined,
        lost: (partition) => void seen.push(`lost ${partition}`),
        late: ({ from, upTo }) => void seen.push(`late ${String(from)} ${upTo}`),
        documents: () => undefined,
        restored: (_, { isDamaged, lost }) => {
          seen.push(isDamaged ? 'restored from an older one' : 'restored');
          if (lost !== undefined) seen.push(`lost ${lost.from} to ${lost.to}`);
        },
        snapshot: () => void seen.push('snapshot'),
      },
    },
  )({
    assigned: [{ source: 'partials/0', committed, startOffset, endOffset: log.length }],
    allSources: ['partials/0'],
    member: {
      signal: controller.signal,
      commit: async (positions) => void commits.push(...positions),
      pause: () => undefined,
      resume: () => undefined,
      groupPositions: async () => new Map(),
    },
  });
  const take = async (from: number, to: number): Promise<void> => {
    const records = Array.from({ length: to - from }, (_, index) => {
      return { offset: from + index, timeMs: NOON, key: undefined, value: Buffer.from(String(from + index)) };
    });
    await generation.take({ source: 'partials/0', records, nextOffset: to, endOffset: log.length });
  };
  return { generation, take, seen, written, commits, clock, controller };
}

const LOG = [contribution(1, 1), mark(1, NOON + HOUR_MS / 12), contribution(2, 2), mark(2, 'end')];

/** Reads the first half, leaves, and says where it was. */
async function firstHalf(store: Store): Promise<{ readonly texts: readonly string[]; readonly last: Position }> {
  const { generation, take, written, commits } = start(store, LOG);
  await generation.begin();
  await take(0, 2);
  await generation.end();
  const last = commits.at(-1);
  if (last === undefined) throw new RangeError('Nothing was noted.');
  return { texts: written.map(({ text }) => text), last };
}

async function undisturbed(): Promise<readonly string[]> {
  const { generation, take, written } = start(new Store(), LOG);
  await generation.begin();
  await take(0, LOG.length);
  return written.map(({ text }) => text);
}

describe('a member that takes over', () => {
  test('goes on from the snapshot, and writes what the one before had not written', async () => {
    const store = new Store();
    const { texts, last } = await firstHalf(store);
    const { generation, take, written, seen } = start(store, LOG, last);

    expect(last.offset).toBe(2);
    expect(await generation.begin()).toEqual(new Map([['partials/0', 2]]));
    await take(2, LOG.length);
    expect(seen[0]).toBe('restored');
    expect(texts.length).toBeGreaterThan(0);
    expect([...texts, ...written.map(({ text }) => text)]).toEqual(await undisturbed());
  });

  test('reads all again where no snapshot is whole, and writes nothing twice', async () => {
    const store = new Store();
    const { texts, last } = await firstHalf(store);
    store.stored.clear();
    const { generation, take, written, seen } = start(store, LOG, last);

    expect(await generation.begin()).toEqual(new Map([['partials/0', 0]]));
    await take(0, LOG.length);
    expect(seen[0]).toBe('restored from an older one');
    expect([...texts, ...written.map(({ text }) => text)]).toEqual(await undisturbed());
  });

  test('keeps the snapshot before the newest, and goes on from it where that is damaged', async () => {
    const store = new Store();
    const { generation, take, commits, clock } = start(store, LOG);
    await generation.begin();
    await take(0, 1);
    clock.nowMs += 61_000;
    await generation.tick(new Set());
    await take(1, 2);
    await generation.end();
    const last = commits.at(-1);
    expect(readSnapshotNote(last?.note ?? '').map(({ upTo }) => upTo)).toEqual([2, 1]);

    store.stored.delete('1');
    const next = start(store, LOG, last);
    expect(await next.generation.begin()).toEqual(new Map([['partials/0', 1]]));
    await next.take(1, LOG.length);
    const before = await firstHalf(new Store());
    expect([...before.texts, ...next.written.map(({ text }) => text)]).toEqual(await undisturbed());
  });

  test('takes a note that is none for no snapshot', async () => {
    const { generation } = start(new Store(), LOG, { source: 'partials/0', offset: 2, note: 'no note' });

    expect(await generation.begin()).toEqual(new Map([['partials/0', 0]]));
    expect(readSnapshotNote(writeSnapshotNote([], false))).toEqual([]);
  });
});

test('a snapshot is written anew while nothing comes, before the topic forgets it', async () => {
  const store = new Store();
  const { generation, take, clock, seen, commits } = start(store, LOG);
  await generation.begin();
  await take(0, 2);
  const snapshots: number[] = [];
  for (let hour = 0; hour < 73; hour += 1) {
    clock.nowMs += HOUR_MS;
    await generation.tick(new Set());
    if (seen.splice(0).includes('snapshot')) snapshots.push(hour);
  }

  expect(snapshots).toEqual([0, 24, 48, 72]);
  expect(readSnapshotNote(commits.at(-1)?.note ?? '').map(({ upTo, place }) => [upTo, place.id])).toEqual([
    [2, '3'],
    [2, '2'],
  ]);
  const next = start(store, LOG, commits.at(-1));
  await next.generation.begin();
  next.clock.nowMs += 61_000;
  await next.generation.tick(new Set());
  expect(next.seen).toEqual(['restored', 'snapshot']);
});

describe('what was counted by other settings stops the stage', () => {
  test.each([
    [{ epoch: 2 }, 'mail/0 is counted in epoch 2, and this process is set to stream.epoch 1'],
    [{ cfg: 'other' }, 'raise stream.epoch with each change of it'],
  ])('%o', async (over, message) => {
    const { generation, take } = start(new Store(), [mark(1, NOON, over)]);
    await generation.begin();

    await expect(take(0, 1)).rejects.toThrow(StageError);
    const again = start(new Store(), [mark(1, NOON, over)]);
    await again.generation.begin();
    await expect(again.take(0, 1)).rejects.toThrow(message);
  });
});

test('events that come after their window was sealed are dead letters, once', async () => {
  const sealed = NOON + 2 * HOUR_MS;
  const log = [contribution(1, 1), mark(1, sealed), contribution(3, 3), contribution(3, 3), mark(3, sealed + 1)];
  const { generation, take, seen, written } = start(new Store(), log);
  await generation.begin();
  await take(0, log.length);

  expect(seen.filter((text) => text.startsWith('late'))).toEqual(['late 1 3']);
  expect(written.filter(({ outlet }) => outlet === 'dead').map(({ text }): unknown => JSON.parse(text))).toEqual([
    {
      reason: 'late',
      origin: 'mail/0/1-3|mail:mx|2003-04-13T12:00:00.000Z',
      text: 'events of mail:mx in the window from 2003-04-13T12:00:00.000Z came after it was sealed',
    },
  ]);
});

test('what an epoch before had counted is not late when its chunk comes again; what is new is', async () => {
  const sealed = NOON + 2 * HOUR_MS;
  const next = { epoch: 2, cfg: 'cfg2' };
  const log = [
    contribution(2, 2),
    mark(2, sealed),
    contribution(2, 2, 2),
    contribution(5, 5, 2),
    mark(5, sealed, next),
  ];
  const { generation, take, seen } = start(new Store(), log, undefined, next);
  await generation.begin();
  await take(0, log.length);

  expect(seen).toEqual(['restored', 'late 2 5']);
});

test('nor is it where a third epoch begins before the second one has read the chunk again', async () => {
  const sealed = NOON + 2 * HOUR_MS;
  const stamp = (epoch: number) => ({ epoch, cfg: `cfg${epoch}` });
  const log = [
    contribution(4, 4),
    mark(4, sealed, stamp(1)),
    contribution(1, 1, 2),
    mark(1, sealed, stamp(2)),
    contribution(4, 4, 3),
    mark(4, sealed, stamp(3)),
  ];
  const { generation, take, seen } = start(new Store(), log, undefined, stamp(3));
  await generation.begin();
  await take(0, log.length);

  expect(seen).toEqual(['restored']);
});

test('a record that cannot be read stops the stage, since it may count', async () => {
  const { generation, take, commits } = start(new Store(), [mark(1, NOON)]);
  await generation.begin();

  await expect(take(0, 2)).rejects.toThrow(StageError);
  await expect(take(1, 2)).rejects.toThrow('partials/0 has at offset 1 what is neither a contribution nor a mark');
  expect(commits).toEqual([]);
});

describe('a partition', () => {
  const at = (offset: number, note = writeSnapshotNote([], false)): Position => {
    return { source: 'partials/0', offset, note };
  };
  const pointer = (upTo: number) => [{ upTo, place: { from: 0, to: 0, id: '?', count: 1, checksum: '' } }];

  test('that ends before what was read of it was made anew, and is not gone on with', async () => {
    const { generation } = start(new Store(), LOG, at(5));
    const snapshot = start(new Store(), LOG, at(4, writeSnapshotNote(pointer(5), false)));

    await expect(generation.begin()).rejects.toThrow(StageError);
    await expect(snapshot.generation.begin()).rejects.toThrow('partials/0 was read up to 5, and ends at 4');
    expect(await start(new Store(), LOG, at(4)).generation.begin()).toEqual(new Map([['partials/0', 0]]));
  });

  test('whose start is gone is not begun with: its first windows would lack what is gone', async () => {
    const { generation } = start(new Store(), LOG, undefined, undefined, 1);

    await expect(generation.begin()).rejects.toThrow('Nothing is noted of how far partials/0 was read');
  });

  test('that lost what comes after the snapshot is gone on with, and that is told', async () => {
    const { generation, seen } = start(new Store(), LOG, at(2), undefined, 3);

    expect(await generation.begin()).toEqual(new Map([['partials/0', 3]]));
    expect(seen).toEqual(['restored', 'lost 0 to 3']);
  });
});

test('a generation that is over writes nothing more, and says what it lost', async () => {
  const { generation, take, written, seen, controller } = start(new Store(), LOG);
  await generation.begin();
  controller.abort(new Error('over'));

  await expect(take(0, LOG.length)).rejects.toThrow('over');
  expect(written).toEqual([]);
  expect(seen).toContain('lost partials/0');
});
