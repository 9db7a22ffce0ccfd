import type { ServerConfig } from '../core/identity.js';
import type { Config } from './schema.js';

/** The servers of a configuration with what they take from its other settings. */
export function configuredServers(config: Config): readonly ServerConfig[] {
  return config.servers.map((server) => ({
    ...server,
    hosts: server.hosts ?? [server.id],
    timezone: server.timezone ?? config.timezone,
    dns_vantage: server.addresses.length === 0 ? 'none' : server.dns_vantage,
  }));
}
