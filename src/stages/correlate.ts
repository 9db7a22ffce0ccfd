import { Correlator } from '../core/correlate.js';
import type { CorrelateConfig, Correlated, LateRange, SnapshotPart } from '../core/correlate.js';
import { valueIn } from '../core/documents/value.js';
import type { Ms } from '../core/event.js';
import type { Identity } from '../core/identity.js';
import type { PartialRecord, StampedMark } from '../core/progress.js';
import { DAY_MS } from '../core/time.js';
import type {
  Assigned,
  Given,
  Generation,
  OutgoingRecord,
  RecordBatch,
  RecordSink,
  ResultOutlet,
  StartGeneration,
} from './ports.js';
import { jsonRecord } from './records.js';
import { readSnapshotNote, writeSnapshotNote } from './snapshot-note.js';
import type { SnapshotPlace, SnapshotPointer } from './snapshot-note.js';
import { START_ANEW, StageError, madeAnew } from './stage-error.js';

/** Results of windows after which they are sent. */
const RESULTS_WAITING = 500;
const COMMIT_MS = 1000;
const SNAPSHOT_MS = 60_000;
/** A topic forgets what is older than its retention: a snapshot is written anew though nothing has come. */
const RENEW_MS = DAY_MS;

export type CorrelateOutlet = Exclude<ResultOutlet, 'rejections'> | 'dead';

export interface CorrelateStageConfig {
  readonly correlate: CorrelateConfig;
  readonly epoch: number;
  readonly cfg: string;
}

/** Snapshots of the state of partitions. */
export interface SnapshotStore {
  /** Writes the parts of a snapshot; resolves with what finds them again once they are safe. */
  write(
    partition: string,
    parts: Iterable<SnapshotPart>,
  ): Promise<{ readonly place: SnapshotPlace; readonly bytes: number }>;
  /** The parts of a snapshot; `undefined` if they are not there, or not as they were written. */
  read(partition: string, place: SnapshotPlace): Promise<readonly SnapshotPart[] | undefined>;
}

export interface CorrelateStageDeps {
  readonly identity: Identity;
  /** The record in these bytes; `undefined` if they are none. */
  readonly decode: (value: Buffer) => PartialRecord | undefined;
  readonly snapshots: SnapshotStore;
  readonly sink: RecordSink<CorrelateOutlet>;
  /** A clock that never jumps. */
  readonly nowMs: () => Ms;
  readonly observe: CorrelateObserver;
}

/** What an operator may want to know. */
export interface CorrelateObserver {
  readonly partition: (partition: string, state: PartitionState) => void;
  readonly lost: (partition: string) => void;
  readonly late: (range: LateRange) => void;
  readonly documents: (outlet: CorrelateOutlet, count: number) => void;
  readonly restored: (partition: string, restored: Restored) => void;
  readonly snapshot: (partition: string, took: { readonly tookMs: Ms; readonly bytes: number }) => void;
}

export interface PartitionState {
  readonly next: number;
  readonly end: number;
  readonly committed: number;
  readonly watermarkMs: Ms;
  /** End of the last window that was sealed. */
  readonly sealedMs: Ms;
  readonly openPanes: number;
  /** Of all sizes. */
  readonly openWindows: number;
}

export interface Restored {
  readonly tookMs: Ms;
  /** Whether a snapshot was not as it was written. */
  readonly isDamaged: boolean;
  /** What was deleted of the records after the snapshot, or of all. */
  readonly lost: { readonly from: number; readonly to: number } | undefined;
}

/** Makes documents of contributions and marks. */
export function createCorrelateStage(config: CorrelateStageConfig, deps: CorrelateStageDeps): StartGeneration {
  return (given) => new CorrelateGeneration(given, config, deps);
}

/** A partition of contributions with all that this generation knows of it. */
interface Input {
  readonly name: string;
  readonly correlator: Correlator;
  next: number;
  end: number;
  /** Results of marks before this are out. */
  readonly toldUpTo: number;
  /** The offset after the last mark whose results are out. */
  markedUpTo: number;
  committed: number;
  snapshots: readonly SnapshotPointer[];
  snapshotMs: Ms;
  /** When the newest snapshot was written; `-Infinity` if that was by another generation. */
  writtenMs: Ms;
  /** End of the last window that was sealed. */
  sealedMs: Ms;
  /** What came too late since the last mark. */
  late: LateRange[];
}

class CorrelateGeneration implements Generation {
  private readonly inputs = new Map<string, Input>();
  private waiting: OutgoingRecord<CorrelateOutlet>[] = [];
  private committedMs = -Infinity;

  constructor(
    private readonly given: Given,
    private readonly config: CorrelateStageConfig,
    private readonly deps: CorrelateStageDeps,
  ) {
    given.member.signal.addEventListener('abort', () => {
      for (const name of this.inputs.keys()) deps.observe.lost(name);
    });
  }

  async begin(): Promise<ReadonlyMap<string, number>> {
    const starts = new Map<string, number>();
    for (const assigned of this.given.assigned) {
      const input = await this.restore(assigned);
      this.given.member.signal.throwIfAborted();
      this.inputs.set(input.name, input);
      starts.set(input.name, input.next);
    }
    return starts;
  }

  async take({ source, records, nextOffset, endOffset }: RecordBatch): Promise<void> {
    const input = this.inputs.get(source);
    if (input === undefined) return;
    input.end = endOffset;
    for (const { offset, value } of records) {
      if (offset < input.next) continue;
      const record = value === undefined ? undefined : this.deps.decode(value);
      // It may be what others count.
      if (record === undefined)
        throw new StageError(
          `${source} has at offset ${String(offset)} what is neither a contribution nor a mark: another version of ` +
            `mxwarden, or another program, writes to the topic. Run one version everywhere, or ${START_ANEW}`,
        );
      if (record.kind === 'mark') await this.mark(input, record.mark, offset);
      else {
        const late = input.correlator.contribute(record.contribution);
        if (late !== undefined) input.late.push(late);
      }
      input.next = offset + 1;
    }
    input.next = Math.max(input.next, nextOffset);
    await this.settle();
  }

  async tick(): Promise<void> {
    await this.settle();
  }

  async end(): Promise<void> {
    await this.flush();
    for (const input of this.inputs.values()) await this.snapshot(input);
    await this.commit();
  }

  /** The state of a partition as of its newest snapshot that is whole; without one all is read again. */
  private async restore({ source, committed, startOffset, endOffset }: Assigned): Promise<Input> {
    const { config, deps } = this;
    const beganMs = deps.nowMs();
    const pointers = committed === undefined ? [] : readSnapshotNote(committed.note);
    const knownUpTo = Math.max(committed?.offset ?? 0, pointers[0]?.upTo ?? 0);
    if (knownUpTo > endOffset) throw madeAnew(source, knownUpTo, endOffset);
    // The windows at its start would lack what is gone, and take the place of those that do not.
    if (committed === undefined && startOffset > 0)
      throw new StageError(
        `Nothing is noted of how far ${source} was read, and its first ${String(startOffset)} records are gone: ` +
          START_ANEW,
      );
    const correlator = new Correlator(config.correlate, deps.identity);
    let isDamaged = false;
    let used: SnapshotPointer | undefined;
    for (const pointer of pointers) {
      const parts = await deps.snapshots.read(source, pointer.place);
      if (parts !== undefined && correlator.fits(parts)) {
        correlator.restore(parts);
        used = pointer;
        break;
      }
      isDamaged = true;
    }
    const next = Math.max(used?.upTo ?? startOffset, startOffset);
    const toldUpTo = committed?.offset ?? next;
    const from = used?.upTo ?? 0;
    const lost = from < startOffset ? { from, to: startOffset } : undefined;
    deps.observe.restored(source, { tookMs: deps.nowMs() - beganMs, isDamaged, lost });
    return {
      name: source,
      correlator,
      next,
      end: endOffset,
      toldUpTo,
      markedUpTo: Math.max(next, toldUpTo),
      committed: committed?.offset ?? -1,
      snapshots: used === undefined ? [] : pointers.slice(pointers.indexOf(used)),
      snapshotMs: beganMs,
      writtenMs: -Infinity,
      sealedMs: -Infinity,
      late: [],
    };
  }

  private async mark(input: Input, mark: StampedMark, offset: number): Promise<void> {
    const { epoch, cfg } = this.config;
    if (mark.epoch > epoch)
      throw new StageError(
        `${mark.source} is counted in epoch ${String(mark.epoch)}, and this process is set to stream.epoch ` +
          `${String(epoch)}: give it the configuration of the others.`,
      );
    if (mark.epoch === epoch && mark.cfg !== cfg)
      throw new StageError(
        `${mark.source} is counted by another configuration than that of this process, in the same epoch ` +
          `${String(epoch)}: give all processes one configuration, and raise stream.epoch with each change of it.`,
      );
    const isTold = offset < input.toldUpTo;
    for (const result of input.correlator.mark(mark, offset)) {
      const { final, span } = result.reading.result;
      if (final) input.sealedMs = Math.max(input.sealedMs, span.endMs);
      if (isTold) continue;
      this.write(result);
      if (this.waiting.length >= RESULTS_WAITING) await this.flush();
    }
    const { late } = input;
    input.late = [];
    if (isTold) return;
    for (const range of late) this.bury(range);
    input.markedUpTo = offset + 1;
  }

  private write({ correlation, clients, alerts }: Correlated): void {
    this.waiting.push(versioned('correlations', correlation));
    for (const client of clients) this.waiting.push(versioned('clients', client));
    for (const alert of alerts) this.waiting.push(jsonRecord('alerts', alert, ['event', 'id']));
  }

  private bury(range: LateRange): void {
    const { source, chunk, subject, paneMs, from, upTo } = range;
    const start = from === undefined ? `chunk ${String(chunk)}` : String(from);
    const pane = new Date(paneMs).toISOString();
    const origin = `${source}/${start}-${String(upTo)}|${subject}|${pane}`;
    const text = `events of ${subject} in the window from ${pane} came after it was sealed`;
    this.deps.observe.late(range);
    this.waiting.push(jsonRecord('dead', { reason: 'late', origin, text }, ['origin']));
  }

  private async settle(): Promise<void> {
    await this.flush();
    const nowMs = this.deps.nowMs();
    for (const input of this.inputs.values()) {
      if (nowMs < input.snapshotMs + SNAPSHOT_MS || input.next < input.toldUpTo) continue;
      if (input.snapshots[0]?.upTo !== input.next || nowMs >= input.writtenMs + RENEW_MS) await this.snapshot(input);
      input.snapshotMs = nowMs;
    }
    if (nowMs >= this.committedMs + COMMIT_MS) await this.commit();
  }

  private async flush(): Promise<void> {
    this.given.member.signal.throwIfAborted();
    const { waiting } = this;
    if (waiting.length === 0) return;
    this.waiting = [];
    await this.deps.sink.send(waiting);
    for (const [outlet, count] of countsOf(waiting)) this.deps.observe.documents(outlet, count);
  }

  /** Snapshots stand for what was read so far; the one before stays in case this one is damaged. */
  private async snapshot(input: Input): Promise<void> {
    if (input.next < input.toldUpTo || input.late.length > 0) return;
    const { name, correlator, next: upTo, snapshots } = input;
    const beganMs = this.deps.nowMs();
    const { place, bytes } = await this.deps.snapshots.write(name, correlator.snapshot());
    input.snapshots = [{ upTo, place }, ...snapshots.slice(0, 1)];
    input.writtenMs = beganMs;
    this.deps.observe.snapshot(name, { tookMs: this.deps.nowMs() - beganMs, bytes });
  }

  private async commit(): Promise<void> {
    this.committedMs = this.deps.nowMs();
    const inputs = [...this.inputs.values()];
    const positions = inputs.map(({ name: source, markedUpTo: offset, snapshots, correlator }) => {
      const note = writeSnapshotNote(snapshots, correlator.watermark === Infinity);
      return { source, offset, note };
    });
    if (positions.length > 0) await this.given.member.commit(positions);
    for (const input of inputs) {
      const { name, correlator, next, end, markedUpTo, sealedMs } = input;
      input.committed = markedUpTo;
      this.deps.observe.partition(name, {
        next,
        end,
        committed: markedUpTo,
        watermarkMs: correlator.watermark,
        sealedMs,
        openPanes: correlator.openPanes,
        openWindows: correlator.openWindows,
      });
    }
  }
}

/** A document that a later one of the same identity replaces, with the version that tells which is later. */
function versioned(outlet: 'correlations' | 'clients', document: object): OutgoingRecord<CorrelateOutlet> {
  const version = String(valueIn(document, ['mxwarden', 'window', 'version']));
  return { ...jsonRecord(outlet, document, ['event', 'id']), headers: { version } };
}

function countsOf(records: readonly OutgoingRecord<CorrelateOutlet>[]): ReadonlyMap<CorrelateOutlet, number> {
  const counts = new Map<CorrelateOutlet, number>();
  for (const { outlet } of records) counts.set(outlet, (counts.get(outlet) ?? 0) + 1);
  return counts;
}
