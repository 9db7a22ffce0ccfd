import type { EventKeys } from '../avro/events.js';
import { createRegistry } from '../avro/registry.js';
import type { Registry } from '../avro/registry.js';
import { SCHEMAS } from '../avro/schemas.js';
import type { Environment } from '../config/elasticsearch.js';
import type { KafkaSettings } from '../config/kafka.js';
import { ConfigError } from '../config/load.js';
import { readRegistryLogin } from '../config/registry.js';
import { durationMs } from '../core/time.js';
import { SinkError } from '../files/errors.js';
import { readCertificates } from './certificates.js';

/** A number that stood in a record may be registered by then. */
const ABSENT_MS = 60_000;
/** For how long what is counted waits for a schema that the registry does not have yet. */
export const LATE_SCHEMA_MS = 30_000;

/**
 * The schema registry by these settings, with secrets from the environment; `undefined` if none is configured. `waitMs` is
 * for how long a schema that it does not have may still come.
 * @throws ConfigError with all problems.
 */
export async function openRegistry(
  { registry: settings }: Pick<KafkaSettings, 'registry'>,
  environment: Environment,
  waitMs = 0,
): Promise<Registry | undefined> {
  if (settings === undefined) return undefined;
  const read = readRegistryLogin(settings, environment);
  const problems = 'problems' in read ? [...read.problems] : [];
  const ca = await readCertificates(settings.ca_file, 'kafka.registry.ca_file', problems);
  if ('problems' in read || problems.length > 0) throw new ConfigError(problems);
  const timeoutMs = durationMs(settings.request_timeout);
  const config = { url: settings.url, auth: read.login, ca, timeoutMs, absentMs: ABSENT_MS, waitMs };
  return createRegistry(config, { nowMs: () => Date.now() });
}

/**
 * The numbers of the schemas of events under the subjects of their topics, which get them if they have none yet.
 * @throws SinkError if the registry does not take them, or cannot be asked
 */
export async function registerEvents(
  registry: Registry,
  { mail_events: mail, dns_events: dns }: KafkaSettings['topics'],
): Promise<EventKeys> {
  const idOf = async (topic: string, schema: object): Promise<number> => {
    const answer = await registry.register(`${topic}-value`, JSON.stringify(schema));
    if (answer.kind === 'registered') return answer.id;
    throw new SinkError(`The schema of ${topic} is not in the registry (kafka.registry): ${answer.why}.`);
  };
  return { mail: await idOf(mail, SCHEMAS.mail_event), dns: await idOf(dns, SCHEMAS.dns_event) };
}
