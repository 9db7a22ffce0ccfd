import { createHash } from 'node:crypto';
import { constants, openSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Readable, addAbortSignal, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MAX_LINE_BYTES } from '../stages/ports.js';
import type { Chunk, ChunkSource } from '../stages/ports.js';
import { SourceError, inputAdvice, reasonOf } from './errors.js';
import type { Family } from './family.js';

/** Bounds of a chunk's length: so long that a contribution costs little, and that of a line too long enough is kept. */
const MIN_CHUNK_BYTES = 1 << 18;
const MAX_CHUNK_BYTES = 1 << 21;
/** The chunks of all sources together, but for those at the lower bound. */
const ALL_CHUNKS_BYTES = 1 << 26;
/** What a stream gives at a time, at most; several such pieces are in memory on their way through gzip. */
const MAX_PIECE_BYTES = 1 << 18;
/** What is kept of a line that is longer than a chunk: its start, and enough to tell that it is too long. */
const KEPT_BYTES = MAX_LINE_BYTES + 1;
const NEWLINE = 10;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
/** How files begin that are packed in another way, by the program that unpacks them. */
const OTHER_MAGIC = {
  xz: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  bzip2: Buffer.from('BZh'),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
} as const;
const GZIP_HEADER_BYTES = 10;
const HASH_DIGITS = 12;

/** Reads on into the buffer from `at` on, as far as it has room; gives how many bytes came, 0 at the end. */
type Fill = (buffer: Buffer, at: number) => Promise<number>;

/** A file as it is opened: its bytes, uncompressed, and when it was last written; NaN where nobody can say. */
interface Opened {
  readonly fill: Fill;
  readonly writtenMs: number;
  readonly close: () => Promise<void>;
}

export interface FileSourceDeps {
  /** What is read for the path `-`. */
  readonly stdin: Readable;
  /** Ends the wait for a pipe, which may be silent for ever. */
  readonly signal: AbortSignal;
  /** Length of a chunk: 256 KiB at least. */
  readonly chunkBytes: number;
}

/** Length of the chunks of so many sources that are read at the same time: each holds one in memory. */
export function chunkBytesOf(sourceCount: number): number {
  return Math.max(MIN_CHUNK_BYTES, Math.min(MAX_CHUNK_BYTES, Math.floor(ALL_CHUNKS_BYTES / sourceCount)));
}

/** A family of files as a source. @throws SourceError if a file and its compressed copy are in it. */
export class FileSource implements ChunkSource {
  readonly name: string;
  private readonly chunks: AsyncGenerator<Chunk>;

  constructor(
    private readonly family: Family,
    private readonly deps: FileSourceDeps,
  ) {
    refuseCopies(family.files);
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
      let readBytes = 0;
      let origin: string | undefined;
      const fill: Fill = async (buffer, at) => {
        const count = await file.fill(buffer, at);
        readBytes += count;
        return count;
      };
      try {
        for await (const { bytes, leftOutBytes } of cutAtLines(fill, this.deps.chunkBytes)) {
          origin ??= `${this.family.name}:${hashOfFirstLine(bytes)}`;
          yield { bytes, leftOutBytes, offset: before + byte, byte, origin, writtenMs: file.writtenMs, path };
          byte += bytes.length + leftOutBytes;
        }
      } catch (error) {
        throw cannotRead(`${path} after byte ${String(readBytes)}`, error);
      } finally {
        await file.close();
      }
      before += byte;
    }
  }

  private async openFile(path: string): Promise<Opened> {
    try {
      const { stdin, signal, chunkBytes } = this.deps;
      const pieceBytes = Math.min(MAX_PIECE_BYTES, chunkBytes >> 2);
      if (path === '-') return await openStream(addAbortSignal(signal, stdin), pieceBytes);
      const stats = await stat(path);
      return stats.isFIFO()
        ? await openStream(addAbortSignal(signal, openPipe(path)), pieceBytes)
        : await openPath(path, stats.mtimeMs, pieceBytes);
    } catch (error) {
      throw cannotRead(path, error);
    }
  }
}

/** A log and its compressed copy would count twice. */
function refuseCopies(files: readonly string[]): void {
  const all = new Set(files);
  for (const file of files)
    if (all.has(`${file}.gz`))
      throw new SourceError(`Cannot read ${file} and ${file}.gz: they are the same log twice. Leave one of them out.`);
}

function cannotRead(place: string, error: unknown): SourceError {
  return new SourceError(`Cannot read ${place}: ${reasonOf(error)}. ${inputAdvice(error)}`, { cause: error });
}

/**
 * A named pipe, or the shell's <(command). It is read as standard input is: a read of a file, or its opening, would wait
 * for the writer in a thread that nothing can interrupt.
 */
function openPipe(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

async function openPath(path: string, writtenMs: number, pieceBytes: number): Promise<Opened> {
  const file = await open(path);
  try {
    return await openHandle(file, writtenMs, pieceBytes);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openHandle(file: FileHandle, writtenMs: number, pieceBytes: number): Promise<Opened> {
  const head = Buffer.alloc(GZIP_HEADER_BYTES);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  for (const [program, magic] of Object.entries(OTHER_MAGIC))
    if (head.subarray(0, magic.length).equals(magic))
      throw Object.assign(new Error(`It is packed by ${program}`), { code: program });
  if (isGzip(head.subarray(0, bytesRead))) {
    const opened = await openStream(file.createReadStream({ highWaterMark: pieceBytes, start: 0 }), pieceBytes);
    return Number.isNaN(opened.writtenMs) ? { ...opened, writtenMs } : opened;
  }
  let position = 0;
  const fill: Fill = async (buffer, at) => {
    const { bytesRead: count } = await file.read(buffer, at, buffer.length - at, position);
    position += count;
    return count;
  };
  return { fill, writtenMs, close: () => file.close() };
}

/** A stream, unpacked if it is gzipped. */
async function openStream(stream: Readable, pieceBytes: number): Promise<Opened> {
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
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  // A failure of either ends both, and reaches the reader of the bytes.
  pipeline(Readable.from(whole()), gunzip, () => undefined);
  // A copy has a new modification time; gzip keeps the log's own in its header, 0 if it had none.
  const stampMs = head.readUInt32LE(4) * 1000;
  return { fill: fillFrom(gunzip[Symbol.asyncIterator]()), writtenMs: stampMs === 0 ? NaN : stampMs, close };
}

function isGzip(head: Buffer): boolean {
  return head.length >= GZIP_HEADER_BYTES && head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
}

function fillFrom(pieces: AsyncIterator<Buffer>): Fill {
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
 * The bytes in chunks of a length less the unfinished line at their end, however they arrive. A line that is longer is a
 * chunk of its own, and much of it is left out, but nothing of its start. A chunk is good until the next one is asked for.
 */
async function* cutAtLines(fill: Fill, chunkBytes: number): AsyncGenerator<Pick<Chunk, 'bytes' | 'leftOutBytes'>> {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let length = 0;
  let leftOutBytes = 0;
  for (let count = await fill(buffer, 0); count > 0; count = await fill(buffer, length)) {
    length += count;
    if (length < buffer.length) continue;
    const end = (leftOutBytes > 0 ? buffer.indexOf(NEWLINE) : buffer.lastIndexOf(NEWLINE)) + 1;
    if (end > 0) {
      yield { bytes: buffer.subarray(0, end), leftOutBytes };
      leftOutBytes = 0;
      buffer.copyWithin(0, end);
      length -= end;
    } else {
      leftOutBytes += length - KEPT_BYTES;
      length = KEPT_BYTES;
    }
  }
  if (length === 0) return;
  const rest = buffer.subarray(0, length);
  const end = leftOutBytes > 0 ? rest.indexOf(NEWLINE) + 1 || length : length;
  yield { bytes: rest.subarray(0, end), leftOutBytes };
  if (end < length) yield { bytes: rest.subarray(end), leftOutBytes: 0 };
}

/** Of a line that is too long, only its start counts, which is in its chunk however short chunks are. */
function hashOfFirstLine(bytes: Buffer): string {
  const start = bytes.subarray(0, MAX_LINE_BYTES);
  const end = start.indexOf(NEWLINE);
  const line = end < 0 ? start : start.subarray(0, end);
  return createHash('sha256').update(line).digest('hex').slice(0, HASH_DIGITS);
}
