import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { once } from 'node:events';
import { ConfigError } from '../config/load.js';
import { codeOf, reasonOf } from '../files/errors.js';
import type { Health } from './health.js';

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
}

export interface ServerDeps {
  readonly vitals: { readonly live: () => Health; readonly ready: () => Health };
  readonly metrics: { readonly text: () => Promise<string>; readonly contentType: string };
  /** Told of what went wrong with a request, or with the server; it goes on. */
  readonly onError: (error: unknown) => void;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const METHODS = ['GET', 'HEAD'];
const PLAIN = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

/** Answers those who ask how the process is: `/metrics`, `/livez`, `/readyz`. */
export class TelemetryServer {
  private constructor(private readonly server: Server) {}

  /** @throws ConfigError if it cannot listen there. */
  static async open({ host, port }: ServerConfig, deps: ServerDeps): Promise<TelemetryServer> {
    const server = createServer((request, response) => {
      void pageFor(request, deps)
        .catch((error: unknown): Page => {
          deps.onError(error);
          return { status: 500, type: PLAIN, text: 'The log of mxwarden says why.\n' };
        })
        .then(({ status, type, text }) => {
          const allow = status === 405 ? { Allow: METHODS.join(', ') } : {};
          const length = Buffer.byteLength(text);
          response.writeHead(status, { 'Content-Type': type, 'Content-Length': length, ...allow }).end(text);
        });
    });
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      throw new ConfigError([listenText(host, port, error)]);
    }
    server.on('error', deps.onError);
    return new TelemetryServer(server);
  }

  /** The port at which it listens. */
  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Stops at once, whoever is connected. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

async function pageFor({ method = '', url = '' }: IncomingMessage, deps: ServerDeps): Promise<Page> {
  const [path = ''] = url.split('?', 1);
  const page = PAGES.get(path);
  if (page === undefined) return { status: 404, type: PLAIN, text: `There are: ${[...PAGES.keys()].join(', ')}\n` };
  if (!METHODS.includes(method)) return { status: 405, type: PLAIN, text: `There are: ${METHODS.join(', ')}\n` };
  return page(deps);
}

const PAGES = new Map<string, (deps: ServerDeps) => Page | Promise<Page>>([
  ['/livez', ({ vitals }) => healthPage(vitals.live())],
  ['/readyz', ({ vitals }) => healthPage(vitals.ready())],
  ['/metrics', async ({ metrics }) => ({ status: 200, type: metrics.contentType, text: await metrics.text() })],
]);

function healthPage({ isWell, text }: Health): Page {
  return { status: isWell ? 200 : 503, type: JSON_TYPE, text };
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there, maybe another mxwarden: stop it, or give another port, or off.',
  EACCES: 'Ports below 1024 are for root: give a higher one, or off.',
  EADDRNOTAVAIL: 'This machine has no such address: give one that it has, or off.',
};

function listenText(host: string, port: number, error: unknown): string {
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const advice = ADVICE[codeOf(error)] ?? 'Give an address of this machine, such as 127.0.0.1:9469, or off.';
  return `stream.listen: cannot listen at ${where}: ${reasonOf(error)}. ${advice}`;
}
