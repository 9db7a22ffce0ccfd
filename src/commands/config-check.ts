import { SECRETS, readCredentials } from '../config/elasticsearch.js';
import type { Environment } from '../config/elasticsearch.js';
import { ConfigError, loadConfig } from '../config/load.js';
import { readConfigFile } from './config-file.js';

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
 * Prints all settings with their defaults, as a configuration file, and which secrets are set.
 * @throws ConfigError with all problems.
 */
export async function runConfigCheck(options: ConfigCheckOptions, deps: ConfigCheckDeps): Promise<void> {
  const config = await loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
  const { stringify } = await import('yaml');
  const secrets = Object.values(SECRETS).map(
    (name) => `# ${name}: ${deps.environment[name] === undefined ? 'not set' : 'set'}\n`,
  );
  const { elasticsearch } = config;
  if (elasticsearch !== undefined) {
    const read = readCredentials(elasticsearch, deps.environment);
    if ('problems' in read) throw new ConfigError(read.problems);
  }
  await deps.print(stringify(config) + (elasticsearch === undefined ? '' : secrets.join('')));
}
