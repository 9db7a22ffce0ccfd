import { resolve } from 'node:path';
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
import { readPositions, writePositions } from '../files/positions.js';
import type { Positions } from '../files/positions.js';
import { StreamLog, isPipe } from '../files/stream-log.js';
import { Tail } from '../files/tail.js';
import { createClient } from '../kafka/client.js';
import { KafkaError } from '../kafka/errors.js';
import { Producer } from '../kafka/producer.js';
import type { TooLarge } from '../kafka/producer.js';
import { createLineParser } from '../parse/line.js';
import { incompleteText } from '../report/incomplete-text.js';
import { baseName, beforeEnd, middleOfYear } from '../stages/first-pass.js';
import type { Chunk, EventSink, OutgoingRecord } from '../stages/ports.js';
import { ship } from '../stages/ship.js';
import type { Shipped } from '../stages/ship.js';
import { kafkaClientConfig } from './kafka.js';
import { readConfigFile } from './config-file.js';
import { openRegistry, registerEvents } from './registry.js';

/** Bytes of a log that are read at a time. */
const CHUNK_BYTES = 1 << 18;
/** How often a log is looked at that had nothing new. */
const POLL_MS = 250;
/** How often positions are written while lines are sent. */
const SAVE_MS = 1000;

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
  const state = new State(options.state, await readPositions(options.state));
  const logs = await openLogs(familiesOf(files), state, options, deps);
  try {
    await state.save();
    const keys = registry === undefined ? {} : await registerEvents(registry, config.kafka.topics);
    const kafka = await KafkaSink.open(config.kafka, deps);
    try {
      const shipped = await ship({
        ...stageDeps(config, keys),
        sources: logs,
        sink: kafka,
        isInStep: options.follow !== true,
        onAcknowledged: () => state.saveNowAndThen(),
        onIdle: () => state.save(),
        signal: deps.signal,
      });
      deps.tell(shippedText(shipped));
    } finally {
      await kafka.close();
    }
    await state.save();
  } finally {
    for (const log of logs) await log.close();
  }
  for (const log of logs) for (const file of log.incomplete) deps.warn(incompleteText(file));
}

type Log = (Tail | StreamLog) & { readonly incomplete: readonly Incomplete[] };

async function openLogs(
  families: readonly Family[],
  state: State,
  { follow }: ShipOptions,
  deps: ShipCommandDeps,
): Promise<readonly Log[]> {
  const nowMs = (): Ms => Date.now();
  const pause = (): Promise<void> => sleep(POLL_MS, undefined, { ref: false });
  const tailDeps = { ...deps, isFollowing: follow === true, chunkBytes: CHUNK_BYTES, nowMs, pause };
  const logs: Log[] = [];
  for (const family of families) {
    const [path = ''] = family.files;
    if (family.files.length === 1 && (await isPipe(path))) logs.push(new StreamLog(family, path, tailDeps));
    else {
      const tail = new Tail(family, state.of(family.path), tailDeps);
      state.add(tail);
      logs.push(tail);
    }
  }
  return logs;
}

function stageDeps(
  config: Config,
  keys: EventKeys,
): Pick<Parameters<typeof ship>[0], 'parse' | 'encode' | 'resolverOf' | 'yearReference'> {
  const { timezone, year, dns_host: dnsHost } = config;
  const encoder = new EventEncoder(keys);
  return {
    parse: createLineParser({ zone: createZone(timezone), zoneOf: zonesOf(configuredServers(config), timezone) }),
    encode: (event) => encoder.encode(event),
    resolverOf: (source) => dnsHost ?? baseName(source),
    yearReference: ({ writtenMs }: Chunk) => (year === undefined ? beforeEnd(writtenMs) : middleOfYear(year)),
  };
}

function shippedText({ lines, events, unrecognised, dead }: Shipped): string {
  const buried = Object.entries(dead).map(([reason, count]) => `, ${count} dead letters (${reason})`);
  return `Sent: ${lines} lines, ${events} events, of which ${unrecognised} are not recognised${buried.join('')}.`;
}

/** The positions of all logs, in a file. */
class State {
  private readonly tails: Tail[] = [];
  private savedMs = 0;
  private saved = '';

  constructor(
    private readonly path: string,
    private readonly before: Positions,
  ) {}

  of(log: string): readonly NonNullable<ReturnType<Tail['positions']>[number]>[] {
    return this.before.get(resolve(log)) ?? [];
  }

  add(tail: Tail): void {
    this.tails.push(tail);
  }

  /** Writes the positions, unless that was done just before. */
  async saveNowAndThen(): Promise<void> {
    if (Date.now() - this.savedMs >= SAVE_MS) await this.save();
  }

  /** Writes the positions if they have changed. */
  async save(): Promise<void> {
    if (this.tails.length === 0) return;
    const positions = new Map(this.before);
    for (const tail of this.tails) positions.set(resolve(tail.name), tail.positions());
    const text = JSON.stringify([...positions]);
    if (text === this.saved) return;
    await writePositions(this.path, positions);
    this.saved = text;
    this.savedMs = Date.now();
  }
}

/** Sends records to the topics of events, and of dead letters. */
class KafkaSink implements EventSink {
  private constructor(
    private readonly producer: Producer,
    private readonly topics: Readonly<Record<OutgoingRecord['outlet'], string>>,
    private readonly onSent: () => void,
  ) {}

  static async open(settings: KafkaSettings, { environment, tell }: ShipCommandDeps): Promise<KafkaSink> {
    const { mail_events: mail, dns_events: dns, dead_letters: dead } = settings.topics;
    // What kafkajs says of its own is told by who asks for something.
    const kafka = createClient(await kafkaClientConfig(settings, environment), { log: () => undefined });
    let trouble: string | undefined;
    const onRetry = ({ text }: { readonly text: string }): void => {
      if (trouble === undefined) tell(`${text} What is read waits, and is sent again.`);
      trouble = text;
    };
    const onSent = (): void => {
      if (trouble !== undefined) tell('Kafka takes records again.');
      trouble = undefined;
    };
    try {
      const producer = await Producer.open([mail, dns, dead], {
        kafka,
        settings,
        random: () => Math.random(),
        setTimer: (delayMs, run) => {
          const timer = setTimeout(run, delayMs);
          return () => clearTimeout(timer);
        },
        onRetry,
      });
      return new KafkaSink(producer, { mail, dns, dead }, onSent);
    } catch (error) {
      throw asSinkError(error);
    }
  }

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    let tooLarge: TooLarge | undefined;
    const onSettled = (refusal?: TooLarge): void => {
      tooLarge ??= refusal;
    };
    try {
      for (const { outlet, key, value } of records)
        await this.producer.add({ topic: this.topics[outlet], key: Buffer.from(key), value }, onSettled);
      await this.producer.flush();
    } catch (error) {
      throw asSinkError(error);
    }
    this.onSent();
    if (tooLarge !== undefined) throw new SinkError(tooLargeText(tooLarge));
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

function asSinkError(error: unknown): unknown {
  return error instanceof KafkaError ? new SinkError(error.message, { cause: error }) : error;
}

function tooLargeText({ topic, bytes, limitBytes }: TooLarge): string {
  const limit = limitBytes === undefined ? '' : `, which is ${limitBytes}`;
  return (
    `Kafka refuses a record of ${bytes} bytes for ${topic}: raise max.message.bytes of the topic${limit}, ` +
    'and run it again: it goes on where it stopped.'
  );
}
