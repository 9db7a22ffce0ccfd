import { join } from 'node:path';
import { EventEncoder } from '../../src/avro/events.js';
import { createTopics, inspectTopics, planTopics } from '../../src/kafka/topics.js';
import { kafkaClient, openProducer, withAdmin } from '../support/kafka.js';
import { SITES, traffic } from './stream-traffic.js';

/** Some events in topics of their own. */
export interface EventSet {
  readonly events: number;
  readonly meanBytes: number;
  /** Of mail events, then of DNS events. */
  readonly topics: readonly [string, string];
}

export const SCHEMA_FILES = ['mail_event', 'dns_event'].map((name) =>
  join(import.meta.dirname, '..', '..', 'schemas', `${name}.avsc`),
);

const START_MS = Date.UTC(2026, 10, 20);
/** A thousand events a second. */
const STEP_MS = 1;

/** Topics of events, beside those of results, as `mxwarden setup` makes them. */
export async function makeTopics(address: string, [mail, dns]: EventSet['topics']): Promise<void> {
  const { kafka, settings } = kafkaClient(address, { topics: { mail_events: mail, dns_events: dns, ...RESULTS } });
  await withAdmin(kafka, async (admin) => {
    const found = await inspectTopics(admin, settings);
    if ('problems' in found) throw new Error(found.problems.join('\n'));
    const { problems } = await createTopics(admin, planTopics(found, settings), false);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  });
}

/** Makes topics of so many events, by host as `ship` does. */
export async function fill(address: string, name: string, events: number): Promise<EventSet> {
  const topics = [`${name}.mail-events`, `${name}.dns-events`] as const;
  const [mail, dns] = topics;
  await makeTopics(address, topics);
  const { producer } = await openProducer(kafkaClient(address), [mail, dns]);
  const encoder = new EventEncoder();
  let bytes = 0;
  let count = 0;
  for (const event of traffic(START_MS, STEP_MS)) {
    const value = encoder.encode(event);
    bytes += value.length;
    const [topic, host = ''] = event.kind === 'dns' ? [dns, event.resolver] : [mail, event.host];
    await producer.add({ topic, key: Buffer.from(host), value }, () => undefined);
    if (++count === events) break;
  }
  await producer.flush();
  await producer.close();
  return { events, meanBytes: bytes / events, topics };
}

/** Where results go; one set of topics for all runs. */
export const RESULTS = {
  partials: 'results.partials',
  snapshots: 'results.snapshots',
  correlations: 'results.correlations',
  clients: 'results.clients',
  alerts: 'results.alerts',
  rejections: 'results.rejections',
  dead_letters: 'results.dead-letters',
} as const;

export interface StreamConfigGiven {
  readonly address: string;
  readonly group: string;
  readonly topics: EventSet['topics'];
  readonly further?: object;
}

/** A configuration of the servers of the traffic. */
export function streamConfig({ address, group, topics: [mail, dns], further = {} }: StreamConfigGiven): string {
  return JSON.stringify({
    timezone: 'UTC',
    servers: SITES.map(({ id, host, address: own }) => ({ id, hosts: [host], addresses: [own] })),
    kafka: { brokers: [address], topics: { mail_events: mail, dns_events: dns, ...RESULTS } },
    stream: { group, listen: 'off', log_level: 'warn' },
    ...further,
  });
}
