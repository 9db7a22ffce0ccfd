import { canonicalAddress, createNetworkTest, isLoopback } from './address.js';
import type { Role } from './tally/counters.js';
import { createZone } from './time.js';
import type { Zone } from './time.js';

/** Whom a window is about: a mail server (`mail:ID`) or a DNS server (`dns:ID`). */
export type Subject = `mail:${string}` | `dns:${string}`;

/** How the DNS log sees a mail server: its own queries, the misses of a local cache in between, or not at all. */
export const VANTAGES = ['stub', 'forwarder', 'none'] as const;
export type Vantage = (typeof VANTAGES)[number];

/** A mail server as the user, or the first pass, describes it. */
export interface ServerConfig {
  readonly id: string;
  /** Host names in its log lines. */
  readonly hosts: readonly string[];
  /** Postfix instance names on these hosts that are this server; empty for all of them. */
  readonly instances: readonly string[];
  /**
   * Addresses from which it asks DNS, `ADDRESS` or `ADDRESS@RESOLVER`. A loopback address without a resolver counts only
   * in the log of a resolver that is one of `hosts`, since every host has the same one.
   */
  readonly addresses: readonly string[];
  readonly timezone: string;
  /** Roles of services by their label, as `postfix/10025/smtpd`. */
  readonly services: Readonly<Record<string, Role>>;
  /** Client addresses or networks whose sessions hand mail back from a content filter. */
  readonly reinjection: readonly string[];
  /** Beside its addresses. */
  readonly own_networks: readonly string[];
  readonly partners: readonly string[];
  /** Clients that are health probes whatever they do, and clients that never are. */
  readonly probes: readonly string[];
  readonly not_probes: readonly string[];
  readonly dns_vantage: Vantage;
}

export interface MailServer {
  readonly subject: Subject;
  readonly config: ServerConfig;
  readonly zone: Zone;
  /** The role of a session of this service with this client. */
  roleOf(service: string, clientAddress: string): Role;
  isOwn(client: string): boolean;
  isPartner(client: string): boolean;
  isProbe(client: string): boolean;
  isNeverProbe(client: string): boolean;
}

/** Who is who; fixed for a run. */
export interface Identity {
  /** The server whose log lines come from this host and service; `undefined` if unmapped. */
  serverOfLine(host: string, service: string): MailServer | undefined;
  /** The server that sends DNS queries from this address to this resolver. */
  serverOfQuery(resolver: string, clientAddress: string): MailServer | undefined;
  /** The server of a subject `mail:ID`. */
  serverOf(subject: Subject): MailServer | undefined;
  /** The zone of the subject's hours and days: the server's, or that of the server on the resolver's host. */
  zoneOf(subject: Subject): Zone;
  readonly servers: readonly MailServer[];
}

/** The identity that these servers make. `timezone` is for resolvers on no mail server's host. */
export function createIdentity(configs: readonly ServerConfig[], timezone: string): Identity {
  const servers = configs.map(createServer);
  const byHost = new Map<string, MailServer[]>();
  /** By resolver, then by address; under '' those that count at every resolver. */
  const byAddress = new Map<string, Map<string, MailServer>>();
  for (const server of servers) {
    for (const host of server.config.hosts) byHost.set(host, [...(byHost.get(host) ?? []), server]);
    for (const entry of server.config.addresses)
      for (const [resolver, address] of placesOf(entry, server.config.hosts))
        byAddress.set(resolver, (byAddress.get(resolver) ?? new Map<string, MailServer>()).set(address, server));
  }
  const everywhere = byAddress.get('');
  // Lines come in runs of one host or address, often as one and the same string.
  let lastHost = '';
  let lastCandidates = byHost.get(lastHost);
  let lastQuery: { resolver: string; address: string; server: MailServer | undefined } | undefined;
  const bySubject = new Map(servers.map((server) => [server.subject, server]));
  const otherZone = createZone(timezone);
  return {
    servers,
    serverOfLine: (host, service) => {
      if (host !== lastHost) {
        lastHost = host;
        lastCandidates = byHost.get(host);
      }
      if (lastCandidates?.length === 1 && lastCandidates[0]?.config.instances.length === 0) return lastCandidates[0];
      return lastCandidates?.find((server) => runsInstance(server.config, service));
    },
    serverOfQuery: (resolver, clientAddress) => {
      if (lastQuery?.address === clientAddress && lastQuery.resolver === resolver) return lastQuery.server;
      // A server's own addresses are told apart in full, also in IPv6.
      const address = canonicalAddress(clientAddress);
      const server = everywhere?.get(address) ?? byAddress.get(resolver)?.get(address);
      lastQuery = { resolver, address: clientAddress, server };
      return server;
    },
    serverOf: (subject) => bySubject.get(subject),
    zoneOf: (subject) => {
      const server = bySubject.get(subject) ?? byHost.get(subject.slice('dns:'.length))?.[0];
      return server?.zone ?? otherZone;
    },
  };
}

/** Services whose role is found once; a site has a handful, a forged log any number. */
const SERVICES_KNOWN = 1000;

function createServer(config: ServerConfig): MailServer {
  const isReinjection = createNetworkTest(config.reinjection);
  const hasReinjection = config.reinjection.length > 0;
  const roles = new Map<string, Role>(Object.entries(config.services));
  return {
    subject: `mail:${config.id}`,
    config,
    zone: createZone(config.timezone),
    roleOf: (service, clientAddress) => {
      let role = roles.get(service);
      if (role === undefined) {
        role = defaultRole(service);
        if (roles.size < SERVICES_KNOWN) roles.set(service, role);
      }
      return hasReinjection && role === 'mx' && isReinjection(clientAddress) ? 'reinject' : role;
    },
    isOwn: createNetworkTest([...config.addresses.map(withoutResolver), ...config.own_networks]),
    isPartner: createNetworkTest(config.partners),
    isProbe: createNetworkTest(config.probes),
    isNeverProbe: createNetworkTest(config.not_probes),
  };
}

/** By the labels of Postfix's own master.cf: `submission`, `submissions`, `smtps`. */
function defaultRole(service: string): Role {
  return service.includes('/submission') || service.includes('/smtps/') ? 'submission' : 'mx';
}

/** The instance is the part of a service before its first slash. */
function runsInstance(config: ServerConfig, service: string): boolean {
  if (config.instances.length === 0) return true;
  const slash = service.indexOf('/');
  return config.instances.includes(slash < 0 ? service : service.slice(0, slash));
}

/** The address of an entry such as `127.0.0.1@resolver`. */
export function withoutResolver(entry: string): string {
  return entry.replace(/@.*/, '');
}

/** Where an address counts, as (resolver, address). */
function placesOf(entry: string, hosts: readonly string[]): readonly (readonly [string, string])[] {
  const sign = entry.indexOf('@');
  const text = withoutResolver(entry);
  const address = canonicalAddress(text);
  if (sign >= 0) return [[entry.slice(sign + 1), address]];
  return isLoopback(text) ? hosts.map((host) => [host, address] as const) : [['', address]];
}

/** The zone of a server by the host in its lines, where it is not the general one. */
export function zonesOf(servers: readonly ServerConfig[], timezone: string): (host: string) => Zone | undefined {
  const own = servers.filter((server) => server.timezone !== timezone);
  const zones = new Map(
    own.flatMap((server) => server.hosts.map((host) => [host, createZone(server.timezone)] as const)),
  );
  return (host) => zones.get(host);
}
