import type { ServerConfig } from '../../core/identity.js';
import { command } from './context.js';
import type { Context } from './context.js';
import type { CountedSample } from './coverage.js';
import { count, failure, listed, ok, warning } from './finding.js';
import type { Finding } from './finding.js';

const AREA = 'identity';

/** Whether the hosts in the samples are the servers of the configuration. */
export function identityFindings(samples: readonly CountedSample[], context: Context): Finding[] {
  const { identity } = context;
  const discover = `Run ${command(context, 'doctor --discover')}, and put the servers that it prints into ${context.file}, with a higher stream.epoch if events were counted already.`;
  if (identity.servers.length === 0) {
    const text = 'servers: is empty: nobody knows whose the events are, and mxwarden stream does not start.';
    return [failure(AREA, text, discover)];
  }
  const unmapped = new Map<string, number>();
  for (const { outcomes } of samples)
    for (const [host, entry] of outcomes.unmapped) unmapped.set(host, (unmapped.get(host) ?? 0) + entry.count);
  const { seen, asking, mailCount, queryCount } = seenIn(samples, context);
  const findings: Finding[] = [];
  if (unmapped.size > 0) {
    const lines = [...unmapped.values()].reduce((sum, number) => sum + number, 0);
    const hosts = [...unmapped].sort(([, a], [, b]) => b - a).map(([host]) => (host === '' ? '(no host)' : host));
    const text = `${count(lines, 'line')} in the samples ${lines === 1 ? 'is' : 'are'} of hosts that no server has: ${listed(hosts)}.`;
    findings.push((seen.size === 0 ? failure : warning)(AREA, text, discover));
  }
  for (const { config: server } of identity.servers) {
    if (mailCount > 0 && !seen.has(server.id)) findings.push(unseen(server, context));
    if (queryCount > 0 && server.addresses.length > 0 && !asking.has(server.id)) {
      const text = `${server.id} sends no DNS query in the samples (addresses: ${listed(server.addresses)}).`;
      const next = `Compare its addresses with what ${command(context, 'doctor --discover')} finds, and look whether its resolver logs queries.`;
      findings.push(warning(AREA, text, next));
    }
  }
  if (findings.length > 0) return findings;
  if (mailCount + queryCount === 0) return [];
  return [ok(AREA, `${count(identity.servers.length, 'server')}, and no other mail server, in the samples.`)];
}

function unseen(server: ServerConfig, { file }: Context): Finding {
  const text = `${server.id} has no line in the samples (hosts: ${listed(server.hosts)}).`;
  const next = `Look whether its log is shipped, and whether its lines have such a host; else take it out of ${file}.`;
  return warning(AREA, text, next);
}

interface Seen {
  /** Servers with lines, and those with queries. */
  readonly seen: ReadonlySet<string>;
  readonly asking: ReadonlySet<string>;
  readonly mailCount: number;
  readonly queryCount: number;
}

function seenIn(samples: readonly CountedSample[], { config, identity }: Context): Seen {
  const seen = new Set<string>();
  const asking = new Set<string>();
  let mailCount = 0;
  let queryCount = 0;
  const defaultResolver = config.dns_host ?? identity.servers[0]?.config.hosts[0] ?? '';
  for (const { event } of samples.flatMap(({ records }) => records)) {
    if (event.kind === 'dead' || event.kind === 'unknown_schema') continue;
    if (event.kind === 'dns') {
      queryCount += 1;
      const server = identity.serverOfQuery(event.resolver ?? defaultResolver, event.client_address);
      if (server !== undefined) asking.add(server.config.id);
    } else {
      mailCount += 1;
      const server = identity.serverOfLine(event.host, event.service);
      if (server !== undefined) seen.add(server.config.id);
    }
  }
  return { seen, asking, mailCount, queryCount };
}
