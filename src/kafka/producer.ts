import kafkajs from 'kafkajs';
import type { Admin, Kafka, Message, Producer as KafkaProducer, TopicMessages } from 'kafkajs';
import type { KafkaSettings } from '../config/kafka.js';
import { durationMs } from '../core/time.js';
import { askKafka } from './admin.js';
import { COMPRESSION_TYPES } from './codecs.js';
import { KafkaError, explain, failureOf, isFinal } from './errors.js';
import { partitionOf } from './murmur2.js';
import { requireTopics } from './offsets.js';

/** Something to write. Its key chooses the partition, unless that is given. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record that its topic does not take. */
export interface TooLarge {
  readonly topic: string;
  readonly bytes: number;
  /** `max.message.bytes` of the topic, where we may know it. */
  readonly limitBytes: number | undefined;
}

export interface ProducerDeps {
  readonly kafka: Kafka;
  readonly settings: Pick<KafkaSettings, 'compression' | 'request_timeout'>;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Calls back after a while; what it returns calls that off. */
  readonly setTimer: (delayMs: number, run: () => void) => () => void;
  /** Something was not acknowledged, and will be sent again. */
  readonly onRetry: (retry: { readonly text: string; readonly delayMs: number }) => void;
}

/** A record until it is settled. */
interface Entry extends OutgoingRecord {
  readonly partition: number;
  readonly bytes: number;
  readonly onSettled: (refusal?: TooLarge) => void;
}

interface Topic {
  readonly partitionCount: number;
  readonly limitBytes: number | undefined;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Below the megabyte that a broker takes by default. All of a request may be for one partition, and then it is one record batch. */
const REQUEST_BYTES = 900_000;
/** Of a topic's limit so much is for what stands around the records of a batch. */
const BATCH_OVERHEAD_BYTES = 100;
/** What a record takes at most beside its key and its value. */
const RECORD_OVERHEAD_BYTES = 32;
/** What a header takes at most beside its name and its value. */
const HEADER_OVERHEAD_BYTES = 10;
const QUEUE_BYTES = 16_000_000;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;
const ACKS_OF_ALL = -1;

/**
 * Writes records, a request at a time, in the order in which they came. A request that is not acknowledged is sent again by
 * a new producer, until it is: nothing is lost, but records may be there twice then.
 */
export class Producer {
  private producer: KafkaProducer | undefined;
  private readonly closing: Promise<void>[] = [];
  private waiting: Entry[] = [];
  private heldBytes = 0;
  private readonly waitingForRoom: Waiter[] = [];
  private readonly waitingForEnd: Waiter[] = [];
  private isSending = false;
  private ended: Error | undefined;
  private stopDelay: (() => void) | undefined;

  private constructor(
    private readonly topics: ReadonlyMap<string, Topic>,
    private readonly deps: ProducerDeps,
  ) {}

  /** A producer for these topics. @throws KafkaError if it cannot reach them. */
  static async open(topics: readonly string[], deps: ProducerDeps): Promise<Producer> {
    return askKafka(deps.kafka, async (admin) => {
      const producer = new Producer(await describeTopics(admin, topics), deps);
      await producer.connect();
      return producer;
    });
  }

  /** How many partitions a topic has that the producer was opened for. */
  partitionCountOf(topic: string): number {
    const known = this.topics.get(topic);
    if (known === undefined) throw new Error(`The producer was not opened for topic ${topic}.`);
    return known.partitionCount;
  }

  /**
   * Takes a record; resolves when there is room for it. `onSettled` is called once, when all replicas have it, or when it was
   * refused for its size; never, if the producer is closed before.
   */
  async add(record: OutgoingRecord, onSettled: (refusal?: TooLarge) => void): Promise<void> {
    const { topic, key, value, headers } = record;
    const partition = record.partition ?? partitionOf(key, this.partitionCountOf(topic));
    const bytes =
      key.length + value.length + RECORD_OVERHEAD_BYTES + (headers === undefined ? 0 : headerBytes(headers));
    while (this.ended === undefined && this.heldBytes > 0 && this.heldBytes + bytes > QUEUE_BYTES)
      await new Promise<void>((resolve, reject) => this.waitingForRoom.push({ resolve, reject }));
    if (this.ended !== undefined) throw this.ended;
    this.heldBytes += bytes;
    this.waiting.push({ ...record, partition, bytes, onSettled });
    this.startSending();
  }

  /** Resolves when all that was taken is settled. @throws KafkaError if it cannot be. */
  async flush(): Promise<void> {
    if (this.ended !== undefined) throw this.ended;
    if (this.heldBytes === 0) return;
    await new Promise<void>((resolve, reject) => this.waitingForEnd.push({ resolve, reject }));
  }

  /** Ends it; what is not settled is never told of. */
  async close(): Promise<void> {
    this.end(new Error('The producer is closed.'));
    this.retire();
    await Promise.all(this.closing);
  }

  private startSending(): void {
    if (this.isSending) return;
    this.isSending = true;
    // What the caller adds until it waits for something goes into one request.
    setImmediate(() => {
      this.sendAll().catch((error: unknown) => {
        this.end(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  private async sendAll(): Promise<void> {
    while (this.ended === undefined && this.waiting.length > 0) {
      const count = this.countOfRequest();
      const entries = this.waiting.slice(0, count);
      this.waiting = this.waiting.slice(count);
      await this.deliver(entries);
    }
    this.isSending = false;
  }

  /** How many of those that wait go into the next request: as many as their topics take in one batch. */
  private countOfRequest(): number {
    let requestBytes = 0;
    const bytesOf = new Map<string, number>();
    for (const [index, { topic, bytes }] of this.waiting.entries()) {
      requestBytes += bytes;
      const topicBytes = (bytesOf.get(topic) ?? 0) + bytes;
      const limitBytes = (this.topics.get(topic)?.limitBytes ?? REQUEST_BYTES) - BATCH_OVERHEAD_BYTES;
      if (index > 0 && (requestBytes > REQUEST_BYTES || topicBytes > limitBytes)) return index;
      bytesOf.set(topic, topicBytes);
    }
    return this.waiting.length;
  }

  /** Sends records until they are acknowledged, or refused for good. */
  private async deliver(entries: readonly Entry[]): Promise<void> {
    for (let retries = 0; this.ended === undefined; retries += 1) {
      try {
        await this.send(entries);
        break;
      } catch (error) {
        // After an error kafkajs counts the sequence numbers of a producer wrongly, and a broker may drop records for it.
        this.retire();
        const failure = failureOf(error);
        if (TOO_LARGE.includes(failure.type)) {
          await this.deliverInHalves(entries);
          return;
        }
        if (isFinal(failure)) throw new KafkaError(explain(error), { cause: error });
        await this.delay(retries, explain(error));
      }
    }
    this.settle(entries);
  }

  private async deliverInHalves(entries: readonly Entry[]): Promise<void> {
    const [first] = entries;
    if (first === undefined) return;
    if (entries.length === 1) {
      const { topic, key, value } = first;
      const limitBytes = this.topics.get(topic)?.limitBytes;
      this.settle(entries, { topic, bytes: key.length + value.length, limitBytes });
      return;
    }
    const middle = entries.length >> 1;
    await this.deliver(entries.slice(0, middle));
    await this.deliver(entries.slice(middle));
  }

  private async send(entries: readonly Entry[]): Promise<void> {
    const { settings } = this.deps;
    const messagesOf = new Map<string, Message[]>();
    for (const { topic, key, value, partition, headers } of entries) {
      const message: Message = headers === undefined ? { key, value, partition } : { key, value, partition, headers };
      const messages = messagesOf.get(topic);
      if (messages === undefined) messagesOf.set(topic, [message]);
      else messages.push(message);
    }
    const producer = await this.connect();
    await producer.sendBatch({
      acks: ACKS_OF_ALL,
      timeout: durationMs(settings.request_timeout),
      compression: COMPRESSION_TYPES[settings.compression],
      topicMessages: [...messagesOf].map(([topic, messages]): TopicMessages => ({ topic, messages })),
    });
  }

  private async connect(): Promise<KafkaProducer> {
    if (this.producer !== undefined) return this.producer;
    const producer = this.deps.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message: { partition = 0 } }) =>
          partition,
      retry: { retries: 1 },
    });
    this.producer = producer;
    await producer.connect();
    return producer;
  }

  /** Leaves the connections that there are to themselves: who is not there any more cannot be waited for. */
  private retire(): void {
    if (this.producer === undefined) return;
    this.closing.push(this.producer.disconnect().catch(() => undefined));
    this.producer = undefined;
  }

  private settle(entries: readonly Entry[], refusal?: TooLarge): void {
    if (this.ended !== undefined) return;
    for (const { bytes, onSettled } of entries) {
      this.heldBytes -= bytes;
      onSettled(refusal);
    }
    for (const { resolve } of this.waitingForRoom.splice(0)) resolve();
    if (this.heldBytes === 0) for (const { resolve } of this.waitingForEnd.splice(0)) resolve();
  }

  private async delay(retries: number, text: string): Promise<void> {
    if (this.ended !== undefined) return;
    const { random, setTimer, onRetry } = this.deps;
    const delayMs = random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** retries);
    onRetry({ text, delayMs });
    await new Promise<void>((resolve) => {
      const callOff = setTimer(delayMs, resolve);
      this.stopDelay = () => {
        callOff();
        resolve();
      };
    });
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    this.stopDelay?.();
    for (const { reject } of [...this.waitingForRoom.splice(0), ...this.waitingForEnd.splice(0)]) reject(this.ended);
  }
}

function headerBytes(headers: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + HEADER_OVERHEAD_BYTES;
  return bytes;
}

const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/** What a producer needs to know of its topics. @throws KafkaError if one is not there. */
async function describeTopics(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, Topic>> {
  await requireTopics(admin, names);
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const limits = await limitsOf(admin, names);
  return new Map(
    topics.map(({ name, partitions }) => [name, { partitionCount: partitions.length, limitBytes: limits.get(name) }]),
  );
}

/** The limit of each topic's batches. Who may only write cannot ask for it. */
async function limitsOf(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const resources = names.map((name) => ({
    type: kafkajs.ConfigResourceTypes.TOPIC,
    name,
    configNames: ['max.message.bytes'],
  }));
  try {
    const answer = await admin.describeConfigs({ resources, includeSynonyms: false });
    return new Map(
      answer.resources.map(({ resourceName, configEntries }) => [resourceName, Number(configEntries[0]?.configValue)]),
    );
  } catch (error) {
    if (failureOf(error).type.endsWith('AUTHORIZATION_FAILED')) return new Map();
    throw error;
  }
}
