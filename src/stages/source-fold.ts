import { Aggregator } from '../core/aggregate.js';
import type { AggregateConfig, Asides, PaneTally, SourceRecord } from '../core/aggregate.js';
import type { DeadReason, Event, Ms, Originated } from '../core/event.js';
import type { Identity } from '../core/identity.js';
import type { Outcomes } from '../core/outcomes.js';
import type { Gap, StampedContribution, StampedMark } from '../core/progress.js';
import { NO_HIGHEST, highestOf } from '../core/windows/watermark.js';
import type { Highest } from '../core/windows/watermark.js';
import { MAX_LINE_BYTES } from './ports.js';
import type { LogRecord } from './ports.js';
import { shownText } from './shown-text.js';
import { writeNote } from './source-note.js';
import type { SourceNote, Standing } from './source-note.js';

/** The watermark goes on in steps of this. */
const STEP_MS = 1000;

/** What a record is: an event, nothing that can ever be counted, or of a schema that must be learned first. */
export type DecodedRecord =
  | Event
  | Originated
  | { readonly kind: 'dead'; readonly reason: DeadReason }
  | { readonly kind: 'unknown_schema'; readonly id: number };

export type DecodeRecord = (value: Buffer, writtenMs: Ms) => DecodedRecord;

export interface SourceFoldConfig {
  /** Offsets of a chunk: chunk k of a partition is `[k, k + 1)` times as many. */
  readonly chunkRecords: number;
  readonly aggregate: AggregateConfig;
  readonly epoch: number;
  readonly cfg: string;
  /** A source that is caught up is silent after this. */
  readonly idleMs: Ms;
}

export interface SourceFoldDeps {
  readonly identity: Identity;
  /** The resolver of queries that name none. */
  readonly defaultResolver: string;
  readonly decode: DecodeRecord;
  readonly expected: readonly string[];
  /** Takes what became of records. */
  readonly onOutcomes: (outcomes: Outcomes) => void;
}

/** Where a source goes on. */
export interface SourceStart {
  readonly offset: number;
  readonly note: SourceNote | undefined;
  /** What was lost before it, where the start of its chunk is not there any more; it may be empty. */
  readonly gap: Gap | undefined;
}

/** What is to be written, in this order: contributions and asides, then the mark. */
export interface Emission extends Asides {
  readonly contributions: readonly StampedContribution[];
  readonly mark: StampedMark | undefined;
}

/** Folds the records of one partition, chunk by chunk. */
export class SourceFold {
  /** Where the records begin that were not taken. */
  next: number;
  private chunk: number;
  /** Where reading of the chunk began: at its start, unless that was lost. */
  private chunkFrom: number;
  /** The highest event times before the chunk. */
  private highestBefore: Highest;
  private aggregator: Aggregator;
  private readonly record: TopicRecord;
  private gaps: readonly Gap[];
  /** The last record that was taken, and when the last one was that counts. */
  private lastOffset: number;
  private lastReadMs: Ms;
  /** The last record whose contributions are out, or on their way: only that is noted. */
  private givenOffset: number;
  private standing: Standing = 'behind';
  /** How it stood when others read it, until what they had not read is taken: nobody waits for what is read again. */
  private before: Pick<SourceNote, 'standing' | 'watermarkMs'> | undefined;
  /** The end of the partition when it was caught up; offsets that hold no record may be before it. */
  private caughtUpTo = 0;
  private silentMs = 0;
  /** What the watermark had come to in silence when the last event came: it goes on from there. */
  private silentFromMs: Ms = -Infinity;
  private endedAt = -Infinity;
  /** What the last mark said. */
  private marked: Pick<StampedMark, 'chunk' | 'watermarkMs'> | undefined;

  constructor(
    readonly name: string,
    { offset, note, gap }: SourceStart,
    private readonly config: SourceFoldConfig,
    private readonly deps: SourceFoldDeps,
    nowMs: Ms,
  ) {
    this.next = offset;
    this.chunkFrom = offset;
    this.chunk = Math.floor(offset / config.chunkRecords);
    this.highestBefore = note?.highest ?? NO_HIGHEST;
    this.lastOffset = note?.lastOffset ?? -Infinity;
    this.givenOffset = this.lastOffset;
    // The clock of whoever read it may be ahead.
    this.lastReadMs = note !== undefined && note.lastReadMs > -Infinity ? Math.min(note.lastReadMs, nowMs) : nowMs;
    // A run that ends finds out by itself whether it has.
    this.before = note?.standing === 'end' ? undefined : note;
    this.gaps = [...(note?.gaps ?? []), ...(gap === undefined ? [] : [gap])];
    this.record = new TopicRecord(name);
    this.aggregator = this.newAggregator();
  }

  /** Whether an offset is of the chunk at hand; before a later one is taken, that is to be ended. */
  isInChunk(offset: number): boolean {
    return offset < (this.chunk + 1) * this.config.chunkRecords;
  }

  /** Says that nothing is there before an offset that was not taken. */
  reach(offset: number): void {
    this.next = Math.max(this.next, offset);
  }

  /** Takes the next record; the number of the schema that it waits for, if it cannot be taken yet. */
  take(record: LogRecord, nowMs: Ms): number | undefined {
    const decoded = record.value === undefined ? DEAD : this.deps.decode(record.value, record.timeMs);
    this.standing = 'behind';
    const isNew = record.offset > this.lastOffset;
    if (isNew) this.before = undefined;
    if (decoded.kind === 'unknown_schema') return decoded.id;
    this.pass(record);
    this.record.moveTo(record, decoded);
    if (decoded.kind === 'dead') this.aggregator.bury(decoded.reason, this.record);
    else if (this.aggregator.add(decoded, this.record) === undefined) {
      // What cannot be counted does not show that the source is not silent: it moves no watermark.
      if (this.silentMs > 0) this.silentFromMs = this.silentWatermark();
      if (isNew) this.lastReadMs = nowMs;
      this.silentMs = 0;
    }
    return undefined;
  }

  /** Takes a record of whose schema nobody knows. */
  bury(record: LogRecord): void {
    this.pass(record);
    this.record.moveTo(record, DEAD);
    this.aggregator.bury('no_schema', this.record);
  }

  private pass({ offset }: LogRecord): void {
    this.next = offset + 1;
    this.lastOffset = Math.max(this.lastOffset, offset);
  }

  /** Says that there is nothing more to read now. Time goes on for a source that is silent, at the rate of the clock. */
  catchUp(nowMs: Ms, end = 0): void {
    this.caughtUpTo = Math.max(this.caughtUpTo, end);
    if (this.standing === 'end') return;
    this.before = undefined;
    this.standing = this.highest[0] === -Infinity ? 'none' : 'caught_up';
    const silentMs = nowMs - this.lastReadMs;
    this.silentMs = silentMs > this.config.idleMs ? silentMs : 0;
  }

  /** Says that the run reads no further than an offset. */
  finish(end: number): void {
    this.before = undefined;
    this.standing = 'end';
    this.endedAt = end;
  }

  get isAtEnd(): boolean {
    return this.standing === 'end';
  }

  /** Whether others wait for it. */
  get isBehind(): boolean {
    return (this.before?.standing ?? this.standing) === 'behind';
  }

  /** No event before this is awaited, as its events say, also those that others read. */
  get watermarkMs(): Ms {
    return Math.max(this.readWatermarkMs, this.before?.watermarkMs ?? -Infinity);
  }

  /** The watermark as of what is counted. */
  private get readWatermarkMs(): Ms {
    return this.highest[2] - this.config.aggregate.outOfOrdernessMs;
  }

  /** About as many bytes are in the asides that nobody has taken. */
  get asideBytes(): number {
    return this.aggregator.asideBytes;
  }

  takeAsides(): Asides {
    return this.aggregator.takeAsides();
  }

  /** What has changed since the last call. */
  emit(nowMs: Ms): Emission {
    const contributions = this.stamped(this.aggregator.changed());
    this.givenOffset = this.lastOffset;
    this.deps.onOutcomes(this.aggregator.takeOutcomes());
    return { contributions, ...this.aggregator.takeAsides(), mark: this.markIfDue(nowMs) };
  }

  /** Ends the chunk at hand, so that `next` may be taken; what has changed, with the mark that says so. */
  endChunk(next: number, nowMs: Ms): Emission {
    const { tallies, outcomes } = this.aggregator.finish();
    const contributions = this.stamped(tallies);
    const asides = this.aggregator.takeAsides();
    this.deps.onOutcomes(outcomes);
    this.highestBefore = this.highest;
    this.givenOffset = this.lastOffset;
    this.next = next;
    this.gaps = [];
    this.chunk = Math.floor(next / this.config.chunkRecords);
    this.chunkFrom = this.chunk * this.config.chunkRecords;
    this.aggregator = this.newAggregator();
    return { contributions, ...asides, mark: this.markIfDue(nowMs) };
  }

  /** Where another member would go on, and what it would have to know. */
  position(): { readonly source: string; readonly offset: number; readonly note: string } {
    const { name, chunkFrom, highestBefore, watermarkMs, givenOffset: lastOffset, lastReadMs, endedAt, gaps } = this;
    const { epoch } = this.config;
    const standing = this.before?.standing ?? this.standing;
    const note = { epoch, highest: highestBefore, standing, watermarkMs, lastOffset, lastReadMs, endedAt, gaps };
    return { source: name, offset: chunkFrom, note: writeNote(note) };
  }

  private get highest(): Highest {
    return highestOf(this.highestBefore, this.aggregator.highest);
  }

  private newAggregator(): Aggregator {
    const { identity, defaultResolver } = this.deps;
    return new Aggregator(this.config.aggregate, identity, defaultResolver, this.highestBefore);
  }

  private stamped(tallies: readonly PaneTally[]): readonly StampedContribution[] {
    const { name: source, chunk } = this;
    const { epoch, cfg } = this.config;
    return tallies.map((tally) => ({ source, chunk, epoch, cfg, ...tally }));
  }

  private markIfDue(nowMs: Ms): StampedMark | undefined {
    const { chunk, marked } = this;
    const watermarkMs = this.markedWatermark();
    if (marked !== undefined && marked.chunk === chunk) {
      const isSame = marked.watermarkMs === watermarkMs;
      const isNear =
        typeof watermarkMs === 'number' &&
        typeof marked.watermarkMs === 'number' &&
        Math.abs(watermarkMs - marked.watermarkMs) < STEP_MS;
      if (isSame || isNear) return undefined;
    }
    const { epoch, cfg } = this.config;
    const { name: source, silentMs, gaps, highest } = this;
    const upTo = Math.max(this.next, this.caughtUpTo);
    const { expected } = this.deps;
    this.marked = { chunk, watermarkMs };
    const stamp = { epoch, cfg, source, chunk, upTo };
    return { ...stamp, watermarkMs, latestMs: highest[0], silentMs, expected, gaps, clockMs: nowMs };
  }

  private markedWatermark(): StampedMark['watermarkMs'] {
    const { standing, silentMs, readWatermarkMs } = this;
    if (standing === 'end' || standing === 'none') return standing;
    if (silentMs === 0) return readWatermarkMs;
    return this.silentWatermark();
  }

  private silentWatermark(): Ms {
    // Of fewer than three events the lowest time has to do.
    const lowestMs = Math.min(...this.highest.filter((time) => time > -Infinity));
    return Math.max(lowestMs - this.config.aggregate.outOfOrdernessMs, this.silentFromMs) + this.silentMs;
  }
}

const DEAD = { kind: 'dead', reason: 'unreadable' } as const;
const NO_RECORD: LogRecord = { offset: 0, timeMs: 0, key: undefined, value: undefined };

/** The record at hand as the core knows it; one object is used for all of them. */
class TopicRecord implements SourceRecord {
  offset = 0;
  referenceMs = 0;
  private record = NO_RECORD;
  private decoded: DecodedRecord = DEAD;

  constructor(private readonly source: string) {}

  moveTo(record: LogRecord, decoded: DecodedRecord): void {
    this.offset = record.offset;
    this.referenceMs = record.timeMs;
    this.record = record;
    this.decoded = decoded;
  }

  origin(): string {
    return 'origin' in this.decoded ? this.decoded.origin : `${this.source}/${String(this.offset)}`;
  }

  /** The line; of a record that shows none what it says; of bytes that say nothing these, in Base64. */
  text(): string {
    const { decoded, record } = this;
    if ('original' in decoded && decoded.original !== undefined) return decoded.original.slice(0, MAX_LINE_BYTES);
    if ('origin' in decoded) return JSON.stringify(decoded);
    return record.value === undefined ? '' : shownText(record.value);
  }
}
