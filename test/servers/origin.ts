import { engineAnswers } from './engine.js';
import { installedJdks, oldestJdk } from './java.js';
import type { Jdk } from './java.js';

/** What a server needs, and where one may be named. */
export interface ServerNeeds {
  readonly name: string;
  /** The environment variable that names one that runs already, with an example of its value, where tests can do with that. */
  readonly variable?: string;
  readonly example?: string;
  /** The oldest Java that runs it. */
  readonly java: number;
}

/** What there is to choose from. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly engineAnswers: () => Promise<boolean>;
  readonly jdks: () => readonly Jdk[];
}

/** Where a server comes from: one that runs already, a container, or a process of its own on this machine. */
export type Origin =
  | { readonly kind: 'named'; readonly address: string }
  | { readonly kind: 'container' }
  | { readonly kind: 'local'; readonly jdk: Jdk };

export const THIS_MACHINE: Machine = { environment: process.env, engineAnswers, jdks: installedJdks };

/** The server that the environment names, else a new one. */
export async function chooseOrigin(needs: ServerNeeds, machine = THIS_MACHINE): Promise<Origin> {
  const address = needs.variable === undefined ? '' : (machine.environment[needs.variable] ?? '');
  return address === '' ? chooseNewOrigin(needs, machine) : { kind: 'named', address };
}

/**
 * A container where a Docker engine answers, else a process.
 * @throws that neither is possible, with what to install
 */
export async function chooseNewOrigin(
  needs: ServerNeeds,
  machine = THIS_MACHINE,
): Promise<Exclude<Origin, { kind: 'named' }>> {
  if (await machine.engineAnswers()) return { kind: 'container' };
  return { kind: 'local', jdk: chooseJdk(needs, machine) };
}

/** @throws that there is no JDK for the server, with what to install */
export function chooseJdk(needs: ServerNeeds, machine = THIS_MACHINE): Jdk {
  const jdk = oldestJdk(machine.jdks(), needs.java);
  if (jdk === undefined) throw new Error(adviceOf(needs, machine));
  return jdk;
}

function adviceOf({ name, variable, example = '', java }: ServerNeeds, machine: Machine): string {
  const majors = machine.jdks().map(({ major }) => major);
  const found = majors.length === 0 ? 'none' : majors.join(', ');
  // Debian 12 has 17 and no newer one.
  const hint = java <= 17 ? ' (Debian: apt-get install openjdk-17-jdk-headless maven)' : '';
  const named = variable === undefined ? '' : `, or name a running server in ${variable}=${example}`;
  return (
    `${name} cannot be started here: install a JDK of version ${java} or newer${hint}; found: ${found}. ` +
    `Or start a Docker engine${named}.`
  );
}

/**
 * The versions of a server for a suite to run with: those that can be started. An automatic build must be able to start all.
 * @throws that none can be started, with what to install
 */
export async function runnableVersions<Version extends { readonly java: number }>(
  versions: readonly [Version, ...Version[]],
  needsOf: (version: Version) => ServerNeeds,
  machine = THIS_MACHINE,
): Promise<readonly Version[]> {
  const origin = await chooseNewOrigin(needsOf(versions[0]), machine);
  if (origin.kind === 'container' || (machine.environment.CI ?? '') !== '') return versions;
  return versions.filter(({ java }) => oldestJdk(machine.jdks(), java) !== undefined);
}
