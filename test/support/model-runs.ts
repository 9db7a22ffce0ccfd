import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import { NOON, connect } from './events.js';
import { at } from './documents.js';
import type { Partition } from './memory-kafka.js';
import { MODEL, anyRecords, anySchedule, inputOf } from './stream-model.js';
import type { InputRecord, ModelConfig, Schedule } from './stream-model.js';

/** MODEL_RUNS and MODEL_SEED let it run for longer, and elsewhere; to shrink what fails takes minutes: MODEL_SHRINK. */
const RUNS = Number(process.env.MODEL_RUNS ?? 420);
const SEED = Number(process.env.MODEL_SEED ?? 1);
export const TIMEOUT_MS = 60_000 + RUNS * 5000;

export type Logs = readonly (readonly InputRecord[])[];
export const anyLogs: fc.Arbitrary<Logs> = fc.tuple(anyRecords(50), anyRecords(50), anyRecords(50));

const anyTuning: fc.Arbitrary<Pick<ModelConfig, 'chunkRecords' | 'maxSkewMs'>> = fc.record({
  chunkRecords: fc.integer({ min: 4, max: 50 }),
  maxSkewMs: fc.constantFrom(5 * MINUTE_MS, HOUR_MS),
});

/** One run of the model: what happens, by which settings and which schedule, and some number. */
export interface AnyRun<T> {
  readonly what: T;
  readonly config: ModelConfig;
  readonly schedule: Schedule;
  readonly number: number;
}

export interface RunsOptions {
  /** Of all runs that are asked for. */
  readonly share: number;
  /** For how long chance rules at most. */
  readonly times?: number;
}

/** Has something hold for many runs. */
export async function forRuns<T>(
  anyOf: fc.Arbitrary<T>,
  { share, times }: RunsOptions,
  holds: (run: AnyRun<T>) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(anyOf, anyTuning, anySchedule(times), fc.nat(1500), (what, tuning, schedule, number) =>
      holds({ what, config: { ...MODEL, ...tuning }, schedule, number }),
    ),
    {
      numRuns: Math.ceil(RUNS * share),
      seed: SEED,
      endOnFailure: process.env.MODEL_SHRINK === undefined,
    },
  );
}

export function inputsOf(logs: Logs): Partition[] {
  return logs.flatMap((records, index) => inputOf(`log${index}`, records));
}

export function connectAt(time: number, timeMs: number): InputRecord {
  return { text: JSON.stringify(connect({ time })), timeMs, skipped: 0 };
}

/** Connections so long after one another. */
export function connectsAfter(gaps: readonly number[]): readonly InputRecord[] {
  let nowMs = NOON;
  return gaps.map((gapMs) => {
    nowMs += gapMs;
    return connectAt(nowMs, nowMs);
  });
}

/** The connections that final windows of the smallest size count. */
export function connectsIn(correlations: ReadonlyMap<string, string>): number {
  const documents = [...correlations.values()].map((text): unknown => JSON.parse(text));
  const panes = documents.filter((document) => at(document, 'mxwarden.window.size') === '5m');
  return panes.reduce((sum: number, document) => sum + Number(at(document, 'mxwarden.smtp.connects') ?? 0), 0);
}
