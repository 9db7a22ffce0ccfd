import kafkajs from 'kafkajs';
import type { Cluster } from 'kafkajs';
import { failureOf } from './errors.js';

const NOT_FOUND = 'KafkaJSGroupCoordinatorNotFound';

/**
 * Has a consumer look for the coordinator of its group again where no broker has answered who that is: kafkajs takes that
 * for an error after which nothing is to be tried again, and the consumer ends.
 */
export function seekCoordinator(cluster: Pick<Cluster, 'findGroupCoordinator'>): void {
  const find = cluster.findGroupCoordinator.bind(cluster);
  cluster.findGroupCoordinator = async (group) => {
    try {
      return await find(group);
    } catch (error) {
      if (failureOf(error).name !== NOT_FOUND) throw error;
      throw new kafkajs.KafkaJSConnectionError('no broker answers who coordinates the group');
    }
  };
}
