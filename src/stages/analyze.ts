import type { AggregateConfig } from '../core/aggregate.js';
import { Correlator } from '../core/correlate.js';
import type { CorrelateConfig, Correlated } from '../core/correlate.js';
import type { Incident } from '../core/detect/incidents.js';
import { markKnown } from '../core/documents/known.js';
import type { FindKnown } from '../core/documents/known.js';
import type { SourceReport } from '../core/documents/summary.js';
import { InvariantError } from '../core/errors.js';
import type { Ms } from '../core/event.js';
import type { Identity } from '../core/identity.js';
import type { ParseLine } from '../parse/line.js';
import { foldChunk } from './fold-chunk.js';
import type { FoldTask } from './fold-chunk.js';
import { LookAhead, SourceAhead } from './look-ahead.js';
import type { LookAheadDeps } from './look-ahead.js';
import type { Chunk, ChunkSource, Sink } from './ports.js';

/** Results of windows after which the sinks are flushed. */
const RESULTS_WAITING = 500;

export interface AnalyzeConfig {
  readonly aggregate: AggregateConfig;
  readonly correlate: CorrelateConfig;
}

export interface AnalyzeDeps extends Pick<LookAheadDeps, 'startThreads' | 'threadsAfterBytes' | 'onProgress'> {
  readonly sources: readonly ChunkSource[];
  readonly identity: Identity;
  readonly parse: ParseLine;
  /** Incidents of runs before, whose proposals may have been followed. */
  readonly earlier?: readonly Incident[] | undefined;
  readonly sinks: Readonly<Record<'correlations' | 'clients' | 'alerts' | 'rejections' | 'deadLetters', Sink>>;
  readonly resolverOf: (source: string) => string;
  readonly yearReference: (chunk: Chunk) => Ms;
  readonly bytesOfYear: (chunk: Chunk) => number;
  /** When the run began. */
  readonly nowMs: Ms;
  /** Incidents that the operator knows about; absent where there are none. */
  readonly findKnown?: FindKnown;
  readonly onResult: (result: Correlated) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs aggregate and correlate over sources until all are at their end: always the one that is furthest behind in event
 * time gives its next chunk, so that windows are sealed as the run goes on.
 */
export async function analyze(config: AnalyzeConfig, deps: AnalyzeDeps): Promise<readonly SourceReport[]> {
  const all = deps.sources.map((source) => new SourceAhead(source, config.aggregate.outOfOrdernessMs));
  const foldDeps = { parse: deps.parse, identity: deps.identity, config: config.aggregate };
  const lookAhead = new LookAhead(all, {
    ...deps,
    taskOf: (chunk, source) => taskOf(chunk, source, deps),
    fold: (task, before) => foldChunk(task, foldDeps, before),
  });
  try {
    await run(all, lookAhead, { config, deps });
  } finally {
    await lookAhead.close();
  }
  return all.map(({ source: { name, incomplete }, lines, progress: { outcomes } }) => ({
    name,
    lines,
    outcomes,
    incomplete,
  }));
}

async function run(
  all: readonly SourceAhead[],
  lookAhead: LookAhead,
  { config, deps }: { config: AnalyzeConfig; deps: AnalyzeDeps },
): Promise<void> {
  const correlator = new Correlator(config.correlate, deps.identity, deps.earlier);
  const expected = all.map(({ source }) => source.name);
  const active = new Set(all);
  for (let marks = 0; active.size > 0; marks += 1) {
    deps.signal.throwIfAborted();
    const source = slowest(active);
    const folded = await lookAhead.next(source);
    if (folded === undefined) active.delete(source);
    else {
      for (const contribution of source.take(folded)) {
        const late = correlator.contribute(contribution);
        // Nothing is silent here, and what is late was left out when it was counted.
        if (late !== undefined) throw new InvariantError(`${late.source} counts in a sealed pane of ${late.subject}.`);
      }
      deps.sinks.rejections.append(folded.rejections);
      deps.sinks.deadLetters.append(folded.deadLetters);
    }
    const mark = source.progress.mark(expected, folded === undefined);
    await writeResults(correlator.mark(mark, marks), deps);
  }
}

function taskOf(chunk: Chunk, source: ChunkSource, deps: AnalyzeDeps): Omit<FoldTask, 'lead'> {
  // A file that was just copied may be older than its last lines, and a run may begin before a log is written.
  const nowMs = Number.isNaN(chunk.writtenMs) ? deps.nowMs : Math.max(deps.nowMs, chunk.writtenMs);
  const reference = { yearMs: deps.yearReference(chunk), bytes: deps.bytesOfYear(chunk), nowMs };
  return { chunk, reference, defaultResolver: deps.resolverOf(source.name) };
}

/** A mark may end a year of windows: they are out, a few at a time, before the next ones are made. */
async function writeResults(results: Iterable<Correlated>, deps: AnalyzeDeps): Promise<void> {
  const { findKnown } = deps;
  let waiting = 0;
  for (const result of results) {
    const { correlation, clients } = result;
    const alerts = findKnown === undefined ? result.alerts : result.alerts.map((alert) => markKnown(alert, findKnown));
    deps.sinks.correlations.write([correlation]);
    deps.sinks.clients.write(clients);
    deps.sinks.alerts.write(alerts);
    deps.onResult({ ...result, alerts });
    waiting += 1;
    if (waiting < RESULTS_WAITING) continue;
    waiting = 0;
    await flush(deps);
    deps.signal.throwIfAborted();
  }
  await flush(deps);
}

async function flush({ sinks }: AnalyzeDeps): Promise<void> {
  for (const sink of Object.values(sinks)) await sink.flush();
}

function slowest(active: ReadonlySet<SourceAhead>): SourceAhead {
  let best: SourceAhead | undefined;
  for (const source of active)
    if (best === undefined || source.progress.watermarkMs < best.progress.watermarkMs) best = source;
  if (best === undefined) throw new RangeError('No source is active.');
  return best;
}
