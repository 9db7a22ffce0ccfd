import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PartialRecord } from '../../src/core/progress.js';
import { mergeInto, packTally, unpackTally } from '../../src/core/tally/tally.js';
import { MINUTE_MS } from '../../src/core/time.js';
import type { OutgoingRecord, RecordSink } from '../../src/stages/ports.js';
import { TIMEOUT_MS, anyLogs, connectsAfter, connectsIn, forRuns, inputsOf } from '../support/model-runs.js';
import type { AnyRun, Logs } from '../support/model-runs.js';
import { AGGREGATE } from '../support/runs.js';
import {
  MODEL,
  MAPPED_OTHERWISE,
  StreamModel,
  anySchedule,
  batch,
  decodePartial,
  sorted,
} from '../support/stream-model.js';
import type { InputRecord, ModelConfig, Spoilt } from '../support/stream-model.js';

type LogsRun = Omit<AnyRun<Logs>, 'number'>;

async function bounded({ what, config, schedule }: LogsRun, spoilt?: Spoilt): Promise<StreamModel> {
  const model = new StreamModel(inputsOf(what), config, schedule, spoilt);
  await model.until(() => model.isAtEnd);
  return model;
}

/** A run to the end of the logs, to which something happens half way. */
async function changed(
  { what, config, schedule, number }: AnyRun<Logs>,
  change: (model: StreamModel) => void,
): Promise<StreamModel> {
  const model = new StreamModel(inputsOf(what), config, schedule);
  await model.steps(number);
  change(model);
  await model.until(() => model.isAtEnd);
  return model;
}

function expectAsInOnePiece(model: StreamModel, config: ModelConfig = model.config): void {
  expect(model.late).toEqual([]);
  expect(sorted(model.results())).toEqual(sorted(batch(model.inputs, config)));
}

describe('a bounded run', () => {
  test(
    'comes to what a run in one piece comes to, whoever crashes, leaves, or goes on though it is over',
    async () => {
      const seen = { snapshots: 0, restored: 0, held: 0, crashes: 0, damaged: 0 };
      await forRuns(anyLogs, { share: 1 }, async (run) => {
        const model = await bounded(run);
        expectAsInOnePiece(model);
        const { snapshots, restored, held, crashes } = model.seen;
        seen.snapshots += snapshots;
        seen.restored += restored;
        seen.held += held;
        seen.crashes += crashes;
        seen.damaged += model.snapshots.damaged;
      });
      expect(Object.values(seen).every((count) => count > 0)).toBe(true);
    },
    TIMEOUT_MS,
  );

  test(
    'writes the same documents with the same versions as one that reads the same contributions undisturbed',
    async () => {
      await forRuns(anyLogs, { share: 0.5 }, async (run) => {
        const model = await bounded(run);
        const nothing = { ...run.config, from: new Map<string, number>() };
        const undisturbed = new StreamModel([], nothing, { ...run.schedule, times: 0 }, {}, model.partials);
        await undisturbed.until(() => undisturbed.isAtEnd);

        expect(model.written).toEqual(undisturbed.written);
      });
    },
    TIMEOUT_MS,
  );

  test(
    'comes to the same where an epoch began half way',
    async () => {
      await forRuns(anyLogs, { share: 0.5 }, async (run) => {
        expectAsInOnePiece(await changed(run, (model) => model.reconfigure({ ...run.config, epoch: 2 })));
      });
    },
    TIMEOUT_MS,
  );

  test(
    'loses nothing where servers are mapped otherwise from an epoch on',
    async () => {
      const anyConnects = fc.array(fc.nat(3 * MINUTE_MS), { maxLength: 60, size: 'max' }).map(connectsAfter);
      await forRuns<Logs>(fc.tuple(anyConnects, anyConnects), { share: 0.3 }, async (run) => {
        const next = { ...run.config, epoch: 2, identity: MAPPED_OTHERWISE };
        const model = await changed(run, (before) => before.reconfigure(next));

        expect(model.late).toEqual([]);
        // What was not noted as out is written again by the new settings.
        expect(connectsIn(model.newest())).toBeGreaterThanOrEqual(run.what.flat().length);
      });
    },
    TIMEOUT_MS,
  );

  test(
    'waits for schemas that nobody can say at first',
    async () => {
      const anyWithSchemas = anyLogs.map((logs) =>
        logs.map((records) => records.map((each, index) => (index % 7 === 3 ? withSchema(each) : each))),
      );
      await forRuns(anyWithSchemas, { share: 0.3 }, async (run) => {
        expectAsInOnePiece(await changed(run, (model) => model.knownSchemas.add(7)));
      });
    },
    TIMEOUT_MS,
  );
});

describe('the model shows what is wrong with', () => {
  async function failureOf(spoilt: Spoilt): Promise<unknown> {
    const { failed } = await fc.check(
      fc.asyncProperty(anyLogs, anySchedule(), async (what, schedule) => {
        expectAsInOnePiece(await bounded({ what, config: MODEL, schedule }, spoilt));
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
