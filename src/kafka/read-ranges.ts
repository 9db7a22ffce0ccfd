import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { Broker, Cluster, Consumer, Kafka } from 'kafkajs';
import { valueIn } from '../core/documents/value.js';
import { InvariantError } from '../core/errors.js';
import type { LogRecord } from '../stages/ports.js';
import { hideAborted, isControl } from './aborted.js';
import { KafkaError, explain, failureOf, isFinal } from './errors.js';
import { OUT_OF_RANGE, fetchedOf } from './fetches.js';
import type { Fetched } from './fetches.js';
import { sourceOf } from '../core/source-name.js';
import { untilAborted } from './until-aborted.js';

/** Offsets `[offset, offset + count)` of a partition. */
export interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly count: number;
}

export interface ReadConfig {
  readonly timeoutMs: number;
  readonly maxBytesPerPartition: number;
}

/** A range, and the offset up to which it was read. */
interface Reading extends Range {
  position: number;
}

const MAX_WAIT_MS = 250;
const DELAY_MS = 250;
const READ_COMMITTED = 1;

/**
 * Reads ranges of partitions, those of one partition in the order given, and calls back for each record; an offset that holds
 * none is passed over. No group is joined, so nothing is committed and nobody waits for others. A record is good until the
 * callback returns. @throws KafkaError that names the ranges that are missing.
 */
export async function readRanges(
  kafka: Kafka,
  ranges: readonly Range[],
  config: ReadConfig,
  onRecord: (record: LogRecord, range: Range) => void,
): Promise<void> {
  let left: readonly Reading[] = ranges.map((range) => ({ ...range, position: range.offset })).filter(isPending);
  const { consumer, cluster } = looseConsumer(kafka);
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), config.timeoutMs);
  const isOver = (): boolean => ended.signal.aborted;
  let reason = '';
  try {
    while (left.length > 0) {
      if (isOver()) throw missing(left, `nothing came within ${config.timeoutMs} ms${reason}`);
      const result = await untilAborted(fetchAll(cluster, left, config), ended.signal).catch((error: unknown) => ({
        error,
      }));
      if ('error' in result) {
        if (isOver()) continue;
        reason = `: ${await recover(cluster, result.error, left)}`;
        await sleep(DELAY_MS, undefined, ended).catch(() => undefined);
      } else {
        for (const fetched of result) deliver(fetched, left, onRecord);
        left = left.filter(isPending);
      }
    }
  } finally {
    clearTimeout(timer);
    // Whoever waits for the records need not wait for a broker that does not answer.
    consumer.disconnect().catch(() => undefined);
  }
}

/** kafkajs gives its cluster only to the assigner of a group; this one never joins it. */
function looseConsumer(kafka: Kafka): { readonly consumer: Consumer; readonly cluster: Cluster } {
  const clusters: Cluster[] = [];
  const consumer = kafka.consumer({
    groupId: 'none',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (given) => {
        clusters.push(given.cluster);
        return kafkajs.PartitionAssigners.roundRobin(given);
      },
    ],
  });
  const [cluster] = clusters;
  if (cluster === undefined) throw new InvariantError('kafkajs gave no cluster to the assigner.');
  return { consumer, cluster };
}

function isPending({ position, offset, count }: Reading): boolean {
  return position < offset + count;
}

/** Asks each broker once for the next records of what is left. */
async function fetchAll(cluster: Cluster, left: readonly Reading[], config: ReadConfig): Promise<readonly Fetched[]> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics([...new Set(left.map(({ topic }) => topic))]);
  const firsts = new Map<string, Reading>();
  for (const reading of left) {
    const source = sourceOf(reading.topic, reading.partition);
    if (!firsts.has(source)) firsts.set(source, reading);
  }
  const readingsOf = new Map<string, Reading[]>();
  for (const reading of firsts.values()) {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(reading.topic, [reading.partition]));
    if (leader === undefined) throw missing([reading], 'there is no such partition');
    readingsOf.set(leader, [...(readingsOf.get(leader) ?? []), reading]);
  }
  const answers = await Promise.all(
    [...readingsOf].map(async ([nodeId, readings]) =>
      fetchFrom(await cluster.findBroker({ nodeId }), readings, config),
    ),
  );
  return answers.flat();
}

async function fetchFrom(
  broker: Broker,
  readings: readonly Reading[],
  config: ReadConfig,
): Promise<readonly Fetched[]> {
  const request = {
    isolationLevel: READ_COMMITTED,
    maxWaitTime: MAX_WAIT_MS,
    topics: readings.map(({ topic, partition, position }) => ({
      topic,
      partitions: [{ partition, fetchOffset: String(position), maxBytes: config.maxBytesPerPartition }],
    })),
  };
  const answer: unknown = await broker.fetch(request);
  hideAborted(answer);
  return fetchedOf(request, answer);
}

function deliver(
  { topic, partition, messages }: Fetched,
  left: readonly Reading[],
  onRecord: (record: LogRecord, range: Range) => void,
): void {
  const reading = left.find((candidate) => candidate.topic === topic && candidate.partition === partition);
  if (reading === undefined) return;
  const endOffset = reading.offset + reading.count;
  for (const message of messages) {
    const offset = Number(valueIn(message, ['offset']));
    // A compressed batch is given as a whole.
    if (offset < reading.position || offset >= endOffset) continue;
    if (!isControl(message)) onRecord(recordOf(offset, message), reading);
  }
  const last = Number(valueIn(messages.at(-1), ['offset']) ?? -1);
  reading.position = Math.max(reading.position, last + 1);
}

function recordOf(offset: number, message: unknown): LogRecord {
  const [key, value] = [valueIn(message, ['key']), valueIn(message, ['value'])];
  return {
    offset,
    timeMs: Number(valueIn(message, ['timestamp'])),
    key: Buffer.isBuffer(key) ? key : undefined,
    value: Buffer.isBuffer(value) ? value : undefined,
  };
}

/** What went wrong, in words. @throws KafkaError if to try again is in vain. */
async function recover(cluster: Cluster, error: unknown, left: readonly Reading[]): Promise<string> {
  const failure = failureOf(error);
  if (error instanceof KafkaError) throw error;
  if (failure.name === OUT_OF_RANGE) {
    const [topic, partition] = [valueIn(error, ['topic']), valueIn(error, ['partition'])];
    const gone = left.filter((reading) => reading.topic === topic && reading.partition === partition);
    throw missing(gone.slice(0, 1), 'the log does not reach there');
  }
  if (isFinal(failure)) throw new KafkaError(explain(error), { cause: error });
  // Another broker may be the leader by now.
  await cluster.refreshMetadata().catch(() => undefined);
  return explain(error);
}

function missing(readings: readonly Reading[], reason: string): KafkaError {
  const names = readings.map(
    ({ topic, partition, position, offset, count }) =>
      `${sourceOf(topic, partition)} ${position} to ${offset + count - 1}`,
  );
  return new KafkaError(`Kafka does not have the records ${names.join(', ')}: ${reason}.`);
}
