import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Below those that systems give to outgoing connections, one of which could take the port of a server that restarts. */
const FIRST = 20_000;
const COUNT = 12_000;
const ATTEMPTS = 100;

/** Ports of the loopback address on which nobody listens. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const listening: Server[] = [];
  try {
    // Each is held until all are found, so that no two are the same.
    while (listening.length < count) listening.push(await listen());
    return listening.map(portOf);
  } finally {
    await Promise.all(
      listening.map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
          }),
      ),
    );
  }
}

async function listen(): Promise<Server> {
  let failure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const server = createServer();
    server.listen(FIRST + Math.floor(Math.random() * COUNT), LOOPBACK);
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      failure = error;
    }
  }
  throw new Error('No port is free.', { cause: failure });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.');
  return address.port;
}
