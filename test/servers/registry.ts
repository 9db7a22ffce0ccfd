import { chooseNewOrigin, chooseOrigin } from './origin.js';
import type { ServerNeeds } from './origin.js';
import { assembleRegistry, probeRegistry, startRegistryProcess } from './registry-process.js';
import type { OwnServer, Server } from './server.js';

export { assembleRegistry };

export const REGISTRY_NEEDS: ServerNeeds = {
  name: 'Schema registry',
  variable: 'MXWARDEN_REGISTRY',
  example: 'http://127.0.0.1:8081',
  java: 17,
};

/**
 * The schema registry that the environment names, else a new one. Its subjects need names that no other test uses. The
 * address is that of the interface that Confluent's registry has.
 */
export async function findRegistry(): Promise<Server> {
  const origin = await chooseOrigin(REGISTRY_NEEDS);
  if (origin.kind !== 'named') return startRegistry();
  await probeRegistry(origin.address);
  return {
    address: origin.address,
    description: `Schema registry at ${origin.address}`,
    stop: () => Promise.resolve(),
  };
}

/** A registry for one test alone. What is registered is lost when it is killed. */
export async function startRegistry(): Promise<OwnServer> {
  const origin = await chooseNewOrigin(REGISTRY_NEEDS);
  if (origin.kind === 'local') return startRegistryProcess(origin.jdk);
  const { startRegistryContainer } = await import('./containers.js');
  return startRegistryContainer();
}
