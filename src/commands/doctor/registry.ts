import type { Registry } from '../../avro/registry.js';
import { SCHEMAS } from '../../avro/schemas.js';
import type { KafkaSettings } from '../../config/kafka.js';
import { failure, ok } from './finding.js';
import type { Finding } from './finding.js';

const AREA = 'registry';

/** Whether the registry answers, and takes the schemas of events. */
export async function registryFindings(
  registry: Registry,
  { mail_events: mail, dns_events: dns }: KafkaSettings['topics'],
): Promise<Finding[]> {
  return Promise.all([
    findingOf(registry, `${mail}-value`, SCHEMAS.mail_event),
    findingOf(registry, `${dns}-value`, SCHEMAS.dns_event),
  ]);
}

async function findingOf(registry: Registry, subject: string, schema: object): Promise<Finding> {
  const standing = await registry.standingOf(subject, JSON.stringify(schema));
  switch (standing.kind) {
    case 'registered':
      return ok(AREA, `${subject} has our schema, as number ${standing.id}.`);
    case 'new':
      return ok(AREA, `${subject} takes our schema: mxwarden ship registers it when it starts.`);
    case 'refused': {
      const next = `Compare it with the versions there, or set the compatibility of ${subject} to NONE.`;
      return failure(AREA, `${subject} refuses our schema: ${standing.why}.`, next);
    }
    case 'unavailable': {
      const [why, ...advice] = standing.why.split('; ');
      const next = advice.join('; ');
      return failure(
        AREA,
        `The schema registry (kafka.registry) cannot be asked: ${why ?? ''}.`,
        next === '' ? 'Look into its log.' : `${next[0]?.toUpperCase() ?? ''}${next.slice(1)}.`,
      );
    }
  }
}
