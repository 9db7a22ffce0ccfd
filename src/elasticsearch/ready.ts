import type { WriteOutcome } from '../stages/ports.js';
import type { BulkItem } from './request.js';

/** A document until it is settled. */
export interface Entry {
  readonly item: BulkItem;
  readonly key: string;
  readonly onOutcome: (outcome: WriteOutcome) => void;
  /** How often it was to be sent again. */
  retries: number;
}

export interface RequestLimits {
  /** A request is sent when so much waits; a larger document is a request by itself. */
  readonly batchBytes: number;
  readonly batchCount: number;
}

/** Documents that were not sent yet, in the order in which they came. */
export class Ready {
  private readonly entries: Entry[] = [];
  private bytes = 0;
  /** How many of the first have waited long enough. */
  private aged = 0;

  constructor(private readonly limits: RequestLimits) {}

  /** Whether one of them has not waited long enough yet. */
  get hasFresh(): boolean {
    return this.entries.length > this.aged;
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.bytes += entry.item.bytes.length;
  }

  /** Says that all that are here now have waited long enough. */
  age(): void {
    this.aged = this.entries.length;
  }

  /** Those of the next request, if it is full or must not wait. */
  take(mustGo: boolean): readonly Entry[] | undefined {
    const { batchBytes, batchCount } = this.limits;
    const isFull = this.bytes >= batchBytes || this.entries.length >= batchCount;
    if (this.entries.length === 0 || (!isFull && !mustGo && this.aged === 0)) return undefined;
    let count = 0;
    let bytes = 0;
    for (const { item } of this.entries) {
      if (count > 0 && (count === batchCount || bytes + item.bytes.length > batchBytes)) break;
      count += 1;
      bytes += item.bytes.length;
    }
    this.bytes -= bytes;
    this.aged = Math.max(0, this.aged - count);
    return this.entries.splice(0, count);
  }
}
