import type { PageClient } from './page-data.js';

/** Clients that are kept; half of them once there are twice as many. */
const KEPT = 4096;

type Sums = { -readonly [K in keyof PageClient]: PageClient[K] };

/** Clients by what they did over the run: from the top ones of each window. */
export class Ranking {
  private readonly clients = new Map<string, Sums>();

  add(address: string, name: string | undefined, numbers: Omit<PageClient, 'address' | 'name'>): void {
    const sums = this.clients.get(address);
    if (sums === undefined) {
      this.clients.set(address, { address, name, ...numbers });
      if (this.clients.size >= 2 * KEPT) this.prune();
      return;
    }
    sums.name ??= name;
    sums.count += numbers.count;
    sums.accepted += numbers.accepted;
    sums.rejects += numbers.rejects;
    sums.mxQueries += numbers.mxQueries;
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
