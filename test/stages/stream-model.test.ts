import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MODEL, StreamModel, anyRecords, anySchedule, batch, inputOf, sorted } from '../support/stream-model.js';

const RUNS = Number(process.env.MODEL_RUNS ?? 300);
const SEED = Number(process.env.MODEL_SEED ?? 1);
const settings = { numRuns: RUNS, seed: SEED, ...(process.env.MODEL_FAST ? { endOnFailure: true } : {}) };

const anyLogs = fc.tuple(anyRecords(60), anyRecords(60), anyRecords(60));
const inputsOf = (logs: readonly Parameters<typeof inputOf>[1][]) =>
  logs.flatMap((records, index) => inputOf(`log${index}`, records));

test('a bounded run comes to what a run in one piece comes to, whoever crashes, leaves or goes on', async () => {
  const seen = { snapshots: 0, restored: 0, held: 0, crashes: 0, damaged: 0 };
  await fc.assert(
    fc.asyncProperty(anyLogs, anySchedule(), fc.integer({ min: 4, max: 50 }), async (logs, schedule, chunkRecords) => {
      const inputs = inputsOf(logs);
      const config = { ...MODEL, chunkRecords };
      const model = new StreamModel(inputs, config, schedule);
      await model.until(() => model.isAtEnd);

      expect(sorted(model.results())).toEqual(sorted(batch(inputs, config)));
      expect(model.late).toEqual([]);
      seen.snapshots += model.seen.snapshots;
      seen.restored += model.seen.restored;
      seen.held += model.seen.held;
      seen.crashes += model.seen.crashes;
      seen.damaged += model.snapshots.damaged;
    }),
    settings,
  );
  if (process.env.MODEL_STATS) console.log(seen);
  expect(Object.values(seen).every((count) => count > 0)).toBe(true);
}, 3_600_000);
