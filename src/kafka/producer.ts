import type { Admin, Kafka, Producer as KafkaProducer } from 'kafkajs';
import type { KafkaSettings } from '../config/kafka.js';
import { InvariantError } from '../core/errors.js';
import { durationMs } from '../core/time.js';
import { askKafka } from './admin.js';
import { COMPRESSION_TYPES } from './codecs.js';
import { KafkaError, explain, failureOf, isFinal, topicsText } from './errors.js';
import { partitionOf } from './murmur2.js';
import { requireTopics } from './offsets.js';
import { bytesOf, countOfRequest, messagesOf } from './requests.js';
import type { OutgoingRecord, SizedRecord } from './requests.js';
import { retry } from './retry.js';
import type { Retry } from './retry.js';
import { settingOf } from './topic-settings.js';

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
  /** Something was not acknowledged, and will be sent again. */
  readonly onRetry: (retry: Retry) => void;
}

/** A record until it is settled. */
interface Entry extends SizedRecord {
  readonly onSettled: (refusal?: TooLarge) => void;
}

interface Topic {
  readonly partitionCount: number;
  readonly limitBytes: number | undefined;
}

/** Somebody who waits until so many of all records are settled, or for room. */
interface Waiter {
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const QUEUE_BYTES = 16_000_000;
const ACKS_OF_ALL = -1;
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/**
 * Writes records, a request at a time, in the order in which they came. A request that is not acknowledged is sent again by
 * a new producer, until it is: nothing is lost, but records may be there twice then.
 */
export class Producer {
  private producer: KafkaProducer | undefined;
  /** Producers that were given up, until their connections are closed. */
  private readonly closing = new Set<Promise<void>>();
  private waiting: Entry[] = [];
  private heldBytes = 0;
  /** How many records were taken, and how many of them are settled: in the same order. */
  private takenCount = 0;
  private settledCount = 0;
  private readonly waitingForRoom: Waiter[] = [];
  private waitingForEnd: Waiter[] = [];
  private isSending = false;
  private ended: Error | undefined;
  private readonly ending = new AbortController();

  private constructor(
    private readonly topics: ReadonlyMap<string, Topic>,
    private readonly deps: ProducerDeps,
  ) {}

  /** A producer for these topics. @throws KafkaError if it cannot reach them. */
  static async open(topics: readonly string[], deps: ProducerDeps): Promise<Producer> {
    const open = async (admin: Admin): Promise<Producer> => {
      const producer = new Producer(await describeTopics(admin, topics), deps);
      await producer.connect();
      return producer;
    };
    return askKafka(deps.kafka, open, rightToWrite(topics));
  }

  /** How many partitions a topic has that the producer was opened for. */
  partitionCountOf(topic: string): number {
    const known = this.topics.get(topic);
    if (known === undefined) throw new InvariantError(`The producer was not opened for topic ${topic}.`);
    return known.partitionCount;
  }

  /**
   * Takes a record; resolves when there is room for it. `onSettled` is called once, when all replicas have it, or when it was
   * refused for its size; never, if the producer is closed before.
   */
  async add(record: OutgoingRecord, onSettled: (refusal?: TooLarge) => void): Promise<void> {
    const partition = record.partition ?? partitionOf(record.key, this.partitionCountOf(record.topic));
    const bytes = bytesOf(record);
    while (this.ended === undefined && this.heldBytes > 0 && this.heldBytes + bytes > QUEUE_BYTES)
      await new Promise<void>((resolve, reject) => this.waitingForRoom.push({ count: 0, resolve, reject }));
    if (this.ended !== undefined) throw this.ended;
    this.heldBytes += bytes;
    this.takenCount += 1;
    this.waiting.push({ ...record, partition, bytes, onSettled });
    this.startSending();
  }

  /** Resolves when all that was taken by now is settled, whatever comes after it. @throws KafkaError if it cannot be. */
  async flush(): Promise<void> {
    if (this.ended !== undefined) throw this.ended;
    const count = this.takenCount;
    if (this.settledCount === count) return;
    await new Promise<void>((resolve, reject) => this.waitingForEnd.push({ count, resolve, reject }));
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
      const count = countOfRequest(this.waiting, (topic) => this.topics.get(topic)?.limitBytes);
      const entries = this.waiting.slice(0, count);
      this.waiting = this.waiting.slice(count);
      await this.deliver(entries);
    }
    this.isSending = false;
  }

  /** Sends records until they are acknowledged, or refused for good. */
  private async deliver(entries: readonly Entry[]): Promise<void> {
    const { random, onRetry } = this.deps;
    const onFailure = (error: unknown, delayMs: number): void => {
      // After an error kafkajs counts the sequence numbers of a producer wrongly, and a broker may drop records for it.
      this.retire();
      const failure = failureOf(error);
      if (TOO_LARGE.includes(failure.type)) throw error;
      if (isFinal(failure))
        throw new KafkaError(explain(error, rightToWrite(entries.map(({ topic }) => topic))), { cause: error });
      onRetry({ text: explain(error), delayMs });
    };
    try {
      await retry(() => this.send(entries), { signal: this.ending.signal, random, onFailure });
    } catch (error) {
      if (!TOO_LARGE.includes(failureOf(error).type)) throw error;
      await this.deliverInHalves(entries);
      return;
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
    const producer = await this.connect();
    await producer.sendBatch({
      acks: ACKS_OF_ALL,
      timeout: durationMs(settings.request_timeout),
      compression: COMPRESSION_TYPES[settings.compression],
      topicMessages: messagesOf(entries),
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
    const closed = this.producer.disconnect().catch(() => undefined);
    this.producer = undefined;
    this.closing.add(closed);
    void closed.then(() => this.closing.delete(closed));
  }

  private settle(entries: readonly Entry[], refusal?: TooLarge): void {
    if (this.ended !== undefined) return;
    for (const { bytes, onSettled } of entries) {
      this.heldBytes -= bytes;
      onSettled(refusal);
    }
    this.settledCount += entries.length;
    for (const { resolve } of this.waitingForRoom.splice(0)) resolve();
    const done = this.waitingForEnd.filter(({ count }) => count <= this.settledCount);
    this.waitingForEnd = this.waitingForEnd.slice(done.length);
    for (const { resolve } of done) resolve();
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    this.ending.abort(this.ended);
    for (const { reject } of [...this.waitingForRoom.splice(0), ...this.waitingForEnd.splice(0)]) reject(this.ended);
  }
}

function rightToWrite(topics: readonly string[]): string {
  return `Write of the ${topicsText([...new Set(topics)])}`;
}

/** What a producer needs to know of its topics. @throws KafkaError if one is not there. */
async function describeTopics(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, Topic>> {
  await requireTopics(admin, names);
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const limits = await settingOf(admin, names, 'max.message.bytes');
  const limitOf = (name: string): number | undefined => {
    const limit = limits.get(name);
    return limit === undefined ? undefined : Number(limit);
  };
  return new Map(
    topics.map(({ name, partitions }) => [name, { partitionCount: partitions.length, limitBytes: limitOf(name) }]),
  );
}
