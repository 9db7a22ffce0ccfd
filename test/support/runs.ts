import { expect } from '@jest/globals';
import { Aggregator } from '../../src/core/aggregate.js';
import type { AggregateConfig, Asides, SourceRecord } from '../../src/core/aggregate.js';
import { Correlator } from '../../src/core/correlate.js';
import type { CorrelateConfig, Correlated } from '../../src/core/correlate.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { DeadReason, Event } from '../../src/core/event.js';
import { createIdentity } from '../../src/core/identity.js';
import type { Identity, ServerConfig } from '../../src/core/identity.js';
import type { Reading } from '../../src/core/measure/reading.js';
import type { Outcomes } from '../../src/core/outcomes.js';
import { Progress } from '../../src/core/progress.js';
import type { Contribution, Mark } from '../../src/core/progress.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { at, expectDocuments } from './documents.js';
import { record, serverConfig } from './events.js';

export const AGGREGATE: AggregateConfig = {
  paneMs: 5 * MINUTE_MS,
  outOfOrdernessMs: 30 * SECOND_MS,
  allowedLatenessMs: HOUR_MS,
  futureSkewMs: 5 * MINUTE_MS,
  clientCap: 4096,
  dnsDuplicates: 'count',
};

export const CORRELATE: CorrelateConfig = {
  sizes: windowSizes(['5m', '1h', '1d']),
  allowedLatenessMs: HOUR_MS,
  clientCap: 4096,
  gapFillMs: DAY_MS,
  provisional: false,
  detect: { profile: 'learned', specialDays: () => undefined },
  recipients: 'domain',
  enrich: () => ({}),
};

export function identityOf(servers: readonly Partial<ServerConfig>[] = [{}], timezone = 'UTC'): Identity {
  return createIdentity(servers.map(serverConfig), timezone);
}

/** The resolver of queries that name none. */
const RESOLVER = 'ns';

/** A source as its chunks of events. */
export interface Source {
  readonly name: string;
  readonly chunks: readonly (readonly Event[])[];
}

/** Cuts a list into chunks that end at these places, whatever their order. */
export function cut<T>(list: readonly T[], places: readonly number[]): readonly (readonly T[])[] {
  const ends = [...new Set([...places.map((place) => Math.min(place, list.length)), list.length])].sort(
    (a, b) => a - b,
  );
  return ends.map((end, index) => list.slice(ends[index - 1] ?? 0, end));
}

interface RunConfig {
  readonly identity: Identity;
  readonly aggregate?: Partial<AggregateConfig>;
  readonly correlate?: Partial<CorrelateConfig>;
  /** Of so many sources that have a chunk left, the one whose turn it is; by default each reads on to its end. */
  readonly pick?: (sources: number) => number;
}

/** What a chunk came to, and the mark that follows it. */
export interface ChunkResult extends Asides {
  readonly contributions: readonly Contribution[];
  readonly mark: Mark;
}

/** A source whose events are folded one by one, in chunks that end when they are told to. */
export class SourceFold {
  private readonly progress: Progress;
  private aggregator: Aggregator;

  constructor(
    name: string,
    private readonly config: AggregateConfig,
    private readonly identity: Identity,
  ) {
    this.progress = new Progress(name, config.outOfOrdernessMs);
    this.aggregator = new Aggregator(config, identity, RESOLVER);
  }

  add(event: Event, given: SourceRecord): DeadReason | undefined {
    return this.aggregator.add(event, given);
  }

  bury(reason: DeadReason, given: SourceRecord): void {
    this.aggregator.bury(reason, given);
  }

  finishChunk(expected: readonly string[], isEnd: boolean): ChunkResult {
    const contributions = this.progress.take(this.aggregator.finish());
    const asides = this.aggregator.takeAsides();
    this.aggregator = new Aggregator(this.config, this.identity, RESOLVER, this.progress.highest);
    return { contributions, ...asides, mark: this.progress.mark(expected, isEnd) };
  }

  /** Those of the chunks that have ended. */
  get outcomes(): Outcomes {
    return this.progress.outcomes;
  }
}

export interface Fold {
  readonly outcomes: Outcomes;
  readonly results: readonly ChunkResult[];
}

/** What aggregate makes of a source; its last chunk ends it. A record is written when its event happened. */
export function fold({ name, chunks }: Source, config: RunConfig, expected: readonly string[] = [name]): Fold {
  const source = new SourceFold(name, { ...AGGREGATE, ...config.aggregate }, config.identity);
  let offset = 0;
  const results = chunks.map((events, index) => {
    for (const event of events) source.add(event, record(offset++, event.time));
    return source.finishChunk(expected, index === chunks.length - 1);
  });
  expectDocuments({ rejection: results.flatMap(({ rejections }) => rejections) });
  return { outcomes: source.outcomes, results };
}

export interface Run {
  readonly correlations: readonly JsonObject[];
  readonly clients: readonly JsonObject[];
  readonly alerts: readonly JsonObject[];
  readonly readings: readonly Reading[];
}

/** Runs both stages over sources; every document is checked against its declaration. */
export function run(sources: readonly Source[], config: RunConfig): Run {
  const names = sources.map(({ name }) => name);
  const waiting = sources.map((source) => [...fold(source, config, names).results]);
  const correlator = new Correlator({ ...CORRELATE, ...config.correlate }, config.identity);
  const outputs: Correlated[] = [];
  for (let turns = 0; ; turns += 1) {
    const ready = waiting.filter((results) => results.length > 0);
    const result = ready[(config.pick?.(ready.length) ?? 0) % Math.max(1, ready.length)]?.shift();
    if (result === undefined) break;
    for (const contribution of result.contributions) expect(correlator.contribute(contribution)).toBeUndefined();
    outputs.push(...correlator.mark(result.mark, turns));
  }
  return collected(outputs);
}

/** All that marks brought about, checked. */
export function collected(results: Iterable<Correlated>): Run {
  const outputs = [...results];
  const correlations = outputs.map((output) => output.correlation);
  const clients = outputs.flatMap((output) => output.clients);
  const alerts = outputs.flatMap((output) => output.alerts);
  expectDocuments({ correlation: correlations, client: clients, alert: alerts });
  return { correlations, clients, alerts, readings: outputs.map((output) => output.reading) };
}

/** Final documents as text by id, without what tells how often they were given out; in order of their ids. */
export function finalOf(documents: readonly JsonObject[]): readonly (readonly [string, string])[] {
  const finals = new Map<string, string>();
  for (const document of documents) {
    if (at(document, 'mxwarden.window.final') !== true) continue;
    const id = String(at(document, 'event.id'));
    if (finals.has(id)) throw new RangeError(`${id} was sealed twice.`);
    finals.set(id, withoutVersion(document));
  }
  return [...finals].sort(([a], [b]) => (a < b ? -1 : 1));
}

function withoutVersion(document: JsonObject): string {
  const versions = new Set(['version', 'revision']);
  return JSON.stringify(document, (key, value: unknown) => (versions.has(key) ? undefined : value));
}
