import type { Ms } from '../core/event.js';
import { InvariantError } from '../core/errors.js';
import type { Generation, RecordBatch } from '../stages/ports.js';
import type { Extent } from './offsets.js';
import { partitionOfSource, sourceOf } from '../core/source-name.js';
import type { Fetched } from './fetches.js';
import { untilAborted } from './until-aborted.js';

/** The generation is over: what was under way for it counts no more. */
export class GenerationOver extends Error {
  readonly code = 'GENERATION_OVER' as const;
}

/** A partition that a member was given, as far as it has come with it. */
export interface TakenPartition {
  readonly source: string;
  readonly topic: string;
  readonly partition: number;
  /** Where the next record is; `undefined` before the generation has said where to go on. */
  position: number | undefined;
  /** Where the last fetch began. */
  fetchedOffset: number | undefined;
  /** Whether the generation wants nothing of it. */
  isHeld: boolean;
  /** Since when a broker is to tell what there is, if it is. */
  askedMs: Ms | undefined;
  /** When the last fetch found nothing at its end; `undefined` if it found something. */
  endSeenMs: Ms | undefined;
}

/** Which generation of the group this is, for the broker. */
export interface Membership {
  readonly memberId: string;
  readonly generationId: number | undefined;
}

/** How much later than it is to answer a broker may answer. */
const ANSWER_MS = 1000;

export interface RunDeps {
  /** How long a broker waits for records before it answers that there are none. */
  readonly maxWaitMs: number;
  /** Called with each error, also with those that come when the generation is over. */
  readonly onError: (run: GenerationRun, error: unknown) => void;
}

/** A generation under way: calls to its object are made one after the other, and nothing outlives it. */
export class GenerationRun {
  readonly partitions: readonly TakenPartition[];
  private lost: Error | undefined;
  private readonly bySource: ReadonlyMap<string, TakenPartition>;
  private readonly controller = new AbortController();
  private readonly confirmed: Promise<void>;
  private confirmedNow: (() => void) | undefined;
  private generationId: number | undefined;
  private generation: Generation | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private isEnding = false;

  constructor(
    readonly memberId: string,
    /** The generation before, if it was this member's. */
    private readonly before: Membership | undefined,
    sources: readonly string[],
    private readonly deps: RunDeps,
  ) {
    this.partitions = sources.map((source) => ({
      source,
      ...partitionOfSource(source),
      position: undefined,
      fetchedOffset: undefined,
      isHeld: false,
      askedMs: undefined,
      endSeenMs: undefined,
    }));
    this.bySource = new Map(this.partitions.map((partition) => [partition.source, partition]));
    this.confirmed = new Promise((resolve) => (this.confirmedNow = resolve));
  }

  /** The same partitions once more, in the same generation of the group. */
  again(): GenerationRun {
    const sources = this.partitions.map(({ source }) => source);
    const run = new GenerationRun(this.memberId, this.before, sources, this.deps);
    const { memberId, generationId } = this;
    if (generationId !== undefined) run.confirm({ memberId, generationId });
    return run;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  get membership(): Membership {
    return { memberId: this.memberId, generationId: this.generationId ?? this.before?.generationId };
  }

  /** Takes note of a heartbeat that the broker accepted; an answer for the generation before may come late. */
  confirm({ memberId, generationId }: { readonly memberId: string; readonly generationId: number }): boolean {
    if (memberId !== this.memberId) return false;
    if (memberId === this.before?.memberId && generationId === this.before.generationId) return false;
    this.generationId = generationId;
    this.confirmedNow?.();
    return true;
  }

  /** The number that the broker knows it by: only heartbeats tell it. @throws GenerationOver */
  async confirmedId(): Promise<number> {
    await this.untilOver(this.confirmed);
    if (this.generationId === undefined) throw new InvariantError('A generation was confirmed without a number.');
    return this.generationId;
  }

  abort(): void {
    this.controller.abort(new GenerationOver('The group has a new generation, or this member is not in it any more.'));
  }

  /** Ends it, as the broker says that this member is to join again. */
  lose(reason: unknown): void {
    this.lost = reason instanceof Error ? reason : new Error(String(reason));
    this.abort();
  }

  /** @throws what the broker said: kafkajs joins again then. */
  throwIfLost(): void {
    if (this.lost !== undefined) throw this.lost;
  }

  throwIfOver(): void {
    this.signal.throwIfAborted();
  }

  partitionOf(topic: string, partition: number): TakenPartition | undefined {
    return this.bySource.get(sourceOf(topic, partition));
  }

  ofSource(source: string): TakenPartition {
    const partition = this.bySource.get(source);
    if (partition === undefined) throw new InvariantError(`The partition ${source} is not this member's.`);
    return partition;
  }

  /** Has the generation say where to go on. @throws GenerationOver, or what it throws itself. */
  async begin(generation: Generation, extents: ReadonlyMap<string, Extent>): Promise<void> {
    const positions = await this.call(() => generation.begin());
    for (const partition of this.partitions) {
      const offset = positions.get(partition.source);
      const extent = extents.get(partition.source);
      if (offset === undefined || extent === undefined || offset < extent.startOffset || offset > extent.endOffset)
        throw new InvariantError(
          `A generation begins ${partition.source} at ${offset ?? 'no offset'}, which has ${extent?.startOffset ?? 'none'} to ${extent?.endOffset ?? 'none'}.`,
        );
      partition.position = offset;
    }
    this.generation = generation;
  }

  /** Whether the generation took it: it takes nothing once it ends. */
  async take(batch: RecordBatch): Promise<boolean> {
    return this.call(async () => {
      if (this.generation === undefined || this.isEnding) return false;
      await this.generation.take(batch);
      return true;
    });
  }

  async tick(now: () => Ms): Promise<void> {
    await this.call(async () => {
      if (this.isEnding) return;
      const nowMs = now();
      const atEnd = this.partitions.filter((partition) => this.isAtEnd(partition, nowMs));
      await this.generation?.tick(new Set(atEnd.map(({ source }) => source)));
    });
  }

  /** Ends it, after what is under way. */
  async end(): Promise<void> {
    this.isEnding = true;
    await this.call(async () => this.generation?.end());
  }

  get hasBegun(): boolean {
    return this.generation !== undefined;
  }

  /** Whether it wants records of a partition now. */
  isOpen({ position, isHeld }: TakenPartition): boolean {
    return !this.isOver && !this.isEnding && position !== undefined && !isHeld;
  }

  /** Takes note of what a fetch gave: the end is seen where one found nothing there, all before it being taken. */
  noteFetch({ topic, partition, offset, endOffset, messages }: Fetched, nowMs: Ms): void {
    const known = this.partitionOf(topic, partition);
    if (known === undefined) return;
    const isAtEnd = messages.length === 0 && offset === known.position && offset >= endOffset;
    known.askedMs = undefined;
    known.fetchedOffset = offset;
    known.endSeenMs = isAtEnd ? nowMs : undefined;
  }

  /** Takes note that a broker was asked for more, and answers as soon as there is more. */
  noteAsk(topic: string, partition: number, nowMs: Ms): void {
    const known = this.partitionOf(topic, partition);
    if (known !== undefined) known.askedMs = nowMs;
  }

  noteFailure(topic: string, partition: number): void {
    const known = this.partitionOf(topic, partition);
    if (known === undefined) return;
    known.askedMs = undefined;
    known.endSeenMs = undefined;
  }

  /** Takes note that kafkajs has passed over what is no record: markers of transactions, and what they took back. */
  notePassed(topic: string, partition: number, lastOffset: number): void {
    const known = this.partitionOf(topic, partition);
    if (known?.position !== undefined && known.fetchedOffset === known.position) known.position = lastOffset + 1;
  }

  /** Resolves as `work` does. @throws GenerationOver as soon as the generation is over, whatever becomes of `work`. */
  async untilOver<T>(work: Promise<T>): Promise<T> {
    return untilAborted(work, this.signal);
  }

  /** Whether all that there is was taken, as far as can be known: nobody looks while another partition's records are taken. */
  private isAtEnd({ isHeld, askedMs, endSeenMs }: TakenPartition, nowMs: Ms): boolean {
    if (isHeld || endSeenMs === undefined) return false;
    const { maxWaitMs } = this.deps;
    return askedMs === undefined ? nowMs - endSeenMs <= maxWaitMs : nowMs - askedMs <= maxWaitMs + ANSWER_MS;
  }

  private async call<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(() => {
      this.throwIfOver();
      return work();
    });
    this.last = done.catch((error: unknown) => this.deps.onError(this, error));
    return this.untilOver(done);
  }
}
