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
import { LOOPBACK } from './ports.js';
import type { Launch } from './process.js';

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
  const java = join(jdk.home, 'bin', 'java');
  const flags = [...JAVA_FLAGS, ...LOGGING, '-Djava.net.preferIPv4Stack=true', '-cp', join(jars, 'lib', '*')];
  const listeners = [...LISTENERS, ...security.listeners];

  const prepare = async (folder: string, ports: readonly number[]): Promise<Launch> => {
    const clusterId = randomBytes(16).toString('base64url');
    const file = join(folder, 'server.properties');
    const all = {
      ...BROKER_SETTINGS,
      ...listenerSettings(listeners, ports),
      'log.dirs': join(folder, 'data'),
      ...(await security.settingsIn(folder)),
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(file, lines.join(''));
    // An id may begin with a dash.
    const format = ['format', `--cluster-id=${clusterId}`, '-c', file, ...security.formatArgs];
    await run(java, [...flags, 'kafka.tools.StorageTool', ...format], { timeout: FORMAT_TIMEOUT_MS });
    const probe = (): Promise<void> => probeKafka(addressOf(ports), clusterId);
    return { program: java, args: [...flags, 'kafka.Kafka', file], folder, probe };
  };

  const description = `Kafka ${KAFKA_VERSION} on Java ${jdk.major}`;
  return startLocal({ description, portCount: listeners.length, addressOf, prepare });
}

function addressOf([port = 0]: readonly number[]): string {
  return `${LOOPBACK}:${port}`;
}

function listenerSettings(listeners: readonly Listener[], ports: readonly number[]): Readonly<Record<string, string>> {
  const urls = listeners.map(({ name }, index) => `${name}://${LOOPBACK}:${ports[index] ?? 0}`);
  return {
    'controller.quorum.voters': `1@${LOOPBACK}:${ports[1] ?? 0}`,
    listeners: urls.join(','),
    'advertised.listeners': urls.filter((url) => !url.startsWith('CONTROLLER:')).join(','),
    'listener.security.protocol.map': listeners.map(({ name, protocol }) => `${name}:${protocol}`).join(','),
  };
}
