import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedPaths } from '../support/installed.js';
import { probeElasticsearch } from './elasticsearch-probe.js';
import type { Jdk } from './java.js';
import { startLocal } from './local.js';
import { assemble } from './maven.js';
import { LOOPBACK } from './ports.js';
import type { Launch } from './process.js';
import { HEAP_FLAGS, nodeSettings } from './search-node.js';
import type { SearchVersion } from './search-node.js';
import type { Server } from './server.js';

const run = promisify(execFile);

const PLUGIN = 'ElasticsearchParts';
const SOURCES = [PLUGIN, 'RootEndpoint'].map((name) => join(import.meta.dirname, `${name}.java`));
/** Nobody, on all systems that have such a user. */
const NOBODY = '65534';

/** A node that asks who is there. */
export interface SecuredElasticsearch extends Server {
  /** Of the user who may do everything. */
  readonly username: string;
  readonly password: string;
}

/** The program of a node with security, in a folder of the cache. */
export async function assembleSecured({ number, java }: SearchVersion, jdk: Jdk): Promise<string> {
  return assemble(
    {
      name: `elasticsearch-secured-${number}`,
      content: { archive: `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${number}:zip` },
      source: SOURCES.map((path) => readFileSync(path, 'utf8')).join(''),
      finish: (folder) => addPlugin(join(folder, `elasticsearch-${number}`), { number, java }, jdk),
    },
    jdk,
  );
}

async function addPlugin(home: string, { number, java }: SearchVersion, jdk: Jdk): Promise<void> {
  const folder = join(home, 'plugins', PLUGIN);
  const classes = await mkdtemp(join(home, 'classes-'));
  await mkdir(folder);
  const options = ['-nowarn', '-cp', join(home, 'lib', '*'), '-d', classes, '--release', String(java)];
  await run(join(jdk.home, 'bin', 'javac'), [...options, ...SOURCES]);
  await run(join(jdk.home, 'bin', 'jar'), ['--create', '--file', join(folder, `${PLUGIN}.jar`), '-C', classes, '.']);
  await rm(classes, { recursive: true });
  const descriptor = {
    name: PLUGIN,
    description: PLUGIN,
    classname: PLUGIN,
    version: number,
    'elasticsearch.version': number,
    'java.version': String(java),
  };
  await writeFile(join(folder, 'plugin-descriptor.properties'), linesOf(descriptor, '='));
}

/** A node with users, roles and API keys, as a process of this machine. */
export async function startSecuredNode(version: SearchVersion, jdk: Jdk): Promise<SecuredElasticsearch> {
  const program = join(await assembleSecured(version, jdk), `elasticsearch-${version.number}`);
  const username = 'operator';
  const password = randomBytes(16).toString('hex');
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const addressOf = ([port = 0]: readonly number[]): string => `http://${LOOPBACK}:${port}`;
  const server = await startLocal({
    description: `Elasticsearch ${version.number} with security on Java ${jdk.major}`,
    portCount: 2,
    addressOf,
    prepare: async (folder, ports) => {
      const home = join(folder, 'home');
      // It writes beside its program, which others may use at the same time.
      await cp(program, home, { recursive: true });
      const clusterName = `mxwarden-${randomUUID()}`;
      const settings = { ...nodeSettings(folder, clusterName, ports), ...SECURITY };
      await writeFile(join(home, 'config', 'elasticsearch.yml'), linesOf(settings, ': '));
      const env = { ES_JAVA_HOME: jdk.home, ES_JAVA_OPTS: HEAP_FLAGS.join(' '), HOME: home };
      const asAnybody = await commandOfAnybody(folder);
      const add = asAnybody(join(home, 'bin', 'elasticsearch-users'));
      const user = ['useradd', username, '-p', password, '-r', 'superuser'];
      await run(add.program, [...add.args, ...user], { cwd: folder, env: { ...process.env, ...env } });
      return {
        ...asAnybody(join(home, 'bin', 'elasticsearch')),
        env,
        folder,
        probe: async () => {
          await probeElasticsearch(addressOf(ports), { clusterName, authorization });
        },
      };
    },
  });
  return { ...server, username, password };
}

/** Nothing but its tests talks to it, on the loopback address. */
const SECURITY = {
  'xpack.security.enabled': 'true',
  'xpack.security.http.ssl.enabled': 'false',
  'xpack.security.transport.ssl.enabled': 'false',
};

/** How to run a program that refuses to be run by root; the folder belongs to the user who runs it then. */
async function commandOfAnybody(folder: string): Promise<(program: string) => Pick<Launch, 'program' | 'args'>> {
  if (process.getuid?.() !== 0) return (program) => ({ program, args: [] });
  const [setpriv] = installedPaths('setpriv');
  if (setpriv === undefined)
    throw new Error('Elasticsearch does not run as root, and setpriv is not installed (Debian: util-linux).');
  await run('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
  const args = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return (program) => ({ program: setpriv, args: [...args, program] });
}

function linesOf(values: Readonly<Record<string, string>>, between: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}${between}${value}\n`)
    .join('');
}
