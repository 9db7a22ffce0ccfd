import type { ChunkTotals, PaneTally } from './aggregate.js';
import type { Ms } from './event.js';
import { addOutcomes, noOutcomes } from './outcomes.js';
import { NO_HIGHEST, highestOf } from './windows/watermark.js';
import type { Highest } from './windows/watermark.js';

/** Programs and hosts of which a source keeps a sample. */
const SAMPLES_KEPT = 100;

/** The tally of `[chunk start, upTo)` of a chunk for one subject and pane; of one name the largest `upTo` is right. */
export interface Contribution extends PaneTally {
  readonly source: string;
  readonly chunk: number;
}

/** Says that all contributions up to `upTo` are out. */
export interface Mark {
  readonly source: string;
  /** The chunk that the source is in; all before it are complete. */
  readonly chunk: number;
  readonly upTo: number;
  /** `end`: the source has no more events. */
  readonly watermarkMs: Ms | 'end';
  /** Time of the latest event, also of lines that are nobody's; `-Infinity` before the first one. */
  readonly latestMs: Ms;
  /** All sources of the run. */
  readonly expected: readonly string[];
}

/** How far a source has come: it takes what its chunks came to, in their order. */
export class Progress {
  readonly outcomes = noOutcomes();
  /** The highest times of its events so far. */
  highest: Highest = NO_HIGHEST;
  private chunk = 0;
  private upTo = 0;

  constructor(
    private readonly source: string,
    private readonly outOfOrdernessMs: Ms,
  ) {}

  get watermarkMs(): Ms {
    return this.highest[2] - this.outOfOrdernessMs;
  }

  /** Whether the next chunk, folded with lower times before it than there are, came to what it comes to with these. */
  isSameAfter({ below }: ChunkTotals): boolean {
    return this.highest.every((time, place) => time < (below[place] ?? -Infinity));
  }

  /** Takes what the next chunk came to; gives its contributions. */
  take({ tallies, outcomes, upTo, highest }: ChunkTotals): readonly Contribution[] {
    const { source, chunk } = this;
    this.chunk += 1;
    this.upTo = Math.max(this.upTo, upTo);
    this.highest = highestOf(this.highest, highest);
    addOutcomes(this.outcomes, outcomes, SAMPLES_KEPT);
    return tallies.map((tally) => ({ source, chunk, ...tally }));
  }

  /** The mark that follows the chunks so far. `isEnd` says that there are no more. */
  mark(expected: readonly string[], isEnd: boolean): Mark {
    const { source, chunk, upTo, watermarkMs, highest } = this;
    return { source, chunk, upTo, watermarkMs: isEnd ? 'end' : watermarkMs, latestMs: highest[0], expected };
  }
}
