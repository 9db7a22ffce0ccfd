import type { Environment } from '../config/credentials.js';
import { readKibanaCredentials } from '../config/kibana.js';
import type { KibanaSettings } from '../config/kibana.js';
import { ConfigError } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { InvariantError } from '../core/errors.js';
import { windowSizes } from '../core/windows/calendar.js';
import { KibanaConnection } from '../kibana/client.js';
import type { KibanaTarget } from '../kibana/inspect.js';
import { readCertificates } from './certificates.js';
import { fingerprintAgent } from './fingerprint-agent.js';

/** A connection by these settings, with secrets from the environment. @throws ConfigError with all problems. */
export async function connectKibana(settings: KibanaSettings, environment: Environment): Promise<KibanaConnection> {
  const read = readKibanaCredentials(settings, environment);
  const problems = 'problems' in read ? [...read.problems] : [];
  const ca = await readCertificates(settings.ca_file, 'kibana.ca_file', problems);
  if ('problems' in read || problems.length > 0) throw new ConfigError(problems);
  const { ca_fingerprint: fingerprint } = settings;
  const agent = fingerprint === undefined ? undefined : fingerprintAgent(fingerprint);
  return new KibanaConnection({ settings, credentials: read.credentials, ca, agent });
}

/** What is to be in a Kibana by this configuration: its objects show the smallest windows. */
export function kibanaTarget({ space }: KibanaSettings, { windows }: Pick<Config, 'windows'>): KibanaTarget {
  const [smallest] = windowSizes(windows);
  if (smallest === undefined) throw new InvariantError('There is no size of windows.');
  return { space, windowSize: smallest.name };
}
