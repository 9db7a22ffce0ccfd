import type { PageClient } from './page-data.js';

/** Clients that are kept; half of them once there are twice as many. */
const KEPT = 4096;

type Sums = { -readonly [K in keyof PageClient]: PageClient[K] };

/** Clients by what they did over the run: from the top ones of each window. */
export class Ranking {
  private readonly clients = new Map<string, Sums>();

  add(client: PageClient): void {
    const sums = this.clients.get(client.address);
    if (sums === undefined) {
      this.clients.set(client.address, { ...client });
      if (this.clients.size >= 2 * KEPT) this.prune();
      return;
    }
    sums.name ??= client.name;
    sums.count += client.count;
    sums.accepted += client.accepted;
    sums.rejects += client.rejects;
    sums.mxQueries += client.mxQueries;
  }

  /** Those with the highest counts, highest first; equal ones by address. */
  top(count: number): readonly PageClient[] {
    return [...this.clients.values()]
      .sort((a, b) => b.count - a.count || (a.address < b.address ? -1 : 1))
      .slice(0, count);
  }

  private prune(): void {
    const kept = this.top(KEPT);
    this.clients.clear();
    for (const client of kept) this.clients.set(client.address, client);
  }
}
