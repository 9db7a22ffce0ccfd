import { InvariantError } from '../core/errors.js';
import { partitionOfSource } from '../core/source-name.js';
import type { Position } from '../stages/ports.js';

/** The commits of a topic, as the protocol has them. */
interface TopicCommits {
  readonly topic: string;
  readonly partitions: { readonly partition: number; readonly offset: string; readonly metadata: string }[];
}

export function commitsOf(positions: readonly Position[]): TopicCommits[] {
  return positions.map(({ source, offset, note }) => {
    if (!Number.isSafeInteger(offset) || offset < 0) throw new InvariantError(`${source} cannot be at ${offset}.`);
    const { topic, partition } = partitionOfSource(source);
    return { topic, partitions: [{ partition, offset: String(offset), metadata: note }] };
  });
}
