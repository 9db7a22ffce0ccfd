import { ELASTICSEARCH_8, ELASTICSEARCH_9, startNode } from './elasticsearch-node.js';
import type { ElasticsearchVersion } from './elasticsearch-node.js';
import { probeElasticsearch } from './elasticsearch-probe.js';
import { chooseNewOrigin, chooseOrigin, THIS_MACHINE } from './origin.js';
import type { ServerNeeds } from './origin.js';
import { oldestJdk } from './java.js';
import type { OwnServer, Server } from './server.js';

export { ELASTICSEARCH_8, ELASTICSEARCH_9 };
export type { ElasticsearchVersion };

export const ELASTICSEARCH_VERSIONS: readonly ElasticsearchVersion[] = [ELASTICSEARCH_8, ELASTICSEARCH_9];

export function elasticsearchNeeds({ number, java }: ElasticsearchVersion): ServerNeeds {
  return {
    name: `Elasticsearch ${number}`,
    variable: 'MXWARDEN_ELASTICSEARCH',
    example: 'http://127.0.0.1:9200',
    java,
  };
}

/**
 * The versions for a suite to run with: that of the server that the environment names, else those that can be started.
 * An automatic build must be able to start all.
 * @throws that none can be started, with what to install
 */
export async function testedVersions(machine = THIS_MACHINE): Promise<readonly ElasticsearchVersion[]> {
  const origin = await chooseOrigin(elasticsearchNeeds(ELASTICSEARCH_8), machine);
  if (origin.kind === 'named') return [{ ...ELASTICSEARCH_8, number: await probeElasticsearch(origin.address) }];
  if (origin.kind === 'container' || (machine.environment.CI ?? '') !== '') return ELASTICSEARCH_VERSIONS;
  return ELASTICSEARCH_VERSIONS.filter(({ java }) => oldestJdk(machine.jdks(), java) !== undefined);
}

/** The server that the environment names, else a new one. Its indices need names that no other test uses. */
export async function findElasticsearch(version = ELASTICSEARCH_8): Promise<Server> {
  const origin = await chooseOrigin(elasticsearchNeeds(version));
  if (origin.kind !== 'named') return startElasticsearch(version);
  const number = await probeElasticsearch(origin.address);
  return {
    address: origin.address,
    description: `Elasticsearch ${number} at ${origin.address}`,
    stop: () => Promise.resolve(),
  };
}

/** A node for one test alone, without indices, with further settings of `elasticsearch.yml`. */
export async function startElasticsearch(
  version = ELASTICSEARCH_8,
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnServer> {
  const origin = await chooseNewOrigin(elasticsearchNeeds(version));
  if (origin.kind === 'local') return startNode(version, origin.jdk, settings);
  const { startElasticsearchContainer } = await import('./containers.js');
  return startElasticsearchContainer(version.number, settings);
}
