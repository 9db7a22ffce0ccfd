/** A stretch of time in seconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The part of a range that is in the whole, at least so long where the whole is. */
export function clamped({ from, to }: Range, whole: Range, shortest: number): Range {
  const all = whole.to - whole.from;
  const length = Math.min(all, Math.max(to - from, Math.min(shortest, all)));
  const middle = (from + to) / 2;
  const start = Math.max(whole.from, Math.min(whole.to - length, middle - length / 2));
  return { from: start, to: start + length };
}

/** A range that is shorter (factor below 1) or longer around its middle. */
export function scaled({ from, to }: Range, factor: number): Range {
  const middle = (from + to) / 2;
  const half = ((to - from) * factor) / 2;
  return { from: middle - half, to: middle + half };
}

/** A range that is later by a share of its length. */
export function moved({ from, to }: Range, share: number): Range {
  const step = (to - from) * share;
  return { from: from + step, to: to + step };
}

/** Windows that a range has at least. */
const SHORTEST_WINDOWS = 4;
const STEP = 0.5;
const PAN = 0.25;

/** The stretch of time that all pictures of a server show. */
export class Zoom {
  private readonly listeners: (() => void)[] = [];
  private shown: Range;

  constructor(
    readonly whole: Range,
    private readonly windowS: number,
  ) {
    this.shown = whole;
  }

  get range(): Range {
    return this.shown;
  }

  get isWhole(): boolean {
    return this.shown.from <= this.whole.from && this.shown.to >= this.whole.to;
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  set(range: Range): void {
    const next = clamped(range, this.whole, SHORTEST_WINDOWS * this.windowS);
    if (next.from === this.shown.from && next.to === this.shown.to) return;
    this.shown = next;
    for (const listener of this.listeners) listener();
  }

  all(): void {
    this.set(this.whole);
  }

  closer(): void {
    this.set(scaled(this.shown, STEP));
  }

  wider(): void {
    this.set(scaled(this.shown, 1 / STEP));
  }

  earlier(): void {
    this.set(moved(this.shown, -PAN));
  }

  later(): void {
    this.set(moved(this.shown, PAN));
  }

  /** Does what a key stands for; false if it stands for nothing. */
  press(key: string): boolean {
    switch (key) {
      case 'ArrowLeft':
        this.earlier();
        return true;
      case 'ArrowRight':
        this.later();
        return true;
      case '+':
      case '=':
        this.closer();
        return true;
      case '-':
        this.wider();
        return true;
      case 'Home':
      case '0':
      case 'Escape':
        this.all();
        return true;
      default:
        return false;
    }
  }
}
