import { Aggregator } from '../core/aggregate.js';
import type { AggregateConfig, Asides, Mark } from '../core/aggregate.js';
import { Correlator } from '../core/correlate.js';
import type { CorrelateConfig, Correlated } from '../core/correlate.js';
import type { SourceReport } from '../core/documents/summary.js';
import type { Ms } from '../core/event.js';
import type { Identity } from '../core/identity.js';
import type { Reading } from '../core/measure/reading.js';
import { foldChunk } from './fold-chunk.js';
import type { ParseLine } from '../parse/line.js';
import type { Chunk, ChunkSource, Sink } from './ports.js';

/** Results of windows after which the sinks are flushed. */
const RESULTS_WAITING = 500;

export interface AnalyzeConfig {
  readonly aggregate: Omit<AggregateConfig, 'defaultResolver'>;
  readonly correlate: CorrelateConfig;
}

export interface AnalyzeDeps {
  readonly sources: readonly ChunkSource[];
  readonly identity: Identity;
  readonly parse: ParseLine;
  readonly sinks: Readonly<Record<'correlations' | 'clients' | 'rejections' | 'deadLetters', Sink>>;
  readonly resolverOf: (source: string) => string;
  readonly yearReference: (chunk: Chunk) => Ms;
  readonly bytesOfYear: (chunk: Chunk) => number;
  /** When the run began. */
  readonly nowMs: Ms;
  readonly onReading: (reading: Reading) => void;
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
}

interface Running {
  readonly source: ChunkSource;
  readonly aggregator: Aggregator;
  watermarkMs: Ms;
  lines: number;
  /** What is left of the last chunk. */
  rest: Chunk | undefined;
}

/**
 * Runs aggregate and correlate over sources until all are at their end: always the one that is furthest behind in event
 * time reads its next chunk, so that windows are sealed as the run goes on.
 */
export async function analyze(config: AnalyzeConfig, deps: AnalyzeDeps): Promise<readonly SourceReport[]> {
  const { identity } = deps;
  const correlator = new Correlator(config.correlate, identity);
  const expected = deps.sources.map((source) => source.name);
  const all: readonly Running[] = deps.sources.map((source) => {
    const aggregateConfig = { ...config.aggregate, defaultResolver: deps.resolverOf(source.name) };
    const aggregator = new Aggregator(source.name, aggregateConfig, identity);
    return { source, aggregator, watermarkMs: -Infinity, lines: 0, rest: undefined };
  });
  const active = new Set(all);
  let marks = 0;
  while (active.size > 0) {
    deps.signal.throwIfAborted();
    const running = slowest(active);
    const chunk = running.rest ?? (await running.source.next());
    if (chunk !== undefined) fold(chunk, running, deps);
    else active.delete(running);
    const mark = finishChunk(running, { expected, isEnd: chunk === undefined, correlator }, deps);
    marks += 1;
    await writeResults(correlator.mark(mark, marks), deps);
  }
  return all.map(({ source: { name, incomplete }, lines, aggregator }) => ({
    name,
    lines,
    outcomes: aggregator.outcomes,
    incomplete,
  }));
}

function fold(chunk: Chunk, running: Running, deps: AnalyzeDeps): void {
  // A file that was just copied may be older than its last lines, and a run may begin before a log is written.
  const nowMs = Number.isNaN(chunk.writtenMs) ? deps.nowMs : Math.max(deps.nowMs, chunk.writtenMs);
  const reference = { yearMs: deps.yearReference(chunk), bytes: deps.bytesOfYear(chunk), nowMs };
  const onAsides = (asides: Asides): void => {
    writeAsides(asides, deps);
  };
  const { lines, rest } = foldChunk(chunk, deps.parse, { aggregator: running.aggregator, reference, onAsides });
  running.lines += lines;
  running.rest = rest;
  deps.onProgress(chunk.bytes.length + chunk.leftOutBytes - (rest?.bytes.length ?? 0));
}

/** Hands what the chunk came to on to the correlator; its tallies are not kept here while windows are given out. */
function finishChunk(
  running: Running,
  { expected, isEnd, correlator }: { expected: readonly string[]; isEnd: boolean; correlator: Correlator },
  deps: AnalyzeDeps,
): Mark {
  const { contributions, mark, ...asides } = running.aggregator.finishChunk(expected, isEnd);
  writeAsides(asides, deps);
  running.watermarkMs = mark.watermarkMs === 'end' ? Infinity : mark.watermarkMs;
  for (const contribution of contributions) correlator.contribute(contribution);
  return mark;
}

/** A mark may end a year of windows: they are out, a few at a time, before the next ones are made. */
async function writeResults(results: Iterable<Correlated>, deps: AnalyzeDeps): Promise<void> {
  let waiting = 0;
  for (const { reading, correlation, clients } of results) {
    deps.sinks.correlations.write([correlation]);
    deps.sinks.clients.write(clients);
    deps.onReading(reading);
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

function writeAsides({ rejections, deadLetters }: Asides, { sinks }: AnalyzeDeps): void {
  sinks.rejections.write(rejections);
  sinks.deadLetters.write(deadLetters);
}

function slowest(active: ReadonlySet<Running>): Running {
  let best: Running | undefined;
  for (const running of active) if (best === undefined || running.watermarkMs < best.watermarkMs) best = running;
  if (best === undefined) throw new RangeError('No source is active.');
  return best;
}
