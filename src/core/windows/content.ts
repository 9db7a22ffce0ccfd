import type { Ms, Side } from '../event.js';
import { emptyTally, keysIn, mergeInto, packTally, packWholeTally, unpackTally } from '../tally/tally.js';
import type { PackedTally, Tally } from '../tally/tally.js';
import type { OpenWindow, SubjectState } from './open-window.js';

/** Contributions to a pane that wait side by side, with no more keys than all tables of one tally may have. */
const PARTS_KEPT = 8;
const KEYED_TABLES = 5;

/** What is in windows. */
export class WindowContents {
  /** What is in windows without events: most windows of a quiet server are zeros, and share this one. */
  readonly nothing: Tally;

  constructor(private readonly clientCap: number) {
    this.nothing = emptyTally(clientCap);
  }

  /** Parts as they are, while they are few and of few keys: to add up and pack them again at each costs time. */
  gathered(parts: readonly PackedTally[]): readonly PackedTally[] {
    let keys = 0;
    for (const part of parts) keys += keysIn(part);
    const areFew = parts.length <= PARTS_KEPT && keys <= KEYED_TABLES * this.clientCap;
    return areFew ? parts : [packTally(this.sumOf(parts))];
  }

  private sumOf([first, ...others]: readonly PackedTally[]): Tally {
    if (first === undefined) return this.nothing;
    const sum = unpackTally(first, this.clientCap);
    for (const part of others) mergeInto(sum, unpackTally(part, this.clientCap));
    return sum;
  }

  /** What is in a window, but for windows of its feeder that are not sealed. */
  tallyOf({ sizeState, parts, held, tally }: OpenWindow): Tally {
    return sizeState.index === 0 ? this.sumOf([...parts, ...held.values()]) : tally;
  }

  /** Adds what is in a window that was sealed to a larger one. */
  addSealed(window: OpenWindow, tally: Tally): void {
    if (tally === this.nothing) return;
    // The sealed window's own tally stays as it is.
    if (window.tally === this.nothing) window.tally = emptyTally(this.clientCap);
    mergeInto(window.tally, tally);
  }

  /** The tally of a window with all in it that is not sealed yet. */
  contentOf(window: OpenWindow): Tally {
    const { state, sizeState, span } = window;
    const feeder = state.ladder[sizeState.feeder];
    if (feeder === undefined) return this.tallyOf(window);
    const whole = emptyTally(this.clientCap);
    mergeInto(whole, window.tally);
    for (const part of feeder.open.values())
      if (part.span.startMs >= span.startMs && part.span.startMs < span.endMs) mergeInto(whole, this.contentOf(part));
    return whole;
  }

  /** What was sealed into a window, as plain data; `undefined` where that is nothing. */
  pack({ tally }: OpenWindow): PackedTally | undefined {
    return tally === this.nothing ? undefined : packWholeTally(tally);
  }

  /** What was packed. */
  unpack(tally: PackedTally | undefined): Tally {
    return tally === undefined ? this.nothing : unpackTally(tally, this.clientCap);
  }
}

/** Last event of each side in sealed panes, and in open ones before `endMs`. */
export function heardBy(state: SubjectState, endMs: Ms): Readonly<Record<Side, Ms>> {
  let heard = state.lastHeard;
  for (const pane of state.ladder[0]?.open.values() ?? [])
    if (pane.span.startMs < endMs)
      for (const { lastHeard } of [...pane.parts, ...pane.held.values()]) heard = later(heard, lastHeard);
  return heard;
}

/** The later time of each side. */
export function later(a: Readonly<Record<Side, Ms>>, b: Readonly<Record<Side, Ms>>): Readonly<Record<Side, Ms>> {
  return { mail: Math.max(a.mail, b.mail), pop3: Math.max(a.pop3, b.pop3), dns: Math.max(a.dns, b.dns) };
}
