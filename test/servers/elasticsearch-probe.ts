import * as v from 'valibot';

const REQUEST_TIMEOUT_MS = 30_000;

const health = v.object({ cluster_name: v.string() });
const root = v.object({ version: v.object({ number: v.string() }) });

/**
 * Asks a node who it is and whether its cluster takes documents.
 * @returns its version
 * @throws that it does not answer so, or that it is another one
 */
export async function probeElasticsearch(
  address: string,
  { clusterName, authorization }: { readonly clusterName?: string; readonly authorization?: string } = {},
): Promise<string> {
  const headers = authorization === undefined ? {} : { authorization };
  const path = `${address}/_cluster/health?wait_for_status=yellow&timeout=20s`;
  const cluster = v.parse(health, await answerOf(path, headers));
  if (clusterName !== undefined && cluster.cluster_name !== clusterName)
    throw new Error(`Another server listens on ${address}.`);
  return v.parse(root, await answerOf(address, headers)).version.number;
}

async function answerOf(url: string, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  return response.json();
}
