import { setTimeout as delay } from 'node:timers/promises';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import { probeElasticsearch } from './elasticsearch-probe.js';
import { BROKER_SETTINGS, KAFKA_VERSION } from './kafka-broker.js';
import { probeKafka } from './kafka-probe.js';
import { freePorts, LOOPBACK } from './ports.js';
import { probeRegistry, REGISTRY_VERSION, registryAddressOf } from './registry-process.js';
import type { OwnServer } from './server.js';

const START_TIMEOUT_MS = 300_000;
const READY_TIMEOUT_MS = 240_000;
const INTERVAL_MS = 200;

interface ContainerPlan {
  readonly image: string;
  /** Where the server listens in its container. */
  readonly port: number;
  /** Of the port that is its on this machine. */
  readonly environmentOf: (port: number) => Readonly<Record<string, string>>;
  readonly addressOf: (port: number) => string;
  /** Throws as long as the server does not answer a real request. */
  readonly probe: (address: string) => Promise<void>;
}

/** Its port is one of the loopback address only, and stays the same when it starts again. */
class LoopbackContainer extends GenericContainer {
  readonly #binding: Readonly<Record<string, { HostIp: string; HostPort: string }[]>>;

  constructor(image: string, port: number, hostPort: number) {
    super(image);
    this.withExposedPorts(port);
    this.#binding = { [`${port}/tcp`]: [{ HostIp: LOOPBACK, HostPort: String(hostPort) }] };
  }

  protected override async beforeContainerCreated(): Promise<void> {
    this.hostConfig.PortBindings = this.#binding;
  }
}

/** A Kafka broker in a container. */
export async function startKafkaContainer(settings: Readonly<Record<string, string>>): Promise<OwnServer> {
  return startContainer({
    image: `apache/kafka:${KAFKA_VERSION}`,
    port: 9092,
    environmentOf: (port) =>
      inKafkaEnvironment({
        ...BROKER_SETTINGS,
        'controller.quorum.voters': '1@localhost:9093',
        listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093,INTERNAL://localhost:9094',
        // What runs in the container asks on the one, this machine on the other.
        'advertised.listeners': `PLAINTEXT://${LOOPBACK}:${port},INTERNAL://localhost:9094`,
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT',
        'inter.broker.listener.name': 'INTERNAL',
        ...settings,
      }),
    addressOf: (port) => `${LOOPBACK}:${port}`,
    probe: probeKafka,
  });
}

/** An Elasticsearch node in a container. */
export async function startElasticsearchContainer(
  version: string,
  settings: Readonly<Record<string, string>>,
): Promise<OwnServer> {
  return startContainer({
    image: `docker.elastic.co/elasticsearch/elasticsearch:${version}`,
    port: 9200,
    environmentOf: () => ({
      'discovery.type': 'single-node',
      'xpack.security.enabled': 'false',
      'cluster.routing.allocation.disk.threshold_enabled': 'false',
      ES_JAVA_OPTS: '-Xms512m -Xmx512m',
      ...settings,
    }),
    addressOf: (port) => `http://${LOOPBACK}:${port}`,
    probe: async (address) => {
      await probeElasticsearch(address);
    },
  });
}

/** An OpenSearch node in a container. */
export async function startOpenSearchContainer(
  version: string,
  settings: Readonly<Record<string, string>>,
): Promise<OwnServer> {
  return startContainer({
    image: `opensearchproject/opensearch:${version}`,
    port: 9200,
    environmentOf: () => ({
      'discovery.type': 'single-node',
      'cluster.routing.allocation.disk.threshold_enabled': 'false',
      DISABLE_INSTALL_DEMO_CONFIG: 'true',
      DISABLE_SECURITY_PLUGIN: 'true',
      OPENSEARCH_JAVA_OPTS: '-Xms512m -Xmx512m',
      ...settings,
    }),
    addressOf: (port) => `http://${LOOPBACK}:${port}`,
    probe: async (address) => {
      await probeElasticsearch(address);
    },
  });
}

/** A schema registry in a container. */
export async function startRegistryContainer(): Promise<OwnServer> {
  return startContainer({
    image: `apicurio/apicurio-registry-mem:${REGISTRY_VERSION}`,
    port: 8080,
    environmentOf: () => ({}),
    addressOf: registryAddressOf,
    probe: probeRegistry,
  });
}

/** The names of settings as the image takes them. */
function inKafkaEnvironment(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const variables = Object.entries(settings).map(([name, value]): [string, string] => [
    `KAFKA_${name.toUpperCase().replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_')}`,
    value,
  ]);
  return { ...Object.fromEntries(variables), KAFKA_HEAP_OPTS: '-Xms128m -Xmx384m' };
}

async function startContainer({ image, port, environmentOf, addressOf, probe }: ContainerPlan): Promise<OwnServer> {
  const [hostPort = 0] = await freePorts(1);
  const address = addressOf(hostPort);
  const started = await new LoopbackContainer(image, port, hostPort)
    .withEnvironment(environmentOf(hostPort))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  const { container } = await getContainerRuntimeClient();
  const handle = container.getById(started.getId());
  const stop = async (): Promise<void> => {
    await started.stop();
  };
  try {
    await untilReady(() => probe(address));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    description: `${image} in a container`,
    kill: async () => {
      await handle.kill();
      await handle.wait();
    },
    start: async () => {
      await handle.start();
      await untilReady(() => probe(address));
    },
    stop,
  };
}

async function untilReady(probe: () => Promise<void>): Promise<void> {
  const givenUpAt = Date.now() + READY_TIMEOUT_MS;
  while (true) {
    try {
      await probe();
      return;
    } catch (error) {
      if (Date.now() > givenUpAt) throw error;
      await delay(INTERVAL_MS);
    }
  }
}
