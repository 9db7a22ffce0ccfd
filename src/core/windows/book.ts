import TinyQueue from 'tinyqueue';
import { InvariantError } from '../errors.js';
import type { Ms, Side } from '../event.js';
import type { Identity, Subject } from '../identity.js';
import type { Held } from '../sources.js';
import { lastEvent } from '../tally/tally.js';
import type { PackedTally, Tally } from '../tally/tally.js';
import { Calendar } from './calendar.js';
import type { Span, WindowSize } from './calendar.js';
import { WindowContents, heardBy, later } from './content.js';
import type { OpenWindow, PackedWindow, PackedWindows, Place, SizeState, SubjectState } from './open-window.js';

/**
 * Resolvers with windows of their own, the first ones to be counted; all others are one subject: whoever can write to a
 * log can write host names into it, and each of them would have its windows for as long as a quiet subject has.
 */
const RESOLVERS_KEPT = 256;
const OTHER_RESOLVERS: Subject = 'dns:others';
export interface BookConfig {
  /** Smallest first; the first is the pane. */
  readonly sizes: readonly WindowSize[];
  readonly allowedLatenessMs: Ms;
  readonly clientCap: number;
  /**
   * For how long after its last event a quiet subject still gets windows. It is also what a line with a forged time may
   * cost: a day is 313 windows of 5m, 1h and 1d.
   */
  readonly gapFillMs: Ms;
  /** Whether windows are also given out before they are sealed; a run over files needs the last word only. */
  readonly provisional: boolean;
}

/** A window whose content is due. */
export interface Due {
  readonly subject: Subject;
  readonly size: WindowSize;
  readonly span: Span;
  readonly revision: number;
  /** Whether it is sealed with this. */
  readonly final: boolean;
  readonly tally: Tally;
  /** Last event of each side up to its end. */
  readonly lastHeard: Readonly<Record<Side, Ms>>;
}

/** How far time has come. */
export interface Now {
  readonly watermarkMs: Ms;
  readonly latestEventMs: Ms;
}

interface Timer {
  readonly atMs: Ms;
  readonly isSeal: boolean;
  readonly window: OpenWindow;
}

/** The windows of all subjects: fires, revises and seals them by event time. */
export class WindowBook {
  private readonly states = new Map<Subject, SubjectState>();
  private readonly timers = new TinyQueue<Timer>([], compareTimers);
  private readonly dirty = new Set<OpenWindow>();
  /** Resolvers with windows of their own. */
  private resolvers = 0;
  private readonly contents: WindowContents;

  constructor(
    private readonly config: BookConfig,
    private readonly identity: Identity,
  ) {
    this.contents = new WindowContents(config.clientCap);
  }

  /** Windows that are not sealed. */
  get openCount(): number {
    let count = 0;
    for (const { ladder } of this.states.values()) for (const { open } of ladder) count += open.size;
    return count;
  }

  /** Windows of the smallest size that are not sealed. */
  get openPaneCount(): number {
    let count = 0;
    for (const { ladder } of this.states.values()) count += ladder[0]?.open.size ?? 0;
    return count;
  }

  /** Those that have or had windows, in the order in which they came. */
  get subjects(): readonly Subject[] {
    return [...this.states.keys()];
  }

  /** Counts a contribution in its pane, in place of a shorter one; false if the pane is sealed. */
  hold(
    held: Held<OpenWindow>,
    { subject, paneMs, tally }: { readonly subject: Subject; readonly paneMs: Ms; readonly tally: PackedTally },
    { watermarkMs }: Now,
  ): boolean {
    const state = this.stateOf(subject);
    if (this.isSealed(state, paneMs, watermarkMs)) return false;
    const lastMs = lastEvent(tally);
    for (const sizeState of state.ladder) {
      const window = this.windowAt(state, sizeState, paneMs);
      window.lastEventMs = Math.max(window.lastEventMs, lastMs);
      if (window.isFired && this.config.provisional) this.dirty.add(window);
      if (sizeState.index !== 0) continue;
      held.pane = window;
      window.held.set(held, tally);
    }
    return true;
  }

  /** Says that a contribution grows no more; what comes of its name is added to it. */
  complete(held: Held<OpenWindow>): void {
    const { pane } = held;
    const tally = this.takeBack(held);
    if (pane !== undefined && tally !== undefined) pane.parts = this.contents.gathered([...pane.parts, tally]);
    held.pane = undefined;
  }

  /** Takes a contribution out of its pane again. */
  takeBack(held: Held<OpenWindow>): PackedTally | undefined {
    const tally = held.pane?.held.get(held);
    held.pane?.held.delete(held);
    return tally;
  }

  /**
   * What is due, one by one, in the order (time, fire before seal, size, subject), then revisions; all are to be taken before
   * anything else is done. At most one content of a window is given out, the last.
   */
  *due(now: Now): Generator<Due> {
    const { watermarkMs } = now;
    for (let timer = this.timers.peek(); timer !== undefined; timer = this.timers.peek()) {
      if (timer.atMs > watermarkMs) break;
      this.timers.pop();
      const { window } = timer;
      const isSealDue = window.span.endMs + this.config.allowedLatenessMs <= watermarkMs;
      if (timer.isSeal) yield* this.seal(window, now);
      else if (this.config.provisional && !isSealDue) yield this.revise(window, now);
      window.isFired = true;
      this.openNext(window, now);
    }
    for (const window of this.dueRevisions(now)) yield this.revise(window, now);
  }

  /** The open windows of a subject that has some; `places` tells where contributions are found again. */
  pack(subject: Subject, places: ReadonlyMap<Held<OpenWindow>, Place>): PackedWindows {
    const { lastHeard, ladder } = this.stateOf(subject);
    const open = ladder.map((size) => [...size.open.values()].map((window) => this.packWindow(window, places)));
    return { subject, lastHeard: { ...lastHeard }, open };
  }

  /** Goes on from what was packed of a subject that is new. */
  restore({ subject, lastHeard, open }: PackedWindows, heldAt: (place: Place) => Held<OpenWindow> | undefined): void {
    const state = this.addState(subject);
    state.lastHeard = lastHeard;
    for (const [index, windows] of open.entries()) {
      const sizeState = state.ladder[index];
      if (sizeState !== undefined) for (const packed of windows) this.restoreWindow(state, sizeState, packed, heldAt);
    }
  }

  private packWindow(window: OpenWindow, places: ReadonlyMap<Held<OpenWindow>, Place>): PackedWindow {
    const { span, parts, held, lastEventMs, revision, isFired, revisedAtStep } = window;
    return {
      span,
      parts,
      held: [...held].flatMap(([entry, heldTally]) => {
        const place = places.get(entry);
        return place === undefined ? [] : [{ ...place, tally: heldTally }];
      }),
      tally: this.contents.pack(window),
      lastEventMs,
      revision,
      isFired,
      revisedAtStep,
      isDirty: this.dirty.has(window),
    };
  }

  private restoreWindow(
    state: SubjectState,
    sizeState: SizeState,
    { span, held, tally, isDirty, ...rest }: PackedWindow,
    heldAt: (place: Place) => Held<OpenWindow> | undefined,
  ): void {
    const content = this.contents.unpack(tally);
    const window: OpenWindow = { ...rest, state, sizeState, span, held: new Map(), tally: content };
    this.addWindow(window);
    if (isDirty) this.dirty.add(window);
    for (const { tally: heldTally, ...place } of held) {
      const entry = heldAt(place);
      if (entry === undefined) throw new InvariantError(`${place.name} of ${place.source} has a tally and no place.`);
      entry.pane = window;
      window.held.set(entry, heldTally);
    }
  }

  private isSealed({ ladder, calendar }: SubjectState, paneMs: Ms, watermarkMs: Ms): boolean {
    const [pane] = ladder;
    if (pane === undefined) return true;
    return calendar.windowAt(pane.size, paneMs).endMs + this.config.allowedLatenessMs <= watermarkMs;
  }

  private stateOf(subject: Subject): SubjectState {
    const known = this.states.get(subject);
    if (known !== undefined) return known;
    const isOwn = this.identity.serverOf(subject) !== undefined || this.resolvers < RESOLVERS_KEPT;
    return isOwn || subject === OTHER_RESOLVERS ? this.addState(subject) : this.stateOf(OTHER_RESOLVERS);
  }

  private addState(subject: Subject): SubjectState {
    if (this.identity.serverOf(subject) === undefined && subject !== OTHER_RESOLVERS) this.resolvers += 1;
    const { sizes } = this.config;
    const ladder = sizes.map((size, index) => {
      return { size, index, feeder: feederOf(sizes, index), open: new Map<Ms, OpenWindow>() };
    });
    const calendar = new Calendar(this.identity.zoneOf(subject));
    const state = { subject, calendar, ladder, lastHeard: this.contents.nothing.lastHeard };
    this.states.set(subject, state);
    return state;
  }

  private windowAt(state: SubjectState, sizeState: SizeState, time: Ms): OpenWindow {
    const span = state.calendar.windowAt(sizeState.size, time);
    const known = sizeState.open.get(span.startMs);
    if (known !== undefined) return known;
    const window: OpenWindow = {
      state,
      sizeState,
      span,
      parts: [],
      held: new Map(),
      tally: this.contents.nothing,
      lastEventMs: -Infinity,
      revision: 0,
      isFired: false,
      revisedAtStep: -Infinity,
    };
    this.addWindow(window);
    return window;
  }

  private addWindow(window: OpenWindow): void {
    const { sizeState, span, isFired } = window;
    sizeState.open.set(span.startMs, window);
    if (!isFired) this.timers.push({ atMs: span.endMs, isSeal: false, window });
    this.timers.push({ atMs: span.endMs + this.config.allowedLatenessMs, isSeal: true, window });
  }

  /** Opens the window after one that is over, while the subject is not quiet for too long. */
  private openNext({ state, sizeState, span, lastEventMs }: OpenWindow, { watermarkMs, latestEventMs }: Now): void {
    // Time that silent sources let pass is as good as time that an event shows.
    const latestMs = watermarkMs === Infinity ? latestEventMs : Math.max(latestEventMs, watermarkMs);
    if (span.endMs >= lastEventMs + this.config.gapFillMs || span.endMs > latestMs) return;
    const next = this.windowAt(state, sizeState, span.endMs);
    next.lastEventMs = Math.max(next.lastEventMs, lastEventMs);
  }

  private *seal(window: OpenWindow, now: Now): Generator<Due> {
    const { state, sizeState, span, held } = window;
    const tally = this.contents.tallyOf(window);
    if (sizeState.index === 0 && tally !== this.contents.nothing)
      state.lastHeard = later(state.lastHeard, tally.lastHeard);
    for (const larger of state.ladder)
      if (larger.feeder === sizeState.index) this.contents.addSealed(this.windowAt(state, larger, span.startMs), tally);
    sizeState.open.delete(span.startMs);
    for (const entry of held.keys()) entry.pane = undefined;
    yield this.giveOut(window, tally, { final: true, lastHeard: state.lastHeard }, now);
  }

  private revise(window: OpenWindow, now: Now): Due {
    const lastHeard = heardBy(window.state, window.span.endMs);
    return this.giveOut(window, this.contents.contentOf(window), { final: false, lastHeard }, now);
  }

  private giveOut(
    window: OpenWindow,
    tally: Tally,
    { final, lastHeard }: Pick<Due, 'final' | 'lastHeard'>,
    now: Now,
  ): Due {
    const { state, sizeState, span } = window;
    window.revision += 1;
    window.revisedAtStep = this.stepAt(now);
    this.dirty.delete(window);
    return { subject: state.subject, size: sizeState.size, span, revision: window.revision, final, tally, lastHeard };
  }

  /** Fired windows that took more events, each at most once per pane step of the watermark. */
  private dueRevisions(now: Now): readonly OpenWindow[] {
    const step = this.stepAt(now);
    const due = [...this.dirty].filter((window) => window.revisedAtStep < step);
    return due.sort(compareWindows);
  }

  private stepAt({ watermarkMs }: Now): number {
    return Math.floor(watermarkMs / (this.config.sizes[0]?.lengthMs ?? 1));
  }
}

function feederOf(sizes: readonly WindowSize[], index: number): number {
  const lengthMs = sizes[index]?.lengthMs ?? 0;
  return sizes.findLastIndex((size, other) => other < index && lengthMs % size.lengthMs === 0);
}

/** By time, fire before seal, smaller windows first, then by subject: an order without ties. */
function compareTimers(a: Timer, b: Timer): number {
  return a.atMs - b.atMs || Number(a.isSeal) - Number(b.isSeal) || compareWindows(a.window, b.window);
}

function compareWindows(a: OpenWindow, b: OpenWindow): number {
  return (
    a.sizeState.index - b.sizeState.index ||
    (a.state.subject === b.state.subject ? a.span.startMs - b.span.startMs : a.state.subject < b.state.subject ? -1 : 1)
  );
}
