import { randomUUID } from 'node:crypto';
import { createPartialDecoder, PartialEncoder } from '../avro/partials.js';
import { WriterSchemas } from '../avro/writer-schemas.js';
import type { Environment } from '../config/elasticsearch.js';
import type { KafkaSettings } from '../config/kafka.js';
import { configuredKnown } from '../config/known.js';
import { ConfigError } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { createKnown } from '../core/documents/known.js';
import type { FindKnown } from '../core/documents/known.js';
import type { Ms } from '../core/event.js';
import type { Identity } from '../core/identity.js';
import { durationMs } from '../core/time.js';
import { askKafka, askUntilAnswered } from '../kafka/admin.js';
import { createClient } from '../kafka/client.js';
import type { ClientConfig, Kafka } from '../kafka/client.js';
import { listOffsets, offsetsAt } from '../kafka/offsets.js';
import { KafkaSnapshots } from '../kafka/snapshots.js';
import { createAggregateStage } from '../stages/aggregate.js';
import { createCorrelateStage } from '../stages/correlate.js';
import { createIndexStage } from '../stages/index-documents.js';
import type { DeadLetterDocument, DeadRecord, OutgoingRecord, StartGeneration } from '../stages/ports.js';
import { jsonRecord } from '../stages/records.js';
import { shownText } from '../stages/shown-text.js';
import type { Stage } from '../telemetry/declarations.js';
import { aggregateConfig, correlateConfig } from './core-config.js';
import { batcherConfig, connectElasticsearch } from './elasticsearch.js';
import type { Enrichment } from './enrichment.js';
import { KafkaSink } from './kafka-sink.js';
import { LATE_SCHEMA_MS, openRegistry } from './registry.js';
import { inputDecoders, inputTopics } from './stream-inputs.js';
import { aggregateObserver, correlateObserver, indexObserver } from './stream-observers.js';
import type { Telemetry } from './stream-observers.js';

/** Offsets of a chunk; contributions of chunks of another length would not be the same ones. */
const CHUNK_RECORDS = 16_384;

/** What all stages are made of. */
export interface Setting {
  readonly config: Config;
  readonly kafka: KafkaSettings;
  readonly client: ClientConfig;
  readonly identity: Identity;
  readonly cfg: string;
  readonly enrichment: Enrichment;
  readonly telemetry: Telemetry;
  readonly from: Beginning | undefined;
  readonly environment: Environment;
  /** Reads the configuration again. */
  readonly readConfig: () => Promise<Config>;
  /** Calls back each time that this is wanted. */
  readonly onReload: (reload: () => void) => void;
}

/** A stage that can begin. */
export interface PreparedStage {
  readonly stage: Stage;
  readonly start: StartGeneration;
  readonly close: () => Promise<void>;
}

/** Where the inputs begin in a new epoch. */
export type Beginning = 'earliest' | 'latest' | { readonly timeMs: Ms };

/** A clock that never jumps, in whole milliseconds as records have them. */
export function monotonicMs(): Ms {
  return Math.floor(performance.now());
}

export function clientOf({ client, telemetry }: Setting, stage: Stage): Kafka {
  return createClient(client, {
    log: ({ level, message: trouble, broker }) => {
      telemetry.vitals.tick(stage);
      const fields = { stage, broker, trouble };
      telemetry.log[level === 'error' ? 'warn' : 'debug']('The client of Kafka says how it is.', fields);
    },
  });
}

/** Makes a stage of this process ready to begin. @throws ConfigError, SinkError */
export function prepare(
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

async function prepareAggregate(
  setting: Setting,
  ends: ReadonlyMap<string, number> | undefined,
): Promise<PreparedStage> {
  const { config, kafka, telemetry, identity, cfg, environment } = setting;
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
      idleMs: durationMs(config.stream.idle),
      maxSkewMs: durationMs(config.stream.max_skew),
      ends,
      from: await startsOf(setting.from, topics, client),
    },
    {
      ...inputDecoders(inputs, config, await openRegistry(kafka, environment, LATE_SCHEMA_MS)),
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
      nowMs: monotonicMs,
      timeOfDayMs: () => Date.now(),
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
  const closing = new AbortController();
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
        signal: closing.signal,
      }),
      sink,
      nowMs: monotonicMs,
      observe: correlateObserver(telemetry),
    },
  );
  const close = async (): Promise<void> => {
    closing.abort();
    await sink.close();
  };
  return { stage: 'correlate', start, close };
}

async function prepareIndex(setting: Setting): Promise<PreparedStage> {
  const { config, kafka, telemetry, environment } = setting;
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
    connection: await connectElasticsearch(config.elasticsearch, environment),
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
function reloadedKnown({ config, readConfig, onReload, telemetry: { log } }: Setting): FindKnown {
  let find = createKnown(configuredKnown(config));
  const reload = async (): Promise<void> => {
    try {
      const read = await readConfig();
      find = createKnown(configuredKnown(read));
      log.info('Known incidents were read again.', { count: read.known.length });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error('The configuration cannot be used; known incidents stay as they are.', {}, error);
    }
  };
  onReload(() => void reload());
  return (incident) => find(incident);
}

function openSink<O extends string>(
  topics: Readonly<Record<O, string>>,
  { client, telemetry: { log, vitals } }: Setting,
  stage: Stage,
): Promise<KafkaSink<O>> {
  return KafkaSink.open(topics, client, {
    tell: (trouble) => log.warn('Kafka begins or ceases to take records.', { stage, trouble }),
    onWait: () => vitals.tick(stage),
  });
}
