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
  readonly bytes: AsyncIterable<Buffer>;
  readonly writtenMs: number;
  readonly close: () => void;
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
        for await (const bytes of cutAtLines(file.bytes)) {
          origin ??= `${this.family.name}:${hashOfFirstLine(bytes)}`;
          yield { bytes, offset: before + byte, byte, origin, writtenMs: file.writtenMs, path };
          byte += bytes.length;
        }
      } catch (error) {
        throw new SourceError(`Cannot read ${path} after byte ${String(byte)}: ${reasonOf(error)}.`, { cause: error });
      } finally {
        file.close();
      }
      before += byte;
    }
  }

  private async openFile(path: string): Promise<Opened> {
    try {
      const { stream, writtenMs } = path === '-' ? { stream: this.stdin, writtenMs: NaN } : await openPath(path);
      const close = (): void => {
        stream.destroy();
      };
      const { head, bytes } = await lookAhead(stream);
      const isGzip = head.length >= GZIP_HEADER_BYTES && head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
      if (!isGzip) return { bytes, writtenMs, close };
      const gunzip = createGunzip({ chunkSize: READ_BYTES });
      // A failure of either ends both, and reaches the reader of the bytes.
      pipeline(Readable.from(bytes), gunzip, () => undefined);
      // A copy has a new modification time; gzip keeps the log's own in its header.
      const stampMs = head.readUInt32LE(4) * 1000;
      return { bytes: gunzip, writtenMs: stampMs === 0 ? writtenMs : stampMs, close };
    } catch (error) {
      throw new SourceError(`Cannot read ${path}: ${reasonOf(error)}.`, { cause: error });
    }
  }
}

async function openPath(path: string): Promise<{ readonly stream: Readable; readonly writtenMs: number }> {
  const file = await open(path);
  const stat = await file.stat();
  const stream = file.createReadStream({ highWaterMark: READ_BYTES });
  return { stream, writtenMs: stat.isFile() ? stat.mtimeMs : NaN };
}

/** The first piece of a stream, and the whole of it: a pipe cannot be read twice. */
async function lookAhead(stream: AsyncIterable<Buffer>): Promise<{ head: Buffer; bytes: AsyncIterable<Buffer> }> {
  const pieces = stream[Symbol.asyncIterator]();
  const first = await pieces.next();
  const head = first.done === true ? Buffer.alloc(0) : first.value;
  async function* whole(): AsyncGenerator<Buffer> {
    yield head;
    for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) yield piece.value;
  }
  return { head, bytes: whole() };
}

/**
 * The stream in pieces of `CHUNK_BYTES` less the unfinished line at their end, however it arrives. A longer line makes a
 * longer piece. Each piece has memory of its own, since the first ones are kept.
 */
async function* cutAtLines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let length = 0;
  for await (const piece of stream) {
    let taken = 0;
    while (taken < piece.length) {
      const copied = piece.copy(buffer, length, taken);
      taken += copied;
      length += copied;
      if (length < buffer.length) continue;
      const end = buffer.lastIndexOf(NEWLINE) + 1;
      // What is left of a very long line must fit, and room must be left to read on.
      const next = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * (length - end)));
      buffer.copy(next, 0, end);
      if (end > 0) yield buffer.subarray(0, end);
      length -= end;
      buffer = next;
    }
  }
  if (length > 0) yield buffer.subarray(0, length);
}

function hashOfFirstLine(bytes: Buffer): string {
  const end = bytes.indexOf(NEWLINE);
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  return createHash('sha256').update(line).digest('hex').slice(0, HASH_DIGITS);
}
