import type { Message, TopicMessages } from 'kafkajs';

/** Something to write. Its key chooses the partition, unless that is given. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record whose partition is chosen, and what it takes at most in a request. */
export interface SizedRecord extends OutgoingRecord {
  readonly partition: number;
  readonly bytes: number;
}

/** Below the megabyte that a broker takes by default. All of a request may be for one partition, and then it is one record batch. */
const REQUEST_BYTES = 900_000;
/** Of a topic's limit so much is for what stands around the records of a batch. */
const BATCH_OVERHEAD_BYTES = 100;
/** What a record takes at most beside its key and its value. */
const RECORD_OVERHEAD_BYTES = 32;
/** What a header takes at most beside its name and its value. */
const HEADER_OVERHEAD_BYTES = 10;

export function bytesOf({ key, value, headers = {} }: OutgoingRecord): number {
  let bytes = key.length + value.length + RECORD_OVERHEAD_BYTES;
  for (const [name, text] of Object.entries(headers))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text) + HEADER_OVERHEAD_BYTES;
  return bytes;
}

/** How many of those that wait go into the next request: as many as their topics take in one batch, and at least one. */
export function countOfRequest(
  waiting: readonly SizedRecord[],
  limitOf: (topic: string) => number | undefined,
): number {
  let requestBytes = 0;
  const bytesOfTopic = new Map<string, number>();
  for (const [index, { topic, bytes }] of waiting.entries()) {
    requestBytes += bytes;
    const topicBytes = (bytesOfTopic.get(topic) ?? 0) + bytes;
    const limitBytes = (limitOf(topic) ?? REQUEST_BYTES) - BATCH_OVERHEAD_BYTES;
    if (index > 0 && (requestBytes > REQUEST_BYTES || topicBytes > limitBytes)) return index;
    bytesOfTopic.set(topic, topicBytes);
  }
  return waiting.length;
}

/** Records as kafkajs takes them, those of each topic in their order. */
export function messagesOf(records: readonly SizedRecord[]): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, key, value, partition, headers } of records) {
    const message: Message = headers === undefined ? { key, value, partition } : { key, value, partition, headers };
    const messages = byTopic.get(topic);
    if (messages === undefined) byTopic.set(topic, [message]);
    else messages.push(message);
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}
