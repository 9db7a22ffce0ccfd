import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../config/elasticsearch.js';
import { ConfigError, loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { configuredServers } from '../config/servers.js';
import { listenAddress } from '../config/telemetry.js';
import { createIdentity } from '../core/identity.js';
import type { Ms } from '../core/event.js';
import { MINUTE_MS, durationMs } from '../core/time.js';
import { SinkError } from '../files/errors.js';
import { askKafka, askUntilAnswered } from '../kafka/admin.js';
import type { Admin } from '../kafka/client.js';
import { KafkaError } from '../kafka/errors.js';
import { listOffsets, listPositions, requireTopics } from '../kafka/offsets.js';
import { GroupSource } from '../kafka/source.js';
import { isAtEnd } from '../stages/snapshot-note.js';
import { readNote } from '../stages/source-note.js';
import { StageError } from '../stages/stage-error.js';
import { STAGES } from '../telemetry/declarations.js';
import type { Stage } from '../telemetry/declarations.js';
import { Vitals } from '../telemetry/health.js';
import { Log } from '../telemetry/log.js';
import { Metrics } from '../telemetry/metrics.js';
import { TelemetryServer } from '../telemetry/server.js';
import { readConfigFile } from './config-file.js';
import { readEnrichment } from './enrichment.js';
import { kafkaClientConfig } from './kafka.js';
import { cfgOf, groupOf, topicsOf } from './stream-inputs.js';
import { clientOf, monotonicMs, prepare } from './stream-stages.js';
import type { Beginning, PreparedStage, Setting } from './stream-stages.js';
import { watched } from './watched-generation.js';

const TICK_MS = 100;
const MAX_WAIT_MS = 250;
/** How soon it is noticed that a topic has more partitions. */
const METADATA_MS = 60_000;
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

/**
 * Runs stages on Kafka until the signal is aborted, or until all is done in a run that is bounded.
 * @throws ConfigError, SinkError
 */
export async function runStream(options: StreamOptions, deps: StreamCommandDeps): Promise<void> {
  const readConfig = async (): Promise<Config> =>
    loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
  const config = await readConfig();
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

  const client = await kafkaClientConfig(kafka, deps.environment);
  // Without a listener the signal would end a process that has nothing to read again.
  deps.onReload(() => undefined);

  const log = new Log(
    { level: config.stream.log_level, version: deps.version, node: deps.node },
    { nowMs: () => Date.now(), write: deps.writeLog },
  );
  const vitals = new Vitals(
    stages,
    { maxSilenceMs: maxSilenceMs(config), sessionMs: sessionMs(config) },
    { nowMs: monotonicMs },
  );
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
    client,
    identity: createIdentity(configuredServers(config), config.timezone),
    cfg: cfgOf(config, enrichment),
    enrichment,
    telemetry: { log, metrics, vitals },
    from,
    environment: deps.environment,
    readConfig,
    onReload: deps.onReload,
  };
  try {
    const ends = options.bounded === true ? await endsOf(setting) : undefined;
    await runStages(stages, setting, ends, deps.signal);
  } catch (error) {
    // It says what to change in the configuration or on the command line.
    if (error instanceof StageError) throw new ConfigError([error.message]);
    throw error instanceof KafkaError ? new SinkError(error.message, { cause: error }) : error;
  } finally {
    log.flush();
    await server?.close();
  }
}

/** A request that nobody answers is sent once more before anything is said of it. */
function maxSilenceMs({ kafka, elasticsearch }: Config): Ms {
  const timeouts = [kafka, elasticsearch].map((server) =>
    server === undefined ? 0 : durationMs(server.request_timeout),
  );
  return Math.max(MINUTE_MS, 3 * Math.max(...timeouts));
}

function sessionMs({ stream }: Config): Ms {
  return durationMs(stream.session_timeout);
}

function stagesOf(text = STAGES.join(','), problems: string[]): readonly Stage[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !STAGES.some((stage) => stage === name));
  if (unknown.length > 0) problems.push(`--stages: ${unknown.join(', ')} is no stage; they are ${STAGES.join(', ')}.`);
  return STAGES.filter((stage) => names.includes(stage));
}

/** `undefined` where nothing is said; what cannot be understood is added to `problems`. */
function beginningOf(text: string | undefined, problems: string[]): Beginning | undefined {
  if (text === undefined || text === 'earliest' || text === 'latest') return text;
  const timeMs = Date.parse(text);
  if (!Number.isNaN(timeMs)) return { timeMs };
  problems.push(`--from: ${text} is neither earliest, latest nor a time such as 2026-11-23T08:00:00Z.`);
  return undefined;
}

async function runStages(
  stages: readonly Stage[],
  setting: Setting,
  ends: ReadonlyMap<string, number> | undefined,
  signal: AbortSignal,
): Promise<void> {
  const prepared: PreparedStage[] = [];
  const groups: GroupSource[] = [];
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) stop.abort();
  try {
    for (const stage of stages) if (!stop.signal.aborted) prepared.push(await prepare(stage, setting, ends));
    for (const each of prepared) {
      if (stop.signal.aborted) break;
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
    for (const stage of stages) setting.telemetry.vitals.enter(stage, 'stopping');
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

function createGroup({ stage, start }: PreparedStage, setting: Setting): GroupSource {
  const { config, telemetry } = setting;
  const { vitals, metrics, log } = telemetry;
  return new GroupSource(
    {
      groupId: groupOf(stage, setting.config),
      topics: topicsOf(stage, setting.config, setting.kafka),
      sessionTimeoutMs: sessionMs(config),
      tickMs: TICK_MS,
      maxWaitMs: MAX_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES,
      metadataMs: METADATA_MS,
    },
    {
      kafka: clientOf(setting, stage),
      now: monotonicMs,
      random: () => Math.random(),
      startGeneration: watched(stage, start, vitals),
      on: {
        onAssigned: (sources) => {
          metrics.add('mxwarden_rebalances_total', { stage });
          log.info('A generation of the group begins.', { stage, count: sources.length });
        },
        onAlive: () => vitals.hear(stage),
        onRetry: ({ text: trouble }) => {
          vitals.tick(stage);
          log.warn('Kafka does not do what it was asked for, and is asked again.', { stage, trouble });
        },
        onRestart: (trouble) => log.warn('The member of the group begins anew.', { stage, trouble }),
      },
    },
  );
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
