import type { Consumer } from 'kafkajs';
import { failureOf } from './errors.js';
import type { TakenPartition } from './generation-run.js';

/** Has kafkajs fetch nothing of these until they are resumed. */
export function pause(consumer: Consumer, partitions: readonly TakenPartition[]): void {
  direct(() => consumer.pause(partitions.map(topicOf)));
}

export function resume(consumer: Consumer, partitions: readonly TakenPartition[]): void {
  direct(() => consumer.resume(partitions.map(topicOf)));
}

/** Has kafkajs go on where we are. */
export function seek(consumer: Consumer, { topic, partition, position = 0 }: TakenPartition): void {
  direct(() => consumer.seek({ topic, partition, offset: String(position) }));
}

function topicOf({ topic, partition }: TakenPartition): { topic: string; partitions: number[] } {
  return { topic, partitions: [partition] };
}

/** After a crash kafkajs can be told nothing until it has joined again, and then all partitions stand still anyway. */
function direct(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (failureOf(error).name !== 'KafkaJSNonRetriableError') throw error;
  }
}
