import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PartialRecord } from '../../src/core/progress.js';
import { mergeInto, packTally, unpackTally } from '../../src/core/tally/tally.js';
import { HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import { paneStart } from '../../src/core/windows/calendar.js';
import type { OutgoingRecord, RecordSink } from '../../src/stages/ports.js';
import { readNote } from '../../src/stages/source-note.js';
import { at } from '../support/documents.js';
import { NOON, connect } from '../support/events.js';
import type { Partition } from '../support/memory-kafka.js';
import { AGGREGATE } from '../support/runs.js';
import {
  MODEL,
  MAPPED_OTHERWISE,
  StreamModel,
  anyRecords,
  anySchedule,
  appendTo,
  batch,
  decodeInput,
  decodePartial,
  inputOf,
  sorted,
} from '../support/stream-model.js';
import type { InputRecord, ModelConfig, Schedule, Spoilt } from '../support/stream-model.js';

/** MODEL_RUNS and MODEL_SEED let it run for longer, and elsewhere; to shrink what fails takes minutes: MODEL_SHRINK. */
const RUNS = Number(process.env.MODEL_RUNS ?? 60);
const SEED = Number(process.env.MODEL_SEED ?? 1);
const runs = (share: number) => ({
  numRuns: Math.ceil(RUNS * share),
  seed: SEED,
  endOnFailure: process.env.MODEL_SHRINK === undefined,
});
const TIMEOUT_MS = 60_000 + RUNS * 5000;

type Logs = readonly (readonly InputRecord[])[];
const anyLogs: fc.Arbitrary<Logs> = fc.tuple(anyRecords(50), anyRecords(50), anyRecords(50));
type Tuning = Pick<ModelConfig, 'chunkRecords' | 'maxSkewMs'>;
const anyTuning: fc.Arbitrary<Tuning> = fc.record({
  chunkRecords: fc.integer({ min: 4, max: 50 }),
  maxSkewMs: fc.constantFrom(5 * MINUTE_MS, HOUR_MS),
});

/** Longer than a window and what may come late to it. */
const RETENTION_MS = 30 * MINUTE_MS;

function inputsOf(logs: Logs): Partition[] {
  return logs.flatMap((records, index) => inputOf(`log${index}`, records));
}

async function bounded(logs: Logs, config: ModelConfig, schedule: Schedule, spoilt?: Spoilt): Promise<StreamModel> {
  const model = new StreamModel(inputsOf(logs), config, schedule, spoilt);
  await model.until(() => model.isAtEnd);
  return model;
}

function expectAsInOnePiece(model: StreamModel, config = model.config): void {
  expect(model.late).toEqual([]);
  expect(sorted(model.results())).toEqual(sorted(batch(model.inputs, config)));
}

describe('a bounded run', () => {
  test(
    'comes to what a run in one piece comes to, whoever crashes, leaves, or goes on though it is over',
    async () => {
      const seen = { snapshots: 0, restored: 0, held: 0, crashes: 0, damaged: 0 };
      await fc.assert(
        fc.asyncProperty(anyLogs, anyTuning, anySchedule(), async (logs, tuning, schedule) => {
          const config = { ...MODEL, ...tuning };
          const model = await bounded(logs, config, schedule);
          expectAsInOnePiece(model);
          const { snapshots, restored, held, crashes } = model.seen;
          seen.snapshots += snapshots;
          seen.restored += restored;
          seen.held += held;
          seen.crashes += crashes;
          seen.damaged += model.snapshots.damaged;
        }),
        runs(1),
      );
      expect(Object.values(seen).every((count) => count > 0)).toBe(true);
    },
    TIMEOUT_MS,
  );

  test(
    'writes the same documents with the same versions as one that reads the same contributions undisturbed',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyLogs, anyTuning, anySchedule(), async (logs, tuning, schedule) => {
          const config = { ...MODEL, ...tuning };
          const model = await bounded(logs, config, schedule);
          const nothing = { ...config, from: new Map<string, number>() };
          const undisturbed = new StreamModel([], nothing, { ...schedule, times: 0 }, {}, model.partials);
          await undisturbed.until(() => undisturbed.isAtEnd);

          expect(model.written).toEqual(undisturbed.written);
        }),
        runs(0.5),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'comes to the same where an epoch began half way',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyLogs, anyTuning, anySchedule(), fc.nat(1500), async (logs, tuning, schedule, steps) => {
          const config = { ...MODEL, ...tuning };
          const model = new StreamModel(inputsOf(logs), config, schedule);
          await model.steps(steps);
          model.reconfigure({ ...config, epoch: 2 });
          await model.until(() => model.isAtEnd);

          expectAsInOnePiece(model);
        }),
        runs(0.5),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'loses nothing where servers are mapped otherwise from an epoch on',
    async () => {
      const anyConnects = fc.array(fc.nat(3 * MINUTE_MS), { maxLength: 60, size: 'max' }).map(connectsAfter);
      await fc.assert(
        fc.asyncProperty(
          fc.tuple(anyConnects, anyConnects),
          anyTuning,
          anySchedule(),
          fc.nat(1500),
          async (logs, tuning, schedule, steps) => {
            const config = { ...MODEL, ...tuning };
            const model = new StreamModel(inputsOf(logs), config, schedule);
            await model.steps(steps);
            model.reconfigure({ ...config, epoch: 2, identity: MAPPED_OTHERWISE });
            await model.until(() => model.isAtEnd);

            expect(model.late).toEqual([]);
            // What was not noted as out is written again by the new settings.
            expect(connectsIn(model.newest())).toBeGreaterThanOrEqual(logs.flat().length);
          },
        ),
        runs(0.3),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'waits for schemas that nobody can say at first',
    async () => {
      const anyWithSchemas = anyLogs.map((logs) =>
        logs.map((records) => records.map((each, index) => (index % 7 === 3 ? withSchema(each) : each))),
      );
      await fc.assert(
        fc.asyncProperty(
          anyWithSchemas,
          anyTuning,
          anySchedule(),
          fc.nat(1500),
          async (logs, tuning, schedule, steps) => {
            const config = { ...MODEL, ...tuning };
            const model = new StreamModel(inputsOf(logs), config, schedule);
            await model.steps(steps);
            model.knownSchemas.add(7);
            await model.until(() => model.isAtEnd);

            expectAsInOnePiece(model);
          },
        ),
        runs(0.3),
      );
    },
    TIMEOUT_MS,
  );
});

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

  test(
    'seals all windows in the end; each event is counted once, or among the dead letters',
    async () => {
      let late = 0;
      await fc.assert(
        fc.asyncProperty(anyNights, anyTuning, anySchedule(2000), async (nights, tuning, schedule) => {
          const config = { ...MODEL, ...tuning, isLive: true };
          const model = new StreamModel(inputsOf([[], [], []]), config, schedule);
          model.clock.nowMs = NOON;
          for (const { gapMs, delayMs, source, steps } of nights) {
            await passTime(model, gapMs);
            const partition = model.inputs[source];
            if (partition !== undefined) appendTo(partition, connectAt(model.clock.nowMs - delayMs, model.clock.nowMs));
            await model.steps(steps);
          }
          await expectAllSealed(model);
          expectAccounted(model);
          late += model.late.length;
        }),
        runs(0.5),
      );
      expect(late).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    'does so while epochs begin, too',
    async () => {
      let late = 0;
      await fc.assert(
        fc.asyncProperty(
          anyNights,
          anyTuning,
          anySchedule(2000),
          fc.nat(20),
          async (nights, tuning, schedule, every) => {
            const config = { ...MODEL, ...tuning, isLive: true };
            const model = new StreamModel(inputsOf([[], [], []]), config, schedule);
            model.clock.nowMs = NOON;
            let epoch = config.epoch;
            for (const [index, { gapMs, delayMs, source, steps }] of nights.entries()) {
              await passTime(model, gapMs);
              const partition = model.inputs[source];
              if (partition !== undefined)
                appendTo(partition, connectAt(model.clock.nowMs - delayMs, model.clock.nowMs));
              await model.steps(steps);
              if (index % (every + 3) === 2) model.reconfigure({ ...config, epoch: (epoch += 1) });
            }
            await expectAllSealed(model);
            expectAccounted(model);
            late += model.late.length;
          },
        ),
        runs(0.5),
      );
      expect(late).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    'goes on with partitions that are added',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyNights, anyTuning, anySchedule(2000), async (nights, tuning, schedule) => {
          const config = { ...MODEL, ...tuning, isLive: true };
          const all = inputsOf([[], [], []]);
          const model = new StreamModel(all.slice(0, 1), config, schedule);
          model.clock.nowMs = NOON;
          for (const [index, { gapMs, delayMs, source, steps }] of nights.entries()) {
            if (index === 10) model.reconfigure(config, all);
            await passTime(model, gapMs);
            const partition = all[index < 10 ? 0 : source];
            if (partition !== undefined) appendTo(partition, connectAt(model.clock.nowMs - delayMs, model.clock.nowMs));
            await model.steps(steps);
          }
          await expectAllSealed(model, all);
          expectAccounted(model, all);
        }),
        runs(0.2),
      );
    },
    TIMEOUT_MS,
  );
});

test(
  'records that are deleted before they are read are told, and all others counted once',
  async () => {
    const anyNights = fc.array(
      fc.record({ gapMs: fc.nat(MINUTE_MS), source: fc.nat(1), steps: fc.nat(12), deleted: fc.nat(40) }),
      { maxLength: 60, size: 'max' },
    );
    let lost = 0;
    await fc.assert(
      fc.asyncProperty(anyNights, anyTuning, anySchedule(2000), async (nights, tuning, schedule) => {
        const model = new StreamModel(inputsOf([[], [], []]), { ...MODEL, ...tuning, isLive: true }, schedule);
        const all = inputsOf([[], [], []]);
        model.clock.nowMs = NOON;
        // After the last one: a source of which nothing is left knows of no time that could go on.
        const last = { gapMs: HOUR_MS, source: 0, steps: 0, deleted: 40 };
        for (const { gapMs, source, steps, deleted } of [...nights, last]) {
          await passTime(model, gapMs);
          const [partition, whole] = [model.inputs[source], all[source]];
          if (partition === undefined || whole === undefined) continue;
          for (const each of [partition, whole]) appendTo(each, connectAt(model.clock.nowMs, model.clock.nowMs));
          await model.steps(steps);
          // Of what nobody has begun with nothing is lost.
          if (deleted < 4 && model.aggregate.committed.has(partition.name))
            model.forget(partition, Math.min(partition.end, partition.read + deleted));
        }
        await expectAllSealed(model);
        const total = nights.length + 1;
        const { tooLate, ranges } = lateOf(model, all);
        const counted = connectsIn(model.results().correlations) + tooLate.size;

        expect(counted).toBeLessThanOrEqual(total);
        expect(counted + ranges.size + model.lost.size).toBeGreaterThanOrEqual(total);
        lost += model.lost.size;
      }),
      runs(0.5),
    );
    expect(lost).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'where a topic forgets what was counted before its chunk ends, all is counted once',
  async () => {
    const anyNights = fc.array(
      fc.record({ gapMs: fc.nat(10 * MINUTE_MS), source: fc.nat(1), steps: fc.nat(12), isCleaned: fc.nat(6) }),
      { maxLength: 60, size: 'max' },
    );
    let forgotten = 0;
    await fc.assert(
      fc.asyncProperty(anyNights, anyTuning, anySchedule(2000), async (nights, tuning, schedule) => {
        const model = new StreamModel(inputsOf([[], [], []]), { ...MODEL, ...tuning, isLive: true }, schedule);
        const all = inputsOf([[], [], []]);
        model.clock.nowMs = NOON;
        for (const { gapMs, source, steps, isCleaned } of nights) {
          await passTime(model, gapMs);
          const [partition, whole] = [model.inputs[source], all[source]];
          if (partition === undefined || whole === undefined) continue;
          for (const each of [partition, whole]) appendTo(each, connectAt(model.clock.nowMs, model.clock.nowMs));
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
      }),
      runs(0.5),
    );
    expect(forgotten).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

describe('the model shows what is wrong with', () => {
  async function failureOf(spoilt: Spoilt): Promise<unknown> {
    const { failed } = await fc.check(
      fc.asyncProperty(anyLogs, anyTuning, anySchedule(), async (logs, tuning, schedule) => {
        const config = { ...MODEL, ...tuning };
        expectAsInOnePiece(await bounded(logs, config, schedule, spoilt));
      }),
      { numRuns: 60, seed: 1, endOnFailure: true },
    );
    return failed;
  }

  test('marks that are sent before contributions', async () => {
    expect(await failureOf({ sink: marksFirst })).toBe(true);
  }, 60_000);

  test('contributions that are added up', async () => {
    expect(await failureOf({ decode: adding })).toBe(true);
  }, 60_000);
});

/** Sends contributions after the marks that say that they are out. */
function marksFirst<O extends string>(sink: RecordSink<O>): RecordSink<O> {
  let kept: readonly OutgoingRecord<O>[] = [];
  return {
    async send(records) {
      if (records.some(({ partition }) => partition === undefined)) kept = [...kept, ...records];
      else {
        const before = kept;
        kept = [];
        await sink.send([...records]);
        await sink.send(before);
      }
    },
  };
}

/** Adds contributions of one name to those before them. */
function adding(): (value: Buffer) => PartialRecord | undefined {
  const cap = AGGREGATE.clientCap;
  const sums = new Map<string, ReturnType<typeof packTally>>();
  return (value) => {
    const record = decodePartial(value);
    if (record?.kind !== 'contribution') return record;
    const { contribution } = record;
    const { source, chunk, subject, paneMs, tally } = contribution;
    const name = [source, chunk, subject, paneMs].join('|');
    const before = sums.get(name);
    const sum = unpackTally(tally, cap);
    if (before !== undefined) mergeInto(sum, unpackTally(before, cap));
    const added = packTally(sum);
    sums.set(name, added);
    return { kind: 'contribution', contribution: { ...contribution, tally: added } };
  };
}

function withSchema(record: InputRecord): InputRecord {
  return { ...record, text: `#7 ${record.text}` };
}

function connectAt(time: number, timeMs: number): InputRecord {
  return { text: JSON.stringify(connect({ time })), timeMs, skipped: 0 };
}

/** Connections so long after one another. */
function connectsAfter(gaps: readonly number[]): readonly InputRecord[] {
  let nowMs = NOON;
  return gaps.map((gapMs) => {
    nowMs += gapMs;
    return connectAt(nowMs, nowMs);
  });
}

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

/** The connections that final windows of the smallest size count. */
function connectsIn(correlations: ReadonlyMap<string, string>): number {
  const documents = [...correlations.values()].map((text): unknown => JSON.parse(text));
  const panes = documents.filter((document) => at(document, 'mxwarden.window.size') === '5m');
  return panes.reduce((sum: number, document) => sum + Number(at(document, 'mxwarden.smtp.connects') ?? 0), 0);
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
