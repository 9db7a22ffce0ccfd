import kafkajs from 'kafkajs';
import type { Cluster, Consumer, ConsumerConfig, Kafka } from 'kafkajs';
import { InvariantError } from '../core/errors.js';

/** A consumer, and the connections that it has: kafkajs gives them only to an assigner of a group. */
export function consumerOf(
  kafka: Kafka,
  config: Omit<ConsumerConfig, 'partitionAssigners'>,
): { readonly consumer: Consumer; readonly cluster: Cluster } {
  const clusters: Cluster[] = [];
  const consumer = kafka.consumer({
    ...config,
    allowAutoTopicCreation: false,
    // Partitions of several topics go round: none of them needs to be where another one is.
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
