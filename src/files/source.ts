import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Chunk, ChunkSource } from '../stages/ports.js';
import { SourceError, reasonOf } from './errors.js';
import type { Family } from './family.js';

/** Length of a chunk: long enough that a contribution costs little, short enough that many fit into memory. */
const CHUNK_BYTES = 1 << 22;
const READ_BYTES = 1 << 18;
const NEWLINE = 10;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const GZIP_HEADER_BYTES = 10;
const HASH_DIGITS = 12;

/** A file as it is opened: its bytes, uncompressed, and when it was last written; NaN where nobody can say. */
interface Opened {
  /** Reads on into the buffer from `at` on, as far as it has room; gives how many bytes came, 0 at the end. */
  readonly fill: (buffer: Buffer, at: number) => Promise<number>;
  readonly writtenMs: number;
  readonly close: () => Promise<void>;
}

/** A family of files as a source. `stdin` is read for the path `-`. */
export class FileSource implements ChunkSource {
  readonly name: string;
  private readonly chunks: AsyncGenerator<Chunk>;

  constructor(
    private readonly family: Family,
    private readonly stdin: Readable,
  ) {
    this.name = family.path;
    this.chunks = this.read();
  }

  async next(): Promise<Chunk | undefined> {
    const result = await this.chunks.next();
    return result.done === true ? undefined : result.value;
  }

  async close(): Promise<void> {
    await this.chunks.return(undefined);
  }

  private async *read(): AsyncGenerator<Chunk> {
    let before = 0;
    for (const path of this.family.files) {
      const file = await this.openFile(path);
      let byte = 0;
      let origin: string | undefined;
      try {
        for await (const bytes of cutAtLines(file.fill)) {
          origin ??= `${this.family.name}:${hashOfFirstLine(bytes)}`;
          yield { bytes, offset: before + byte, byte, origin, writtenMs: file.writtenMs, path };
          byte += bytes.length;
        }
      } catch (error) {
        throw new SourceError(`Cannot read ${path} after byte ${String(byte)}: ${reasonOf(error)}.`, { cause: error });
      } finally {
        await file.close();
      }
      before += byte;
    }
  }

  private async openFile(path: string): Promise<Opened> {
    try {
      return path === '-' ? await openStream(this.stdin) : await openPath(path);
    } catch (error) {
      throw new SourceError(`Cannot read ${path}: ${reasonOf(error)}.`, { cause: error });
    }
  }
}

async function openPath(path: string): Promise<Opened> {
  const file = await open(path);
  const stat = await file.stat();
  const head = Buffer.alloc(GZIP_HEADER_BYTES);
  // A pipe, such as the shell's <(command), has no beginning to look at first.
  const { bytesRead } = stat.isFIFO() ? { bytesRead: 0 } : await file.read(head, 0, head.length, 0);
  if (stat.isFIFO() || isGzip(head.subarray(0, bytesRead))) {
    const opened = await openStream(
      file.createReadStream({ highWaterMark: READ_BYTES, start: stat.isFIFO() ? undefined : 0 }),
    );
    return Number.isNaN(opened.writtenMs) && stat.isFile() ? { ...opened, writtenMs: stat.mtimeMs } : opened;
  }
  let position = 0;
  const fill = async (buffer: Buffer, at: number): Promise<number> => {
    const { bytesRead: count } = await file.read(buffer, at, buffer.length - at, position);
    position += count;
    return count;
  };
  return { fill, writtenMs: stat.mtimeMs, close: () => file.close() };
}

/** A stream, unpacked if it is gzipped. */
async function openStream(stream: Readable): Promise<Opened> {
  const pieces = stream.iterator({ destroyOnReturn: false });
  const first = await pieces.next();
  const piece: unknown = first.value;
  const head = Buffer.isBuffer(piece) ? piece : Buffer.alloc(0);
  async function* whole(): AsyncGenerator<Buffer> {
    yield head;
    for await (const piece of pieces) yield piece;
  }
  const close = async (): Promise<void> => {
    stream.destroy();
  };
  if (!isGzip(head)) return { fill: fillFrom(whole()), writtenMs: NaN, close };
  const gunzip = createGunzip({ chunkSize: READ_BYTES });
  // A failure of either ends both, and reaches the reader of the bytes.
  pipeline(Readable.from(whole()), gunzip, () => undefined);
  // A copy has a new modification time; gzip keeps the log's own in its header, 0 if it had none.
  const stampMs = head.readUInt32LE(4) * 1000;
  return { fill: fillFrom(gunzip[Symbol.asyncIterator]()), writtenMs: stampMs === 0 ? NaN : stampMs, close };
}

function isGzip(head: Buffer): boolean {
  return head.length >= GZIP_HEADER_BYTES && head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
}

function fillFrom(pieces: AsyncIterator<Buffer>): Opened['fill'] {
  let rest: Buffer = Buffer.alloc(0);
  return async (buffer, at) => {
    while (rest.length === 0) {
      const next = await pieces.next();
      if (next.done === true) return 0;
      rest = next.value;
    }
    const count = rest.copy(buffer, at);
    rest = rest.subarray(count);
    return count;
  };
}

/**
 * The bytes in pieces of `CHUNK_BYTES` less the unfinished line at their end, however they arrive. A longer line makes a
 * longer piece. A piece is good until the next one is asked for.
 */
async function* cutAtLines(fill: Opened['fill']): AsyncGenerator<Buffer> {
  let buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let length = 0;
  for (let count = await fill(buffer, 0); count > 0; count = await fill(buffer, length)) {
    length += count;
    if (length < buffer.length) continue;
    const end = buffer.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield buffer.subarray(0, end);
    length -= end;
    // What is left of a very long line must fit, and room must be left to read on.
    const next = 2 * length > buffer.length ? Buffer.allocUnsafeSlow(2 * length) : buffer;
    buffer.copy(next, 0, end, end + length);
    buffer = next;
  }
  if (length > 0) yield buffer.subarray(0, length);
}

function hashOfFirstLine(bytes: Buffer): string {
  const end = bytes.indexOf(NEWLINE);
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  return createHash('sha256').update(line).digest('hex').slice(0, HASH_DIGITS);
}
