import type { Ms } from '../core/event.js';
import { Progress } from '../core/progress.js';
import type { Contribution } from '../core/progress.js';
import type { Highest } from '../core/windows/watermark.js';
import { restOf } from './fold-chunk.js';
import type { FoldTask, Folded } from './fold-chunk.js';
import type { Chunk, ChunkSource, FoldThreads } from './ports.js';

/** Shared memory comes in multiples of this, so that it fits later chunks too. */
const MEMORY_GRAIN_BYTES = 1 << 16;
/** Chunks that are read beyond those that threads have: one that this thread folds, and some for whoever is ready first. */
const SPARE_CHUNKS = 2;

/** Bytes before a chunk that are looked at for their times: some hundred lines. */
const LEAD_BYTES = 1 << 14;
const NEWLINE = 10;
const NO_LEAD = Buffer.alloc(0);

/** A chunk that was read and whose turn has not come. */
interface ReadChunk {
  task: FoldTask;
  /** What it came to before its turn. */
  folded: Folded | undefined;
  /** While a thread has it: resolves when that has answered. */
  answer: Promise<void> | undefined;
  /** The shared memory that it is in. */
  memory: SharedArrayBuffer | undefined;
}

/** A source with the chunks that were read before their turn. */
export class SourceAhead {
  readonly progress: Progress;
  readonly chunks: ReadChunk[] = [];
  lines = 0;
  isAtEnd = false;
  /** By how much the last chunk moved the watermark. */
  private stepMs = 0;
  /** The last lines of the chunk that was read last. */
  private last: { readonly path: string; readonly lines: Buffer } | undefined;

  constructor(
    readonly source: ChunkSource,
    outOfOrdernessMs: Ms,
  ) {
    this.progress = new Progress(source.name, outOfOrdernessMs);
  }

  /** Where the watermark may be when all chunks that were read have had their turn. */
  get expectedMs(): Ms {
    return this.progress.watermarkMs + this.chunks.length * this.stepMs;
  }

  /** The lines before a chunk that was read, if they are of the same file: another one may have another year. */
  leadTo({ bytes, path }: Chunk): Buffer {
    const { last } = this;
    const newline = bytes.indexOf(NEWLINE, -LEAD_BYTES);
    this.last = { path, lines: newline < 0 ? NO_LEAD : Buffer.from(bytes.subarray(newline + 1)) };
    return last?.path === path ? last.lines : NO_LEAD;
  }

  /** Takes what the next chunk came to; gives its contributions. */
  take({ totals, lines }: Folded): readonly Contribution[] {
    const { progress } = this;
    const before = progress.watermarkMs;
    const contributions = progress.take(totals);
    this.stepMs = Number.isFinite(before) ? progress.watermarkMs - before : 0;
    this.lines += lines;
    return contributions;
  }
}

export interface LookAheadDeps {
  readonly taskOf: (chunk: Chunk, source: ChunkSource) => Omit<FoldTask, 'lead'>;
  /** Folds a chunk in this thread, as `foldChunk`. */
  readonly fold: (task: FoldTask, before?: Highest) => Folded;
  /** Starts other threads; `undefined` if there are to be none. */
  readonly startThreads: (() => FoldThreads) | undefined;
  /** How much is read before they start. */
  readonly threadsAfterBytes: number;
  /** Takes how much was read. */
  readonly onProgress: (bytes: number) => void;
}

/**
 * Gives what the chunks of sources come to, whichever source is asked for. With other threads, chunks are read and folded
 * ahead, with no more of the source's times than the lines right before them tell. Where the others make a difference (see
 * `LatenessJudge`), or a thread failed, the chunk is folded here when it is its turn: all is as with one thread, errors too.
 */
export class LookAhead {
  private threads: FoldThreads | undefined;
  private readBytes = 0;
  /** The read ahead that is under way; one that failed stays. */
  private reading: Promise<void> | undefined;
  /** Chunks that nobody has begun to fold, in the order in which they were read. */
  private readonly waiting: ReadChunk[] = [];
  private givenCount = 0;
  /** Shared memory that is not in use. */
  private readonly free: SharedArrayBuffer[] = [];

  constructor(
    private readonly sources: readonly SourceAhead[],
    private readonly deps: LookAheadDeps,
  ) {}

  /** What the next chunk of a source comes to, for the source to take; `undefined` at its end. */
  async next(source: SourceAhead): Promise<Folded | undefined> {
    if (this.threads !== undefined) await this.readAhead(source);
    else if (source.chunks.length === 0) await this.read(source);
    const [chunk] = source.chunks;
    if (chunk === undefined) return undefined;
    while (chunk.answer !== undefined) await this.foldOther(chunk.answer);
    let { folded } = chunk;
    if (folded === undefined || !source.progress.isSameAfter(folded.totals)) {
      this.takeFrom(this.waiting, chunk);
      folded = this.deps.fold(chunk.task, source.progress.highest);
    }
    this.pass(source, chunk, folded.bytes);
    return folded;
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    await this.threads?.close();
  }

  private async read(source: SourceAhead): Promise<void> {
    if (source.isAtEnd) return;
    const chunk = await source.source.next();
    source.isAtEnd = chunk === undefined;
    if (chunk === undefined) return;
    const task = { ...this.deps.taskOf(chunk, source.source), lead: source.leadTo(chunk) };
    const read = { task, folded: undefined, answer: undefined, memory: undefined };
    source.chunks.push(read);
    this.deps.onProgress(chunk.bytes.length + chunk.leftOutBytes);
    this.readBytes += chunk.bytes.length;
    if (this.threads !== undefined) this.share(read);
    else if (this.readBytes > this.deps.threadsAfterBytes) this.start();
  }

  private start(): void {
    this.threads = this.deps.startThreads?.();
    if (this.threads === undefined) return;
    for (const { chunks } of this.sources) for (const chunk of chunks) this.share(chunk);
    this.readOn();
  }

  /** Sees to it that there is a chunk of a source, and that others are read while this thread does something else. */
  private async readAhead(source: SourceAhead): Promise<void> {
    await answers();
    this.readOn();
    while (source.chunks.length === 0 && !source.isAtEnd) await (this.reading ?? this.read(source));
    this.give();
  }

  /** Reads as long as there is room, always where the log is expected to be furthest behind: its turn will come first. */
  private readOn(): void {
    const capacity = this.threads?.capacity ?? 0;
    const count = this.sources.reduce((sum, { chunks }) => sum + chunks.length, 0);
    if (this.reading !== undefined || capacity === 0 || count >= capacity + SPARE_CHUNKS) return;
    let behind: SourceAhead | undefined;
    for (const source of this.sources)
      if (!source.isAtEnd && !(source.expectedMs >= (behind?.expectedMs ?? Infinity))) behind = source;
    if (behind === undefined) return;
    this.reading = this.read(behind).then(() => {
      this.reading = undefined;
      this.readOn();
    });
    // Whoever waits for it has its error.
    this.reading.catch(() => undefined);
  }

  /** Copies a chunk from its source's memory to some that all threads share. */
  private share(read: ReadChunk): void {
    const { chunk, lead } = read.task;
    const { length } = chunk.bytes;
    const needed = lead.length + length;
    const known = this.free.find(({ byteLength }) => byteLength >= needed);
    const grains = Math.ceil(needed / MEMORY_GRAIN_BYTES);
    if (known !== undefined) this.takeFrom(this.free, known);
    const memory = known ?? new SharedArrayBuffer(grains * MEMORY_GRAIN_BYTES);
    const bytes = Buffer.from(memory, 0, length);
    chunk.bytes.copy(bytes);
    const sharedLead = Buffer.from(memory, length, lead.length);
    lead.copy(sharedLead);
    read.memory = memory;
    // What is left of a chunk has the line before in the source's memory.
    const before = chunk.before && Buffer.from(chunk.before);
    read.task = { ...read.task, chunk: { ...chunk, bytes, before }, lead: sharedLead };
    this.waiting.push(read);
    this.give();
  }

  /** Gives threads as much as they can do. */
  private give(): void {
    const { threads } = this;
    while (threads !== undefined && this.givenCount < threads.capacity) {
      const chunk = this.waiting.shift();
      if (chunk === undefined) return;
      this.givenCount += 1;
      chunk.answer = threads.fold(chunk.task).then((folded) => {
        this.givenCount -= 1;
        chunk.folded = folded;
        chunk.answer = undefined;
        this.give();
      });
    }
  }

  /** Waits for a thread's answer; meanwhile this one folds what nobody has begun, if there is anything. */
  private async foldOther(answer: Promise<void>): Promise<void> {
    const other = this.waiting.shift();
    if (other === undefined) return Promise.race([answer, this.reading ?? answer]);
    other.folded = this.deps.fold(other.task);
    await answers();
  }

  /** Ends the turn of a chunk, or leaves what could not be folded of it as one. */
  private pass(source: SourceAhead, chunk: ReadChunk, foldedBytes: number): void {
    const { task, memory } = chunk;
    chunk.folded = undefined;
    if (foldedBytes < task.chunk.bytes.length) {
      chunk.task = { ...this.deps.taskOf(restOf(task.chunk, foldedBytes), source.source), lead: task.lead };
      return;
    }
    source.chunks.shift();
    if (memory !== undefined) this.free.push(memory);
  }

  private takeFrom<T>(list: T[], item: T): void {
    const place = list.indexOf(item);
    if (place >= 0) list.splice(place, 1);
  }
}

/** Lets answers of threads arrive. */
function answers(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
