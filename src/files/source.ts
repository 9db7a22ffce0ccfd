import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import type { Readable } from 'node:stream';
import type { Incomplete } from '../core/documents/summary.js';
import type { Chunk, ChunkSource, Sample } from '../stages/ports.js';
import { chunksOf, endOfChunk } from './chunks.js';
import { SourceError, inputAdvice, reasonOf } from './errors.js';
import { withoutPacking } from './family.js';
import type { Family } from './family.js';
import { isDamage, openFile, openPipe, openStream } from './open.js';
import type { Fill, Opened } from './open.js';

/** Bounds of a chunk's length: so long that a contribution costs little, and that of a line too long enough is kept. */
const MIN_CHUNK_BYTES = 1 << 18;
const MAX_CHUNK_BYTES = 1 << 21;
/** The chunks of all sources together, but for those at the lower bound. */
const ALL_CHUNKS_BYTES = 1 << 26;
/** What a stream gives at a time, at most; several such pieces are in memory while they are unpacked. */
const MAX_PIECE_BYTES = 1 << 18;
/** Length of a sample, how far samples are apart at least, and how many of a file there are at most. */
const SAMPLE_BYTES = 1 << 12;
const MIN_STEP_BYTES = 1 << 16;
const MAX_SAMPLES = 64;
const NEWLINE = 10;

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

/** A file as it was when the run began; of standard input there is nothing to say. */
interface FileAtStart {
  readonly path: string;
  readonly atStart: Stats | undefined;
}

/** A family of files as a source. @throws SourceError if a file and its compressed copy are in it. */
export class FileSource implements ChunkSource {
  readonly name: string;
  readonly incomplete: Incomplete[] = [];
  private readonly chunks: AsyncGenerator<Chunk>;
  private filesAtStart: Promise<readonly FileAtStart[]> | undefined;

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

  async samples(): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    for (const { path, atStart } of await this.files()) {
      if (atStart === undefined || atStart.isFIFO()) continue;
      try {
        const file = await openFile(path, atStart, SAMPLE_BYTES);
        try {
          for await (const sample of samplesOf(file)) samples.push({ ...sample, writtenMs: file.writtenMs, path });
        } finally {
          await file.close();
        }
      } catch (error) {
        // Damage is told when the file is read.
        if (!isDamage(error)) throw cannotRead(path, error);
      }
    }
    return samples;
  }

  private async *read(): AsyncGenerator<Chunk> {
    let start = 0;
    for (const { path, atStart } of await this.files()) {
      let readBytes = 0;
      const file = await this.open(path, atStart);
      if (file === undefined) continue;
      const fill: Fill = async (buffer, at) => {
        const count = await file.fill(buffer, at).catch((error: unknown) => this.endAt(path, readBytes, error));
        readBytes += count;
        return count;
      };
      let end = start;
      const { writtenMs } = file;
      const { chunkBytes } = this.deps;
      try {
        for await (const chunk of chunksOf(fill, { family: this.family.name, path, writtenMs, start, chunkBytes })) {
          yield chunk;
          end = endOfChunk(chunk);
        }
      } finally {
        await file.close();
      }
      start = end;
    }
  }

  /** All files as they are when this is asked for the first time: names may change while the first ones are read. */
  private files(): Promise<readonly FileAtStart[]> {
    const stats = async (path: string): Promise<FileAtStart> => ({ path, atStart: await this.statsOf(path) });
    return (this.filesAtStart ??= Promise.all(this.family.files.map(stats)));
  }

  /** Ends a file where it is damaged: what came before it counts. @throws SourceError if the reason is another one. */
  private endAt(path: string, byte: number, error: unknown): 0 {
    if (!isDamage(error)) throw cannotRead(`${path} after byte ${String(byte)}`, error);
    this.incomplete.push({ file: path, after_byte: byte, reason: reasonOf(error) });
    return 0;
  }

  private async statsOf(path: string): Promise<Stats | undefined> {
    try {
      return path === '-' ? undefined : await stat(path);
    } catch (error) {
      throw cannotRead(path, error);
    }
  }

  /** `undefined` if nothing of the file can be read. */
  private async open(path: string, atStart: Stats | undefined): Promise<Opened | undefined> {
    try {
      const { stdin, signal, chunkBytes } = this.deps;
      const pieceBytes = Math.min(MAX_PIECE_BYTES, chunkBytes >> 2);
      if (atStart === undefined) return await openStream(addAbortSignal(signal, stdin));
      return atStart.isFIFO()
        ? await openStream(addAbortSignal(signal, openPipe(path)))
        : await openFile(path, atStart, pieceBytes);
    } catch (error) {
      if (!isDamage(error)) throw cannotRead(path, error);
      this.endAt(path, 0, error);
      return undefined;
    }
  }
}

/** The whole lines at the start of a file and, where it can be read anywhere, at places spread over it. */
async function* samplesOf({ fill, sizeBytes = 0, readAt }: Opened): AsyncGenerator<Pick<Sample, 'byte' | 'bytes'>> {
  const buffer = Buffer.alloc(SAMPLE_BYTES);
  let length = 0;
  for (let count = 1; count > 0 && length < buffer.length; length += count) count = await fill(buffer, length);
  yield { byte: 0, bytes: wholeLines(buffer.subarray(0, length)) };
  if (readAt === undefined) return;
  const stepBytes = Math.max(MIN_STEP_BYTES, Math.ceil(sizeBytes / MAX_SAMPLES));
  for (let position = stepBytes; position < sizeBytes; position += stepBytes) {
    const piece = buffer.subarray(0, await readAt(buffer, position));
    const start = piece.indexOf(NEWLINE) + 1;
    if (start > 0) yield { byte: position + start, bytes: wholeLines(piece.subarray(start)) };
  }
}

/** A copy of what ends with the end of a line. */
function wholeLines(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1));
}

/** A log and its compressed copy would count twice. */
function refuseCopies(files: readonly string[]): void {
  const copies = new Map<string, string>();
  for (const file of files) {
    const unpacked = withoutPacking(file);
    const other = copies.get(unpacked);
    copies.set(unpacked, file);
    if (other === undefined) continue;
    const [log, copy] = [file, other].sort((a, b) => a.length - b.length);
    throw new SourceError(`Cannot read ${log} and ${copy}: they are the same log twice. Leave one of them out.`);
  }
}

function cannotRead(place: string, error: unknown): SourceError {
  return new SourceError(`Cannot read ${place}: ${reasonOf(error)}. ${inputAdvice(error)}`, { cause: error });
}
