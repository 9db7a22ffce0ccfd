import { constants, openSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { DamageError, codeOf } from './errors.js';
import { GZIP, HEAD_BYTES, formatOf } from './unpack/format.js';

/** Where gzip has the time at which the log was written. */
const GZIP_STAMP_BYTE = 4;

/** Reads on into the buffer from `at` on, as far as it has room; gives how many bytes came, 0 at the end. */
export type Fill = (buffer: Buffer, at: number) => Promise<number>;

/** A file as it is opened: its bytes, unpacked, and when it was last written; NaN where nobody can say. */
export interface Opened {
  /** @throws DamageError where no more of it can be read: what came before is good. */
  readonly fill: Fill;
  readonly writtenMs: number;
  readonly close: () => Promise<void>;
  /** The length of a file that can be read anywhere, and how. */
  readonly sizeBytes?: number;
  readonly readAt?: (buffer: Buffer, position: number) => Promise<number>;
  /** What is known of such a file by now. */
  readonly stats?: () => Promise<Stats>;
}

/**
 * A named pipe, or the shell's <(command). It is read as standard input is: a read of a file, or its opening, would wait
 * for the writer in a thread that nothing can interrupt.
 */
export function openPipe(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** The file that a path led to when the run began, wherever it is now. @throws DamageError if it is gone. */
export async function openFile(path: string, atStart: Stats, pieceBytes: number): Promise<Opened> {
  const file = await openSame(path, atStart);
  try {
    return await openHandle(file, atStart, pieceBytes);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openSame(path: string, atStart: Stats): Promise<FileHandle> {
  const file = await openIf(path, (stats) => stats.ino === atStart.ino && stats.dev === atStart.dev);
  if (file !== undefined) return file;
  // Rotation gives it another name, and its own to a file that is read, or will be, under the name of that one.
  const folder = dirname(path);
  for (const name of await readdir(folder).catch(() => [])) {
    const moved = await openIf(
      join(folder, name),
      // The number of a file that was removed may be given to a new one.
      ({ ino, dev, birthtimeMs }) => ino === atStart.ino && dev === atStart.dev && birthtimeMs === atStart.birthtimeMs,
    );
    if (moved !== undefined) return moved;
  }
  throw new DamageError('it was rotated or removed before it was read');
}

async function openIf(path: string, isWanted: (stats: Stats) => boolean): Promise<FileHandle | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || !isWanted(stats)) return undefined;
  const file = await open(path);
  if (isWanted(await file.stat())) return file;
  await file.close();
  return undefined;
}

async function openHandle(file: FileHandle, atStart: Stats, pieceBytes: number): Promise<Opened> {
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  if (formatOf(head.subarray(0, bytesRead)) !== undefined) {
    const opened = await openStream(file.createReadStream({ highWaterMark: pieceBytes, start: 0 }));
    return Number.isNaN(opened.writtenMs) ? { ...opened, writtenMs: atStart.mtimeMs } : opened;
  }
  let position = 0;
  const fill: Fill = async (buffer, at) => {
    const { bytesRead: count } = await file.read(buffer, at, buffer.length - at, position);
    position += count;
    if (count === 0 && (await isCut(file, position, atStart)))
      throw new DamageError('the file was cut off while it was read');
    return count;
  };
  const readAt = async (buffer: Buffer, from: number): Promise<number> =>
    (await file.read(buffer, 0, buffer.length, from)).bytesRead;
  const { mtimeMs: writtenMs, size: sizeBytes } = atStart;
  return { fill, writtenMs, close: () => file.close(), sizeBytes, readAt, stats: () => file.stat() };
}

/** Whether a file that ends here was longer before, as one is that is copied and emptied. */
async function isCut(file: FileHandle, position: number, atStart: Stats): Promise<boolean> {
  // Files that the kernel makes up have no size.
  return atStart.size > 0 && (position < atStart.size || (await file.stat()).size < position);
}

/** A stream, unpacked if it is packed. */
export async function openStream(stream: Readable): Promise<Opened> {
  const pieces = piecesOf(stream);
  const head = await headOf(pieces);
  async function* whole(): AsyncGenerator<Buffer> {
    yield head;
    yield* pieces;
  }
  const format = formatOf(head);
  const unpack = await format?.load();
  const unpacked = unpack === undefined ? whole() : unpack(whole());
  const close = async (): Promise<void> => {
    stream.destroy();
    await unpacked.return(undefined);
  };
  // A copy has a new modification time; gzip keeps the log's own in its header, 0 if it had none.
  const stampMs = format === GZIP ? head.readUInt32LE(GZIP_STAMP_BYTE) * 1000 : 0;
  return { fill: fillFrom(unpacked), writtenMs: stampMs === 0 ? NaN : stampMs, close };
}

async function* piecesOf(stream: Readable): AsyncGenerator<Buffer> {
  for await (const piece of stream.iterator({ destroyOnReturn: false })) if (Buffer.isBuffer(piece)) yield piece;
}

/** The first pieces, so many that they tell how the stream is packed. */
async function headOf(pieces: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const next = await pieces.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

function fillFrom(pieces: AsyncIterator<Uint8Array>): Fill {
  let rest: Uint8Array = Buffer.alloc(0);
  return async (buffer, at) => {
    while (rest.length === 0) {
      const next = await pieces.next();
      if (next.done === true) return 0;
      rest = next.value;
    }
    const count = Math.min(rest.length, buffer.length - at);
    buffer.set(rest.subarray(0, count), at);
    rest = rest.subarray(count);
    return count;
  };
}

/** Whether an error means that no more can be read, while what came before is good: damage, or a bad disk. */
export function isDamage(error: unknown): boolean {
  return error instanceof DamageError || codeOf(error) === 'EIO';
}
