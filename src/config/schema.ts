import { z } from 'zod';
import { isAddress, isLoopback, isNetwork } from '../core/address.js';
import { VANTAGES } from '../core/identity.js';
import { ROLES } from '../core/tally/counters.js';
import { DAY_MS, HOUR_MS, createZone, isZoneName, parseDuration } from '../core/time.js';

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'is no duration such as 30s, 5m, 1h or 1d');
const zone = z.string().refine(isZoneName, 'is no time zone such as Europe/Berlin');
const network = z.string().refine(isNetwork, 'is no address or network such as 192.0.2.0/24');
const dnsAddress = z
  .string()
  .refine((text) => isAddress(text.replace(/@.+/, '')), 'is no address such as 192.0.2.1 or 127.0.0.1@resolver');

const server = z.strictObject({
  id: z.string().regex(/^[\w.-]{1,100}$/, 'may have letters, digits, dots, dashes and underscores only'),
  hosts: z.array(z.string().min(1)).min(1).optional().describe('host names in its log lines; default: its id'),
  instances: z.array(z.string()).default([]).describe('Postfix instance names on these hosts that are this server'),
  addresses: z.array(dnsAddress).default([]).describe('addresses from which it asks DNS'),
  timezone: zone.optional().describe('zone of its hours and days; default: the timezone above'),
  services: z.record(z.string(), z.enum(ROLES)).default({}).describe('roles of services by label'),
  reinjection: z.array(network).default([]).describe('clients that hand mail back from a content filter'),
  own_networks: z.array(network).default([]),
  partners: z.array(network).default([]),
  probes: z.array(network).default([]).describe('health probes, whatever they do'),
  not_probes: z.array(network).default([]).describe('clients that are never taken for a probe'),
  dns_vantage: z.enum(VANTAGES).default('stub').describe('forwarder where it asks through a cache of its own'),
});

/** The configuration file: every setting with its default. Unknown keys are errors. */
export const configSchema = z
  .strictObject({
    windows: z.array(duration).min(1).default(['5m', '1h', '1d']).describe('window sizes; the smallest is the pane'),
    timezone: zone.optional().describe('zone of stamps without one, and of hours and days; default: the machine'),
    year: z.int().min(1990).max(2200).optional().describe('year of stamps without one; default: by the file'),
    dns_host: z.string().optional().describe('resolver that wrote a query log without host names'),
    out_of_orderness: duration.default('30s').describe('how far behind its log an event may be and still be in time'),
    allowed_lateness: duration.default('1h').describe('how long after its end a window still takes events'),
    future_skew: duration.default('5m').describe('how far ahead of its record an event may be'),
    gap_fill: duration.default('1d').describe('how long a quiet server still gets windows'),
    client_cap: z.int().min(20).max(1_000_000).default(4096).describe('clients of a window counted exactly'),
    servers: z.array(server).default([]),
  })
  .superRefine((config, context) => {
    const problem = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    checkWindows(config.windows, problem);
    checkZones(config, problem);
    checkServers(config.servers, problem);
  });

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
type Problem = (path: (string | number)[], message: string) => void;

function checkWindows(windows: readonly string[], problem: Problem): void {
  const lengths = windows.map(parseDuration);
  const paneMs = smallest(windows);
  for (const [index, lengthMs] of lengths.entries()) {
    if (lengthMs === undefined) continue;
    const isKnown = lengthMs === DAY_MS || (lengthMs <= HOUR_MS && HOUR_MS % lengthMs === 0);
    if (!isKnown) problem(['windows', index], 'must divide 1h, or be 1h or 1d');
    else if (lengthMs % paneMs !== 0) problem(['windows', index], 'must be a multiple of the smallest window');
    if (lengths.indexOf(lengthMs) !== index) problem(['windows', index], 'stands there twice');
  }
}

/** The smallest length of those that are durations; `Infinity` if none is. */
function smallest(windows: readonly string[]): number {
  return Math.min(...windows.map((text) => parseDuration(text) ?? Infinity));
}

/** Hours and days begin at local midnight and are made of panes, so midnight must be the edge of one. */
function checkZones(
  config: { windows: string[]; timezone?: string | undefined; servers: { timezone?: string | undefined }[] },
  problem: Problem,
): void {
  const paneMs = smallest(config.windows);
  const check = (name: string | undefined, path: (string | number)[]): void => {
    if (name === undefined || !isZoneName(name) || paneMs === Infinity) return;
    const { offsetMs } = createZone(name);
    for (let month = Date.UTC(2000, 0); month < Date.UTC(2040, 0); month += 30 * DAY_MS) {
      if (offsetMs(month) % paneMs === 0) continue;
      return problem(path, `its offset from UTC is no multiple of the smallest window; add a window of 15m or less`);
    }
  };
  check(config.timezone, ['timezone']);
  for (const [index, { timezone }] of config.servers.entries()) check(timezone, ['servers', index, 'timezone']);
}

function checkServers(servers: readonly z.output<typeof server>[], problem: Problem): void {
  const taken: { readonly id: string; readonly host: string; readonly instance: string }[] = [];
  for (const [index, { id, hosts = [id], instances, addresses }] of servers.entries()) {
    if (servers.findIndex((other) => other.id === id) !== index)
      problem(['servers', index, 'id'], `${id} stands there twice`);
    for (const host of hosts)
      for (const instance of instances.length > 0 ? instances : ['']) {
        const isSame = (other: string): boolean => other === instance || other === '' || instance === '';
        const owner = taken.find((other) => other.id !== id && other.host === host && isSame(other.instance));
        if (owner !== undefined) problem(['servers', index, 'hosts'], `${host} is already of ${owner.id}`);
        taken.push({ id, host, instance });
      }
    for (const [place, address] of addresses.entries()) {
      // Every host has the same loopback address; without a resolver it is that of each server's own hosts.
      const owner = isLoopback(address)
        ? undefined
        : servers.slice(0, index).find((other) => other.addresses.includes(address));
      if (owner !== undefined && owner.id !== id)
        problem(['servers', index, 'addresses', place], `${address} is already of ${owner.id}`);
    }
  }
}
