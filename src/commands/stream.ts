import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { createPartialDecoder, PartialEncoder } from '../avro/partials.js';
import { WriterSchemas } from '../avro/writer-schemas.js';
import type { Environment } from '../config/elasticsearch.js';
import type { KafkaSettings } from '../config/kafka.js';
import { configuredKnown } from '../config/known.js';
import { ConfigError, loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { configuredServers } from '../config/servers.js';
import { listenAddress } from '../config/telemetry.js';
import { createKnown } from '../core/documents/known.js';
import type { FindKnown } from '../core/documents/known.js';
import type { Ms } from '../core/event.js';
import { createIdentity } from '../core/identity.js';
import type { Identity } from '../core/identity.js';
import { parseDuration } from '../core/time.js';
import { SinkError } from '../files/errors.js';
import { askKafka, askUntilAnswered } from '../kafka/admin.js';
import { createClient } from '../kafka/client.js';
import type { ClientConfig } from '../kafka/client.js';
import { KafkaError } from '../kafka/errors.js';
import { listOffsets, listPositions, offsetsAt, requireTopics } from '../kafka/offsets.js';
import { KafkaSnapshots } from '../kafka/snapshots.js';
import { GroupSource } from '../kafka/source.js';
import { StartError, createAggregateStage, jsonRecord } from '../stages/aggregate.js';
import { EpochError, createCorrelateStage } from '../stages/correlate.js';
import { createIndexStage } from '../stages/index-documents.js';
import type { DeadLetterDocument, DeadRecord, OutgoingRecord, StartGeneration } from '../stages/ports.js';
import { shownText } from '../stages/shown-text.js';
import { isAtEnd } from '../stages/snapshot-note.js';
import { readNote } from '../stages/source-note.js';
import { STAGES } from '../telemetry/declarations.js';
import type { Stage } from '../telemetry/declarations.js';
import { Vitals } from '../telemetry/health.js';
import { Log } from '../telemetry/log.js';
import { Metrics } from '../telemetry/metrics.js';
import { TelemetryServer } from '../telemetry/server.js';
import { readConfigFile } from './config-file.js';
import { aggregateConfig, correlateConfig } from './core-config.js';
import { batcherConfig, connectElasticsearch } from './elasticsearch.js';
import { readEnrichment } from './enrichment.js';
import type { Enrichment } from './enrichment.js';
import { kafkaClientConfig } from './kafka.js';
import { KafkaSink } from './kafka-sink.js';
import { openRegistry } from './registry.js';
import { cfgOf, groupOf, inputDecoders, inputTopics, topicsOf } from './stream-inputs.js';
import { aggregateObserver, correlateObserver, indexObserver } from './stream-observers.js';
import type { Telemetry } from './stream-observers.js';

/** Offsets of a chunk; contributions of chunks of another length would not be the same ones. */
const CHUNK_RECORDS = 16_384;
const TICK_MS = 100;
const MAX_WAIT_MS = 250;
/** Of each partition; all that comes at once is in memory at once, unpacked. */
const FETCH_BYTES = 1 << 16;
/** How often a run that ends looks whether it has. */
const LOOK_MS = 500;
/** How long all may take to end: less than what whoever runs services waits by default. */
const STOP_MS = 20_000;

/** Options as the command line has them. */
export interface StreamOptions {
  readonly config?: string;
  readonly stages?: string;
  readonly bounded?: boolean;
  readonly from?: string;
}

export interface StreamCommandDeps {
  readonly machineTimezone: string;
  readonly environment: Environment;
  readonly version: string;
  /** The name of this process among others: that of the machine. */
  readonly node: string;
  readonly writeLog: (line: string) => void;
  /** Calls back each time that the configuration is to be read again. */
  readonly onReload: (reload: () => void) => void;
  readonly signal: AbortSignal;
}

/** What all stages are made of. */
interface Setting {
  readonly config: Config;
  readonly kafka: KafkaSettings;
  readonly client: ClientConfig;
  readonly identity: Identity;
  readonly cfg: string;
  readonly enrichment: Enrichment;
  readonly telemetry: Telemetry;
  readonly from: Beginning | undefined;
  readonly options: StreamOptions;
  readonly deps: StreamCommandDeps;
}

/** A stage that can begin. */
interface PreparedStage {
  readonly stage: Stage;
  readonly start: StartGeneration;
  readonly close: () => Promise<void>;
}

/**
 * Runs stages on Kafka until the signal is aborted, or until all is done in a run that is bounded.
 * @throws ConfigError, SinkError
 */
export async function runStream(options: StreamOptions, deps: StreamCommandDeps): Promise<void> {
  const config = await loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
  const problems: string[] = [];
  const stages = stagesOf(options.stages, problems);
  const from = beginningOf(options.from, problems);
  const { kafka } = config;
  if (kafka === undefined) problems.push('kafka: is needed to read events and to write results.');
  if (stages.includes('index') && config.elasticsearch === undefined)
    problems.push('elasticsearch: is needed for the stage index; or leave that out by --stages aggregate,correlate.');
  if (config.servers.length === 0)
    problems.push('servers: is empty; name the mail servers whose events are in the topics.');
  const enrichment = await readEnrichment(config.enrichment);
  if ('problems' in enrichment) problems.push(...enrichment.problems);
  if (kafka === undefined || 'problems' in enrichment || problems.length > 0) throw new ConfigError(problems);

  const log = new Log(
    { level: config.stream.log_level, version: deps.version, node: deps.node },
    { nowMs: () => Date.now(), write: deps.writeLog },
  );
  const vitals = new Vitals(stages, { nowMs: monotonicMs });
  const metrics = new Metrics({ nowMs: () => Date.now() });
  const address = listenAddress(config.stream.listen);
  const server =
    address === undefined
      ? undefined
      : await TelemetryServer.open(address, {
          vitals,
          metrics,
          onError: (error) => log.error('The server of metrics failed.', {}, error),
        });
  const setting: Setting = {
    config,
    kafka,
    client: await kafkaClientConfig(kafka, deps.environment),
    identity: createIdentity(configuredServers(config), config.timezone),
    cfg: cfgOf(config, enrichment),
    enrichment,
    telemetry: { log, metrics, vitals },
    from,
    options,
    deps,
  };
  try {
    await runStages(stages, setting);
  } catch (error) {
    // Both say what to change in the configuration or on the command line.
    if (error instanceof StartError || error instanceof EpochError) throw new ConfigError([error.message]);
    throw error instanceof KafkaError ? new SinkError(error.message, { cause: error }) : error;
  } finally {
    log.flush();
    await server?.close();
  }
}

function stagesOf(text = STAGES.join(','), problems: string[]): readonly Stage[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !STAGES.some((stage) => stage === name));
  if (unknown.length > 0) problems.push(`--stages: ${unknown.join(', ')} is no stage; they are ${STAGES.join(', ')}.`);
  return STAGES.filter((stage) => names.includes(stage));
}

/** Where the inputs begin in a new epoch. */
type Beginning = 'earliest' | 'latest' | { readonly timeMs: Ms };

/** `undefined` where nothing is said; what cannot be understood is added to `problems`. */
function beginningOf(text: string | undefined, problems: string[]): Beginning | undefined {
  if (text === undefined || text === 'earliest' || text === 'latest') return text;
  const timeMs = Date.parse(text);
  if (!Number.isNaN(timeMs)) return { timeMs };
  problems.push(`--from: ${text} is neither earliest, latest nor a time such as 2026-11-23T08:00:00Z.`);
  return undefined;
}

function monotonicMs(): Ms {
  return performance.now();
}

async function runStages(stages: readonly Stage[], setting: Setting): Promise<void> {
  const { signal } = setting.deps;
  const ends = setting.options.bounded === true ? await endsOf(setting) : undefined;
  const prepared: PreparedStage[] = [];
  const groups: GroupSource[] = [];
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (const stage of stages) prepared.push(await prepare(stage, setting, ends));
    for (const each of prepared) {
      const group = createGroup(each, setting);
      groups.push(group);
      await group.start();
    }
    const finished = groups.map((group) => group.finished);
    const last = stages.at(-1);
    const done = ends === undefined || last === undefined ? [] : [untilDone(setting, ends, last, stop.signal)];
    await Promise.race([aborted(stop.signal), ...finished, ...done]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop.abort();
    // What aggregate sends last, correlate need not wait for, but the other way round it would be of no use.
    const timeUp = sleep(STOP_MS, undefined, { ref: false });
    for (const group of groups) await Promise.race([group.stop(), timeUp]);
    for (const each of prepared) await Promise.race([each.close(), timeUp]);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function clientOf({ client, telemetry }: Setting, stage: Stage): Kafka {
  return createClient(client, {
    log: ({ level, message, broker }) =>
      telemetry.log[level === 'error' ? 'warn' : 'debug'](message, { stage, broker }),
  });
}

function createGroup({ stage, start }: PreparedStage, setting: Setting): GroupSource {
  const { config, telemetry } = setting;
  const { vitals, metrics, log } = telemetry;
  return new GroupSource(
    {
      groupId: groupOf(stage, setting.config),
      topics: topicsOf(stage, setting.config, setting.kafka),
      sessionTimeoutMs: parseDuration(config.stream.session_timeout) ?? 0,
      tickMs: TICK_MS,
      maxWaitMs: MAX_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES,
    },
    {
      kafka: clientOf(setting, stage),
      now: monotonicMs,
      random: () => Math.random(),
      startGeneration: (given) => {
        const generation = start(given);
        return {
          begin: async () => {
            vitals.enter(stage, 'restoring');
            const starts = await generation.begin();
            vitals.enter(stage, 'ready');
            return starts;
          },
          take: (batch) => generation.take(batch),
          tick: (caughtUp) => generation.tick(caughtUp),
          end: () => generation.end(),
        };
      },
      on: {
        onAssigned: (sources) => {
          vitals.enter(stage, 'joining');
          metrics.add('mxwarden_rebalances_total', { stage });
          log.info('A generation of the group begins.', { stage, count: sources.length });
        },
        onAlive: () => vitals.tick(stage),
        onRetry: ({ text }) => {
          vitals.tick(stage);
          log.warn(text, { stage });
        },
        onRestart: (text) => log.warn(text, { stage }),
      },
    },
  );
}

function prepare(
  stage: Stage,
  setting: Setting,
  ends: ReadonlyMap<string, number> | undefined,
): Promise<PreparedStage> {
  switch (stage) {
    case 'aggregate':
      return prepareAggregate(setting, ends);
    case 'correlate':
      return prepareCorrelate(setting);
    case 'index':
      return prepareIndex(setting);
  }
}

/** Where the inputs end now. */
async function endsOf(setting: Setting): Promise<ReadonlyMap<string, number>> {
  const topics = topicsOf('aggregate', setting.config, setting.kafka);
  return askKafka(clientOf(setting, 'aggregate'), async (admin) => {
    await requireTopics(admin, topics);
    const extents = await listOffsets(admin, topics);
    return new Map([...extents].map(([source, { endOffset }]) => [source, endOffset]));
  });
}

async function prepareAggregate(
  setting: Setting,
  ends: ReadonlyMap<string, number> | undefined,
): Promise<PreparedStage> {
  const { config, kafka, telemetry, identity, cfg, deps } = setting;
  const inputs = inputTopics(config, kafka);
  const topics = inputs.map(({ topic }) => topic);
  const { partials, rejections, dead_letters: dead } = kafka.topics;
  const sink = await openSink({ partials, rejections, dead }, setting, 'aggregate');
  const encoder = new PartialEncoder();
  const observe = aggregateObserver(telemetry);
  const client = clientOf(setting, 'aggregate');
  const start = createAggregateStage(
    {
      aggregate: aggregateConfig(config),
      chunkRecords: CHUNK_RECORDS,
      epoch: config.stream.epoch,
      cfg,
      idleMs: parseDuration(config.stream.idle) ?? 0,
      maxSkewMs: parseDuration(config.stream.max_skew) ?? 0,
      ends,
      from: await startsOf(setting.from, topics, client),
    },
    {
      ...inputDecoders(inputs, config, await openRegistry(kafka, deps.environment)),
      identity,
      defaultResolver: config.dns_host ?? identity.servers[0]?.config.hosts[0] ?? '',
      encode: (record) =>
        record.kind === 'mark' ? encoder.encodeMark(record.mark) : encoder.encodeContribution(record.contribution),
      partialsCount: sink.partitionCountOf('partials'),
      isFresh: () =>
        askUntilAnswered(client, async (admin) => {
          const extents = await listOffsets(admin, [partials]);
          return [...extents.values()].every(({ endOffset }) => endOffset === 0);
        }),
      sink,
      nowMs: () => Date.now(),
      observe,
      onOutcomes: observe.outcomes,
    },
  );
  return { stage: 'aggregate', start, close: () => sink.close() };
}

/** Where that is. */
async function startsOf(
  from: Beginning | undefined,
  topics: readonly string[],
  kafka: Kafka,
): Promise<ReadonlyMap<string, number> | undefined> {
  if (from === undefined) return undefined;
  return askKafka(kafka, async (admin) => {
    if (typeof from === 'object') return offsetsAt(admin, topics, from.timeMs);
    const extents = await listOffsets(admin, topics);
    return new Map(
      [...extents].map(([source, { startOffset, endOffset }]) => [source, from === 'latest' ? endOffset : startOffset]),
    );
  });
}

async function prepareCorrelate(setting: Setting): Promise<PreparedStage> {
  const { config, kafka, telemetry, identity, cfg, enrichment } = setting;
  const { snapshots, correlations, clients, alerts, dead_letters: dead } = kafka.topics;
  const sink = await openSink({ correlations, clients, alerts, dead, snapshots }, setting, 'correlate');
  const decoder = createPartialDecoder(new WriterSchemas());
  const start = createCorrelateStage(
    { correlate: await correlateConfig(config, enrichment.enrich, true), epoch: config.stream.epoch, cfg },
    {
      identity,
      decode: (value) => {
        const record = decoder.decode(value);
        return record.kind === 'contribution' || record.kind === 'mark' ? record : undefined;
      },
      snapshots: new KafkaSnapshots({
        kafka: clientOf(setting, 'correlate'),
        topic: snapshots,
        sink,
        newId: randomUUID,
      }),
      sink,
      nowMs: () => Date.now(),
      observe: correlateObserver(telemetry),
    },
  );
  return { stage: 'correlate', start, close: () => sink.close() };
}

async function prepareIndex(setting: Setting): Promise<PreparedStage> {
  const { config, kafka, telemetry, deps } = setting;
  if (config.elasticsearch === undefined) throw new ConfigError(['elasticsearch: is needed for the stage index.']);
  // It takes a third of a second to load.
  const { ElasticsearchWriter } = await import('../elasticsearch/writer.js');
  const { correlations: correlation, clients: client, alerts: alert, rejections: rejection } = kafka.topics;
  const sink = await openSink({ dead: kafka.topics.dead_letters }, setting, 'index');
  const { log, metrics } = telemetry;
  const setTimer = (delayMs: Ms, run: () => void): (() => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  };
  const writer = new ElasticsearchWriter(batcherConfig(config.elasticsearch), {
    connection: await connectElasticsearch(config.elasticsearch, deps.environment),
    nowMs: () => Date.now(),
    random: () => Math.random(),
    setTimer,
    onRetry: ({ reason, count }) => {
      telemetry.vitals.tick('index');
      log.warn('Elasticsearch does not take documents; they are sent again.', { stage: 'index', reason, count });
      metrics.add('mxwarden_bulk_retries_total', { trouble: reason }, count);
    },
  });
  const topics = { correlation, client, alert, rejection };
  const start = createIndexStage(
    { topics },
    {
      writer,
      bury: (record) => sink.send([deadRecord(record)]),
      findKnown: reloadedKnown(setting),
      nowMs: monotonicMs,
      setTimer,
      observer: indexObserver(telemetry),
    },
  );
  const close = async (): Promise<void> => {
    await writer.close();
    await sink.close();
  };
  return { stage: 'index', start, close };
}

function deadRecord({ origin, reason, text: why, value }: DeadRecord): OutgoingRecord<'dead'> {
  const text = value === undefined ? '' : shownText(value);
  const letter: DeadLetterDocument = { reason, origin, text, ...(why === '' ? {} : { why }) };
  return jsonRecord('dead', letter, ['origin']);
}

/** What is known of incidents, by the configuration as of the last reload. */
function reloadedKnown({ config, options, deps, telemetry: { log } }: Setting): FindKnown {
  let find = createKnown(configuredKnown(config));
  const reload = async (): Promise<void> => {
    try {
      const read = await loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
      find = createKnown(configuredKnown(read));
      log.info('Known incidents were read again.', { count: read.known.length });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error('The configuration cannot be used; known incidents stay as they are.', {}, error);
    }
  };
  deps.onReload(() => void reload());
  return (incident) => find(incident);
}

function openSink<O extends string>(
  topics: Readonly<Record<O, string>>,
  { kafka, deps, telemetry: { log } }: Setting,
  stage: Stage,
): Promise<KafkaSink<O>> {
  return KafkaSink.open(topics, kafka, { environment: deps.environment, tell: (text) => log.warn(text, { stage }) });
}

/** Resolves when all is done that a bounded run is to do up to its last stage, by all processes, first things first. */
async function untilDone(
  setting: Setting,
  ends: ReadonlyMap<string, number>,
  last: Stage,
  signal: AbortSignal,
): Promise<void> {
  const look = async (admin: Admin): Promise<void> => {
    for (const stage of STAGES.slice(0, STAGES.indexOf(last) + 1))
      while (!signal.aborted && !(await isDone(stage, setting, ends, admin)))
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  };
  try {
    await askUntilAnswered(clientOf(setting, last), look, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function isDone(
  stage: Stage,
  setting: Setting,
  ends: ReadonlyMap<string, number>,
  admin: Admin,
): Promise<boolean> {
  const topics = topicsOf(stage, setting.config, setting.kafka);
  const positions = await listPositions(admin, groupOf(stage, setting.config), topics);
  if (stage === 'aggregate')
    return [...ends].every(([source, end]) => readNote(positions.get(source)?.note ?? '')?.endedAt === end);
  const extents = [...(await listOffsets(admin, topics))];
  if (stage === 'correlate') return extents.every(([source]) => isAtEnd(positions.get(source)?.note ?? ''));
  return extents.every(([source, { endOffset }]) => (positions.get(source)?.offset ?? 0) >= endOffset);
}
