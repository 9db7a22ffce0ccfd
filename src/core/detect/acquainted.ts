import type { Ms } from '../event.js';
import { DAY_MS } from '../time.js';

/** Clients remembered; beyond them those that were seen longest ago are forgotten. */
const KEPT = 4096;

/** When clients were last seen, in that order. */
export type PackedAcquainted = ReadonlyMap<string, Ms>;

/** Clients that were seen doing something within a day. */
export class Acquainted {
  private readonly seen: Map<string, Ms>;

  constructor(packed: PackedAcquainted = new Map()) {
    this.seen = new Map(packed);
  }

  pack(): PackedAcquainted {
    return new Map(this.seen);
  }

  /** Takes those that were seen in a window, in any order. */
  see(clients: readonly string[], time: Ms): void {
    // A map keeps the order in which keys came.
    for (const client of [...clients].sort()) {
      this.seen.delete(client);
      this.seen.set(client, time);
    }
    for (const oldest of this.seen.keys()) {
      if (this.seen.size <= KEPT) return;
      this.seen.delete(oldest);
    }
  }

  has(client: string, time: Ms): boolean {
    return (this.seen.get(client) ?? -Infinity) > time - DAY_MS;
  }
}
