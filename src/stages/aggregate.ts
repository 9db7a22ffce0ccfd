import type { DeadReason, Ms } from '../core/event.js';
import type { Gap } from '../core/progress.js';
import { emittedRecords } from './emitted-records.js';
import type { AggregateOutlet, EmittedRecordsDeps } from './emitted-records.js';
import type { Given, Generation, RecordBatch, RecordSink, StartGeneration } from './ports.js';
import { SchemaWait } from './schema-wait.js';
import type { SchemaWaitDeps } from './schema-wait.js';
import { SourceFold } from './source-fold.js';
import type { Emission, SourceFoldConfig, SourceFoldDeps } from './source-fold.js';
import { readNote } from './source-note.js';
import { startOf } from './source-start.js';
import type { StartConfig } from './source-start.js';
import { StageError } from './stage-error.js';

/** How often contributions and marks are sent. */
const EMIT_MS = 500;
/** How often it is noted where the sources stand. */
const NOTE_MS = 5000;

/** So much beside the counts is sent at once. */
const ASIDE_BYTES = 4_000_000;

export interface AggregateStageConfig extends SourceFoldConfig, StartConfig {
  /** A source that is so far ahead of the slowest waits for it. */
  readonly maxSkewMs: Ms;
}

export interface AggregateStageDeps
  extends Omit<SourceFoldDeps, 'expected' | 'decode'>, Pick<SchemaWaitDeps, 'learn'>, EmittedRecordsDeps {
  readonly decodeOf: (source: string) => SourceFoldDeps['decode'];
  /** Whether nothing was ever contributed. */
  readonly isFresh: () => Promise<boolean>;
  readonly sink: RecordSink<AggregateOutlet>;
  /** A clock that never jumps. */
  readonly nowMs: () => Ms;
  /** One that others have as well, and that may be set. */
  readonly timeOfDayMs: () => Ms;
  readonly observe: AggregateObserver;
}

/** What an operator may want to know. */
export interface AggregateObserver {
  readonly source: (source: string, state: SourceState) => void;
  readonly lost: (source: string) => void;
  readonly gap: (source: string, gap: Gap) => void;
  readonly dead: (reason: DeadReason) => void;
  /** A schema that nobody can say now, or that nobody has. */
  readonly schema: (source: string, id: number, learned: 'absent' | 'later') => void;
}

export interface SourceState {
  readonly next: number;
  readonly end: number;
  readonly committed: number;
  readonly watermarkMs: Ms;
  readonly isHeld: boolean;
}

/** Folds partitions of events into contributions. */
export function createAggregateStage(config: AggregateStageConfig, deps: AggregateStageDeps): StartGeneration {
  return (given) => new AggregateGeneration(given, config, deps);
}

/** A partition of events with all that this generation knows of it. */
interface Input {
  readonly fold: SourceFold;
  end: number;
  committed: number;
  isHeld: boolean;
  /** What must wait for a schema. */
  waiting: SchemaWait | undefined;
}

class AggregateGeneration implements Generation {
  private readonly inputs = new Map<string, Input>();
  /** The time of day when the generation began, with what has passed since: no source is silent since a clock was set. */
  private readonly nowMs: () => Ms;
  private emittedMs = -Infinity;
  private notedMs = -Infinity;
  /** The least watermark of the sources of other members that have more to read. */
  private slowestElsewhereMs: Ms = Infinity;

  constructor(
    private readonly given: Given,
    private readonly config: AggregateStageConfig,
    private readonly deps: AggregateStageDeps,
  ) {
    const startMs = deps.timeOfDayMs() - deps.nowMs();
    this.nowMs = () => startMs + deps.nowMs();
    given.member.signal.addEventListener('abort', () => {
      for (const source of this.inputs.keys()) deps.observe.lost(source);
    });
  }

  async begin(): Promise<ReadonlyMap<string, number>> {
    const { assigned, allSources, member } = this.given;
    const { config, deps } = this;
    const positions = await member.groupPositions();
    if (positions.size === 0 && config.from === undefined && !(await deps.isFresh()))
      throw new StageError(
        'Nothing is noted of how far events were counted, but results of it are there: begin with --from earliest, latest ' +
          'or a time, and a higher stream.epoch, so that nothing is counted twice.',
      );
    const nowMs = this.nowMs();
    const starts = new Map<string, number>();
    const gapMarks: Emission[] = [];
    for (const each of assigned) {
      const { source, endOffset } = each;
      const start = startOf(each, config);
      const { gap } = start;
      if (gap !== undefined && gap.from < gap.to) deps.observe.gap(source, gap);
      const foldDeps = { ...deps, decode: deps.decodeOf(source), expected: allSources };
      const fold = new SourceFold(source, start, config, foldDeps, nowMs);
      this.inputs.set(source, { fold, end: endOffset, committed: start.offset, isHeld: false, waiting: undefined });
      starts.set(source, start.offset);
      if (gap !== undefined) gapMarks.push(fold.emit(nowMs));
      this.finishAtEnd(fold);
    }
    // What is contributed after a gap is not to take the place of what was contributed before; once it is noted nobody says it.
    await this.send(gapMarks);
    // In this epoch the group has begun, before anything is counted.
    await this.note();
    return starts;
  }

  async take(batch: RecordBatch): Promise<void> {
    const input = this.inputs.get(batch.source);
    if (input === undefined) return;
    input.end = batch.endOffset;
    const { waiting } = input;
    if (waiting !== undefined) waiting.append(batch);
    else {
      await this.fold(input, batch);
      // Where only records come that do not count, and all the time, nothing is ever fetched in vain.
      if (!isWaiting(input) && input.fold.next >= input.end) input.fold.catchUp(this.nowMs(), this.endOf(input));
    }
    await this.emitIfDue();
  }

  async tick(caughtUp: ReadonlySet<string>): Promise<void> {
    const nowMs = this.nowMs();
    for (const input of this.inputs.values()) {
      const { fold, waiting, isHeld } = input;
      if (waiting !== undefined) await this.tryAgain(input, waiting);
      else if (!isHeld && caughtUp.has(fold.name)) {
        fold.catchUp(nowMs, this.endOf(input));
        this.finishAtEnd(fold, true);
      }
    }
    await this.emitIfDue();
  }

  async end(): Promise<void> {
    await this.emit([...this.inputs.values()]);
    await this.note();
  }

  /** `absent`: a schema that nobody has; what is of it is a dead letter. */
  private async fold(input: Input, batch: RecordBatch, absent?: number): Promise<void> {
    const { fold } = input;
    const end = this.config.ends?.get(fold.name) ?? Infinity;
    const nowMs = this.nowMs();
    for (const [index, record] of batch.records.entries()) {
      if (record.offset >= end) break;
      if (record.offset < fold.next) continue;
      if (!fold.isInChunk(record.offset)) await this.endChunk(input, record.offset);
      const schema = fold.take(record, nowMs);
      if (schema === undefined) continue;
      if (schema === absent) {
        fold.bury(record);
        continue;
      }
      this.given.member.pause([fold.name]);
      const { learn, observe } = this.deps;
      const onUnknown = (learned: 'absent' | 'later'): void => observe.schema(fold.name, schema, learned);
      const rest = { ...batch, records: batch.records.slice(index) };
      input.waiting = new SchemaWait(rest, schema, { learn, nowMs: this.nowMs, onUnknown });
      return;
    }
    fold.reach(Math.min(batch.nextOffset, end));
    if (!fold.isInChunk(fold.next)) await this.endChunk(input, fold.next);
    this.finishAtEnd(fold);
    await this.sendManyAsides();
  }

  /** Rejections and dead letters need not wait for counts, and may be large. */
  private async sendManyAsides(): Promise<void> {
    const folds = [...this.inputs.values()].map(({ fold }) => fold);
    if (folds.reduce((sum, { asideBytes }) => sum + asideBytes, 0) < ASIDE_BYTES) return;
    await this.send(folds.map((fold) => ({ contributions: [], ...fold.takeAsides(), mark: undefined })));
  }

  /** The end of a source, as far as this run reads it. */
  private endOf({ fold, end }: Input): number {
    return Math.min(end, this.config.ends?.get(fold.name) ?? Infinity);
  }

  /** Goes on with records once their schema is known, or nobody has it. */
  private async tryAgain(input: Input, waiting: SchemaWait): Promise<void> {
    const learned = waiting.look();
    if (learned === undefined) return;
    input.waiting = undefined;
    await this.fold(input, waiting.batch, learned === 'absent' ? waiting.schema : undefined);
    if (!isWaiting(input)) this.given.member.resume([input.fold.name]);
  }

  /** Of a run that ends, a source ends where it ended when the run began. */
  private finishAtEnd(fold: SourceFold, isCaughtUp = false): void {
    const end = this.config.ends?.get(fold.name);
    if (end === undefined || fold.isAtEnd || (!isCaughtUp && fold.next < end)) return;
    fold.finish(end);
    // Whoever waits for the end need not wait longer.
    this.emittedMs = -Infinity;
    this.notedMs = -Infinity;
  }

  private async endChunk(input: Input, next: number): Promise<void> {
    await this.send([input.fold.endChunk(next, this.nowMs())]);
    await this.commit([input]);
  }

  private async emitIfDue(): Promise<void> {
    const nowMs = this.nowMs();
    if (nowMs >= this.emittedMs + EMIT_MS)
      await this.emit([...this.inputs.values()].filter((input) => !this.endsChunkSoon(input)));
    if (nowMs >= this.notedMs + NOTE_MS) await this.note();
  }

  /** Whether a source has so much to read that its chunk will be sent in no time: parts of it would be sent in vain. */
  private endsChunkSoon(input: Input): boolean {
    return !isWaiting(input) && !input.fold.isAtEnd && input.end - input.fold.next > this.config.chunkRecords;
  }

  private async emit(inputs: readonly Input[]): Promise<void> {
    const nowMs = this.nowMs();
    this.emittedMs = nowMs;
    await this.send(inputs.map(({ fold }) => fold.emit(nowMs)));
    this.hold();
    for (const { fold, end, committed, isHeld } of this.inputs.values())
      this.deps.observe.source(fold.name, { next: fold.next, end, committed, watermarkMs: fold.watermarkMs, isHeld });
  }

  /** Sends contributions, and marks only when all of those are safe. */
  private async send(emissions: readonly Emission[]): Promise<void> {
    const { sink, observe } = this.deps;
    const { first, marks } = emittedRecords(emissions, this.deps);
    for (const records of [first, marks]) {
      this.given.member.signal.throwIfAborted();
      if (records.length > 0) await sink.send(records);
    }
    for (const { deadLetters } of emissions) for (const { reason } of deadLetters) observe.dead(reason);
  }

  /** Notes where all sources stand, and looks where those of other members do. */
  private async note(): Promise<void> {
    this.notedMs = this.nowMs();
    await this.commit([...this.inputs.values()]);
    this.slowestElsewhereMs = Infinity;
    const positions = await this.given.member.groupPositions();
    // Of topics that are not read any more there may be notes for ever.
    for (const source of this.given.allSources) {
      const noted = this.inputs.has(source) ? undefined : readNote(positions.get(source)?.note ?? '');
      if (noted?.standing === 'behind') this.slowestElsewhereMs = Math.min(this.slowestElsewhereMs, noted.watermarkMs);
    }
  }

  /** Lets those sources wait that are too far ahead of the slowest one that has more to read. */
  private hold(): void {
    let slowestMs = this.slowestElsewhereMs;
    for (const { fold } of this.inputs.values()) if (fold.isBehind) slowestMs = Math.min(slowestMs, fold.watermarkMs);
    for (const input of this.inputs.values()) {
      const isHeld = input.fold.watermarkMs > slowestMs + this.config.maxSkewMs;
      if (isHeld === input.isHeld) continue;
      input.isHeld = isHeld;
      if (isHeld) this.given.member.pause([input.fold.name]);
      else if (!isWaiting(input)) this.given.member.resume([input.fold.name]);
    }
  }

  private async commit(inputs: readonly Input[]): Promise<void> {
    if (inputs.length === 0) return;
    const positions = inputs.map(({ fold }) => fold.position());
    await this.given.member.commit(positions);
    for (const [index, input] of inputs.entries()) input.committed = positions[index]?.offset ?? 0;
  }
}

function isWaiting({ waiting, isHeld }: Input): boolean {
  return waiting !== undefined || isHeld;
}
