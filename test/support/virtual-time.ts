/** Time that passes only when nothing else is to be done: what is due next is run at once. */
export class VirtualTime {
  nowMs = 0;
  private due: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  private count = 0;

  readonly setTimer = (delayMs: number, run: () => void): (() => void) => {
    const entry = { atMs: this.nowMs + delayMs, order: this.count, run };
    this.count += 1;
    this.due.push(entry);
    return () => {
      this.due = this.due.filter((other) => other !== entry);
    };
  };

  readonly sleep = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      this.setTimer(delayMs, resolve);
    });

  /** Runs what is due until a promise is settled. @throws Error if time cannot bring that about. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { isSettled: false };
    const settled = (): void => {
      state.isSettled = true;
    };
    promise.then(settled, settled);
    for (;;) {
      // Lets everything run that waits for promises only.
      await new Promise((resolve) => setImmediate(resolve));
      if (state.isSettled) return promise;
      const [next] = this.due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      if (next === undefined) throw new Error('Nothing will ever happen.');
      this.due.shift();
      this.nowMs = next.atMs;
      next.run();
    }
  }

  /** Timers that are set. */
  get pending(): number {
    return this.due.length;
  }
}
