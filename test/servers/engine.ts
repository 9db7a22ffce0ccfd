import { existsSync } from 'node:fs';
import { request } from 'node:http';
import type { RequestOptions } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

const ANSWER_TIMEOUT_MS = 3000;

const LOCAL_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * True if a Docker engine of this machine answers: a client alone, or the socket of an engine that was stopped, runs no
 * container, and the ports of one elsewhere are not those of the loopback address here.
 */
export async function engineAnswers(): Promise<boolean> {
  const engine = engineOf(process.env.DOCKER_HOST ?? '');
  if (engine === undefined) return false;
  return new Promise((resolve) => {
    const ping = request({ ...engine, path: '/_ping', timeout: ANSWER_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

function engineOf(host: string): RequestOptions | undefined {
  if (host === '') {
    const socketPath = [
      '/var/run/docker.sock',
      join(process.env.XDG_RUNTIME_DIR ?? '/run', 'docker.sock'),
      join(homedir(), '.docker', 'run', 'docker.sock'),
    ].find(existsSync);
    return socketPath === undefined ? undefined : { socketPath };
  }
  if (!URL.canParse(host)) return undefined;
  const { protocol, pathname, hostname, port } = new URL(host);
  if (protocol === 'unix:') return { socketPath: pathname };
  return protocol === 'tcp:' && LOCAL_HOSTS.includes(hostname) ? { hostname, port } : undefined;
}
