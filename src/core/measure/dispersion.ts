import type { Ms } from '../event.js';
import { DAY_MS } from '../time.js';
import { MINIMUM_SESSIONS } from './mee.js';
import { median } from './statistics.js';

/** What a sealed pane had, of mx and submission and without probes. */
export interface Pane {
  readonly startMs: Ms;
  readonly accepted: number;
  readonly sessions: number;
}

/** Below this many panes nobody can say how they vary. */
const MINIMUM_PANES = 10;
/** Median of the chi-square distribution with one degree of freedom. */
const CHI_SQUARE_MEDIAN = 0.4549;

/**
 * By how much a server's accepted messages vary more than chance about their mean rate per session, from its sealed panes
 * whatever the size of the window that it is asked for.
 */
export class Dispersion {
  /**
   * The median of the squared Pearson residuals over that of chi-square, so that a few incidents do not move it; never
   * below 1, and 1 for fewer than ten panes.
   */
  value: number;
  private readonly panes: Pane[];

  /** `packed` are the panes that another one had learnt. */
  constructor(packed: readonly Pane[] = []) {
    this.panes = [...packed];
    this.value = this.measure();
  }

  /** All that it remembers, as plain data: what it says follows from this. */
  pack(): readonly Pane[] {
    return [...this.panes];
  }

  /**
   * Learns a sealed pane, if it has sessions enough to say something; panes come in order of time. Those more than a day
   * before the last one that was learnt are forgotten: silence does not make a server steady.
   */
  learn(pane: Pane): void {
    if (pane.sessions < MINIMUM_SESSIONS) return;
    this.panes.push(pane);
    while ((this.panes[0]?.startMs ?? Infinity) <= pane.startMs - DAY_MS) this.panes.shift();
    this.value = this.measure();
  }

  private measure(): number {
    if (this.panes.length < MINIMUM_PANES) return 1;
    let accepted = 0;
    let sum = 0;
    for (const pane of this.panes) {
      accepted += pane.accepted;
      sum += pane.accepted + pane.sessions;
    }
    const share = accepted / sum;
    if (share === 0) return 1;
    const residuals = this.panes.map((pane) => {
      const trials = pane.accepted + pane.sessions;
      return (pane.accepted - trials * share) ** 2 / (trials * share * (1 - share));
    });
    return Math.max(1, median(residuals) / CHI_SQUARE_MEDIAN);
  }
}
