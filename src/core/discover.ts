import { clientKey, clientOfName } from './address.js';
import type { DnsEvent, Event, MailEventOf, Ms } from './event.js';
import type { ServerConfig } from './identity.js';
import { wilson } from './measure/statistics.js';
import { Reinjections } from './reinjection.js';
import { SECOND_MS } from './time.js';

/** How far apart a connection and the look-up of its client may be logged. */
const NEAR_MS = 5 * SECOND_MS;
/** Connections explained, and look-ups that explain them: fewer may meet by chance. */
const MINIMUM_EXPLAINED = 3;
/**
 * A DNS client is a mail server's address if it surely (at 95 %) explains this share of the connections: a server may ask
 * several resolvers in turn, and half of its connections may be those of a content filter, whom nobody looks up ...
 */
const MINIMUM_SCORE = 0.1;
/** ... and at least this share of its own reverse look-ups is explained by them. */
const MINIMUM_PRECISION = 0.5;
/** Marks a source's name where a resolver's is not known yet; no host name has a line feed. */
const OF_SOURCE = '\n';

/**
 * Why a mail server has no address: no DNS log was read; nobody connected to its smtpd; nobody, or hardly anybody, did so
 * when a DNS log was written; no DNS client looked up enough of those who did.
 */
export type Missing = 'no_dns_log' | 'no_connects' | 'no_common_time' | 'few_connects' | 'not_looked_up';

/** A mail server found in the logs, with the evidence. */
export interface Found {
  readonly server: ServerConfig;
  /** Connections to its smtpd in the first pass at times that the DNS logs cover. */
  readonly connects: number;
  readonly scores: readonly Score[];
  /** Absent where an address was found. */
  readonly missing?: Missing;
}

/** How well an address explains the connections to a server. */
export interface Score {
  readonly address: string;
  /** Share of `connects` whose client was looked up from there at about that time. */
  readonly score: number;
  /** Connections at times that the log of the address's resolver covers. */
  readonly connects: number;
}

/** Times by client. */
type Sightings = Map<string, Ms[]>;

interface MailHost {
  readonly name: string;
  /** Of all connections. */
  readonly times: Ms[];
  /** From the first to the last connection: other lines of the host may be in logs that were read further. */
  readonly log: Span;
  readonly connects: Sightings;
  readonly reinjections: Reinjections;
}

/** A DNS client that asks for the names of addresses. */
interface Asker {
  /** `ADDRESS@RESOLVER`; where the query names no resolver, `ADDRESS@` and the source. */
  readonly name: string;
  /** What the resolver logged, whoever asked. */
  readonly log: Span;
  readonly lookups: Sightings;
}

/** Connections and look-ups that explain each other. */
interface Explained {
  connects: number;
  lookups: number;
}

/** The time from the first to the last event of a log, in whatever order they come. */
class Span {
  private firstMs = Infinity;
  private lastMs = -Infinity;

  add(timeMs: Ms): void {
    if (timeMs < this.firstMs) this.firstMs = timeMs;
    if (timeMs > this.lastMs) this.lastMs = timeMs;
  }

  isEmpty(): boolean {
    return this.firstMs > this.lastMs;
  }

  /** How many of these times, in order, it covers. */
  countOf(times: readonly Ms[]): number {
    if (this.isEmpty()) return 0;
    return firstFrom(times, this.lastMs + NEAR_MS + 1) - firstFrom(times, this.firstMs - NEAR_MS);
  }
}

/**
 * Finds the mail servers of a set of logs and the addresses from which they ask DNS: the DNS client that asks for the
 * name of an address at the time at which it connects to a host's smtpd is that host. The start of one log may be a day
 * and that of another an hour, so only times that both cover are evidence.
 */
export class Discovery {
  private readonly mailHosts = new Map<string, MailHost>();
  private readonly askers = new Map<string, Asker>();
  /** By resolver or, where its lines do not name it, by source. */
  private readonly dnsLogs = new Map<string, Span>();
  private readonly anyDnsLog = new Span();

  /** Takes an event of a source into account. */
  add(event: Event, source: string): void {
    if (event.kind === 'dns') {
      this.addQuery(event, source);
    } else if (event.kind !== 'other' && event.kind !== 'unrecognised') {
      const host = getOrAdd(this.mailHosts, event.host, newMailHost);
      if (event.kind === 'connect') addConnect(host, event);
      else if (event.kind === 'opened') host.reinjections.addMessage(event);
    }
  }

  /** Hosts that wrote mail events, in order. */
  hosts(): readonly string[] {
    return [...this.mailHosts.keys()].sort();
  }

  /** The servers found, by host. `resolverOf` names the resolver whose log a source is, where its lines do not. */
  found(timezone: string, resolverOf: (source: string) => string): readonly Found[] {
    const hosts = this.hosts().flatMap((name) => this.mailHosts.get(name) ?? []);
    for (const { times } of hosts) times.sort(byTime);
    const scores = this.scores(hosts, resolverOf);
    return hosts.map((host) => {
      const connects = this.anyDnsLog.countOf(host.times);
      const ofHost = (scores.get(host) ?? []).sort((a, b) => b.score - a.score || (a.address < b.address ? -1 : 1));
      const addresses = ofHost.map(({ address }) => address);
      const server = { ...serverOf(host.name, addresses, timezone), services: host.reinjections.roles() };
      const found = { server, connects, scores: ofHost };
      return addresses.length > 0 ? found : { ...found, missing: this.whyMissing(host, connects) };
    });
  }

  private addQuery({ time, client_address, resolver, qtype, qname, direction }: DnsEvent, source: string): void {
    const place = resolver ?? `${OF_SOURCE}${source}`;
    const log = getOrAdd(this.dnsLogs, place, () => new Span());
    log.add(time);
    this.anyDnsLog.add(time);
    const client = qtype === 'PTR' && direction === 'query' && qname !== undefined ? clientOfName(qname) : undefined;
    if (client === undefined) return;
    const asker = getOrAdd(this.askers, `${client_address}@${place}`, (name) => ({
      name,
      log,
      lookups: new Map<string, Ms[]>(),
    }));
    getOrAdd(asker.lookups, client, noTimes).push(time);
  }

  /** By host; an address is that of the host with most connections explained. */
  private scores(hosts: readonly MailHost[], resolverOf: (source: string) => string): ReadonlyMap<MailHost, Score[]> {
    const hostsOf = new Map<string, MailHost[]>();
    for (const host of hosts)
      for (const [client, times] of host.connects) {
        times.sort(byTime);
        getOrAdd(hostsOf, client, (): MailHost[] => []).push(host);
      }
    const scores = new Map<MailHost, Score[]>();
    for (const asker of this.askers.values()) {
      const best = hostOf(asker, explainedBy(asker, hostsOf));
      if (best === undefined) continue;
      const address = withResolver(asker.name, resolverOf);
      getOrAdd(scores, best.host, (): Score[] => []).push({ address, score: best.score, connects: best.connects });
    }
    return scores;
  }

  private whyMissing({ times }: MailHost, covered: number): Missing {
    if (this.anyDnsLog.isEmpty()) return 'no_dns_log';
    if (times.length === 0) return 'no_connects';
    if (covered === 0) return 'no_common_time';
    return covered < MINIMUM_EXPLAINED ? 'few_connects' : 'not_looked_up';
  }
}

function newMailHost(name: string): MailHost {
  return { name, times: [], log: new Span(), connects: new Map(), reinjections: new Reinjections() };
}

function noTimes(): Ms[] {
  return [];
}

function addConnect(host: MailHost, { time, service, client_address }: MailEventOf<'connect'>): void {
  const client = clientKey(client_address);
  host.times.push(time);
  host.log.add(time);
  getOrAdd(host.connects, client, noTimes).push(time);
  host.reinjections.addConnect(service, client);
}

/** By host, what an asker explains. */
function explainedBy(
  asker: Asker,
  hostsOf: ReadonlyMap<string, readonly MailHost[]>,
): ReadonlyMap<MailHost, Explained> {
  const explained = new Map<MailHost, Explained>();
  for (const [client, lookups] of asker.lookups) {
    lookups.sort(byTime);
    for (const host of hostsOf.get(client) ?? []) {
      const sum = getOrAdd(explained, host, () => ({ connects: 0, lookups: 0 }));
      explain(sum, { connects: host.connects.get(client) ?? [], lookups });
    }
  }
  return explained;
}

/** Adds up what one client's connections and look-ups, both in order, explain of each other. */
function explain(
  sum: Explained,
  { connects, lookups }: { readonly connects: readonly Ms[]; readonly lookups: readonly Ms[] },
): void {
  let next = 0;
  for (const timeMs of lookups) {
    const first = firstFrom(connects, timeMs - NEAR_MS);
    const end = firstFrom(connects, timeMs + NEAR_MS + 1);
    if (end > first) sum.lookups += 1;
    sum.connects += end - Math.max(first, next);
    next = end;
  }
}

/** The host of which an asker's address is one, with its score. */
function hostOf(
  { log, lookups }: Asker,
  explainedOf: ReadonlyMap<MailHost, Explained>,
): (Omit<Score, 'address'> & { readonly host: MailHost }) | undefined {
  const candidates = [...explainedOf]
    .filter(([, explained]) => Math.min(explained.connects, explained.lookups) >= MINIMUM_EXPLAINED)
    .sort(([a, x], [b, y]) => y.connects - x.connects || (a.name < b.name ? -1 : 1));
  const times = candidates.length > 0 ? [...lookups.values()].flat().sort(byTime) : [];
  for (const [host, explained] of candidates) {
    const connects = log.countOf(host.times);
    if (wilson(explained.connects, connects).lower < MINIMUM_SCORE) continue;
    if (explained.lookups < MINIMUM_PRECISION * host.log.countOf(times)) continue;
    return { host, score: explained.connects / connects, connects };
  }
  return undefined;
}

function withResolver(name: string, resolverOf: (source: string) => string): string {
  const sign = name.indexOf('@');
  const resolver = name.slice(sign + 1);
  if (!resolver.startsWith(OF_SOURCE)) return name;
  return `${name.slice(0, sign)}@${resolverOf(resolver.slice(OF_SOURCE.length))}`;
}

function byTime(a: Ms, b: Ms): number {
  return a - b;
}

/** Index of the first time at or after another, in a list ordered by time. */
function firstFrom(times: readonly Ms[], timeMs: Ms): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: (key: K) => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create(key);
    map.set(key, value);
  }
  return value;
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
    own_networks: [],
    partners: [],
    probes: [],
    not_probes: [],
    dns_vantage: addresses.length > 0 ? 'stub' : 'none',
  };
}
