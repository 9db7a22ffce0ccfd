import type { Answer } from './answer.js';
import { backOffMs } from '../core/back-off.js';
import type { BackOffConfig } from '../core/back-off.js';
import type { Unwritable, WriteOutcome } from '../stages/ports.js';
import { Ready } from './ready.js';
import type { Entry, RequestLimits } from './ready.js';
import type { BulkItem } from './request.js';
import { judge } from './verdict.js';
import type { Retry, RetryReason, Verdict } from './verdict.js';

export interface BatcherConfig extends BackOffConfig, RequestLimits {
  /** How long a document waits for others to fill a request. */
  readonly batchAgeMs: number;
  /** So much may be unsettled, sent or not; `add` waits meanwhile. */
  readonly queueBytes: number;
  readonly queueCount: number;
}

/** Something will be sent again. */
export interface Delay {
  readonly reason: RetryReason;
  readonly text: string;
  readonly count: number;
  readonly delayMs: number;
}

export interface BatcherDeps {
  /** Sends the body of a bulk request. It rejects for nothing that a server or a network can do. */
  readonly send: (body: Buffer) => Promise<Answer>;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Calls back after a while; what it returns calls that off. */
  readonly setTimer: (delayMs: number, run: () => void) => () => void;
  readonly onRetry: (delay: Delay) => void;
}

/** A document for which there was no room yet. */
interface Waiter {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const MAX_IN_FLIGHT = 2;
/** So often a whole request may be refused for want of room before it is made smaller. */
const HALVED_AFTER = 3;

/**
 * Writes documents in bulk requests, two at a time at most, and tells of each what it came to. Nothing is given up but
 * what can never be written. Documents of the same identity are sent one after the other, in the order in which they came.
 */
export class Batcher {
  private held = 0;
  private heldBytes = 0;
  private inFlight = 0;
  private readonly waiters: Waiter[] = [];
  /** Of each identity that is being written, the further documents, which come after it. */
  private readonly following = new Map<string, Entry[]>();
  private readonly ready: Ready;
  private isAgeing = false;
  /** Requests to send again, or halves of requests, whose time has come. */
  private readonly again: (readonly Entry[])[] = [];
  private readonly timers = new Set<() => void>();
  private readonly idlers: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  private readonly enders: (() => void)[] = [];
  private ended: Error | undefined;

  constructor(
    private readonly config: BatcherConfig,
    private readonly deps: BatcherDeps,
  ) {
    this.ready = new Ready(config);
  }

  /**
   * Takes a document; resolves when it was taken, which is when there is room for it. `onOutcome` is called once, when it
   * is settled; never, if the batcher is closed before.
   */
  async add(item: BulkItem, onOutcome: (outcome: WriteOutcome) => void): Promise<void> {
    if (this.ended !== undefined) throw this.ended;
    const entry: Entry = { item, key: `${item.index}\n${item.id}`, onOutcome, retries: 0 };
    if (this.waiters.length === 0 && this.hasRoomFor(entry)) {
      this.take(entry);
      return;
    }
    return new Promise((resolve, reject) => this.waiters.push({ entry, resolve, reject }));
  }

  /** Sends what waits without letting it age, until everything is settled. */
  async drain(): Promise<void> {
    if (this.ended !== undefined) throw this.ended;
    if (this.held === 0) return;
    const idle = new Promise<void>((resolve, reject) => this.idlers.push({ resolve, reject }));
    this.pump();
    return idle;
  }

  /** Sends nothing any more and waits for the answers to what was sent; what is unsettled then stays so. */
  async close(): Promise<void> {
    this.end(new Error('The batcher is closed.'));
    if (this.inFlight > 0) await new Promise<void>((resolve) => this.enders.push(resolve));
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    for (const { reject } of [...this.waiters.splice(0), ...this.idlers.splice(0)]) reject(this.ended);
  }

  private hasRoomFor({ item }: Entry): boolean {
    if (this.held === 0) return true;
    return this.held < this.config.queueCount && this.heldBytes + item.bytes.length <= this.config.queueBytes;
  }

  private take(entry: Entry): void {
    this.held += 1;
    this.heldBytes += entry.item.bytes.length;
    const following = this.following.get(entry.key);
    if (following !== undefined) {
      following.push(entry);
      return;
    }
    this.following.set(entry.key, []);
    this.ready.add(entry);
    this.pump();
  }

  /** Sends what is to be sent, as far as requests may be in flight. */
  private pump(): void {
    while (this.ended === undefined && this.inFlight < MAX_IN_FLIGHT) {
      const batch = this.again.shift() ?? this.ready.take(this.idlers.length > 0);
      if (batch === undefined) break;
      this.inFlight += 1;
      this.request(batch).catch((error: unknown) => {
        this.end(error instanceof Error ? error : new Error(String(error)));
      });
    }
    if (this.ended === undefined && this.ready.hasFresh && !this.isAgeing) this.age();
  }

  /** Lets what is ready now go when it has waited for long enough. */
  private age(): void {
    this.isAgeing = true;
    this.setTimer(this.config.batchAgeMs, () => {
      this.isAgeing = false;
      this.ready.age();
      this.pump();
    });
  }

  private setTimer(delayMs: number, run: () => void): void {
    const cancel = this.deps.setTimer(delayMs, () => {
      this.timers.delete(cancel);
      run();
    });
    this.timers.add(cancel);
  }

  private async request(batch: readonly Entry[]): Promise<void> {
    try {
      const answer = await this.deps.send(Buffer.concat(batch.map(({ item }) => item.bytes)));
      this.act(batch, answer);
    } finally {
      this.inFlight -= 1;
      if (this.inFlight === 0) for (const resolve of this.enders.splice(0)) resolve();
    }
    this.admit();
    this.pump();
    if (this.held === 0) for (const { resolve } of this.idlers.splice(0)) resolve();
  }

  private act(batch: readonly Entry[], answer: Answer): void {
    const judgement = judge(answer, batch.length);
    switch (judgement.kind) {
      case 'retry':
        return this.retry(batch, judgement);
      case 'halve':
        return this.halve(batch, { ...judgement, kind: 'dead' });
      case 'items':
        return this.actOnItems(batch, judgement.verdicts);
    }
  }

  /** All of a request again; in halves if it is refused time and again, since it may be more than the server has room for. */
  private retry(batch: readonly Entry[], retry: Retry): void {
    const isStubborn = retry.reason === 'overloaded' && batch.every(({ retries }) => retries >= HALVED_AFTER);
    if (!isStubborn || batch.length === 1) return this.delay(batch, retry);
    for (const half of halvesOf(batch)) this.delay(half, retry);
  }

  private actOnItems(batch: readonly Entry[], verdicts: readonly Verdict[]): void {
    const refused = new Map<RetryReason, { readonly entries: Entry[]; readonly retry: Retry }>();
    for (const [index, verdict] of verdicts.entries()) {
      const entry = batch[index];
      if (entry === undefined) continue;
      if (verdict.kind !== 'retry') {
        this.settle(entry, verdict);
        continue;
      }
      const group = refused.get(verdict.reason);
      if (group === undefined) refused.set(verdict.reason, { entries: [entry], retry: verdict });
      else group.entries.push(entry);
    }
    for (const { entries, retry } of refused.values()) this.delay(entries, retry);
  }

  /** Sends each half by itself, at once: those that have nothing to do with the refusal are through. */
  private halve(batch: readonly Entry[], dead: Unwritable): void {
    const [first] = batch;
    if (first !== undefined && batch.length === 1) return this.settle(first, dead);
    this.again.push(...halvesOf(batch));
  }

  private delay(entries: readonly Entry[], { reason, text }: Retry): void {
    const retries = Math.max(...entries.map((entry) => entry.retries));
    for (const entry of entries) entry.retries += 1;
    const delayMs = backOffMs(this.config, retries, this.deps.random);
    this.deps.onRetry({ reason, text, count: entries.length, delayMs });
    if (this.ended !== undefined) return;
    this.setTimer(delayMs, () => {
      this.again.push(entries);
      this.pump();
    });
  }

  private settle({ item, key, onOutcome }: Entry, outcome: WriteOutcome): void {
    this.held -= 1;
    this.heldBytes -= item.bytes.length;
    const following = this.following.get(key);
    const next = following?.shift();
    if (next === undefined) this.following.delete(key);
    else this.ready.add(next);
    onOutcome(outcome);
  }

  /** Takes documents for which there is room now, in the order in which they came. */
  private admit(): void {
    for (let [first] = this.waiters; first !== undefined && this.hasRoomFor(first.entry); [first] = this.waiters) {
      this.waiters.shift();
      this.take(first.entry);
      first.resolve();
    }
  }
}

function halvesOf(batch: readonly Entry[]): readonly (readonly Entry[])[] {
  const middle = batch.length >> 1;
  return [batch.slice(0, middle), batch.slice(middle)];
}
