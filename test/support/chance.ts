import type { Random } from './random.js';

/** Chooses for a number of times; then nothing goes wrong any more, and the first of all choices is taken. */
export class Chance {
  constructor(
    private readonly random: Random,
    private times: number,
  ) {}

  get isOver(): boolean {
    return this.times <= 0;
  }

  /** A whole number below a limit. */
  below(limit: number): number {
    if (this.isOver || limit <= 1) return 0;
    this.times -= 1;
    return this.random(limit);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return !this.isOver && this.below(times) === times - 1;
  }

  of<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }
}

/** Something runs in it; what it waits for never comes once it is dead. */
export class Process {
  isDead = false;
}

/** All that waits for its turn. */
export class Turns {
  private waiting: { readonly process: Process; readonly go: () => void }[] = [];

  next(process: Process): Promise<void> {
    return new Promise((go) => this.waiting.push({ process, go }));
  }

  /** Gives one of those that wait their turn; false if none does. */
  give(chance: Chance): boolean {
    this.waiting = this.waiting.filter(({ process }) => !process.isDead);
    const [next] = this.waiting.splice(chance.below(this.waiting.length), 1);
    next?.go();
    return next !== undefined;
  }
}
