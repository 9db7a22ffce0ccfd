import { SECRETS } from '../config/elasticsearch.js';
import type { Environment } from '../config/elasticsearch.js';
import { KAFKA_SECRETS } from '../config/kafka.js';
import { KIBANA_SECRETS } from '../config/kibana.js';
import { ConfigError, loadConfig } from '../config/load.js';
import { REGISTRY_SECRETS } from '../config/registry.js';
import { readConfigFile } from './config-file.js';
import { connectElasticsearch } from './elasticsearch.js';
import { readEnrichment } from './enrichment.js';
import { kafkaClientConfig } from './kafka.js';
import { connectKibana } from './kibana.js';
import { openRegistry } from './registry.js';
import { unlessWrong } from './setup.js';

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
  const { environment } = deps;
  const names: string[] = [];
  const problems: string[] = [];
  // As for use, which asks nobody yet, but needs all secrets and files.
  if (elasticsearch !== undefined) {
    names.push(...Object.values(SECRETS));
    const connection = await unlessWrong(connectElasticsearch(elasticsearch, environment), problems);
    await connection?.close();
  }
  if (kafka !== undefined) {
    names.push(...Object.values(KAFKA_SECRETS));
    await unlessWrong(kafkaClientConfig(kafka, environment), problems);
  }
  if (kafka?.registry !== undefined) {
    names.push(...Object.values(REGISTRY_SECRETS));
    await unlessWrong(openRegistry(kafka, environment), problems);
  }
  if (kibana !== undefined) {
    names.push(...Object.values(KIBANA_SECRETS));
    const connection = await unlessWrong(connectKibana(kibana, environment), problems);
    await connection?.close();
  }
  const enrichment = await readEnrichment(config.enrichment);
  if ('problems' in enrichment) problems.push(...enrichment.problems);
  if ('problems' in enrichment || problems.length > 0) throw new ConfigError(problems);
  const secrets = names.map((name) => `# ${name}: ${environment[name] === undefined ? 'not set' : 'set'}\n`);
  const files = [...enrichment.files].map(
    ([setting, { type, digest }]) => `# enrichment.${setting}: ${JSON.stringify(type)}, SHA-256 ${digest()}\n`,
  );
  await deps.print([stringify(config), ...secrets, ...files].join(''));
}
