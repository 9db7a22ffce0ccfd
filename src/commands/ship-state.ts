import { resolve } from 'node:path';
import { Lock } from '../files/lock.js';
import { readPositions, writePositions } from '../files/positions.js';
import type { Positions } from '../files/positions.js';
import type { Position, Tail } from '../files/tail.js';

/** How often positions are written while lines are sent. */
const SAVE_MS = 1000;

/** The positions of all logs, in a file that is this run's alone. */
export class ShipState {
  private readonly tails: Tail[] = [];
  private savedMs = 0;
  private saved = '';

  private constructor(
    private readonly path: string,
    private readonly lock: Lock,
    private readonly before: Positions,
  ) {}

  /** @throws SinkError if another run has it, SourceError if it cannot be read */
  static async open(path: string): Promise<ShipState> {
    const lock = await Lock.take(path);
    try {
      return new ShipState(path, lock, await readPositions(path));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  of(log: string): readonly Position[] {
    return this.before.get(resolve(log)) ?? [];
  }

  add(tail: Tail): void {
    this.tails.push(tail);
  }

  /** Writes the positions, unless that was done just before. */
  async saveNowAndThen(): Promise<void> {
    if (Date.now() - this.savedMs >= SAVE_MS) await this.save();
  }

  /** Writes the positions if they have changed. @throws SinkError */
  async save(): Promise<void> {
    const positions = new Map(this.before);
    for (const tail of this.tails) positions.set(resolve(tail.name), tail.positions());
    const text = JSON.stringify([...positions]);
    if (text === this.saved) return;
    await this.lock.check();
    await writePositions(this.path, positions);
    this.saved = text;
    this.savedMs = Date.now();
  }

  async close(): Promise<void> {
    await this.lock.release();
  }
}
