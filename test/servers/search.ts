import { startElasticsearch, testedVersions } from './elasticsearch.js';
import { startOpenSearch, testedOpenSearchVersions } from './opensearch.js';
import type { OwnServer } from './server.js';

/** What a suite runs with that is for Elasticsearch and OpenSearch alike. */
export interface SearchServer {
  readonly name: string;
  /** As the settings of mxwarden have it. */
  readonly distribution: 'elasticsearch' | 'opensearch';
  /** Starts a node for one test alone, with further settings of its own. */
  readonly start: (settings?: Readonly<Record<string, string>>) => Promise<OwnServer>;
}

/** All versions of both that can be started. @throws that none can be started, with what to install */
export async function testedSearchServers(): Promise<readonly SearchServer[]> {
  const [elasticsearch, openSearch] = await Promise.all([testedVersions(), testedOpenSearchVersions()]);
  return [
    ...elasticsearch.map((version): SearchServer => ({
      name: `Elasticsearch ${version.number}`,
      distribution: 'elasticsearch',
      start: (settings) => startElasticsearch(version, settings),
    })),
    ...openSearch.map((version): SearchServer => ({
      name: `OpenSearch ${version.number}`,
      distribution: 'opensearch',
      start: (settings) => startOpenSearch(version, settings),
    })),
  ];
}
