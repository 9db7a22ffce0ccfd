import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.js';
import { ServerProcess } from './process.js';
import type { Launch } from './process.js';
import type { OwnServer } from './server.js';

const ATTEMPTS = 3;

/** A server of this machine. */
export interface LocalServer extends OwnServer {
  /** Of its process, which is another one after `kill` and `start`. */
  readonly pid: number | undefined;
}

/** How a server comes to run. */
export interface LocalPlan {
  readonly description: string;
  readonly portCount: number;
  readonly addressOf: (ports: readonly number[]) => string;
  /** Writes what the server needs into its folder. */
  readonly prepare: (folder: string, ports: readonly number[]) => Promise<Launch>;
}

/** Starts a server on free ports of the loopback address, with a folder of its own for its data. */
export async function startLocal(plan: LocalPlan): Promise<LocalServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(plan);
    } catch (error) {
      // Between the look at a port and its use, another process may take it.
      if (attempt === ATTEMPTS || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function startOnce({ description, portCount, addressOf, prepare }: LocalPlan): Promise<LocalServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mxwarden-server-'));
  const remove = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const ports = await freePorts(portCount);
    const server = new ServerProcess(await prepare(folder, ports));
    await server.start();
    return {
      address: addressOf(ports),
      description,
      get pid() {
        return server.pid;
      },
      kill: () => server.kill(),
      start: () => server.start(),
      stop: () => server.stop().then(remove),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
