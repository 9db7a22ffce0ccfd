import { startBroker, startCluster } from './kafka-broker.js';
import type { Cluster } from './kafka-broker.js';
import { probeKafka } from './kafka-probe.js';
import { startSecuredBroker } from './kafka-security.js';
import type { SecuredKafka } from './kafka-security.js';
import { chooseJdk, chooseNewOrigin, chooseOrigin } from './origin.js';
import type { ServerNeeds } from './origin.js';
import type { OwnServer, Server } from './server.js';

export const KAFKA_NEEDS: ServerNeeds = {
  name: 'Kafka',
  variable: 'MXWARDEN_KAFKA',
  example: '127.0.0.1:9092',
  java: 17,
};

/** The broker that the environment names, else a new one. Its topics and groups need names that no other test uses. */
export async function findKafka(): Promise<Server> {
  const origin = await chooseOrigin(KAFKA_NEEDS);
  if (origin.kind !== 'named') return startKafka();
  await probeKafka(origin.address);
  return { address: origin.address, description: `Kafka at ${origin.address}`, stop: () => Promise.resolve() };
}

/** A broker for one test alone, without topics, with further settings of `server.properties`. */
export async function startKafka(settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
  const origin = await chooseNewOrigin(KAFKA_NEEDS);
  if (origin.kind === 'local') return startBroker(origin.jdk, settings);
  const { startKafkaContainer } = await import('./containers.js');
  return startKafkaContainer(settings);
}

/** A broker with SASL and TLS, for one test alone. It is always a process: a container would need another way to each. */
export async function startSecuredKafka(settings: Readonly<Record<string, string>> = {}): Promise<SecuredKafka> {
  return startSecuredBroker(chooseJdk(KAFKA_NEEDS), settings);
}

/** Several brokers that are one cluster, for one test alone. They are always processes. */
export async function startKafkaCluster(count: number): Promise<Cluster> {
  return startCluster(chooseJdk(KAFKA_NEEDS), count);
}
