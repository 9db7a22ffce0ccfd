import { createIndexStage } from '../../src/stages/index-documents.js';
import type { IndexDeps, IndexState } from '../../src/stages/index-documents.js';
import type { Assigned, DeadRecord, DocumentWriter, Generation, LogRecord, Position } from '../../src/stages/ports.js';
import type { DocumentKind } from '../../src/core/documents/fields.js';
import type { FindKnown } from '../../src/core/documents/known.js';
import { VirtualTime } from './virtual-time.js';

export const TOPICS: Readonly<Record<DocumentKind, string>> = {
  correlation: 'windows',
  client: 'rows',
  alert: 'alerts',
  rejection: 'rejections',
};

/** A record of JSON, or of any bytes. */
export function recordOf(offset: number, value: object | Buffer | undefined): LogRecord {
  const bytes = value === undefined || Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  return { offset, timeMs: 0, key: Buffer.from(`key ${offset}`), value: bytes };
}

export function assignedOf(source: string, change: Partial<Assigned> = {}): Assigned {
  return { source, committed: undefined, startOffset: 0, endOffset: 0, ...change };
}

/** A group's member, whose generations index documents one after the other, and all that it tells. */
export class IndexRun {
  readonly commits: Position[] = [];
  readonly letters: DeadRecord[] = [];
  readonly counts: Record<string, number> = {};
  readonly gaps: object[] = [];
  /** Where each partition stands that is not lost. */
  readonly states = new Map<string, IndexState>();
  readonly time: VirtualTime;
  findKnown: FindKnown = () => undefined;
  onCommit: (positions: readonly Position[]) => void = () => undefined;
  /** What becomes of a dead letter. */
  bury: (letter: DeadRecord) => Promise<void> = async () => undefined;
  private abort = new AbortController();

  constructor(
    private readonly writer: DocumentWriter,
    private readonly deps: Partial<Pick<IndexDeps, 'nowMs' | 'setTimer'>> = {},
    time = new VirtualTime(),
  ) {
    this.time = time;
  }

  /** Begins a generation with these partitions; the one before it is over. */
  start(assigned: readonly Assigned[]): Generation {
    this.lose();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const count = (name: string): void => {
      this.counts[name] = (this.counts[name] ?? 0) + 1;
    };
    const startGeneration = createIndexStage(
      { topics: TOPICS },
      {
        writer: this.writer,
        bury: async (letter) => {
          await this.bury(letter);
          this.letters.push(letter);
        },
        findKnown: (incident) => this.findKnown(incident),
        nowMs: () => this.time.nowMs,
        setTimer: this.time.setTimer,
        observer: {
          onIndexed: (kind, indexed) => count(`${kind} ${indexed}`),
          onDeadLetter: (kind, reason) => count(`${kind} ${reason}`),
          onGap: (gap) => this.gaps.push(gap),
          onPartition: (source, state) => this.states.set(source, state),
          onLost: (source) => this.states.delete(source),
        },
        ...this.deps,
      },
    );
    const commit = async (positions: readonly Position[]): Promise<void> => {
      if (signal.aborted) throw new Error('The generation is over.');
      this.onCommit(positions);
      this.commits.push(...positions);
    };
    const refuse = (): never => {
      throw new Error('Nobody needs it.');
    };
    const member = { signal, commit, pause: refuse, resume: refuse, groupPositions: refuse };
    return startGeneration({ assigned, allSources: assigned.map(({ source }) => source), member });
  }

  /** Ends the generation from outside. */
  lose(): void {
    this.abort.abort();
  }

  /** How far each partition is committed. */
  get committed(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.commits.map(({ source, offset }) => [source, offset]));
  }
}

/** Has a generation take records that follow one another. */
export function take(generation: Generation, source: string, records: readonly LogRecord[]): Promise<void> {
  const nextOffset = (records.at(-1)?.offset ?? -1) + 1;
  return generation.take({ source, records, nextOffset, endOffset: nextOffset });
}
