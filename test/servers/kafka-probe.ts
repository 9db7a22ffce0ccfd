import { Kafka, logLevel } from 'kafkajs';

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Asks a broker what it is, and for the end of each partition that it has.
 * @throws that it does not answer, that it is another one, or that it does not lead its partitions yet: after a start
 * with data a broker takes a while to do so
 */
export async function probeKafka(address: string, clusterId?: string): Promise<void> {
  const kafka = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length === 0) throw new Error(`The broker ${address} is not part of its cluster yet.`);
    if (clusterId !== undefined && cluster.clusterId !== clusterId)
      throw new Error(`Another broker listens on ${address}.`);
    for (const topic of await admin.listTopics()) await admin.fetchTopicOffsets(topic);
  } finally {
    await admin.disconnect();
  }
}
