import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runSetup } from '../../src/commands/setup.js';
import type { Environment } from '../../src/config/credentials.js';
import { SinkError } from '../../src/files/errors.js';
import { inFolder } from './analysis.js';

/** What a run of setup came to. */
export interface SetUp {
  readonly printed: string;
  readonly problems: readonly string[];
}

/** Runs setup with these settings. */
export async function setUpWith(settings: object, environment: Environment = {}, dryRun = false): Promise<SetUp> {
  return inFolder(async (folder) => {
    const config = join(folder, 'mx.yaml');
    writeFileSync(config, stringify(settings));
    let printed = '';
    const print = async (text: string): Promise<void> => {
      printed += text;
    };
    try {
      await runSetup({ config, dryRun }, { machineTimezone: 'UTC', environment, print });
      return { printed, problems: [] };
    } catch (error) {
      if (!(error instanceof SinkError)) throw error;
      return { printed, problems: error.message.split('\n') };
    }
  });
}

/** How many lines of what was printed say this of something. */
export function countOf(printed: string, words: string): number {
  return printed.split('\n').filter((line) => line.includes(`: ${words}`)).length;
}
