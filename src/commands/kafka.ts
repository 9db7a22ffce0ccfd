import { readFile } from 'node:fs/promises';
import type { Environment } from '../config/elasticsearch.js';
import { readKafkaSecret } from '../config/kafka.js';
import type { KafkaSettings } from '../config/kafka.js';
import { ConfigError } from '../config/load.js';
import { reasonOf } from '../files/errors.js';
import type { ClientConfig } from '../kafka/client.js';

const FILES = [
  ['ca', 'ca_file'],
  ['cert', 'cert_file'],
  ['key', 'key_file'],
] as const;

/** What a client of Kafka needs by these settings, with secrets from the environment. @throws ConfigError with all problems. */
export async function kafkaClientConfig(settings: KafkaSettings, environment: Environment): Promise<ClientConfig> {
  const read = readKafkaSecret(settings, environment);
  const problems = 'problems' in read ? [...read.problems] : [];
  const tls: { -readonly [Name in keyof ClientConfig['tls']]: string } = {};
  for (const [name, setting] of FILES) {
    const path = settings.ssl?.[setting];
    if (path === undefined) continue;
    try {
      tls[name] = await readFile(path, 'utf8');
    } catch (error) {
      problems.push(`kafka.ssl.${setting}: ${reasonOf(error)}. It must name a file in PEM.`);
    }
  }
  if ('problems' in read || problems.length > 0) throw new ConfigError(problems);
  return { settings, secret: read.secret, tls };
}
