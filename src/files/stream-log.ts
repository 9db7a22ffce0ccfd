import { stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import type { Readable } from 'node:stream';
import type { Incomplete } from '../core/documents/summary.js';
import type { Ms } from '../core/event.js';
import type { Chunk, ShipSource, Waiting } from '../stages/ports.js';
import { chunksOf } from './chunks.js';
import { SourceError, inputAdvice, reasonOf } from './errors.js';
import type { Family } from './family.js';
import { isDamage, openPipe, openStream } from './open.js';

export interface StreamLogDeps {
  /** What is read for the path `-`. */
  readonly stdin: Readable;
  readonly chunkBytes: number;
  readonly nowMs: () => Ms;
  /** Ends the wait for a pipe, which may be silent for ever. */
  readonly signal: AbortSignal;
}

/** Whether a path is that of a pipe. */
export async function isPipe(path: string): Promise<boolean> {
  return path === '-' || (await stat(path).catch(() => undefined))?.isFIFO() === true;
}

/** Standard input or a named pipe: lines are given out as they come, and cannot be read again. */
export class StreamLog implements ShipSource {
  readonly name: string;
  readonly incomplete: Incomplete[] = [];
  private readonly chunks: AsyncGenerator<Chunk>;
  private asked: Promise<Chunk | undefined> | undefined;
  private hasCome = false;
  private byte = 0;

  private opened: Readable | undefined;

  constructor(
    family: Family,
    private readonly path: string,
    private readonly deps: StreamLogDeps,
  ) {
    this.name = family.path;
    this.chunks = this.read(family.name);
  }

  async next(): Promise<Chunk | Waiting | undefined> {
    this.asked ??= this.ask();
    const { asked } = this;
    // What is there already comes within a turn of the loop.
    await Promise.race([asked, new Promise((resolve) => setImmediate(resolve))]);
    if (!this.hasCome) return { wait: asked.then(() => undefined) };
    this.asked = undefined;
    this.hasCome = false;
    return asked;
  }

  acknowledge(): void {
    // Nobody can go back in a pipe.
  }

  /** Reads no further, whoever still has the other end. */
  close(): Promise<void> {
    if (this.path === '-') this.deps.stdin.destroy();
    this.opened?.destroy();
    return Promise.resolve();
  }

  private async ask(): Promise<Chunk | undefined> {
    try {
      const result = await this.chunks.next();
      return result.done === true ? undefined : result.value;
    } finally {
      this.hasCome = true;
    }
  }

  private async *read(family: string): AsyncGenerator<Chunk> {
    const { stdin, signal, chunkBytes, nowMs } = this.deps;
    try {
      const stream = this.path === '-' ? stdin : openPipe(this.path);
      this.opened = stream;
      const { fill, writtenMs } = await openStream(addAbortSignal(signal, stream));
      const context = { family, path: this.path, start: 0, chunkBytes, isLive: true };
      for await (const chunk of chunksOf(fill, { ...context, writtenMs })) {
        yield { ...chunk, writtenMs: Number.isNaN(writtenMs) ? nowMs() : writtenMs };
        this.byte = chunk.byte + chunk.bytes.length;
      }
    } catch (error) {
      // An operator who stops the program wants what came so far.
      if (signal.aborted) return;
      if (!isDamage(error)) {
        const message = `Cannot read ${this.path}: ${reasonOf(error)}. ${inputAdvice(error)}`;
        throw new SourceError(message, { cause: error });
      }
      this.incomplete.push({ file: this.path, after_byte: this.byte, reason: reasonOf(error) });
    }
  }
}
