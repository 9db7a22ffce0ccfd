import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;
const INTERVAL_MS = 100;
const LOG_LINES = 30;

/** How a server is started, in the folder that holds all that it writes. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Makes a real request; throws as long as the server does not answer it. */
  readonly probe: () => Promise<void>;
}

/**
 * A server in a process of its own, which a signal to the terminal does not reach. It ends when it is stopped here, or
 * when this process ends, in whatever way.
 */
export class ServerProcess {
  readonly #launch: Launch;
  #server: ChildProcess | undefined;
  #watch: ChildProcess | undefined;

  constructor(launch: Launch) {
    this.#launch = launch;
  }

  /** Of the process that runs, or ran last. */
  get pid(): number | undefined {
    return this.#server?.pid;
  }

  /**
   * Returns when the server answers a request.
   * @throws that it does not, with the end of its log
   */
  async start(): Promise<void> {
    const { program, args, env, folder } = this.#launch;
    const log = openSync(this.#logPath, 'a');
    try {
      this.#server = spawn(program, args, {
        cwd: folder,
        env: { ...process.env, ...env },
        detached: true,
        stdio: ['ignore', log, log],
      });
      await once(this.#server, 'spawn');
    } finally {
      closeSync(log);
    }
    this.#server.unref();
    this.#watch = startWatch(this.#server.pid, folder);
    await this.#untilReady();
  }

  /** Ends the server at once. */
  async kill(): Promise<void> {
    this.#server?.kill('SIGKILL');
    await this.#ended();
  }

  /** Lets the server end; one that does not is killed. */
  async stop(): Promise<void> {
    this.#server?.kill('SIGTERM');
    const timer = setTimeout(() => this.#server?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended();
    clearTimeout(timer);
  }

  async #ended(): Promise<void> {
    if (this.#server !== undefined && this.#isRunning) {
      this.#server.ref();
      await once(this.#server, 'exit');
    }
    // Before anything else can get the number of the process that ended.
    this.#watch?.kill('SIGKILL');
  }

  async #untilReady(): Promise<void> {
    const givenUpAt = Date.now() + READY_TIMEOUT_MS;
    while (true) {
      const failure = await this.#launch.probe().then(
        () => undefined,
        (error: unknown) => error,
      );
      // An answer of a server that has ended is that of another one on the same port.
      if (failure === undefined && this.#isRunning) return;
      if (!this.#isRunning || Date.now() > givenUpAt) {
        await this.kill();
        throw new Error(await this.#complaint(), { cause: failure });
      }
      await delay(INTERVAL_MS);
    }
  }

  get #isRunning(): boolean {
    return this.#server?.exitCode === null && this.#server.signalCode === null;
  }

  get #logPath(): string {
    return join(this.#launch.folder, 'log');
  }

  async #complaint(): Promise<string> {
    const end = this.#server?.exitCode === null ? 'did not answer' : 'ended';
    const lines = (await readFile(this.#logPath, 'utf8')).trimEnd().split('\n');
    return [`${this.#launch.program} ${end}; its log:`, ...lines.slice(-LOG_LINES)].join('\n');
  }
}

function startWatch(pid: number | undefined, folder: string): ChildProcess {
  const watch = spawn(process.execPath, [join(import.meta.dirname, 'watch.js'), String(pid), folder], {
    cwd: import.meta.dirname,
    env: { ...process.env, NODE_OPTIONS: '' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watch.unref();
  return watch;
}
