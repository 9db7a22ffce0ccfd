// `npm test` runs this before the tests: it brings what they need beside Node where it can do so without a question, and
// prints a line each about what there is. A test fails where its need is missing, and says what to install.
import { startChromium } from '../support/chromium.js';
import { installedPaths } from '../support/installed.js';
import { ELASTICSEARCH_VERSIONS, elasticsearchNeeds } from '../servers/elasticsearch.js';
import { assembleNode } from '../servers/elasticsearch-node.js';
import type { Jdk } from '../servers/java.js';
import { KAFKA_NEEDS } from '../servers/kafka.js';
import { assembleBroker } from '../servers/kafka-broker.js';
import { chooseNewOrigin, chooseOrigin } from '../servers/origin.js';
import { OPENSEARCH_VERSIONS, openSearchNeeds } from '../servers/opensearch.js';
import { assembleOpenSearch } from '../servers/opensearch-node.js';
import type { ServerNeeds } from '../servers/origin.js';
import { assembleRegistry, REGISTRY_NEEDS } from '../servers/registry.js';
import { composeCommand, programPath, rsyslogWithKafka } from '../support/deploy-tools.js';
import { canInstall, installPackage } from './apt.js';

/** Something that tests use. */
interface Need {
  readonly name: string;
  /** Where it is; throws if it is not there. */
  readonly find: () => Promise<string>;
  readonly debianPackage?: string;
  /** To what the package would ask when it is installed. */
  readonly answers?: string;
}

const NEEDS: readonly Need[] = [
  { name: 'Chromium', find: findChromium, debianPackage: 'chromium' },
  {
    name: 'postmap',
    find: findPostmap,
    debianPackage: 'postfix',
    // Without a configuration no mail server starts.
    answers: 'postfix postfix/main_mailer_type select No configuration\n',
  },
  { name: 'rsyslog', find: async () => rsyslogWithKafka(), debianPackage: 'rsyslog-kafka' },
  { name: 'systemd-analyze', find: async () => programPath('systemd-analyze'), debianPackage: 'systemd' },
  { name: 'docker-compose', find: async () => composeCommand().join(' '), debianPackage: 'docker-compose' },
  { name: 'Servers', find: findOrigin, debianPackage: 'openjdk-17-jdk-headless' },
  { name: 'Maven', find: findMaven, debianPackage: 'maven' },
  { name: 'Kafka', find: () => findProgram(KAFKA_NEEDS, assembleBroker) },
  ...ELASTICSEARCH_VERSIONS.map((version) => ({
    name: `Elasticsearch ${version.number}`,
    find: () => findProgram(elasticsearchNeeds(version), (jdk) => assembleNode(version, jdk)),
  })),
  ...OPENSEARCH_VERSIONS.map((version) => ({
    name: `OpenSearch ${version.number}`,
    find: () => findProgram(openSearchNeeds(version), (jdk) => assembleOpenSearch(version, jdk)),
  })),
  { name: 'Schema registry', find: () => findProgram(REGISTRY_NEEDS, assembleRegistry) },
];

for (const need of NEEDS) console.log(`${need.name}: ${await prepare(need)}`);

async function prepare({ find, debianPackage, answers }: Need): Promise<string> {
  try {
    return await find();
  } catch (error) {
    if (debianPackage === undefined || !canInstall()) return messageOf(error);
    const failure = installPackage(debianPackage, answers);
    if (failure !== undefined) return `${messageOf(error)} ${failure}`;
    return find().then((found) => `installed Debian's ${debianPackage}; ${found}`, messageOf);
  }
}

async function findChromium(): Promise<string> {
  const { browser, path } = await startChromium();
  const found = `${browser.version()}, ${path}`;
  await browser.close();
  return found;
}

async function findPostmap(): Promise<string> {
  const [path] = installedPaths('postmap');
  if (path === undefined) throw new Error('not installed (Debian: apt-get install postfix).');
  return path;
}

async function findOrigin(): Promise<string> {
  const origin = await chooseNewOrigin(KAFKA_NEEDS);
  return origin.kind === 'local' ? `processes, Java in ${origin.jdk.home}` : 'containers';
}

async function findMaven(): Promise<string> {
  const [path] = installedPaths('mvn');
  if (path !== undefined) return path;
  if ((await chooseNewOrigin(KAFKA_NEEDS)).kind === 'container') return 'not needed';
  throw new Error('not installed (Debian: apt-get install maven).');
}

async function findProgram(needs: ServerNeeds, assembleWith: (jdk: Jdk) => Promise<string>): Promise<string> {
  const origin = await chooseOrigin(needs);
  if (origin.kind === 'named') return origin.address;
  return origin.kind === 'local' ? assembleWith(origin.jdk) : 'in a container';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
