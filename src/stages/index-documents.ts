import type { DocumentKind, JsonObject } from '../core/documents/fields.js';
import { markKnown } from '../core/documents/known.js';
import type { FindKnown } from '../core/documents/known.js';
import { isObject, textAt, valueIn } from '../core/documents/value.js';
import { InvariantError } from '../core/errors.js';
import type { Ms } from '../core/event.js';
import { partitionOfSource } from '../core/source-name.js';
import { entries } from '../core/tally/counters.js';
import { epochOf } from '../core/version.js';
import type {
  Assigned,
  DeadRecord,
  DocumentWriter,
  Generation,
  Given,
  LogRecord,
  Member,
  Position,
  RecordBatch,
  StartGeneration,
  Unwritable,
  WriteOutcome,
} from './ports.js';
import { copyOf } from './records.js';

export interface IndexConfig {
  /** The topic of each kind of documents. */
  readonly topics: Readonly<Record<DocumentKind, string>>;
}

/**
 * What a record came to: its document was written, or it need not be, as a later version is there, one of a later epoch, or
 * the document itself; or the record is a dead letter.
 */
export type Indexed = 'written' | 'stale' | 'older_epoch' | 'there' | 'dead';

/** Why a record became a dead letter: it is no document, or its document can never be written. */
export type IndexDeadReason = 'unreadable' | Unwritable['reason'];

/** How far the records of a partition are settled. */
export interface IndexState {
  readonly next: number;
  readonly end: number;
  readonly committed: number;
}

export interface IndexObserver {
  readonly onPartition: (source: string, state: IndexState) => void;
  readonly onLost: (source: string) => void;
  readonly onIndexed: (kind: DocumentKind, indexed: Indexed) => void;
  /** Called once the dead letter is safe. */
  readonly onDeadLetter: (kind: DocumentKind, reason: IndexDeadReason) => void;
  /** Called when records of a partition were deleted before they were read. */
  readonly onGap: (gap: { readonly source: string; readonly fromOffset: number; readonly toOffset: number }) => void;
}

export interface IndexDeps {
  /** Outlives generations: what one of them left under way is not sent twice at once. */
  readonly writer: DocumentWriter;
  /** Puts a record among the dead letters; resolves once it is safe. @throws if it never will be. */
  readonly bury: (record: DeadRecord) => Promise<void>;
  /** Asked for each alert. */
  readonly findKnown: FindKnown;
  /** A clock that never goes back. */
  readonly nowMs: () => Ms;
  /** Calls back after a while; what it returns calls that off. */
  readonly setTimer: (delayMs: Ms, run: () => void) => () => void;
  readonly observer: IndexObserver;
}

/** So many records are looked at together, and asked for in one request. */
const SLICE_RECORDS = 1000;
/** Nothing is taken while so many dead letters are not safe yet. */
const MAX_LETTERS = 1000;
const COMMIT_MS = 1000;
/** How long a member that leaves waits for what is under way; what is not settled then is read again by another. */
const END_MS = 5000;
const VERSION = ['mxwarden', 'window', 'version'];

/**
 * The stage that writes documents. A record is settled when its document is written, or need not be, or when it is among the
 * dead letters; a partition's offset moves up to the first record that is not settled.
 */
export function createIndexStage(config: IndexConfig, deps: IndexDeps): StartGeneration {
  return function startIndexing(given: Given): Generation {
    return new IndexGeneration(given, config, deps);
  };
}

class IndexGeneration implements Generation {
  private readonly partitions: ReadonlyMap<string, Partition>;
  private readonly member: Member;
  /** Dead letters that are not safe yet. */
  private readonly letters = new Set<Promise<void>>();
  /** Kinds of which all that was written before can be found. */
  private readonly visible = new Set<DocumentKind>();
  private failure: Error | undefined;
  private committedMs: Ms;
  /** Ends the wait that `take` or `end` is at. */
  private stopWaiting: () => void = () => undefined;

  constructor(
    { assigned, member }: Given,
    config: IndexConfig,
    private readonly deps: IndexDeps,
  ) {
    this.partitions = new Map(assigned.map((each) => [each.source, new Partition(each, kindOf(each.source, config))]));
    this.member = member;
    this.committedMs = deps.nowMs();
    member.signal.addEventListener(
      'abort',
      () => {
        this.stopWaiting();
        for (const source of this.partitions.keys()) deps.observer.onLost(source);
      },
      { once: true },
    );
  }

  async begin(): Promise<ReadonlyMap<string, number>> {
    for (const { source, committedOffset, nextOffset } of this.partitions.values())
      if (committedOffset !== undefined && committedOffset < nextOffset)
        this.deps.observer.onGap({ source, fromOffset: committedOffset, toOffset: nextOffset });
    return new Map([...this.partitions].map(([source, { nextOffset }]) => [source, nextOffset]));
  }

  async take({ source, records, nextOffset, endOffset }: RecordBatch): Promise<void> {
    const partition = this.partitions.get(source);
    if (partition === undefined) throw new InvariantError(`Records of ${source}, which is not assigned.`);
    partition.endOffset = endOffset;
    // Whoever waits for room may do so for long.
    this.tellPartitions();
    for (let from = 0; from < records.length; from += SLICE_RECORDS)
      await this.takeSlice(partition, records.slice(from, from + SLICE_RECORDS));
    if (!this.isOver) partition.nextOffset = nextOffset;
  }

  async tick(): Promise<void> {
    if (this.isCommitDue) await this.commit();
  }

  async end(): Promise<void> {
    const cancel = this.deps.setTimer(END_MS, () => this.stopWaiting());
    await this.unlessOver(this.quiet());
    cancel();
    await this.commit();
  }

  private get isOver(): boolean {
    return this.member.signal.aborted;
  }

  private async takeSlice(partition: Partition, records: readonly LogRecord[]): Promise<void> {
    while (this.letters.size >= MAX_LETTERS) {
      const [oldest] = this.letters;
      await this.unlessOver(oldest ?? Promise.resolve());
      if (this.isOver) return;
    }
    const taken = records.map((record) => this.read(partition, record)).filter((each) => each !== undefined);
    const there = await this.thereOf(partition.kind, taken);
    for (const each of taken) {
      if (this.isOver) return;
      if (each.id !== undefined && there?.has(each.id) === true) this.settle(partition, each.record.offset, 'there');
      else await this.unlessOver(this.write(partition, each));
      if (this.isCommitDue) await this.commit();
    }
  }

  /** The document of a record, which is under way from now on; one that has none is buried. */
  private read(partition: Partition, record: LogRecord): Taken | undefined {
    partition.begin(record.offset);
    const read = record.value && this.documentIn(partition.kind, record.value);
    if (read === undefined) {
      this.bury(partition, copyOf(record), { reason: 'unreadable', text: '' });
      return undefined;
    }
    return { record, id: textAt(read.document, 'event.id'), ...read };
  }

  private documentIn(kind: DocumentKind, json: Buffer): Pick<Taken, 'document' | 'json'> | undefined {
    try {
      const document: unknown = JSON.parse(json.toString());
      if (!isObject(document)) return undefined;
      const marked = kind === 'alert' ? markKnown(document, this.deps.findKnown) : document;
      return { document: marked, json: marked === document ? json : Buffer.from(JSON.stringify(marked)) };
    } catch (error) {
      // What is nested too deeply can be read, but not made JSON again.
      if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /**
   * Which of these were written before: by whoever did not come to commit that, or from another record of the same identity,
   * since what is read again is sent again. Where that was in an index that is not written to any more, only a search knows.
   */
  private async thereOf(kind: DocumentKind, taken: readonly Taken[]): Promise<ReadonlySet<string> | undefined> {
    const { writer } = this.deps;
    const { signal } = this.member;
    const ids = taken.map(({ id }) => id).filter((id) => id !== undefined);
    if (ids.length === 0) return undefined;
    if (!this.visible.has(kind)) await this.unlessOver(writer.refresh(kind, signal));
    this.visible.add(kind);
    return this.unlessOver(writer.existing(kind, ids, signal));
  }

  private write(partition: Partition, { record, document, json }: Taken): Promise<void> {
    const { kind } = partition;
    const kept = copyOf(record);
    const version = valueIn(document, VERSION);
    return this.deps.writer.add({ kind, document, json }, (outcome) => {
      if (outcome.kind === 'dead') this.bury(partition, kept, outcome);
      else this.settle(partition, kept.offset, indexedBy(outcome, version));
    });
  }

  private bury(partition: Partition, record: LogRecord, { reason, text }: Refusal): void {
    const { bury, observer } = this.deps;
    const { offset, key, value } = record;
    const letter = bury({ origin: `${partition.source}/${offset}`, reason, text, key, value })
      .then(
        () => {
          observer.onDeadLetter(partition.kind, reason);
          this.settle(partition, offset, 'dead');
        },
        (error: unknown) => {
          this.failure ??= error instanceof Error ? error : new Error(String(error));
        },
      )
      .finally(() => this.letters.delete(letter));
    this.letters.add(letter);
  }

  private settle(partition: Partition, offset: number, indexed: Indexed): void {
    partition.settle(offset);
    this.deps.observer.onIndexed(partition.kind, indexed);
  }

  private get isCommitDue(): boolean {
    return this.failure !== undefined || this.deps.nowMs() - this.committedMs >= COMMIT_MS;
  }

  private async commit(): Promise<void> {
    if (this.isOver) return;
    if (this.failure !== undefined) throw this.failure;
    this.committedMs = this.deps.nowMs();
    const positions: Position[] = [];
    for (const { source, committedOffset, settledOffset } of this.partitions.values())
      if (settledOffset !== committedOffset) positions.push({ source, offset: settledOffset, note: '' });
    if (positions.length > 0) await this.member.commit(positions);
    for (const { source, offset } of positions) {
      const partition = this.partitions.get(source);
      if (partition !== undefined) partition.committedOffset = offset;
    }
    this.tellPartitions();
  }

  private tellPartitions(): void {
    // What is told of a partition that is lost would stay.
    if (this.isOver) return;
    for (const { source, nextOffset: next, endOffset: end, committedOffset, firstOffset } of this.partitions.values())
      this.deps.observer.onPartition(source, { next, end, committed: committedOffset ?? firstOffset });
  }

  /** Resolves when nothing is under way. */
  private async quiet(): Promise<void> {
    await this.deps.writer.flush();
    await Promise.all(this.letters);
  }

  /** Waits for something; not if the generation is over, or the wait is ended. */
  private unlessOver<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.stopWaiting = () => resolve(undefined);
      if (this.isOver) resolve(undefined);
      promise.then(resolve, reject);
    });
  }
}

interface Refusal {
  readonly reason: IndexDeadReason;
  readonly text: string;
}

/** A record whose document is to be written. */
interface Taken {
  readonly record: LogRecord;
  readonly id: string | undefined;
  readonly document: JsonObject;
  readonly json: Buffer;
}

/** How far the records of a partition are settled. */
class Partition {
  readonly source: string;
  committedOffset: number | undefined;
  /** Where it began. */
  readonly firstOffset: number;
  /** Where the records begin that were not taken. */
  nextOffset: number;
  /** The offset after the last record, as of the last fetch. */
  endOffset: number;
  /** In the order of offsets. */
  private readonly unsettled = new Set<number>();

  constructor(
    { source, committed, startOffset, endOffset }: Assigned,
    readonly kind: DocumentKind,
  ) {
    this.source = source;
    this.committedOffset = committed?.offset;
    const offset = committed?.offset ?? startOffset;
    // Behind the end lies what was committed of a topic of this name that is no more.
    this.nextOffset = offset > endOffset ? startOffset : Math.max(offset, startOffset);
    this.firstOffset = this.nextOffset;
    this.endOffset = endOffset;
  }

  begin(offset: number): void {
    this.unsettled.add(offset);
    this.nextOffset = offset + 1;
  }

  settle(offset: number): void {
    this.unsettled.delete(offset);
  }

  /** All records before it are settled. */
  get settledOffset(): number {
    const [first = this.nextOffset] = this.unsettled;
    return first;
  }
}

function kindOf(source: string, { topics }: IndexConfig): DocumentKind {
  const { topic } = partitionOfSource(source);
  const found = entries(topics).find(([, name]) => name === topic);
  if (found === undefined) throw new InvariantError(`No kind of documents is in ${source}.`);
  return found[0];
}

function indexedBy(outcome: Exclude<WriteOutcome, Unwritable>, version: unknown): Indexed {
  if (outcome.kind === 'settled') return 'written';
  const { storedVersion } = outcome;
  const isNewerEpoch =
    storedVersion !== undefined && typeof version === 'number' && epochOf(storedVersion) > epochOf(version);
  return isNewerEpoch ? 'older_epoch' : 'stale';
}
