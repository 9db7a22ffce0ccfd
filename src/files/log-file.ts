import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Ms } from '../core/event.js';
import { restOf } from '../stages/fold-chunk.js';
import { lineBefore } from '../stages/line-before.js';
import { MAX_LINE_BYTES } from '../stages/ports.js';
import type { Chunk } from '../stages/ports.js';
import { chunksOf, cutAtLines, endOf, endOfHead, endOfChunk, endOfLastLine, hashOfFirstLine } from './chunks.js';
import { isDamage, openFile } from './open.js';
import type { Fill, Opened } from './open.js';

const NEWLINE = 10;
/** What a stream gives at a time, at most. */
const PIECE_BYTES = 1 << 16;
/** How far back the line is looked for that a repeat at the start is about. */
const LOOK_BACK_BYTES = 1 << 17;

/** What is compared of two files that begin alike. */
const COMPARED_BYTES = 1 << 16;

/** A log file by what does not change when it gets another name. */
export interface Recognised {
  readonly path: string;
  readonly stats: Stats;
  /** Hash of its first line. */
  readonly firstLine: string;
  readonly isPacked: boolean;
}

/**
 * The log file of a path; `undefined` while its first line is not complete, unless it stays as it is.
 * @throws what the reading of a file throws
 */
export async function recognise(
  path: string,
  staysAsItIs: (path: string, stats: Stats) => boolean,
): Promise<Recognised | undefined> {
  const stats = await stat(path);
  if (stats.size === 0) return undefined;
  const file = await openFile(path, stats, PIECE_BYTES);
  try {
    const head = await headOf(file);
    const isPacked = file.readAt === undefined;
    const isWhole = endOfHead(head) > 0 || head.length === MAX_LINE_BYTES || isPacked || staysAsItIs(path, stats);
    return isWhole && head.length > 0 ? { path, stats, firstLine: hashOfFirstLine(head), isPacked } : undefined;
  } finally {
    await file.close();
  }
}

/** The start of a file, up to the end of its first line at least, if that is not too long. */
async function headOf({ fill }: Opened): Promise<Buffer> {
  const head = Buffer.alloc(MAX_LINE_BYTES);
  let length = 0;
  for (let count = 1; count > 0 && length < head.length; length += count) {
    count = await fill(head, length);
    if (endOfHead(head.subarray(0, length + count)) > 0) return head.subarray(0, length + count);
  }
  return head.subarray(0, length);
}

/** Whether two files with the same first line are not one log and a copy of it, as far as the starts of both go. */
export async function goOnDifferently(one: Recognised, other: Recognised): Promise<boolean> {
  const [a, b] = await Promise.all([startOf(one), startOf(other)]);
  const length = Math.min(a.length, b.length);
  return !a.subarray(0, length).equals(b.subarray(0, length));
}

/** The first bytes of a file; fewer if it is damaged, and none if it is gone. */
async function startOf({ path, stats }: Recognised): Promise<Buffer> {
  const start = Buffer.alloc(COMPARED_BYTES);
  let length = 0;
  const file = await openFile(path, stats, PIECE_BYTES).catch(() => undefined);
  try {
    for (let count = 1; file !== undefined && count > 0 && length < start.length; length += count)
      count = await file.fill(start, length);
  } catch {
    // What came before is good.
  } finally {
    await file?.close();
  }
  return start.subarray(0, length);
}

/** A file that is read from some byte on. */
export interface LogFile {
  /** Its name when it was opened. */
  readonly path: string;
  readonly firstLine: string;
  /** Where what comes next begins. */
  readonly byte: number;
  /** The next whole lines; `undefined` if there are none now. */
  next(): Promise<Chunk | undefined>;
  close(): Promise<void>;
}

export interface LogFileConfig {
  /** Base name of the log without the marks of rotation. */
  readonly family: string;
  readonly chunkBytes: number;
}

/** A packed file, which does not grow. */
export class PackedLog implements LogFile {
  readonly path: string;
  readonly firstLine: string;

  /** What ended it before its end: what came before that is good. */
  damage: unknown;
  private readonly chunks: AsyncGenerator<Chunk>;

  private constructor(
    { path, firstLine }: Recognised,
    public byte: number,
    private readonly file: Opened,
    { family, chunkBytes }: LogFileConfig,
  ) {
    this.path = path;
    this.firstLine = firstLine;
    const fill: Fill = (buffer, at) =>
      file.fill(buffer, at).catch((error: unknown) => {
        if (!isDamage(error)) throw error;
        this.damage = error;
        return 0;
      });
    this.chunks = chunksOf(fill, { family, path, writtenMs: file.writtenMs, start: 0, chunkBytes });
  }

  static async open(recognised: Recognised, byte: number, config: LogFileConfig): Promise<PackedLog> {
    const file = await openFile(recognised.path, recognised.stats, PIECE_BYTES);
    return new PackedLog(recognised, byte, file, config);
  }

  async next(): Promise<Chunk | undefined> {
    for await (const chunk of { [Symbol.asyncIterator]: () => ({ next: () => this.chunks.next() }) }) {
      const end = endOfChunk(chunk);
      if (end <= this.byte) continue;
      const rest = this.byte > chunk.byte && chunk.leftOutBytes === 0 ? restOf(chunk, this.byte - chunk.byte) : chunk;
      this.byte = end;
      return rest;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** What a file that may grow turned out to be. */
export type Growth = 'same' | 'grown' | 'cut';

type PlainFile = Opened & Required<Pick<Opened, 'readAt' | 'stats'>>;

function isPlain(file: Opened): file is PlainFile {
  return file.readAt !== undefined && file.stats !== undefined;
}

/** A file as programs write it, which may grow, and may be emptied. */
export class PlainLog implements LogFile {
  readonly path: string;
  readonly firstLine: string;
  private staysAsItIs = false;
  /** When it was last seen to have grown. */
  grewAtMs: Ms;
  private readonly head: Buffer;
  private before: Buffer | undefined;
  private chunks: ReturnType<typeof cutAtLines> | undefined;
  /** How long it was when there was nothing more to read. */
  private endBytes = -1;

  private constructor(
    recognised: Recognised & { readonly head: Buffer },
    public byte: number,
    private readonly file: PlainFile,
    private readonly config: LogFileConfig,
  ) {
    this.path = recognised.path;
    this.firstLine = recognised.firstLine;
    this.head = recognised.head;
    this.grewAtMs = recognised.stats.mtimeMs;
  }

  /** `undefined` if it is another file by now. */
  static async open(recognised: Recognised, byte: number, config: LogFileConfig): Promise<PlainLog | undefined> {
    const file = await openFile(recognised.path, recognised.stats, PIECE_BYTES);
    const start = isPlain(file) ? Buffer.from(await headOf(file)) : Buffer.alloc(0);
    if (!isPlain(file) || hashOfFirstLine(start) !== recognised.firstLine) {
      await file.close();
      return undefined;
    }
    const head = start.subarray(0, endOfHead(start) || start.length);
    const log = new PlainLog({ ...recognised, head }, byte, file, config);
    await log.lookBack();
    return log;
  }

  /** Whether a path leads to this file. */
  async isAt(path: string): Promise<boolean> {
    const [there, own] = await Promise.all([stat(path).catch(() => undefined), this.file.stats()]);
    return there !== undefined && there.ino === own.ino && there.dev === own.dev;
  }

  /** Looks at the file: whether there is more to read, or less than was read already. */
  async look(nowMs: Ms): Promise<Growth> {
    const { size } = await this.file.stats();
    if (size < this.byte || !(await this.hasSameHead())) return 'cut';
    if (size === this.endBytes) return 'same';
    if (this.endBytes >= 0) {
      this.grewAtMs = nowMs;
      this.endBytes = -1;
      // It came to the end that the file had.
      this.chunks = undefined;
    }
    return 'grown';
  }

  async next(): Promise<Chunk | undefined> {
    const { byte: start, config, file, path } = this;
    this.chunks ??= this.cut();
    const result = await this.chunks.next();
    if (result.done === true) {
      this.chunks = undefined;
      return undefined;
    }
    const { leftOutBytes } = result.value;
    let { bytes } = result.value;
    const { size, mtimeMs: writtenMs } = await file.stats();
    // What was read may be of the log that came into its place.
    const isCut = size < start + bytes.length + leftOutBytes || !(await this.hasSameHead());
    const isUnfinished = bytes[bytes.length - 1] !== NEWLINE && !this.staysAsItIs;
    if (isUnfinished) bytes = bytes.subarray(0, leftOutBytes > 0 ? 0 : endOfLastLine(bytes));
    if (isCut || isUnfinished) this.chunks = undefined;
    if (isCut || bytes.length === 0) return undefined;
    const { before } = this;
    const origin = `${config.family}:${this.firstLine}`;
    const chunk: Chunk = { bytes, leftOutBytes, offset: start, byte: start, origin, writtenMs, before, path };
    this.byte = endOfChunk(chunk);
    this.before = endOf(bytes, leftOutBytes, before);
    return chunk;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** The bytes behind the last whole line. */
  async unfinishedBytes(): Promise<number> {
    return Math.max(0, (await this.file.stats()).size - this.byte);
  }

  /** Says that it is never written to any more: what stands at its end is a line. */
  settle(): void {
    this.staysAsItIs = true;
    this.endBytes = -1;
  }

  private cut(): ReturnType<typeof cutAtLines> {
    let position = this.byte;
    const fill: Fill = async (buffer, at) => {
      const count = await this.file.readAt(buffer.subarray(at), position);
      position += count;
      if (count === 0) this.endBytes = position;
      return count;
    };
    return cutAtLines(fill, this.config.chunkBytes);
  }

  private async hasSameHead(): Promise<boolean> {
    const head = Buffer.alloc(this.head.length);
    const count = await this.file.readAt(head, 0);
    return count === head.length && head.equals(this.head);
  }

  /** Finds what a repeat in the next line would be about. */
  private async lookBack(): Promise<void> {
    const from = Math.max(0, this.byte - LOOK_BACK_BYTES);
    const bytes = Buffer.alloc(this.byte - from);
    const count = await this.file.readAt(bytes, from);
    const firstWhole = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
    const line = lineBefore(bytes.subarray(0, count), count, { from: firstWhole, line: undefined });
    this.before = line === undefined ? undefined : Buffer.from(line);
  }
}
