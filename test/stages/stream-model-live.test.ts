import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import { paneStart } from '../../src/core/windows/calendar.js';
import { readNote } from '../../src/stages/source-note.js';
import { NOON } from '../support/events.js';
import type { Partition } from '../support/memory-kafka.js';
import { TIMEOUT_MS, connectAt, connectsIn, forRuns, inputsOf } from '../support/model-runs.js';
import { AGGREGATE } from '../support/runs.js';
import { StreamModel, appendTo, decodeInput } from '../support/stream-model.js';
import type { ModelConfig, Schedule } from '../support/stream-model.js';

/** For how long chance rules at most. */
const TIMES = 2000;
/** Longer than a window and what may come late to it. */
const RETENTION_MS = 30 * MINUTE_MS;

const threeEmpty = (): Partition[] => inputsOf([[], [], []]);

/** A run that goes on, at noon. */
function live(inputs: readonly Partition[], config: ModelConfig, schedule: Schedule): StreamModel {
  const model = new StreamModel(inputs, { ...config, isLive: true }, schedule);
  model.clock.nowMs = NOON;
  return model;
}

describe('a run that goes on, with sources that fall silent and wake, and one that has nothing', () => {
  const anyNights = fc.array(
    fc.record({
      gapMs: fc.oneof({ weight: 12, arbitrary: fc.nat(2 * MINUTE_MS) }, { weight: 1, arbitrary: fc.nat(8 * HOUR_MS) }),
      delayMs: fc.oneof({ weight: 8, arbitrary: fc.nat(10_000) }, { weight: 1, arbitrary: fc.nat(3 * HOUR_MS) }),
      source: fc.nat(1),
      steps: fc.nat(12),
    }),
    { maxLength: 60, size: 'max' },
  );
  type Night = typeof anyNights extends fc.Arbitrary<(infer N)[]> ? N : never;

  /** An event is written after a while, and something is done with it. */
  async function pass(model: StreamModel, partition: Partition | undefined, night: Night): Promise<void> {
    const { gapMs, delayMs, steps } = night;
    await passTime(model, gapMs);
    const { nowMs } = model.clock;
    if (partition !== undefined) appendTo(partition, connectAt(nowMs - delayMs, nowMs));
    await model.steps(steps);
  }

  test(
    'seals all windows in the end; each event is counted once, or among the dead letters',
    async () => {
      let late = 0;
      await forRuns(anyNights, { share: 0.5, times: TIMES }, async ({ what, config, schedule }) => {
        const model = live(threeEmpty(), config, schedule);
        for (const night of what) await pass(model, model.inputs[night.source], night);
        await expectAllSealed(model);
        expectAccounted(model);
        late += model.late.length;
      });
      expect(late).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    'does so while epochs begin, too',
    async () => {
      let late = 0;
      await forRuns(anyNights, { share: 0.5, times: TIMES }, async ({ what, config, schedule, number }) => {
        const model = live(threeEmpty(), config, schedule);
        const every = 3 + (number % 20);
        for (const [index, night] of what.entries()) {
          await pass(model, model.inputs[night.source], night);
          if (index % every === 2) model.reconfigure({ ...model.config, epoch: 2 + index });
        }
        await expectAllSealed(model);
        expectAccounted(model);
        late += model.late.length;
      });
      expect(late).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    'goes on with partitions that are added',
    async () => {
      await forRuns(anyNights, { share: 0.2, times: TIMES }, async ({ what, config, schedule }) => {
        const all = threeEmpty();
        const model = live(all.slice(0, 1), config, schedule);
        for (const [index, night] of what.entries()) {
          if (index === 10) model.reconfigure(model.config, all);
          await pass(model, all[index < 10 ? 0 : night.source], night);
        }
        await expectAllSealed(model, all);
        expectAccounted(model, all);
      });
    },
    TIMEOUT_MS,
  );
});

describe('of a topic that deletes records', () => {
  /** Writes a record of now, also where nothing is deleted. */
  function appendNow({ clock: { nowMs } }: StreamModel, ...partitions: readonly Partition[]): void {
    for (const each of partitions) appendTo(each, connectAt(nowMs, nowMs));
  }

  test(
    'those that were not read are told, and all others counted once',
    async () => {
      const anyNights = fc.array(
        fc.record({ gapMs: fc.nat(MINUTE_MS), source: fc.nat(1), steps: fc.nat(12), deleted: fc.nat(40) }),
        { maxLength: 60, size: 'max' },
      );
      let lost = 0;
      await forRuns(anyNights, { share: 0.5, times: TIMES }, async ({ what, config, schedule }) => {
        const model = live(threeEmpty(), config, schedule);
        const all = threeEmpty();
        // After the last one: a source of which nothing is left knows of no time that could go on.
        const last = { gapMs: HOUR_MS, source: 0, steps: 0, deleted: 40 };
        for (const { gapMs, source, steps, deleted } of [...what, last]) {
          await passTime(model, gapMs);
          const [partition, whole] = [model.inputs[source], all[source]];
          if (partition === undefined || whole === undefined) continue;
          appendNow(model, partition, whole);
          await model.steps(steps);
          // Of what nobody has begun with nothing is lost.
          if (deleted < 4 && model.aggregate.committed.has(partition.name))
            model.forget(partition, Math.min(partition.end, partition.read + deleted));
        }
        await expectAllSealed(model);
        const total = what.length + 1;
        const { tooLate, ranges } = lateOf(model, all);
        const counted = connectsIn(model.results().correlations) + tooLate.size;

        expect(counted).toBeLessThanOrEqual(total);
        expect(counted + ranges.size + model.lost.size).toBeGreaterThanOrEqual(total);
        lost += model.lost.size;
      });
      expect(lost).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    'those that were counted before their chunk ended stay so, and all others are counted once',
    async () => {
      const anyNights = fc.array(
        fc.record({ gapMs: fc.nat(10 * MINUTE_MS), source: fc.nat(1), steps: fc.nat(12), isCleaned: fc.nat(6) }),
        { maxLength: 60, size: 'max' },
      );
      let forgotten = 0;
      await forRuns(anyNights, { share: 0.5, times: TIMES }, async ({ what, config, schedule }) => {
        const model = live(threeEmpty(), config, schedule);
        const all = threeEmpty();
        for (const { gapMs, source, steps, isCleaned } of what) {
          await passTime(model, gapMs);
          const [partition, whole] = [model.inputs[source], all[source]];
          if (partition === undefined || whole === undefined) continue;
          appendNow(model, partition, whole);
          await model.steps(steps);
          // A topic keeps records for longer than it takes to read them: windows of what is forgotten grow no more.
          const noted = readNote(model.aggregate.committed.get(partition.name)?.note ?? '');
          if (isCleaned > 0 || noted === undefined || noted.lastOffset < partition.end - 1) continue;
          const kept = partition.records.find(({ timeMs }) => timeMs > model.clock.nowMs - RETENTION_MS);
          const offset = kept?.offset ?? partition.end;
          if (offset <= partition.start) continue;
          forgotten += offset - partition.start;
          model.forget(partition, offset);
        }
        await expectAllSealed(model);
        expect([...model.lost]).toEqual([]);
        expectAccounted(model, all);
      });
      expect(forgotten).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});

/** Lets time pass, in which something happens now and then. */
async function passTime(model: StreamModel, lengthMs: number): Promise<void> {
  for (let left = lengthMs; left > 0; left -= 5 * MINUTE_MS) {
    model.clock.nowMs += Math.min(left, 5 * MINUTE_MS);
    await model.steps(4);
  }
}

async function expectAllSealed(model: StreamModel, inputs = model.inputs): Promise<void> {
  const isRead = () => inputs.every(({ end, name }) => (model.reached.get(name) ?? 0) >= end);
  for (let rounds = 0; rounds < 500 && !isRead(); rounds += 1) await passTime(model, 10 * MINUTE_MS);
  const ends = new Map(model.partials.map(({ name, end }) => [name, end]));
  const isSealed = () =>
    [...ends].every(([name, end]) => model.openWindows.get(name) === 0 && (model.taken.get(name) ?? 0) >= end);
  for (let rounds = 0; rounds < 500 && !isSealed(); rounds += 1) await passTime(model, 10 * MINUTE_MS);
  expect(isSealed()).toBe(true);
}

/** Events that were dead letters by themselves, and those of ranges that were. */
function lateOf(
  model: StreamModel,
  inputs = model.inputs,
): { readonly tooLate: ReadonlySet<string>; readonly ranges: ReadonlySet<string> } {
  const { chunkRecords } = model.config;
  const { paneMs } = AGGREGATE;
  const paneOf = (value: Buffer): number => {
    const event = decodeInput(value);
    return 'time' in event ? paneStart(event.time, paneMs) : NaN;
  };
  const tooLate = new Set([...model.results().dead.keys()].filter((origin) => !origin.includes('|')));
  const ranges = new Set<string>();
  for (const { source, chunk, paneMs: startMs, from, upTo } of model.late)
    for (const { offset, value } of inputs.find(({ name }) => name === source)?.records ?? [])
      if (offset >= (from ?? chunk * chunkRecords) && offset < upTo && paneOf(value) === startMs)
        ranges.add(`${source}/${offset}`);
  return { tooLate, ranges };
}

function expectAccounted(model: StreamModel, inputs = model.inputs): void {
  const { tooLate, ranges } = lateOf(model, inputs);
  const total = inputs.reduce((sum, { records }) => sum + records.length, 0);
  for (const origin of ranges) expect(tooLate.has(origin)).toBe(false);

  expect(connectsIn(model.results().correlations) + tooLate.size + ranges.size).toBe(total);
}
