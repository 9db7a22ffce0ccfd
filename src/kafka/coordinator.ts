import kafkajs from 'kafkajs';
import type { Cluster } from 'kafkajs';
import { failureOf, isForbidden } from './errors.js';

const NOT_FOUND = 'KafkaJSGroupCoordinatorNotFound';

type Seeker = Pick<Cluster, 'findGroupCoordinator' | 'findControllerBroker'>;

/**
 * Has a consumer look for the coordinator of its group again where no broker has answered who that is: kafkajs takes that
 * for an error after which nothing is to be tried again, and the consumer ends. It says the same where we may not know who
 * that is, and what the brokers said is lost then.
 */
export function seekCoordinator(cluster: Seeker): void {
  const find = cluster.findGroupCoordinator.bind(cluster);
  cluster.findGroupCoordinator = async (group) => {
    try {
      return await find(group);
    } catch (error) {
      if (failureOf(error).name !== NOT_FOUND) throw error;
      const refusal = await refusalOf(cluster, group.groupId);
      throw refusal ?? new kafkajs.KafkaJSConnectionError('no broker answers who coordinates the group');
    }
  };
}

/** What a broker says that lets us know nothing of a group; whichever broker, as rights are the same in all of them. */
async function refusalOf(cluster: Seeker, groupId: string): Promise<Error | undefined> {
  try {
    const broker = await cluster.findControllerBroker();
    await broker.describeGroups({ groupIds: [groupId] });
    return undefined;
  } catch (error) {
    return error instanceof Error && isForbidden(failureOf(error)) ? error : undefined;
  }
}
