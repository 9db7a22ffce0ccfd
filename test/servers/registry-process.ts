import { join } from 'node:path';
import type { Jdk } from './java.js';
import { startLocal } from './local.js';
import type { LocalServer } from './local.js';
import { assemble } from './maven.js';
import { LOOPBACK } from './ports.js';

export const REGISTRY_VERSION = '2.6.13.Final';

const NAME = `apicurio-registry-app-${REGISTRY_VERSION}`;
const JAVA_FLAGS = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const REQUEST_TIMEOUT_MS = 10_000;

/** The program of a registry, in a folder of the cache. */
export async function assembleRegistry(jdk: Jdk): Promise<string> {
  const archive = `io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`;
  return assemble({ name: NAME, content: { archive } }, jdk);
}

/** A schema registry that keeps all in memory, as a process of this machine. */
export async function startRegistryProcess(jdk: Jdk): Promise<LocalServer> {
  const program = await assembleRegistry(jdk);
  return startLocal({
    description: `Apicurio Registry ${REGISTRY_VERSION} on Java ${jdk.major}`,
    portCount: 1,
    addressOf: ([port = 0]) => registryAddressOf(port),
    prepare: async (folder, [port = 0]) => ({
      program: join(jdk.home, 'bin', 'java'),
      args: [
        ...JAVA_FLAGS,
        `-Dquarkus.http.host=${LOOPBACK}`,
        `-Dquarkus.http.port=${port}`,
        ...['-jar', join(program, `${NAME}-runner.jar`)],
      ],
      folder,
      probe: () => probeRegistry(registryAddressOf(port)),
    }),
  });
}

/** Where Apicurio has the interface of Confluent's registry. */
export function registryAddressOf(port: number): string {
  return `http://${LOOPBACK}:${port}/apis/ccompat/v7`;
}

/** @throws that the registry does not list its subjects */
export async function probeRegistry(address: string): Promise<void> {
  const response = await fetch(`${address}/subjects`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${address} answers ${response.status}: ${text}`);
}
