import type { Config } from '../../config/schema.js';
import { Discovery } from '../../core/discover.js';
import type { Found } from '../../core/discover.js';
import { escapeControls } from '../../report/escape-controls.js';
import { entryOf, entryText, evidence } from '../server-entries.js';
import { count } from './finding.js';
import type { TopicSample } from './samples.js';

export interface Proposal {
  /** A section of the configuration in YAML, or comments that say why there is none. */
  readonly text: string;
  readonly isFound: boolean;
}

/** The mail servers that the samples show, with those of the configuration, which keep all that they have. */
export function proposeServers(samples: readonly TopicSample[], config: Config): Proposal {
  const discovery = new Discovery();
  let events = 0;
  for (const { source, event } of samples.flatMap(({ records }) => records)) {
    if (event.kind === 'dead' || event.kind === 'unknown_schema') continue;
    events += 1;
    discovery.add(event, source);
  }
  const hosts = discovery.hosts().filter((host) => host !== '');
  const defaultResolver =
    config.dns_host ?? config.servers[0]?.hosts?.[0] ?? (hosts.length === 1 ? hosts[0] : undefined);
  const found = discovery.found(config.timezone, () => defaultResolver ?? '').filter(({ server }) => server.id !== '');
  if (found.length === 0) return { text: nothingFound(samples, events), isFound: false };
  const known = config.servers.map((server) => entryOfKnown(server, found));
  const taken = new Set(config.servers.flatMap(({ id, hosts: names = [id] }) => names));
  const ids = new Set(config.servers.map(({ id }) => id));
  const others = found.filter(({ server }) => !taken.has(server.id)).map((each) => entryOf(each, ids));
  const head = [
    `# Found in the last ${count(events, 'event')} of ${samples.map(({ topic }) => topic).join(', ')}.`,
    '# Where events were counted already, raise stream.epoch with it.',
    'servers:',
  ];
  return { text: `${[...head, ...known, ...others].join('\n')}\n`, isFound: true };
}

function nothingFound(samples: readonly TopicSample[], events: number): string {
  const topics = samples.map(({ topic }) => topic).join(', ');
  const records = samples.reduce((sum, sample) => sum + sample.records.length, 0);
  const why =
    samples.length === 0
      ? 'the topics of events are not there'
      : records === 0
        ? `${topics}: empty`
        : events === 0
          ? `none of the last ${count(records, 'record')} of ${topics} is an event; mxwarden doctor says more`
          : `none of the last ${count(events, 'event')} of ${topics} is of a mail server's log with a host`;
  return escapeControls(`# No mail server was found: ${why}.`) + '\n';
}

type Server = Config['servers'][number];

/** A server as it is configured, with the addresses that were found where it has none. */
function entryOfKnown(server: Server, found: readonly Found[]): string {
  const hosts = server.hosts ?? [server.id];
  const own = found.filter((each) => hosts.includes(each.server.id));
  const addresses = own.flatMap(({ scores }) => scores.map(({ address }) => address));
  const isNew = server.addresses.length === 0 && addresses.length > 0;
  const settings = { ...server, ...(isNew ? { addresses } : {}) };
  const given = Object.entries(settings).filter(([name, value]) => !isDefault(name, value));
  const comment = own.length === 0 ? ['not in the samples'] : own.flatMap(evidence);
  return entryText(Object.fromEntries(given), [`as configured; ${comment.join('; ')}`]);
}

/** Whether a setting is as it would be without being given. */
function isDefault(name: string, value: unknown): boolean {
  if (value === undefined || (name === 'dns_vantage' && value === 'stub')) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.keys(value).length === 0;
}
