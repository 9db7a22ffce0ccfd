import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Jdk } from './java.js';
import { startLocal } from './local.js';
import type { LocalServer } from './local.js';
import { probeKafka } from './kafka-probe.js';
import { assemble } from './maven.js';
import type { MavenProgram } from './maven.js';
import { LOOPBACK, freePorts } from './ports.js';
import type { Launch } from './process.js';
import type { OwnServer } from './server.js';

const run = promisify(execFile);

export const KAFKA_VERSION = '4.3.1';

const KAFKA: MavenProgram = {
  name: `kafka-${KAFKA_VERSION}`,
  // Kafka 4 is written against slf4j 1.7, and so is the logger that it finds.
  content: { jars: [`org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`, 'org.slf4j:slf4j-simple:1.7.36'] },
};

/** A small heap, and a compiler that starts fast rather than one whose code is fast. */
const JAVA_FLAGS = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const LOGGING = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'];
const FORMAT_TIMEOUT_MS = 60_000;

/** What one broker that is all of its cluster needs, and what makes tests quick. */
export const BROKER_SETTINGS: Readonly<Record<string, string>> = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '4',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  // By default 128 MB of the heap.
  'log.cleaner.dedupe.buffer.size': '4194304',
  'auto.create.topics.enable': 'false',
};

/** The jars of a broker, in a folder of the cache. */
export async function assembleBroker(jdk: Jdk): Promise<string> {
  return assemble(KAFKA, jdk);
}

interface Listener {
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
}

const LISTENERS: readonly Listener[] = [
  { name: 'PLAINTEXT', protocol: 'PLAINTEXT' },
  { name: 'CONTROLLER', protocol: 'PLAINTEXT' },
];

/** What a broker has besides its plain listener. */
export interface BrokerSecurity {
  readonly listeners: readonly Listener[];
  /** May write files into the folder of the broker. */
  readonly settingsIn: (folder: string) => Promise<Readonly<Record<string, string>>>;
  /** Of the command that makes the data folder. */
  readonly formatArgs: readonly string[];
}

const NO_SECURITY: BrokerSecurity = { listeners: [], settingsIn: () => Promise.resolve({}), formatArgs: [] };

/** A Kafka broker as a process of this machine. Its ports are those of its plain listener, its controller, the others. */
export async function startBroker(
  jdk: Jdk,
  settings: Readonly<Record<string, string>>,
  security = NO_SECURITY,
): Promise<LocalServer> {
  const jars = await assembleBroker(jdk);
  const listeners = [...LISTENERS, ...security.listeners];
  const prepare = async (folder: string, ports: readonly number[]): Promise<Launch> => {
    const clusterId = newClusterId();
    const all = {
      ...listenerSettings(listeners, ports),
      'controller.quorum.voters': `1@${LOOPBACK}:${ports[1] ?? 0}`,
      ...(await security.settingsIn(folder)),
      ...settings,
    };
    const launch = await launchOf(jdk, { jars, folder, clusterId, settings: all, formatArgs: security.formatArgs });
    return { ...launch, probe: () => probeKafka(addressOf(ports), clusterId) };
  };

  const description = `Kafka ${KAFKA_VERSION} on Java ${jdk.major}`;
  return startLocal({ description, portCount: listeners.length, addressOf, prepare });
}

/** Brokers of one cluster, all of which vote. */
export interface Cluster {
  /** Addresses of all, in the order of `brokers`. */
  readonly addresses: readonly string[];
  readonly brokers: readonly OwnServer[];
  readonly stop: () => Promise<void>;
}

/** Several brokers as processes of this machine, each with a copy of all that is in the cluster; one of them may be away. */
export async function startCluster(
  jdk: Jdk,
  count: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const jars = await assembleBroker(jdk);
  const clusterId = newClusterId();
  const ports = await freePorts(count * LISTENERS.length);
  const portsOf = (index: number): readonly number[] =>
    ports.slice(index * LISTENERS.length).slice(0, LISTENERS.length);
  const voters = Array.from({ length: count }, (_, index) => `${index + 1}@${LOOPBACK}:${portsOf(index)[1] ?? 0}`);
  const start = async (index: number): Promise<OwnServer> => {
    const own = portsOf(index);
    const all = {
      ...listenerSettings(LISTENERS, own),
      'node.id': String(index + 1),
      'controller.quorum.voters': voters.join(','),
      'offsets.topic.replication.factor': String(count),
      'default.replication.factor': String(count),
      'min.insync.replicas': String(count - 1),
      // One that is gone is found out soon.
      'broker.session.timeout.ms': '3000',
      ...settings,
    };
    const prepare = async (folder: string): Promise<Launch> => {
      const launch = await launchOf(jdk, { jars, folder, clusterId, settings: all, formatArgs: [] });
      return { ...launch, probe: () => probeKafka(addressOf(own), clusterId) };
    };
    const description = `broker ${index + 1} of ${count}`;
    return startLocal({ description, portCount: 0, addressOf: () => addressOf(own), prepare });
  };
  const started = await Promise.allSettled(voters.map((_, index) => start(index)));
  const brokers = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const stop = async (): Promise<void> => {
    // Without the others a broker that is told to end waits for them.
    await Promise.all(brokers.map(async (broker) => broker.kill().then(() => broker.stop())));
  };
  const failed = started.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { addresses: brokers.map(({ address }) => address), brokers, stop };
}

function newClusterId(): string {
  return randomBytes(16).toString('base64url');
}

interface BrokerPlan {
  readonly jars: string;
  readonly folder: string;
  readonly clusterId: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly formatArgs: readonly string[];
}

/** Makes the data folder of a broker; how it is started then. */
async function launchOf(
  jdk: Jdk,
  { jars, folder, clusterId, settings, formatArgs }: BrokerPlan,
): Promise<Omit<Launch, 'probe'>> {
  const java = join(jdk.home, 'bin', 'java');
  const flags = [...JAVA_FLAGS, ...LOGGING, '-Djava.net.preferIPv4Stack=true', '-cp', join(jars, 'lib', '*')];
  const file = join(folder, 'server.properties');
  const all = { ...BROKER_SETTINGS, 'log.dirs': join(folder, 'data'), ...settings };
  await writeFile(
    file,
    Object.entries(all)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  // An id may begin with a dash.
  const format = ['format', `--cluster-id=${clusterId}`, '-c', file, ...formatArgs];
  await run(java, [...flags, 'kafka.tools.StorageTool', ...format], { timeout: FORMAT_TIMEOUT_MS });
  return { program: java, args: [...flags, 'kafka.Kafka', file], folder };
}

function addressOf([port = 0]: readonly number[]): string {
  return `${LOOPBACK}:${port}`;
}

function listenerSettings(listeners: readonly Listener[], ports: readonly number[]): Readonly<Record<string, string>> {
  const urls = listeners.map(({ name }, index) => `${name}://${LOOPBACK}:${ports[index] ?? 0}`);
  return {
    listeners: urls.join(','),
    'advertised.listeners': urls.filter((url) => !url.startsWith('CONTROLLER:')).join(','),
    'listener.security.protocol.map': listeners.map(({ name, protocol }) => `${name}:${protocol}`).join(','),
  };
}
