import { lstat, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { SinkError, codeOf, reasonOf } from './errors.js';

/** Systems differ in how long the path of a socket may be; this is the least of them. */
const MAX_PATH_BYTES = 103;

/**
 * Keeps other programs from a file as long as this one lives, however it ends: beside the file is a socket on which it
 * listens. One on which nobody listens was left behind.
 */
export class Lock {
  private constructor(
    private readonly path: string,
    private readonly file: string,
    private readonly server: Server,
    private readonly inode: number,
  ) {}

  /** @throws SinkError if another program has it, or it cannot be made */
  static async take(file: string): Promise<Lock> {
    const path = `${file}.lock`;
    if (Buffer.byteLength(path) > MAX_PATH_BYTES)
      throw new SinkError(`Cannot make ${path}: its name is too long for a lock. Choose a shorter --state.`);
    try {
      const left = await lstat(path).catch(() => undefined);
      if (left?.isSocket() === false)
        throw new SinkError(`Cannot make ${path}: something else has this name. Remove it, or choose another --state.`);
      if (await isAnswered(path)) throw usedByAnother(file, path);
      if (left !== undefined) await rm(path, { force: true });
      const server = await listen(path);
      return new Lock(path, file, server, (await lstat(path)).ino);
    } catch (error) {
      if (error instanceof SinkError) throw error;
      // Somebody was quicker.
      if (codeOf(error) === 'EADDRINUSE') throw usedByAnother(file, path);
      throw new SinkError(
        `Cannot make ${path}: ${reasonOf(error)}. Choose another --state, in a folder that may be written to.`,
        { cause: error },
      );
    }
  }

  /** @throws SinkError if another program has taken it, which two that start at the same moment after a crash may do */
  async check(): Promise<void> {
    const there = await lstat(this.path).catch(() => undefined);
    if (there?.ino !== this.inode) throw usedByAnother(this.file, this.path);
  }

  async release(): Promise<void> {
    // Who closes a socket removes it, whosever it is by now.
    const isOurs = await this.check().then(
      () => true,
      () => false,
    );
    if (isOurs) await new Promise((resolve) => this.server.close(resolve));
  }
}

function usedByAnother(file: string, path: string): SinkError {
  return new SinkError(
    `Another mxwarden ship uses ${file}, or has taken ${path} since: stop it, or give each run its own --state. ` +
      `Nothing is lost.`,
  );
}

/** Whether somebody listens on a socket. @throws unless it is not there, or nobody does */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => {
      if (['ENOENT', 'ECONNREFUSED'].includes(codeOf(error))) resolve(false);
      else reject(error);
    });
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', reject);
    server.listen(path, () => resolve(server));
    server.unref();
  });
}
