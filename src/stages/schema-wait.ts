import type { Ms } from '../core/event.js';
import type { RecordBatch } from './ports.js';
import { copyOf } from './records.js';

/** How long after a schema registry did not answer it is asked again. */
const LEARN_AGAIN_MS = 5000;

export interface SchemaWaitDeps {
  /** Asks for a schema; `later` if nobody can say now. */
  readonly learn: (id: number) => Promise<'known' | 'absent' | 'later'>;
  readonly nowMs: () => Ms;
  /** Told of a schema that nobody can say now, or that nobody has. */
  readonly onUnknown: (learned: 'absent' | 'later') => void;
}

/** Records of a source that wait for the schema of the first of them. */
export class SchemaWait {
  private answer: 'asked' | 'known' | 'absent' | undefined;
  private askedMs: Ms = -Infinity;
  private failure: { readonly error: unknown } | undefined;
  private waiting: RecordBatch;

  constructor(
    batch: RecordBatch,
    readonly schema: number,
    private readonly deps: SchemaWaitDeps,
  ) {
    this.waiting = { ...batch, records: batch.records.map(copyOf) };
  }

  get batch(): RecordBatch {
    return this.waiting;
  }

  /** Has those wait as well that were fetched before the partition was paused. */
  append(batch: RecordBatch): void {
    this.waiting = { ...batch, records: [...this.waiting.records, ...batch.records.map(copyOf)] };
  }

  /** What is known of the schema by now; who calls does not wait for an answer. @throws what went wrong meanwhile */
  look(): 'known' | 'absent' | undefined {
    if (this.failure !== undefined) throw this.failure.error;
    const { answer } = this;
    if (answer === undefined && this.deps.nowMs() >= this.askedMs + LEARN_AGAIN_MS) this.ask();
    return answer === 'asked' ? undefined : answer;
  }

  private ask(): void {
    const { learn, nowMs, onUnknown } = this.deps;
    this.answer = 'asked';
    learn(this.schema).then(
      (learned) => {
        if (learned !== 'known') onUnknown(learned);
        this.answer = learned === 'later' ? undefined : learned;
        this.askedMs = nowMs();
      },
      (error: unknown) => (this.failure ??= { error }),
    );
  }
}
