import type { Ms } from './event.js';
import type { Contribution, Gap, Mark } from './progress.js';

/** The longest contribution of a name so far; `P` is what keeps its tally. */
export interface Held<P> {
  readonly chunk: number;
  upTo: number;
  /** Where it counts; `undefined` once that is sealed: what comes again of the name is then a repeat. */
  pane: P | undefined;
}

interface SourceState<P> {
  epoch: number;
  watermarkMs: Ms;
  /** Whether it never had an event: then nobody waits for it. */
  isNone: boolean;
  chunk: number;
  /** How far it is known to reach. */
  upTo: number;
  /** How far it had come in its open chunk when its epoch began: up to there that chunk was counted, and comes again. */
  countedUpTo: number;
  /** End of the last records that were lost: what was counted before them comes no more, and is not replaced. */
  lostUpTo: number;
  /** What was contributed to chunks that are not complete, by name. */
  readonly held: Map<string, Held<P>>;
}

const NEW = {
  epoch: 0,
  watermarkMs: -Infinity,
  isNone: false,
  chunk: 0,
  upTo: 0,
  countedUpTo: 0,
  lostUpTo: 0,
} as const satisfies Omit<SourceState<unknown>, 'held'>;

/** A contribution that counts, and from where on it is new; from the start of its chunk where nothing else tells. */
export interface Accepted<P> {
  readonly held: Held<P>;
  /** `undefined` where all of it was counted in an earlier epoch. */
  readonly newFrom: number | undefined;
}

/** What was learnt of sources, as plain data; where the contributions count is not in it. */
export interface PackedSources {
  readonly epoch: number;
  readonly watermarkMs: Ms;
  readonly latestEventMs: Ms;
  readonly expected: readonly string[];
  readonly sources: readonly (readonly [
    name: string,
    source: Omit<SourceState<unknown>, 'held'> & {
      readonly held: readonly (readonly [name: string, held: Omit<Held<unknown>, 'pane'>])[];
    },
  ])[];
}

/** How far the sources have come, and which of their contributions count. */
export class Sources<P> {
  /** The latest one that a mark is of. */
  epoch = 0;
  /** No event before this is awaited; `Infinity` once all sources have ended. */
  watermarkMs: Ms = -Infinity;
  latestEventMs: Ms = -Infinity;
  private readonly expected = new Set<string>();
  private readonly sources = new Map<string, SourceState<P>>();

  constructor(
    /** Takes back what counted in a pane, as it will come again. */
    private readonly takeBack: (held: Held<P>) => void,
  ) {}

  /** The place of a contribution; `undefined` where it is none that counts: a repeat, or of an epoch that is over. */
  accept({ source: name, chunk, epoch, subject, paneMs, upTo }: Contribution): Accepted<P> | undefined {
    const source = this.sourceOf(name);
    if (!this.isOfEpoch(source, epoch) || chunk < source.chunk) return undefined;
    // One that was on its way when the gap was told.
    if (upTo <= source.lostUpTo) return undefined;
    source.upTo = Math.max(source.upTo, upTo);
    const key = `${String(chunk)}|${subject}|${String(paneMs)}`;
    const known = source.held.get(key);
    if (known !== undefined && known.upTo >= upTo) return undefined;
    const newFrom = upTo <= source.countedUpTo ? undefined : Math.max(known?.upTo ?? 0, source.countedUpTo);
    const held = known ?? { chunk, upTo, pane: undefined };
    held.upTo = upTo;
    source.held.set(key, held);
    return { held, newFrom };
  }

  /** Takes a mark; what became complete with it, or `undefined` where it is of an epoch that is over. */
  mark(mark: Mark): readonly Held<P>[] | undefined {
    const source = this.sourceOf(mark.source);
    const kept = mark.epoch < source.epoch ? [] : this.keepBefore(source, mark.gaps);
    if (!this.isOfEpoch(source, mark.epoch)) return undefined;
    // What sources there are is said anew in each epoch.
    if (mark.epoch > this.epoch) this.expected.clear();
    this.epoch = Math.max(this.epoch, mark.epoch);
    if (mark.epoch === this.epoch) for (const name of mark.expected) this.expected.add(name);
    const complete = mark.chunk > source.chunk ? [...kept, ...this.closeChunks(source, mark.chunk)] : kept;
    // Who is not the owner any more may take a source for silent that is not.
    if (mark.upTo >= source.upTo) {
      source.upTo = mark.upTo;
      source.isNone = mark.watermarkMs === 'none';
      if (mark.watermarkMs !== 'none')
        source.watermarkMs = Math.max(source.watermarkMs, mark.watermarkMs === 'end' ? Infinity : mark.watermarkMs);
    }
    this.latestEventMs = Math.max(this.latestEventMs, mark.latestMs);
    this.watermarkMs = Math.max(this.watermarkMs, this.slowest());
    return complete;
  }

  /** The contribution of a source by its name; both are those that `places` tells. */
  heldAt(source: string, name: string): Held<P> | undefined {
    return this.sources.get(source)?.held.get(name);
  }

  /** Where each contribution is to be found again. */
  places(): ReadonlyMap<Held<P>, { readonly source: string; readonly name: string }> {
    const places = new Map<Held<P>, { readonly source: string; readonly name: string }>();
    for (const [source, { held }] of this.sources)
      for (const [name, entry] of held) places.set(entry, { source, name });
    return places;
  }

  pack(): PackedSources {
    const { epoch, watermarkMs, latestEventMs, expected } = this;
    const sources = [...this.sources].map(([name, state]) => {
      const held = [...state.held].map(([key, { chunk, upTo }]) => [key, { chunk, upTo }] as const);
      return [name, { ...state, held }] as const;
    });
    return { epoch, watermarkMs, latestEventMs, expected: [...expected], sources };
  }

  /** Goes on from what was packed; there must be nothing yet. */
  restore({ epoch, watermarkMs, latestEventMs, expected, sources }: PackedSources): void {
    this.epoch = epoch;
    this.watermarkMs = watermarkMs;
    this.latestEventMs = latestEventMs;
    for (const name of expected) this.expected.add(name);
    for (const [name, { held, ...state }] of sources) {
      const entries = held.map(([key, entry]): [string, Held<P>] => [key, { ...entry, pane: undefined }]);
      // What was packed by a version before may lack something.
      this.sources.set(name, { ...NEW, ...state, held: new Map(entries) });
    }
  }

  /** Notes the epoch of what comes from a source; false if it is of an earlier one, whose place the later one took. */
  private isOfEpoch(source: SourceState<P>, epoch: number): boolean {
    if (epoch > source.epoch) {
      source.epoch = epoch;
      // Of an epoch that began just before, not all may have come again yet.
      source.countedUpTo = Math.max(source.countedUpTo, source.upTo);
      // The chunk is read again, and counted as is right in this epoch; no pane of it is sealed before that is done.
      source.upTo = 0;
      source.watermarkMs = -Infinity;
      source.isNone = false;
      for (const held of source.held.values()) if (held.upTo > source.lostUpTo) this.takeBack(held);
      source.held.clear();
    }
    return epoch === source.epoch;
  }

  /** The least watermark of the sources that are waited for. */
  private slowest(): Ms {
    let slowestMs = Infinity;
    let areAllNone = true;
    for (const name of this.expected) {
      const source = this.sources.get(name);
      if (source?.isNone === true) continue;
      areAllNone = false;
      slowestMs = Math.min(slowestMs, source?.watermarkMs ?? -Infinity);
    }
    return areAllNone ? -Infinity : slowestMs;
  }

  private sourceOf(name: string): SourceState<P> {
    let source = this.sources.get(name);
    if (source === undefined) {
      source = { ...NEW, held: new Map() };
      this.sources.set(name, source);
    }
    return source;
  }

  /** What was counted before records that were lost: its names go on with what comes after those. */
  private keepBefore(source: SourceState<P>, gaps: readonly Gap[]): readonly Held<P>[] {
    const lostUpTo = gaps.at(-1)?.to ?? 0;
    if (lostUpTo <= source.lostUpTo) return [];
    source.lostUpTo = lostUpTo;
    return [...source.held.values()].filter(({ upTo }) => upTo <= lostUpTo);
  }

  private closeChunks(source: SourceState<P>, chunk: number): readonly Held<P>[] {
    source.chunk = chunk;
    source.countedUpTo = 0;
    const complete: Held<P>[] = [];
    for (const [name, held] of source.held) {
      if (held.chunk >= chunk) continue;
      source.held.delete(name);
      complete.push(held);
    }
    return complete;
  }
}
