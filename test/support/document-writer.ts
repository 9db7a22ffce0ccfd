import type { DocumentKind } from '../../src/core/documents/fields.js';
import type { DocumentWriter, ResultDocument, WriteOutcome } from '../../src/stages/ports.js';
import { textAt } from '../../src/core/documents/value.js';

interface UnderWay {
  readonly id: string;
  readonly onOutcome: (outcome: WriteOutcome) => void;
}

/** A writer whose documents are settled by hand; `roomFor` so many at a time, which are whole until then. */
export class HandWriter implements DocumentWriter {
  readonly there = new Set<string>();
  readonly written: { readonly kind: DocumentKind; readonly json: unknown }[] = [];
  /** What it was asked, in order: `refresh`, or how many ids. */
  readonly asked: (string | number)[] = [];
  private underWay: UnderWay[] = [];
  private readonly waiters: (() => void)[] = [];
  private readonly flushers: (() => void)[] = [];

  constructor(
    private readonly roomFor = Infinity,
    private readonly onAdded: (id: string) => void = () => undefined,
  ) {}

  async add({ kind, json, document }: ResultDocument, onOutcome: (outcome: WriteOutcome) => void): Promise<void> {
    while (this.underWay.length >= this.roomFor) await new Promise<void>((resolve) => this.waiters.push(resolve));
    const id = textAt(document, 'event.id') ?? '';
    this.written.push({ kind, json: JSON.parse(json.toString()) });
    this.underWay.push({ id, onOutcome });
    this.onAdded(id);
  }

  /** Settles all that is under way with an id. */
  settle(id: string, outcome: WriteOutcome = { kind: 'settled' }): void {
    const settled = this.underWay.filter((each) => each.id === id);
    this.underWay = this.underWay.filter((each) => each.id !== id);
    for (const { onOutcome } of settled) onOutcome(outcome);
    for (const resolve of this.waiters.splice(0)) resolve();
    if (this.underWay.length === 0) for (const resolve of this.flushers.splice(0)) resolve();
  }

  async flush(): Promise<void> {
    if (this.underWay.length > 0) await new Promise<void>((resolve) => this.flushers.push(resolve));
  }

  async refresh(kind: DocumentKind): Promise<void> {
    this.asked.push(`refresh ${kind}`);
  }

  async existing(kind: DocumentKind, ids: readonly string[]): Promise<ReadonlySet<string>> {
    this.asked.push(ids.length);
    return new Set(ids.filter((id) => this.there.has(id)));
  }
}
