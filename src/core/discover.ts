import { clientKey, clientOfName } from './address.js';
import type { DnsEvent, Event, MailEventOf, Ms } from './event.js';
import type { ServerConfig } from './identity.js';
import type { Role } from './tally/counters.js';
import { SECOND_MS } from './time.js';

/** How far apart a connection and the look-up of its client may be logged. */
const NEAR_MS = 5 * SECOND_MS;
/** A DNS client is a mail server's address if it explains at least this share of the connections ... */
const MINIMUM_SCORE = 0.2;
/** ... and at least this share of its own reverse look-ups is explained by them. */
const MINIMUM_PRECISION = 0.5;
const MINIMUM_CONNECTS = 10;
/** A service whose messages come from a content filter to at least this share is there to take them back. */
const MINIMUM_REINJECTED = 0.9;
/** Marks a source's name where a resolver's is not known yet; no host name has a line feed. */
const OF_SOURCE = '\n';

/** A mail server found in the logs, with the evidence. */
export interface Found {
  readonly server: ServerConfig;
  /** Connections to its smtpd in the first pass. */
  readonly connects: number;
  /** By address: share of these whose client was looked up from there at about that time. */
  readonly scores: readonly { readonly address: string; readonly score: number }[];
}

interface Lookup {
  readonly timeMs: Ms;
  /** The DNS client, as `ADDRESS@RESOLVER`; where the query names no resolver, `ADDRESS@` and the source. */
  readonly from: string;
}

/**
 * Finds the mail servers of a set of logs and the addresses from which they ask DNS: the DNS client that asks for the
 * name of an address at the time at which it connects to a host's smtpd is that host.
 */
export class Discovery {
  private readonly mailHosts = new Set<string>();
  private readonly connects = new Map<string, { readonly timeMs: Ms; readonly client: string }[]>();
  /** Reverse look-ups by the address that they are about. */
  private readonly lookups = new Map<string, Lookup[]>();
  private readonly queriesOf = new Map<string, number>();
  /** Messages by host and service. */
  private readonly opened = new Map<string, Map<string, { all: number; reinjected: number }>>();

  /** Takes an event of a source into account. */
  add(event: Event, source: string): void {
    if (event.kind === 'dns') this.addQuery(event, source);
    else if (event.kind === 'connect') {
      this.mailHosts.add(event.host);
      const connects = this.connects.get(event.host);
      const connect = { timeMs: event.time, client: clientKey(event.client_address) };
      if (connects === undefined) this.connects.set(event.host, [connect]);
      else connects.push(connect);
    } else if (event.kind !== 'other' && event.kind !== 'unrecognised') {
      this.mailHosts.add(event.host);
      if (event.kind === 'opened') this.addOpened(event);
    }
  }

  /** Hosts that wrote mail events, in order. */
  hosts(): readonly string[] {
    return [...this.mailHosts].sort();
  }

  /** The servers found, by host. `resolverOf` names the resolver whose log a source is, where its lines do not. */
  found(timezone: string, resolverOf: (source: string) => string): readonly Found[] {
    for (const lookups of this.lookups.values()) lookups.sort((a, b) => a.timeMs - b.timeMs);
    const taken = new Map<string, { readonly host: string; readonly score: number; readonly explained: number }>();
    for (const host of this.hosts())
      for (const [from, explained] of this.explainedBy(host)) {
        const score = explained / (this.connects.get(host)?.length ?? 1);
        if (score < MINIMUM_SCORE || explained < MINIMUM_PRECISION * (this.queriesOf.get(from) ?? 0)) continue;
        if (explained > (taken.get(from)?.explained ?? 0)) taken.set(from, { host, score, explained });
      }
    return this.hosts().map((host) => {
      const scores = [...taken]
        .filter(([, best]) => best.host === host)
        .map(([from, { score }]) => ({ address: withResolver(from, resolverOf), score }))
        .sort((a, b) => b.score - a.score || (a.address < b.address ? -1 : 1));
      const addresses = scores.map(({ address }) => address);
      const services = this.reinjectingServices(host);
      const connects = this.connects.get(host)?.length ?? 0;
      return { server: { ...serverOf(host, addresses, timezone), services }, connects, scores };
    });
  }

  private addOpened({ host, service, orig_client, orig_queue_id }: MailEventOf<'opened'>): void {
    const services = this.opened.get(host) ?? new Map<string, { all: number; reinjected: number }>();
    this.opened.set(host, services);
    const messages = services.get(service) ?? { all: 0, reinjected: 0 };
    services.set(service, messages);
    messages.all += 1;
    if (orig_client !== undefined || orig_queue_id !== undefined) messages.reinjected += 1;
  }

  private reinjectingServices(host: string): Readonly<Record<string, Role>> {
    const services = [...(this.opened.get(host) ?? [])];
    return Object.fromEntries(
      services
        .filter(([, { all, reinjected }]) => reinjected >= MINIMUM_REINJECTED * all)
        .map(([service]) => [service, 'reinject']),
    );
  }

  private addQuery(event: DnsEvent, source: string): void {
    if (event.qtype !== 'PTR' || event.qname === undefined || event.direction !== 'query') return;
    const client = clientOfName(event.qname);
    if (client === undefined) return;
    const from = `${event.client_address}@${event.resolver ?? `${OF_SOURCE}${source}`}`;
    const lookups = this.lookups.get(client);
    if (lookups === undefined) this.lookups.set(client, [{ timeMs: event.time, from }]);
    else lookups.push({ timeMs: event.time, from });
    this.queriesOf.set(from, (this.queriesOf.get(from) ?? 0) + 1);
  }

  /** By DNS client: how many connections to the host it looked up. */
  private explainedBy(host: string): ReadonlyMap<string, number> {
    const explained = new Map<string, number>();
    const connects = this.connects.get(host) ?? [];
    if (connects.length < MINIMUM_CONNECTS) return explained;
    for (const { timeMs, client } of connects) {
      const near = new Set<string>();
      const lookups = this.lookups.get(client) ?? [];
      for (let i = firstFrom(lookups, timeMs - NEAR_MS); i < lookups.length; i += 1) {
        const lookup = lookups[i];
        if (lookup === undefined || lookup.timeMs > timeMs + NEAR_MS) break;
        near.add(lookup.from);
      }
      for (const from of near) explained.set(from, (explained.get(from) ?? 0) + 1);
    }
    return explained;
  }
}

function withResolver(from: string, resolverOf: (source: string) => string): string {
  const sign = from.indexOf('@');
  const address = from.slice(0, sign);
  const resolver = from.slice(sign + 1);
  return `${address}@${resolver.startsWith(OF_SOURCE) ? resolverOf(resolver.slice(OF_SOURCE.length)) : resolver}`;
}

/** Index of the first look-up at or after a time, in a list ordered by time. */
function firstFrom(lookups: readonly Lookup[], timeMs: Ms): number {
  let low = 0;
  let high = lookups.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lookups[middle]?.timeMs ?? Infinity) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function serverOf(host: string, addresses: readonly string[], timezone: string): ServerConfig {
  return {
    id: host,
    hosts: [host],
    instances: [],
    addresses,
    timezone,
    services: {},
    reinjection: [],
    own_networks: addresses.map((address) => address.replace(/@.*/, '')),
    partners: [],
    probes: [],
    not_probes: [],
    dns_vantage: addresses.length > 0 ? 'stub' : 'none',
  };
}
