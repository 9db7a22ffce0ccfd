import { SECRETS, readCredentials } from '../config/elasticsearch.js';
import type { Environment } from '../config/elasticsearch.js';
import { KAFKA_SECRETS, readKafkaSecret } from '../config/kafka.js';
import { KIBANA_SECRETS, readKibanaCredentials } from '../config/kibana.js';
import { ConfigError, loadConfig } from '../config/load.js';
import { REGISTRY_SECRETS, readRegistryLogin } from '../config/registry.js';
import { readConfigFile } from './config-file.js';
import { readEnrichment } from './enrichment.js';

/** Options as the command line has them. */
export interface ConfigCheckOptions {
  readonly config?: string;
}

export interface ConfigCheckDeps {
  readonly machineTimezone: string;
  readonly environment: Environment;
  readonly print: (text: string) => Promise<void>;
}

/**
 * Prints all settings with their defaults, as a configuration file, which secrets are set, and what its other files are.
 * @throws ConfigError with all problems.
 */
export async function runConfigCheck(options: ConfigCheckOptions, deps: ConfigCheckDeps): Promise<void> {
  const config = await loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
  const { stringify } = await import('yaml');
  const { elasticsearch, kafka, kibana } = config;
  const names: string[] = [];
  const problems: string[] = [];
  if (elasticsearch !== undefined) {
    names.push(...Object.values(SECRETS));
    const read = readCredentials(elasticsearch, deps.environment);
    if ('problems' in read) problems.push(...read.problems);
  }
  if (kafka !== undefined) {
    names.push(...Object.values(KAFKA_SECRETS));
    const read = readKafkaSecret(kafka, deps.environment);
    if ('problems' in read) problems.push(...read.problems);
  }
  if (kafka?.registry !== undefined) {
    names.push(...Object.values(REGISTRY_SECRETS));
    const read = readRegistryLogin(kafka.registry, deps.environment);
    if ('problems' in read) problems.push(...read.problems);
  }
  if (kibana !== undefined) {
    names.push(...Object.values(KIBANA_SECRETS));
    const read = readKibanaCredentials(kibana, deps.environment);
    if ('problems' in read) problems.push(...read.problems);
  }
  const enrichment = await readEnrichment(config.enrichment);
  if ('problems' in enrichment) problems.push(...enrichment.problems);
  if ('problems' in enrichment || problems.length > 0) throw new ConfigError(problems);
  const secrets = names.map((name) => `# ${name}: ${deps.environment[name] === undefined ? 'not set' : 'set'}\n`);
  const files = [...enrichment.files].map(
    ([setting, { type, digest }]) => `# enrichment.${setting}: ${JSON.stringify(type)}, SHA-256 ${digest()}\n`,
  );
  await deps.print([stringify(config), ...secrets, ...files].join(''));
}
