import { startOpenSearchNode } from './opensearch-node.js';
import { chooseNewOrigin, runnableVersions, THIS_MACHINE } from './origin.js';
import type { ServerNeeds } from './origin.js';
import type { SearchVersion } from './search-node.js';
import type { OwnServer } from './server.js';

export const OPENSEARCH_VERSIONS = [
  { number: '2.19.1', java: 17 },
  { number: '3.8.0', java: 21 },
] as const satisfies readonly SearchVersion[];

export function openSearchNeeds({ number, java }: SearchVersion): ServerNeeds {
  return { name: `OpenSearch ${number}`, java };
}

/** The versions for a suite to run with. @throws that none can be started, with what to install */
export async function testedOpenSearchVersions(machine = THIS_MACHINE): Promise<readonly SearchVersion[]> {
  return runnableVersions(OPENSEARCH_VERSIONS, openSearchNeeds, machine);
}

/** A node for one test alone, without indices, with further settings of `opensearch.yml`. */
export async function startOpenSearch(
  version: SearchVersion,
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnServer> {
  const origin = await chooseNewOrigin(openSearchNeeds(version));
  if (origin.kind === 'local') return startOpenSearchNode(version, origin.jdk, settings);
  const { startOpenSearchContainer } = await import('./containers.js');
  return startOpenSearchContainer(version.number, settings);
}
