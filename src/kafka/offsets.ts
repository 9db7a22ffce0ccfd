import type { Admin } from 'kafkajs';
import { sourceOf } from '../core/source-name.js';
import type { Position } from '../stages/ports.js';
import { KafkaError } from './errors.js';
import { settingOf } from './topic-settings.js';

/** The first offset that a partition has, and the one after the last. */
export interface Extent {
  readonly startOffset: number;
  readonly endOffset: number;
}

/** @throws KafkaError if one of these topics is not there. */
export async function requireTopics(admin: Admin, names: readonly string[]): Promise<void> {
  const there = await admin.listTopics();
  const missing = names.filter((name) => !there.includes(name));
  if (missing.length > 0)
    throw new KafkaError(
      `Kafka has no topic ${missing.join(', ')}, or we may not see it (ACL Describe): mxwarden setup makes what is missing.`,
    );
}

/** @throws KafkaError if one of these topics is compacted: what is read of it would not be the same the next time */
export async function refuseCompacted(admin: Admin, names: readonly string[]): Promise<void> {
  const policies = await settingOf(admin, names, 'cleanup.policy');
  const compacted = names.filter((name) => policies.get(name)?.split(',').includes('compact') === true);
  if (compacted.length > 0)
    throw new KafkaError(
      `Kafka compacts the topic ${compacted.join(', ')}: records may vanish from it before they are read. ` +
        'Set its cleanup.policy to delete, or give another topic in kafka.topics or stream.inputs.',
    );
}

/** What every partition of these topics has now. */
export async function listOffsets(admin: Admin, topics: readonly string[]): Promise<ReadonlyMap<string, Extent>> {
  const extents = new Map<string, Extent>();
  for (const topic of topics)
    for (const { partition, low, high } of (await admin.fetchTopicOffsets(topic)).sort(byPartition))
      extents.set(sourceOf(topic, partition), { startOffset: Number(low), endOffset: Number(high) });
  return extents;
}

function byPartition(a: { readonly partition: number }, b: { readonly partition: number }): number {
  return a.partition - b.partition;
}

/** How far a group has come with these topics. Partitions without a commit are left out. */
export async function listPositions(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, Position>> {
  const positions = new Map<string, Position>();
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics: [...topics] }))
    for (const { partition, offset, metadata } of partitions) {
      const source = sourceOf(topic, partition);
      if (Number(offset) >= 0) positions.set(source, { source, offset: Number(offset), note: metadata ?? '' });
    }
  return positions;
}

/** The first offsets of records that were written at a time or later; the end where there are none. */
export async function offsetsAt(
  admin: Admin,
  topics: readonly string[],
  timeMs: number,
): Promise<ReadonlyMap<string, number>> {
  const offsets = new Map<string, number>();
  for (const topic of topics)
    for (const { partition, offset } of await admin.fetchTopicOffsetsByTimestamp(topic, timeMs))
      offsets.set(sourceOf(topic, partition), Number(offset));
  return offsets;
}
