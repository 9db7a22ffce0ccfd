import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { stringify } from 'yaml';
import { runSetup } from '../../src/commands/setup.js';
import type { SetupDeps } from '../../src/commands/setup.js';
import type { Environment } from '../../src/config/credentials.js';
import { SinkError } from '../../src/files/errors.js';
import { NOW_MS, inFolder } from './analysis.js';

/** What a run of setup came to. */
export interface SetUp {
  readonly printed: string;
  readonly problems: readonly string[];
}

interface Run {
  readonly environment?: Environment;
  readonly dryRun?: boolean;
  readonly overwrite?: boolean;
}

/** What setup gets from its surroundings in a test. */
export function setupDeps(deps: Partial<SetupDeps> = {}): SetupDeps {
  return {
    stdin: Readable.from([]),
    nowMs: NOW_MS,
    machineTimezone: 'UTC',
    signal: new AbortController().signal,
    environment: {},
    print: () => Promise.resolve(),
    ...deps,
  };
}

/** Runs setup with these settings; returns what that printed. @throws SinkError */
export async function printedBySetup(settings: object, run: Run = {}): Promise<string> {
  const { printed, problems } = await setUpWith(settings, run);
  if (problems.length > 0) throw new SinkError(problems.join('\n'));
  return printed;
}

/** Runs setup with these settings. */
export async function setUpWith(settings: object, { environment = {}, ...options }: Run = {}): Promise<SetUp> {
  return inFolder(async (folder) => {
    const config = join(folder, 'mx.yaml');
    writeFileSync(config, stringify(settings));
    let printed = '';
    const print = async (text: string): Promise<void> => {
      printed += text;
    };
    try {
      await runSetup([], { config, ...options }, setupDeps({ environment, print }));
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
