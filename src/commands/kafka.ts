import { readFile } from 'node:fs/promises';
import type { Environment } from '../config/elasticsearch.js';
import { readKafkaSecret } from '../config/kafka.js';
import type { KafkaSettings } from '../config/kafka.js';
import { ConfigError } from '../config/load.js';
import { HEADER_VALUE } from '../config/settings.js';
import { reasonOf } from '../files/errors.js';
import type { ClientConfig } from '../kafka/client.js';
import { belongTogether, readCertificates, readPrivateKey } from './certificates.js';

/** What a client of Kafka needs by these settings, with secrets from the environment. @throws ConfigError with all problems. */
export async function kafkaClientConfig(settings: KafkaSettings, environment: Environment): Promise<ClientConfig> {
  const { ssl, sasl } = settings;
  const read = readKafkaSecret(settings, environment);
  const problems = 'problems' in read ? [...read.problems] : [];
  const ca = await readCertificates(ssl?.ca_file, 'kafka.ssl.ca_file', problems);
  const cert = await readCertificates(ssl?.cert_file, 'kafka.ssl.cert_file', problems);
  const key = await readPrivateKey(ssl?.key_file, 'kafka.ssl.key_file', problems);
  if (cert !== undefined && key !== undefined && !belongTogether(cert, key))
    problems.push('kafka.ssl.key_file is not the key of the certificate in kafka.ssl.cert_file.');
  const tokenFile = sasl?.token_file;
  const readToken = tokenFile === undefined ? undefined : (): Promise<string> => tokenIn(tokenFile);
  await readToken?.().catch((error: unknown) => problems.push(error instanceof Error ? error.message : String(error)));
  if ('problems' in read || problems.length > 0) throw new ConfigError(problems);
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return { settings, secret: read.secret, ...(readToken === undefined ? {} : { readToken }), tls };
}

/** @throws Error if there is no token */
async function tokenIn(path: string): Promise<string> {
  const setting = 'kafka.sasl.token_file';
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`${setting}: ${reasonOf(error)}. It must name a file with a token.`, { cause: error });
  });
  const token = text.trim();
  if (!HEADER_VALUE.test(token)) throw new Error(`${setting}: ${path} holds no token.`);
  return token;
}
