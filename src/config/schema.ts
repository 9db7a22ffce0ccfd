import * as v from 'valibot';
import { isAddress, isLoopback, isNetwork } from '../core/address.js';
import { VANTAGES } from '../core/identity.js';
import { DUPLICATES } from '../core/duplicate-filter.js';
import { KINDS } from '../core/detect/kinds.js';
import { NAMINGS } from '../core/documents/alert.js';
import { PROFILES } from '../core/detect/config.js';
import { ROLES, entries } from '../core/tally/counters.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, createZone, isZoneName, parseDuration } from '../core/time.js';
import { elasticsearch } from './elasticsearch.js';
import { enrichment } from './enrichment.js';
import { kafka } from './kafka.js';
import { kibana } from './kibana.js';
import { described, duration, mapping, settings } from './settings.js';
import { stream } from './stream.js';

const texts = v.array(v.string());
const NO_ZONE = 'is no time zone such as Europe/Berlin';
const zone = v.pipe(v.string(NO_ZONE), v.check(isZoneName, NO_ZONE), v.title('time zone'));
const NO_YEAR = 'must be a year from 1990 to 2200';
const year = v.pipe(v.number(NO_YEAR), v.integer(NO_YEAR), v.minValue(1990, NO_YEAR), v.maxValue(2200, NO_YEAR));
const cap = v.pipe(v.number(), v.integer(), v.minValue(20), v.maxValue(1_000_000));
const NO_THREADS = 'must be a number of threads from 1 to 64';
const threads = v.pipe(
  v.number(NO_THREADS),
  v.integer(NO_THREADS),
  v.minValue(1, NO_THREADS),
  v.maxValue(64, NO_THREADS),
);
const network = v.pipe(
  v.string(),
  v.check(isNetwork, 'is no address or network such as 192.0.2.0/24'),
  v.title('address or network'),
);
const networks = v.array(network);
const dnsAddress = v.pipe(
  v.string(),
  v.check((text) => isAddress(text.replace(/@.+/, '')), 'is no address such as 192.0.2.1 or 127.0.0.1@resolver'),
  v.title('address, or ADDRESS@RESOLVER'),
);
const id = v.pipe(
  v.string(),
  v.regex(/^[\w.-]{1,100}$/, 'may have letters, digits, dots, dashes and underscores only'),
  v.title('name'),
);

/** It has all days that a year may have. */
const LEAP_YEAR = '2000';

/** Whether a text is a day of the calendar: `2026-02-30` is none. */
function isDate(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const server = settings('must be a server such as {id: mx1}; on the command line ID[@HOST]=ADDRESS[,ADDRESS]', {
  id: described(id, 'name of the server, in the subject of its documents'),
  hosts: described(
    v.optional(v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1))),
    'host names in its log lines; default: its id',
  ),
  instances: described(v.optional(texts, []), 'Postfix instance names on these hosts that are this server'),
  addresses: described(v.optional(v.array(dnsAddress), []), 'addresses from which it asks DNS'),
  timezone: described(v.optional(zone), 'zone of its stamps without one, hours and days; default: the timezone above'),
  services: described(
    v.optional(
      v.pipe(mapping('must be roles such as {postfix/10025/smtpd: reinject}'), v.record(v.string(), v.picklist(ROLES))),
      {},
    ),
    'roles of services by label',
  ),
  reinjection: described(v.optional(networks, []), 'clients that hand mail back from a content filter'),
  own_networks: described(v.optional(networks, []), 'networks of its own, beside its addresses'),
  partners: described(v.optional(networks, []), 'networks of partners, who are never to be blocked'),
  probes: described(v.optional(networks, []), 'health probes, whatever they do'),
  not_probes: described(v.optional(networks, []), 'clients that are never taken for a probe'),
  dns_vantage: described(
    v.optional(v.picklist(VANTAGES), 'stub'),
    'forwarder where it asks through a cache of its own',
  ),
});

const NO_DATE = 'must be a date such as 2026-12-31';
const date = v.pipe(v.string(NO_DATE), v.check(isDate, NO_DATE), v.title('date'));

const NO_DAY = 'is no day such as 2026-12-24, or 12-24 for each year';
const dates = v.array(
  v.pipe(
    v.string(NO_DAY),
    v.check((text) => isDate(text) || isDate(`${LEAP_YEAR}-${text}`), NO_DAY),
    v.title('day'),
  ),
);

const knownEntry = settings('must be an incident such as {kind: auth_flood, until: 2026-12-31, reason: audit}', {
  kind: described(v.picklist(entries(KINDS).map(([kind]) => kind)), 'kind of incident'),
  client: described(v.optional(network), 'address or network of the client; default: any, and nobody'),
  user: described(v.optional(v.pipe(v.string(), v.minLength(1))), 'user that it is about, in the place of a client'),
  server: described(v.optional(id), 'id of the mail server, or host of the resolver; default: all'),
  until: described(date, 'the last day on which it is known'),
  reason: described(v.pipe(v.string(), v.trim(), v.minLength(1)), 'why nobody need do anything'),
});
const known = v.pipe(
  knownEntry,
  v.check(({ client, user }) => client === undefined || user === undefined, 'is of a client or of a user, not of both'),
);

export const configEntries = {
  windows: described(
    v.optional(v.pipe(v.array(duration), v.minLength(1)), ['5m', '1h', '1d']),
    'window sizes; the smallest is the pane',
  ),
  timezone: described(zone, 'zone of stamps without one, and of hours and days; default: the machine'),
  year: described(v.optional(year), 'year of stamps without one; default: by the file'),
  dns_host: described(v.optional(v.string()), 'resolver that wrote a query log without host names'),
  dns_duplicates: described(
    v.optional(v.picklist(DUPLICATES), 'count'),
    'drop where a tap sees each DNS message twice: those of the same port and id within 2s count once',
  ),
  out_of_orderness: described(
    v.optional(duration, '30s'),
    'how far behind its log an event may be and still be in time',
  ),
  allowed_lateness: described(v.optional(duration, '1h'), 'how long after its end a window still takes events'),
  future_skew: described(v.optional(duration, '5m'), 'how far ahead of its record an event may be'),
  gap_fill: described(v.optional(duration, '1d'), 'how long a quiet server still gets windows'),
  client_cap: described(v.optional(cap, 4096), 'clients of a window counted exactly'),
  threads: described(v.optional(threads), 'threads that work; default: one for each core, for a long log'),
  servers: described(v.optional(v.array(server), []), 'mail servers; default: those that analyze finds in the logs'),
  profile: described(
    v.optional(v.picklist(PROFILES), 'learned'),
    "paper for the paper's fixed MEE and DNS queries instead of what is usual",
  ),
  country: described(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[A-Z]{2}(-[A-Za-z\d]+)*$/, 'is no country such as AT, or part of one such as DE-BY'),
      ),
    ),
    'country, or part of it, whose public holidays are days of their own; default: weekends only',
  ),
  holidays: described(v.optional(dates, []), 'further holidays: 2026-12-24, or 12-24 for each year'),
  working_days: described(v.optional(dates, []), 'days on which people work although they are holidays or weekends'),
  recipients: described(
    v.optional(v.picklist(NAMINGS), 'domain'),
    'how alerts name recipients that do not exist: their domains, or whole addresses',
  ),
  known: described(
    v.optional(v.array(known), []),
    'incidents that are recorded, and about which nobody need do anything',
  ),
  enrichment: described(v.optional(enrichment, {}), 'files that tell the autonomous system and the country of clients'),
  elasticsearch: described(v.optional(elasticsearch), 'where documents go; default: nowhere'),
  kafka: described(v.optional(kafka), 'where events go, and results come from; default: nowhere'),
  kibana: described(v.optional(kibana), 'where setup makes dashboards and rules; default: nowhere'),
  stream: described(v.optional(stream, {}), 'how the stages on Kafka work'),
};

/** The configuration file: every setting with its default. Unknown keys are errors. */
const configSchema = settings('must be a list of settings', configEntries);
export type Config = v.InferOutput<typeof configSchema>;

/** What the rules between settings look at. A part that is not of its type is left out, since it is reported already. */
const comparable = v.object({
  windows: v.fallback(v.array(v.fallback(v.string(), '')), []),
  timezone: v.optional(v.fallback(v.string(), '')),
  servers: v.fallback(
    v.array(
      v.fallback(
        v.optional(
          v.object({
            id: v.string(),
            instances: v.optional(texts, []),
            hosts: v.optional(v.fallback(texts, [])),
            addresses: v.fallback(texts, []),
            timezone: v.optional(v.fallback(v.string(), '')),
          }),
        ),
        undefined,
      ),
    ),
    [],
  ),
});
type Comparable = v.InferOutput<typeof comparable>;

/** What is wrong at a place of the settings. */
export interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

/** The configuration that settings are, or all that is wrong with them: with each by itself, and between them. */
export function checkConfig(given: object): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const result = v.safeParse(configSchema, given, { abortPipeEarly: true });
  const problems: Problem[] = [];
  const report: Report = (path, message) => problems.push({ path: path.map(String), message });
  for (const { path = [], message } of result.issues ?? []) {
    const keys = path.map(({ key }) => key);
    report(keys, message);
  }
  const data = v.parse(comparable, given);
  checkWindows(data.windows, report);
  checkZones(data, report);
  checkServers(data.servers, report);
  return result.success && problems.length === 0 ? { config: result.output } : { problems };
}

type Report = (path: readonly unknown[], message: string) => void;

function checkWindows(windows: readonly string[], report: Report): void {
  const lengths = windows.map(parseDuration);
  const paneMs = smallest(windows);
  for (const [index, lengthMs] of lengths.entries()) {
    if (lengthMs === undefined) continue;
    const isKnown = lengthMs === DAY_MS || (lengthMs <= HOUR_MS && HOUR_MS % lengthMs === 0);
    if (!isKnown) report(['windows', index], 'must divide 1h, or be 1h or 1d');
    else if (lengthMs % paneMs !== 0) report(['windows', index], 'must be a multiple of the smallest window');
    if (lengths.indexOf(lengthMs) !== index) report(['windows', index], 'stands there twice');
  }
}

/** The smallest length of those that are durations; `Infinity` if none is. */
function smallest(windows: readonly string[]): number {
  return Math.min(...windows.map((text) => parseDuration(text) ?? Infinity));
}

/**
 * Hours and days begin at local midnight and are made of panes, so midnight must be the edge of one. Offsets are whole
 * quarters of an hour, so that most panes fit them all.
 */
function checkZones({ windows, timezone, servers }: Comparable, report: Report): void {
  const paneMs = smallest(windows);
  if ((15 * MINUTE_MS) % paneMs === 0) return;
  const check = (name: string | undefined, path: (string | number)[]): void => {
    if (name === undefined || !isZoneName(name) || paneMs === Infinity) return;
    const { offsetMs } = createZone(name);
    for (let month = Date.UTC(2000, 0); month < Date.UTC(2040, 0); month += 30 * DAY_MS) {
      if (offsetMs(month) % paneMs === 0) continue;
      const message = `${name}'s offset from UTC is no multiple of the smallest window; add a window of 15m or 5m`;
      return report(path, message);
    }
  };
  check(timezone, ['timezone']);
  for (const [index, server] of servers.entries()) check(server?.timezone, ['servers', index, 'timezone']);
}

function checkServers(servers: Comparable['servers'], report: Report): void {
  const taken: { readonly id: string; readonly host: string; readonly instance: string }[] = [];
  for (const [index, server] of servers.entries()) {
    if (server === undefined) continue;
    const { id, hosts = [id], instances, addresses } = server;
    if (servers.findIndex((other) => other?.id === id) !== index)
      report(['servers', index, 'id'], `${id} stands there twice`);
    for (const host of hosts)
      for (const instance of instances.length > 0 ? instances : ['']) {
        const isSame = (other: string): boolean => other === instance || other === '' || instance === '';
        const owner = taken.find((other) => other.id !== id && other.host === host && isSame(other.instance));
        if (owner !== undefined) report(['servers', index, 'hosts'], `${host} is already of ${owner.id}`);
        taken.push({ id, host, instance });
      }
    for (const [place, address] of addresses.entries()) {
      // Every host has the same loopback address; without a resolver it is that of each server's own hosts.
      const owner = isLoopback(address)
        ? undefined
        : servers.slice(0, index).find((other) => other?.addresses.includes(address));
      if (owner !== undefined && owner.id !== id)
        report(['servers', index, 'addresses', place], `${address} is already of ${owner.id}`);
    }
  }
}
