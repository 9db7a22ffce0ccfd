import { ELASTICSEARCH_8, ELASTICSEARCH_9, startNode } from './elasticsearch-node.js';
import { probeElasticsearch } from './elasticsearch-probe.js';
import { startSecuredNode } from './elasticsearch-security.js';
import type { SecuredElasticsearch } from './elasticsearch-security.js';
import { chooseJdk, chooseNewOrigin, chooseOrigin, runnableVersions, THIS_MACHINE } from './origin.js';
import type { ServerNeeds } from './origin.js';
import type { SearchVersion } from './search-node.js';
import type { OwnServer, Server } from './server.js';

export { ELASTICSEARCH_8, ELASTICSEARCH_9 };

export const ELASTICSEARCH_VERSIONS = [ELASTICSEARCH_8, ELASTICSEARCH_9] as const satisfies readonly SearchVersion[];

export function elasticsearchNeeds({ number, java }: SearchVersion): ServerNeeds {
  return {
    name: `Elasticsearch ${number}`,
    variable: 'MXWARDEN_ELASTICSEARCH',
    example: 'http://127.0.0.1:9200',
    java,
  };
}

/**
 * The versions for a suite to run with: that of the server that the environment names, else those that can be started.
 * @throws that none can be started, with what to install
 */
export async function testedVersions(machine = THIS_MACHINE): Promise<readonly SearchVersion[]> {
  const origin = await chooseOrigin(elasticsearchNeeds(ELASTICSEARCH_8), machine);
  if (origin.kind === 'named') return [{ ...ELASTICSEARCH_8, number: await probeElasticsearch(origin.address) }];
  return runnableVersions(ELASTICSEARCH_VERSIONS, elasticsearchNeeds, machine);
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

/** A node with users and API keys, for one test alone. It is always a process: a container would be set up in another way. */
export async function startSecuredElasticsearch(version: SearchVersion): Promise<SecuredElasticsearch> {
  return startSecuredNode(version, chooseJdk(elasticsearchNeeds(version)));
}
