import type { Registry } from '../../avro/registry.js';
import type { Config } from '../../config/schema.js';
import type { DeadReason, Event } from '../../core/event.js';
import type { Admin, Kafka } from '../../kafka/client.js';
import { partitionOfSource } from '../../core/source-name.js';
import { listOffsets } from '../../kafka/offsets.js';
import { readRanges } from '../../kafka/read-ranges.js';
import type { Range } from '../../kafka/read-ranges.js';
import { sourceOf } from '../../core/source-name.js';
import type { LogRecord } from '../../stages/ports.js';
import type { DecodeRecord, DecodedRecord } from '../../stages/source-fold.js';
import { inputDecoders } from '../stream-inputs.js';
import type { InputTopic } from '../stream-inputs.js';

const READ = { timeoutMs: 20_000, maxBytesPerPartition: 1 << 20 };

/** What became of a record: an event, nothing that can be one, or one that waits for a schema that nobody tells now. */
export type SampledEvent =
  | Event
  | { readonly kind: 'dead'; readonly reason: DeadReason }
  | { readonly kind: 'unknown_schema'; readonly id: number };

export interface SampledRecord {
  readonly source: string;
  readonly record: LogRecord;
  readonly event: SampledEvent;
}

/** The last records of a topic, those of each partition in their order. */
export interface TopicSample extends InputTopic {
  readonly records: readonly SampledRecord[];
}

interface Place {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Topics that are there. */
  readonly names: readonly string[];
}

/** Reads the last records of the topics that are there, about so many of each. */
export async function readSamples(
  { kafka, admin, names }: Place,
  inputs: readonly InputTopic[],
  recordCount: number,
): Promise<readonly TopicSample[]> {
  const there = inputs.filter(({ topic }) => names.includes(topic));
  const topics = there.map(({ topic }) => topic);
  const ranges = rangesOf(await listOffsets(admin, topics), recordCount);
  const records = new Map<string, SampledRecord[]>(topics.map((topic) => [topic, []]));
  await readRanges(kafka, ranges, READ, (record, { topic, partition }) => {
    const { key, value } = record;
    const copy = { ...record, key: key && Buffer.from(key), value: value && Buffer.from(value) };
    records.get(topic)?.push({ source: sourceOf(topic, partition), record: copy, event: UNREADABLE });
  });
  return there.map((input) => ({ ...input, records: (records.get(input.topic) ?? []).sort(byPlace) }));
}

const UNREADABLE: SampledEvent = { kind: 'dead', reason: 'unreadable' };

type Extents = Awaited<ReturnType<typeof listOffsets>>;

/** The ends of all partitions, each with its share of the records of its topic. */
function rangesOf(extents: Extents, recordCount: number): readonly Range[] {
  const partitions = [...extents].map(([source, extent]) => ({ ...partitionOfSource(source), ...extent }));
  return partitions.flatMap(({ topic, partition, startOffset, endOffset }): Range[] => {
    const filled = partitions.filter((other) => other.topic === topic && other.endOffset > other.startOffset).length;
    const share = Math.ceil(recordCount / Math.max(1, filled));
    const offset = Math.max(startOffset, endOffset - share);
    return endOffset > offset ? [{ topic, partition, offset, count: endOffset - offset }] : [];
  });
}

function byPlace(a: SampledRecord, b: SampledRecord): number {
  return a.source === b.source ? a.record.offset - b.record.offset : a.source < b.source ? -1 : 1;
}

/** What the records are, read as the stages read them. Schemas that are not known are learned from the registry. */
export async function decodeSamples(
  samples: readonly TopicSample[],
  config: Config,
  registry: Registry | undefined,
): Promise<readonly TopicSample[]> {
  const decoders = inputDecoders(samples, config, registry);
  const decoded: TopicSample[] = [];
  for (const sample of samples) {
    const records: SampledRecord[] = [];
    for (const { source, record } of sample.records) {
      const event = await eventOf(record, decoders.decodeOf(source), decoders.learn);
      records.push({ source, record, event });
    }
    decoded.push({ ...sample, records });
  }
  return decoded;
}

type Learn = ReturnType<typeof inputDecoders>['learn'];

async function eventOf({ value, timeMs }: LogRecord, decode: DecodeRecord, learn: Learn): Promise<DecodedRecord> {
  if (value === undefined) return UNREADABLE;
  const event = decode(value, timeMs);
  if (event.kind !== 'unknown_schema') return event;
  const learned = await learn(event.id);
  if (learned === 'later') return event;
  return learned === 'known' ? decode(value, timeMs) : { kind: 'dead', reason: 'no_schema' };
}
