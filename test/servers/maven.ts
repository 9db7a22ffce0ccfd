import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedPaths } from '../support/installed.js';
import type { Jdk } from './java.js';

const run = promisify(execFile);

const DOWNLOAD_TIMEOUT_MS = 900_000;
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** A program of Maven Central. */
export interface MavenProgram {
  /** With its version: the name of its folder. */
  readonly name: string;
  /** `group:artifact:version`; what they depend on comes with them. */
  readonly artifacts: readonly string[];
  /** What else makes the folder what it is: one with other contents is another folder. */
  readonly source?: string;
  /** Makes the program of the jars, which are in `lib` of the folder. */
  readonly finish?: (folder: string) => Promise<void>;
}

/**
 * The folder of a program, in the user's cache. Only the first call needs a network.
 * @throws that Maven is not installed or cannot bring what is asked for
 */
export async function assemble(program: MavenProgram, jdk: Jdk): Promise<string> {
  const content = JSON.stringify([program.artifacts, program.source]);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mxwarden');
  const folder = join(cache, `${program.name}-${hash}`);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    await makeFolder(folder, (unfinished) => fill(unfinished, program, jdk));
  }
  return folder;
}

/** Several processes may make the same folder at once: it gets its name when it is complete. */
async function makeFolder(folder: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    await make(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

async function fill(folder: string, { name, artifacts, finish }: MavenProgram, jdk: Jdk): Promise<void> {
  const [mvn] = installedPaths('mvn');
  if (mvn === undefined)
    throw new Error(
      `${name} is not in the cache, and Maven, which brings it, is not installed (Debian: apt-get install maven).`,
    );
  await writeFile(join(folder, 'pom.xml'), pomOf(artifacts));
  const goal = [`${DEPENDENCY_PLUGIN}:copy-dependencies`, '-DincludeScope=runtime', '-DoutputDirectory=lib'];
  await run(mvn, ['-q', '-B', ...goal], {
    cwd: folder,
    env: { ...process.env, JAVA_HOME: jdk.home },
    timeout: DOWNLOAD_TIMEOUT_MS,
  }).catch((error: unknown) => {
    throw new Error(`Maven cannot bring ${name}: ${outputOf(error)}`, { cause: error });
  });
  await finish?.(folder);
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group = '', id = '', version = ''] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>mxwarden</groupId><artifactId>server</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependencies.join('\n')}
</dependencies>
</project>
`;
}

/** Maven complains on its standard output. */
function outputOf(error: unknown): string {
  const text = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : '';
  return text === '' ? String(error) : text;
}
