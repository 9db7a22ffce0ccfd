import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config/load.js';
import type { ConfigFile } from '../config/load.js';
import { reasonOf } from '../files/errors.js';

/** The file of settings that `--config` names, if it is given. @throws ConfigError if it cannot be read. */
export async function readConfigFile(name: string | undefined): Promise<ConfigFile | undefined> {
  if (name === undefined) return undefined;
  try {
    return { name, text: await readFile(name, 'utf8') };
  } catch (error) {
    const problem = `Cannot read ${name}: ${reasonOf(error)}. --config must name a file of settings in YAML.`;
    throw new ConfigError([problem], { cause: error });
  }
}
