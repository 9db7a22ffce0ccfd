import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { probeElasticsearch } from './elasticsearch-probe.js';
import type { Jdk } from './java.js';
import { startLocal } from './local.js';
import type { LocalServer } from './local.js';
import { assemble } from './maven.js';
import { LOOPBACK } from './ports.js';
import type { Launch } from './process.js';
import { LOGGING, assignments, flagsFor, nodeSettings } from './search-node.js';
import type { SearchVersion } from './search-node.js';

const run = promisify(execFile);

export const ELASTICSEARCH_8: SearchVersion = { number: '8.19.21', java: 17 };
export const ELASTICSEARCH_9: SearchVersion = { number: '9.5.3', java: 21 };

const NAME = 'ElasticsearchNode';
const SOURCES = [NAME, 'RootEndpoint'].map((name) => join(import.meta.dirname, `${name}.java`));
const NETTY = 'transport-netty4';
const DESCRIPTOR = `META-INF/es-plugins/${NETTY}/plugin-descriptor.properties`;

/** The program of a node, in a folder of the cache. */
export async function assembleNode({ number, java }: SearchVersion, jdk: Jdk): Promise<string> {
  return assemble(
    {
      name: `elasticsearch-${number}`,
      content: { jars: [`org.elasticsearch:elasticsearch:${number}`, `org.elasticsearch.plugin:${NETTY}:${number}`] },
      source: SOURCES.map((path) => readFileSync(path, 'utf8')).join(''),
      finish: (folder) => arrange(folder, jdk, java),
    },
    jdk,
  );
}

/** Makes a module of the HTTP server, as it is in a distribution, and compiles what starts a node. */
async function arrange(folder: string, { home }: Jdk, java: number): Promise<void> {
  const lib = join(folder, 'lib');
  const module = join(folder, 'modules', NETTY);
  await mkdir(module, { recursive: true });
  // A node refuses a class that is in a module and beside it.
  const jars = (await readdir(lib)).filter((name) => name.startsWith('netty-') || name.startsWith(NETTY));
  for (const jar of jars) await rename(join(lib, jar), join(module, jar));

  const [own = ''] = jars.filter((name) => name.startsWith(NETTY));
  await run(join(home, 'bin', 'jar'), ['--extract', '--file', join(module, own), DESCRIPTOR], { cwd: module });
  const descriptor = await readFile(join(module, DESCRIPTOR), 'utf8');
  // The node is on the class path, where Java knows no modules.
  await writeFile(join(module, 'plugin-descriptor.properties'), descriptor.replace(/^modulename=.*$/m, ''));
  await rm(join(module, 'META-INF'), { recursive: true });

  const output = ['-d', join(folder, 'classes'), '--release', String(java)];
  await run(join(home, 'bin', 'javac'), ['-nowarn', '-cp', join(lib, '*'), ...output, ...SOURCES]);
}

/** An Elasticsearch node as a process of this machine. */
export async function startNode(
  version: SearchVersion,
  jdk: Jdk,
  settings: Readonly<Record<string, string>>,
): Promise<LocalServer> {
  const program = await assembleNode(version, jdk);
  const addressOf = ([port = 0]: readonly number[]): string => `http://${LOOPBACK}:${port}`;
  const prepare = async (folder: string, ports: readonly number[]): Promise<Launch> => {
    const clusterName = `mxwarden-${randomUUID()}`;
    await writeHome(folder, program);
    const all = { ...nodeSettings(folder, clusterName, ports), ...settings };
    return {
      program: join(jdk.home, 'bin', 'java'),
      args: [
        ...flagsFor(jdk),
        `-Des.nativelibs.path=${join(folder, 'libraries')}`,
        '-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false',
        ...['-cp', [join(program, 'classes'), join(program, 'lib', '*')].join(':'), NAME, folder],
        ...assignments(all),
      ],
      folder,
      probe: async () => {
        await probeElasticsearch(addressOf(ports), { clusterName });
      },
    };
  };
  return startLocal({
    description: `Elasticsearch ${version.number} on Java ${jdk.major}`,
    portCount: 2,
    addressOf,
    prepare,
  });
}

async function writeHome(folder: string, program: string): Promise<void> {
  await mkdir(join(folder, 'config'));
  await mkdir(join(folder, 'libraries'));
  await writeFile(join(folder, 'config', 'log4j2.properties'), LOGGING);
  await symlink(join(program, 'modules'), join(folder, 'modules'));
  const zstd = installedZstd();
  if (zstd !== undefined) await symlink(zstd, join(folder, 'libraries', 'libzstd.so'));
}

/** Version 9 compresses with it where an index asks for `best_compression`, and looks for it in one folder only. */
function installedZstd(): string | undefined {
  const folders = readdirSync('/usr/lib').map((name) => join('/usr/lib', name));
  return [...folders, '/usr/lib64'].map((folder) => join(folder, 'libzstd.so.1')).find(existsSync);
}
