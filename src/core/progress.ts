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
  /** What is of different epochs is not put together within a chunk. */
  readonly epoch: number;
}

/** Says that all contributions up to `upTo` are out. */
export interface Mark {
  readonly source: string;
  /** The chunk that the source is in; all before it are complete. */
  readonly chunk: number;
  readonly epoch: number;
  readonly upTo: number;
  /** `none`: the source never had an event; `end`: it has no more events. */
  readonly watermarkMs: Ms | 'none' | 'end';
  /** Time of the latest event, also of lines that are nobody's; `-Infinity` before the first one. */
  readonly latestMs: Ms;
  /** For how long the source has been silent, where the watermark has gone on for that; else 0. */
  readonly silentMs: Ms;
  /** All sources of the run. */
  readonly expected: readonly string[];
  /** What was lost of the chunk: what is contributed after `to` does not hold what was contributed before. */
  readonly gaps: readonly Gap[];
}

/** Offsets `[from, to)` whose records were deleted before they were read; none where only others before them were. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Says what a contribution or mark may be put together with. */
export interface Stamp {
  /** Fingerprint of all that changes numbers or documents. */
  readonly cfg: string;
}

export type StampedContribution = Stamp & Contribution;

export type StampedMark = Stamp &
  Mark & {
    /** When it was made. */
    readonly clockMs: Ms;
  };

/** What goes from aggregate to correlate. */
export type PartialRecord =
  | { readonly kind: 'contribution'; readonly contribution: StampedContribution }
  | { readonly kind: 'mark'; readonly mark: StampedMark };

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

  /** Whether the next chunk, folded with other times before it than there are, came to what it comes to with these. */
  isSameAfter({ before, below }: ChunkTotals): boolean {
    return this.highest.every(
      (time, place) => (before[place] ?? Infinity) <= time && time < (below[place] ?? -Infinity),
    );
  }

  /** Takes what the next chunk came to; gives its contributions. */
  take({ tallies, outcomes, upTo, highest }: ChunkTotals): readonly Contribution[] {
    const { source, chunk } = this;
    this.chunk += 1;
    this.upTo = Math.max(this.upTo, upTo);
    this.highest = highestOf(this.highest, highest);
    addOutcomes(this.outcomes, outcomes, SAMPLES_KEPT);
    return tallies.map((tally) => ({ source, chunk, epoch: 0, ...tally }));
  }

  /** The mark that follows the chunks so far. `isEnd` says that there are no more. */
  mark(expected: readonly string[], isEnd: boolean): Mark {
    const { source, chunk, upTo, highest } = this;
    const watermarkMs = isEnd ? 'end' : this.watermarkMs;
    return { source, chunk, epoch: 0, upTo, watermarkMs, latestMs: highest[0], silentMs: 0, expected, gaps: [] };
  }
}
