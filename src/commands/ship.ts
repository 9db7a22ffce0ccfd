import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { EventEncoder } from '../avro/events.js';
import type { EventKeys } from '../avro/events.js';
import type { Environment } from '../config/elasticsearch.js';
import type { KafkaSettings } from '../config/kafka.js';
import { ConfigError, loadConfig } from '../config/load.js';
import { configuredServers } from '../config/servers.js';
import type { Config } from '../config/schema.js';
import type { Incomplete } from '../core/documents/summary.js';
import type { Ms } from '../core/event.js';
import { zonesOf } from '../core/identity.js';
import { createZone } from '../core/time.js';
import { SinkError } from '../files/errors.js';
import { familiesOf } from '../files/family.js';
import type { Family } from '../files/family.js';
import { StreamLog, isPipe } from '../files/stream-log.js';
import { Tail } from '../files/tail.js';
import { tooFewPartitions } from '../kafka/topics.js';
import { createLineParser } from '../parse/line.js';
import { incompleteText } from '../report/incomplete-text.js';
import { beforeEnd, middleOfYear, resolverNames } from '../stages/first-pass.js';
import type { Chunk, EventOutlet } from '../stages/ports.js';
import { ship } from '../stages/ship.js';
import type { Shipped } from '../stages/ship.js';
import { readConfigFile } from './config-file.js';
import { KafkaSink } from './kafka-sink.js';
import { openRegistry, registerEvents } from './registry.js';
import { ShipState } from './ship-state.js';

/** Bytes of a log that are read at a time. */
const CHUNK_BYTES = 1 << 18;
/** How often a log is looked at that had nothing new. */
const POLL_MS = 250;

/** Options as the command line has them. */
export interface ShipOptions {
  readonly follow?: boolean;
  readonly state: string;
  readonly config?: string;
}

export interface ShipCommandDeps {
  readonly stdin: Readable;
  readonly machineTimezone: string;
  readonly environment: Environment;
  /** Told what an operator may want to know: once for each change. */
  readonly tell: (text: string) => void;
  /** Told of each file that could not be read to its end. */
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends the events of logs to Kafka, from the positions in the state file on; until all is sent, or the signal is aborted.
 * @throws ConfigError, SourceError, SinkError
 */
export async function runShip(files: readonly string[], options: ShipOptions, deps: ShipCommandDeps): Promise<void> {
  const config = await loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
  if (config.kafka === undefined)
    throw new ConfigError([
      'Nowhere to send events: --config must name a file with settings for kafka, such as {brokers: [127.0.0.1:9092]}.',
    ]);
  const registry = await openRegistry(config.kafka, deps.environment);
  const families = await Promise.all(familiesOf(files).map(async (family) => ({ family, pipe: await pipeOf(family) })));
  // Of pipes there are no positions.
  const state = families.every(({ pipe }) => pipe !== undefined) ? undefined : await ShipState.open(options.state);
  const logs = families.map(({ family, pipe }) => openLog(family, pipe, state, options, deps));
  try {
    await state?.save();
    const keys = registry === undefined ? {} : await registerEvents(registry, config.kafka.topics);
    const kafka = await openSink(config.kafka, deps);
    try {
      const shipped = await ship({
        ...stageDeps(config, keys),
        sources: logs,
        sink: kafka,
        isInStep: options.follow !== true,
        onAcknowledged: async () => state?.saveNowAndThen(),
        onIdle: async () => state?.save(),
        signal: deps.signal,
      });
      deps.tell(shippedText(shipped));
    } catch (error) {
      // What was acknowledged is not to be sent again; why the run ends is what the operator must know.
      await state?.save().catch(() => undefined);
      throw error;
    } finally {
      await kafka.close();
    }
    await state?.save();
  } finally {
    for (const log of logs) await log.close();
    await state?.close();
  }
  for (const log of logs) for (const file of log.incomplete) deps.warn(incompleteText(file));
}

type Log = (Tail | StreamLog) & { readonly incomplete: readonly Incomplete[] };

/** The path of a log that is a pipe. */
async function pipeOf({ files: [path = '', ...others] }: Family): Promise<string | undefined> {
  return others.length === 0 && (await isPipe(path)) ? path : undefined;
}

function openLog(
  family: Family,
  pipe: string | undefined,
  state: ShipState | undefined,
  { follow }: ShipOptions,
  deps: ShipCommandDeps,
): Log {
  const nowMs = (): Ms => Date.now();
  const pause = (): Promise<void> => sleep(POLL_MS, undefined, { ref: false });
  const tailDeps = { ...deps, isFollowing: follow === true, chunkBytes: CHUNK_BYTES, nowMs, pause };
  if (pipe !== undefined) return new StreamLog(family, pipe, tailDeps);
  const tail = new Tail(family, state?.of(family.path) ?? [], tailDeps);
  state?.add(tail);
  return tail;
}

function stageDeps(
  config: Config,
  keys: EventKeys,
): Pick<Parameters<typeof ship>[0], 'parse' | 'encode' | 'resolverOf' | 'yearReference'> {
  const { timezone, year, dns_host: dnsHost } = config;
  const encoder = new EventEncoder(keys);
  const servers = configuredServers(config);
  const hosts = servers.flatMap((server) => server.hosts);
  return {
    parse: createLineParser({ zone: createZone(timezone), zoneOf: zonesOf(servers, timezone) }),
    encode: (event) => encoder.encode(event),
    resolverOf: resolverNames(hosts, { dnsHost }),
    yearReference: ({ writtenMs }: Chunk) => (year === undefined ? beforeEnd(writtenMs) : middleOfYear(year)),
  };
}

/** @throws SinkError if topics are not as they must be: a server's events are in order only if its partition stays the same. */
async function openSink(settings: KafkaSettings, deps: ShipCommandDeps): Promise<KafkaSink<EventOutlet>> {
  const { mail_events: mail, dns_events: dns, dead_letters: dead } = settings.topics;
  const sink = await KafkaSink.open({ mail, dns, dead }, settings, deps);
  const wanted = settings.partitions.events;
  const problems = (['mail', 'dns'] as const)
    .filter((outlet) => sink.partitionCountOf(outlet) < wanted)
    .map((outlet) => tooFewPartitions({ mail, dns }[outlet], sink.partitionCountOf(outlet), wanted));
  if (problems.length === 0) return sink;
  await sink.close();
  throw new SinkError(problems.join('\n'));
}

function shippedText({ lines, events, unrecognised, dead }: Shipped): string {
  const buried = Object.entries(dead).map(([reason, count]) => `, ${count} dead letters (${reason})`);
  return `Sent: ${lines} lines, ${events} events, of which ${unrecognised} are not recognised${buried.join('')}.`;
}
