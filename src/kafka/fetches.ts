import type { Broker, Cluster } from 'kafkajs';
import { listIn, valueIn } from '../core/documents/value.js';
import { hideAborted } from './aborted.js';
import { failureOf } from './errors.js';

/** What a fetch gave of a partition. */
export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  /** Where it began. */
  readonly offset: number;
  /** The offset after the last record that all replicas have. */
  readonly endOffset: number;
  /** All that came, markers of transactions as well. */
  readonly messages: readonly unknown[];
}

export interface FetchWatcher {
  readonly onAsked: (topic: string, partition: number) => void;
  /** There was no answer, or none for anything that was asked for. */
  readonly onFailed: (topic: string, partition: number) => void;
  readonly onFetched: (fetched: Fetched) => void;
  /** The partition has no such offset any more, or not yet. */
  readonly onOutOfRange: (topic: string, partition: number) => void;
}

type FetchRequest = Parameters<Broker['fetch']>[0];

/**
 * Looks on at the fetches of a consumer. kafkajs tells nothing of a fetch that finds the end of a partition; and where there
 * is no such offset, it commits one below zero, with which the note of the group is gone, and goes on elsewhere. With a
 * watcher it takes that for a fetch that found nothing. An assigner is who kafkajs gives the cluster of a consumer to.
 */
export function watchFetches(cluster: Cluster, watcher: FetchWatcher): void {
  const findBroker = cluster.findBroker.bind(cluster);
  const watched = new WeakSet<Broker>();
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node);
    if (!watched.has(broker)) {
      watched.add(broker);
      const fetch = broker.fetch.bind(broker);
      broker.fetch = (request) => watchedFetch(request, fetch, watcher);
    }
    return broker;
  };
}

async function watchedFetch(
  request: FetchRequest,
  fetch: Broker['fetch'],
  { onAsked, onFailed, onFetched, onOutOfRange }: FetchWatcher,
): Promise<unknown> {
  const forAsked = (act: FetchWatcher['onAsked']): void => {
    for (const { topic, partitions } of request.topics) for (const { partition } of partitions) act(topic, partition);
  };
  forAsked(onAsked);
  try {
    const answer: unknown = await fetch(request);
    hideAborted(answer);
    for (const fetched of fetchedOf(request, answer)) onFetched(fetched);
    return answer;
  } catch (error) {
    forAsked(onFailed);
    const { name } = failureOf(error);
    const [topic, partition] = [valueIn(error, ['topic']), valueIn(error, ['partition'])];
    if (name !== OUT_OF_RANGE || typeof topic !== 'string' || typeof partition !== 'number') throw error;
    onOutOfRange(topic, partition);
    return { responses: [] };
  }
}

export const OUT_OF_RANGE = 'KafkaJSOffsetOutOfRange';

/** What an answer of a broker gives, of the partitions that were asked for. */
export function fetchedOf(request: FetchRequest, answer: unknown): readonly Fetched[] {
  const all: Fetched[] = [];
  for (const response of listIn(answer, 'responses')) {
    const topic = valueIn(response, ['topicName']);
    for (const given of listIn(response, 'partitions')) {
      const partition = valueIn(given, ['partition']);
      const offset = request.topics
        .filter((asked) => asked.topic === topic)
        .flatMap(({ partitions }) => partitions)
        .find((asked) => asked.partition === partition)?.fetchOffset;
      if (typeof topic !== 'string' || typeof partition !== 'number' || offset === undefined) continue;
      const endOffset = Number(valueIn(given, ['highWatermark']));
      all.push({ topic, partition, offset: Number(offset), endOffset, messages: listIn(given, 'messages') });
    }
  }
  return all;
}
