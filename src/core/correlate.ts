import TinyQueue from 'tinyqueue';
import type { Contribution, Mark } from './progress.js';
import { Detector } from './detect/detector.js';
import type { PackedPast } from './detect/detector.js';
import type { DetectConfig } from './detect/config.js';
import type { Incident, IncidentEvent } from './detect/incidents.js';
import { alertDocument } from './documents/alert.js';
import type { AlertConfig, AlertDocument } from './documents/alert.js';
import { clientDocuments, topClients } from './documents/clients.js';
import type { ClientDocument } from './documents/clients.js';
import { correlationDocument } from './documents/correlation.js';
import type { CorrelationDocument } from './documents/correlation.js';
import { InvariantError } from './errors.js';
import type { Ms, Side } from './event.js';
import type { Identity, Subject } from './identity.js';
import { Dispersion } from './measure/dispersion.js';
import { WindowHistory } from './measure/history.js';
import type { PackedHistory } from './measure/history.js';
import { connectsOf } from './measure/mee.js';
import { ProbeHistory } from './measure/probes.js';
import type { PackedProbes } from './measure/probes.js';
import { readWindow } from './measure/reading.js';
import type { MailPast, Reading } from './measure/reading.js';
import {
  NEVER,
  emptyTally,
  keysIn,
  lastEvent,
  mergeInto,
  packTally,
  packWholeTally,
  unpackTally,
} from './tally/tally.js';
import type { PackedTally, Tally } from './tally/tally.js';
import { Calendar } from './windows/calendar.js';
import type { Span, WindowSize } from './windows/calendar.js';

/**
 * Resolvers with windows of their own, the first ones to be counted; all others are one subject: whoever can write to a
 * log can write host names into it, and each of them would have its windows for as long as a quiet subject has.
 */
const RESOLVERS_KEPT = 256;
const OTHER_RESOLVERS: Subject = 'dns:others';
/** Contributions to a pane that wait side by side, with no more keys than all tables of one tally may have. */
const PARTS_KEPT = 8;
const KEYED_TABLES = 5;
/** What a later epoch gives out has a higher version than all of earlier ones; 511 of them fit into a number. */
const VERSIONS_OF_EPOCH = 2 ** 44;

export interface CorrelateConfig extends AlertConfig {
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
  readonly detect: DetectConfig;
}

/** One result of a window. */
export interface Correlated {
  readonly reading: Reading;
  readonly correlation: CorrelationDocument;
  /** Empty until the window is sealed. */
  readonly clients: readonly ClientDocument[];
  /** What it changes about incidents, and the documents that tell it. */
  readonly incidents: readonly IncidentEvent[];
  readonly alerts: readonly AlertDocument[];
}

interface SourceState {
  epoch: number;
  watermarkMs: Ms;
  /** Whether it never had an event: then nobody waits for it. */
  isNone: boolean;
  chunk: number;
  /** How far it is known to reach. */
  upTo: number;
  /** How far it had come in its open chunk when its epoch began: up to there that chunk was counted, and comes again. */
  countedUpTo: number;
  /** What was contributed to chunks that are not complete, by name. */
  readonly held: Map<string, Held>;
}

/** The longest contribution of a name so far. */
interface Held {
  readonly chunk: number;
  upTo: number;
  /** The pane that it counts in; `undefined` once that is sealed: what comes again of the name is then a repeat. */
  pane: OpenWindow | undefined;
  tally: PackedTally | undefined;
}

/** Offsets of a source with events of a pane that was sealed before they came. */
export interface LateRange {
  readonly source: string;
  readonly chunk: number;
  readonly subject: Subject;
  readonly paneMs: Ms;
  /** The events are among those of `[from, upTo)`; from the start of the chunk where nothing of it was in time. */
  readonly from: number | undefined;
  readonly upTo: number;
}

/** What a correlator remembers, part by part, as plain data that shares nothing with it: first this, then the subjects. */
export type SnapshotPart = PackedSources | PackedSubject;

interface PackedSources {
  readonly kind: 'sources';
  readonly epoch: number;
  readonly watermarkMs: Ms;
  readonly latestEventMs: Ms;
  readonly expected: readonly string[];
  readonly sources: readonly (readonly [
    name: string,
    source: Omit<SourceState, 'held'> & { readonly held: readonly (readonly [name: string, held: PackedHeld])[] },
  ])[];
}

/** A contribution of an open chunk; its tally is with its pane. */
type PackedHeld = Pick<Held, 'chunk' | 'upTo'>;

interface PackedSubject {
  readonly kind: 'subject';
  readonly subject: Subject;
  readonly lastHeard: Readonly<Record<Side, Ms>>;
  readonly ladder: readonly { readonly open: readonly PackedWindow[]; readonly history: PackedHistory | undefined }[];
  readonly panes: { readonly probes: PackedProbes; readonly dispersion: ReturnType<Dispersion['pack']> } | undefined;
  readonly past: PackedPast | undefined;
}

type PackedWindow = Pick<OpenWindow, 'span' | 'parts' | 'lastEventMs' | 'revision' | 'isFired' | 'revisedAtStep'> & {
  readonly isDirty: boolean;
  readonly held: readonly { readonly source: string; readonly name: string; readonly tally: PackedTally }[];
  /** Absent where nothing is in it. */
  readonly tally: PackedTally | undefined;
};

interface SubjectState {
  readonly subject: Subject;
  readonly calendar: Calendar;
  /** By size. */
  readonly ladder: readonly SizeState[];
  /** Last event of each side in sealed panes. */
  lastHeard: Readonly<Record<Side, Ms>>;
}

interface SizeState {
  readonly size: WindowSize;
  readonly index: number;
  /** The size whose sealed windows are added up to this one's: the largest that divides it; -1 for the pane. */
  readonly feeder: number;
  /** Windows that are not sealed, by start. */
  readonly open: Map<Ms, OpenWindow>;
  readonly past: MailPast | undefined;
}

interface OpenWindow {
  readonly state: SubjectState;
  readonly sizeState: SizeState;
  readonly span: Span;
  /** Of a pane: what complete chunks have of it, as it was contributed. */
  parts: readonly PackedTally[];
  /** Of a pane: what other chunks have of it so far. */
  readonly held: Set<Held>;
  /** Of a larger window: the sealed windows of its feeder. `nothing` until there is something. */
  tally: Tally;
  /** Time of the last event in it, or before it where the windows in between follow one another. */
  lastEventMs: Ms;
  revision: number;
  isFired: boolean;
  /** The pane step of the watermark at which its last revision was given out. */
  revisedAtStep: number;
}

interface Timer {
  readonly atMs: Ms;
  readonly isSeal: boolean;
  readonly window: OpenWindow;
}

/**
 * Merges contributions into windows, fires, revises and seals them by event time. It acts on marks only, and what it
 * gives out is a function of the contributions and marks so far, so that a replay gives the same documents.
 */
export class Correlator {
  private readonly sources = new Map<string, SourceState>();
  private readonly expected = new Set<string>();
  private readonly subjects = new Map<Subject, SubjectState>();
  private readonly timers = new TinyQueue<Timer>([], compareTimers);
  private readonly dirty = new Set<OpenWindow>();
  /** Resolvers with windows of their own. */
  private resolvers = 0;
  /** What is in windows without events: most windows of a quiet server are zeros, and share this one. */
  private readonly nothing: Tally;
  private readonly detector: Detector | undefined;
  private epoch = 0;
  private watermarkMs: Ms = -Infinity;
  private latestEventMs: Ms = -Infinity;

  constructor(
    private readonly config: CorrelateConfig,
    private readonly identity: Identity,
    /** Incidents of runs before, whose proposals may have been followed. */
    earlier: readonly Incident[] = [],
  ) {
    this.nothing = emptyTally(config.clientCap);
    const [pane, ...larger] = config.sizes;
    this.detector = pane === undefined ? undefined : new Detector(pane, larger, { identity, earlier }, config.detect);
  }

  /** No event before this is awaited; what is due by it was given out. `Infinity` once all sources have ended. */
  get watermark(): Ms {
    return this.watermarkMs;
  }

  /** Windows that are not sealed. */
  get openWindows(): number {
    let count = 0;
    for (const { ladder } of this.subjects.values()) for (const { open } of ladder) count += open.size;
    return count;
  }

  /**
   * Counts a contribution; of one name the longest counts, and the others are repeats. What it changes is given out with
   * the next mark. Returns what is too late: with sources that fall silent a pane may be sealed before its last event comes.
   */
  contribute({ source: name, chunk, epoch, subject, paneMs, upTo, tally }: Contribution): LateRange | undefined {
    const source = this.sourceOf(name);
    if (!this.isOfEpoch(source, epoch) || chunk < source.chunk) return undefined;
    source.upTo = Math.max(source.upTo, upTo);
    const key = `${String(chunk)}|${subject}|${String(paneMs)}`;
    const known = source.held.get(key);
    if (known !== undefined && known.upTo >= upTo) return undefined;
    const state = this.subjectOf(subject);
    if (this.isSealed(state, paneMs)) {
      source.held.set(key, { chunk, upTo, pane: undefined, tally: undefined });
      if (upTo <= source.countedUpTo) return undefined;
      const from = Math.max(known?.upTo ?? 0, source.countedUpTo);
      return { source: name, chunk, subject, paneMs, from: from === 0 ? undefined : from, upTo };
    }
    const lastMs = lastEvent(tally);
    for (const sizeState of state.ladder) {
      const window = this.windowAt(state, sizeState, paneMs);
      window.lastEventMs = Math.max(window.lastEventMs, lastMs);
      if (window.isFired && this.config.provisional) this.dirty.add(window);
      if (sizeState.index !== 0) continue;
      const held = known ?? { chunk, upTo, pane: window, tally };
      held.upTo = upTo;
      held.tally = tally;
      source.held.set(key, held);
      window.held.add(held);
    }
    return undefined;
  }

  /**
   * Takes a mark: complete chunks are merged at once; due windows are given out one by one as they are asked for, in the
   * order of their times, since a mark may end a year of them. All are to be taken before the next contribution. `place`
   * is that of the mark among those of its epoch; what is given out has the version that follows from both.
   */
  mark(mark: Mark, place: number): Iterable<Correlated> {
    const source = this.sourceOf(mark.source);
    if (!this.isOfEpoch(source, mark.epoch)) return [];
    // What sources there are is said anew in each epoch.
    if (mark.epoch > this.epoch) this.expected.clear();
    this.epoch = Math.max(this.epoch, mark.epoch);
    if (mark.epoch === this.epoch) for (const name of mark.expected) this.expected.add(name);
    if (mark.chunk > source.chunk) this.closeChunks(source, mark.chunk);
    // Who is not the owner any more may take a source for silent that is not.
    if (mark.upTo >= source.upTo) {
      source.upTo = mark.upTo;
      source.isNone = mark.watermarkMs === 'none';
      if (mark.watermarkMs !== 'none')
        source.watermarkMs = Math.max(source.watermarkMs, mark.watermarkMs === 'end' ? Infinity : mark.watermarkMs);
    }
    this.latestEventMs = Math.max(this.latestEventMs, mark.latestMs);
    this.watermarkMs = Math.max(this.watermarkMs, this.slowest());
    return this.giveOut(this.epoch * VERSIONS_OF_EPOCH + place + 1);
  }

  /** What it remembers; to be taken to its end before anything else is done. */
  *snapshot(): Generator<SnapshotPart> {
    const { epoch, watermarkMs, latestEventMs } = this;
    const places = new Map<Held, { readonly source: string; readonly name: string }>();
    const sources = [...this.sources].map(([source, state]) => {
      const held = [...state.held].map(([name, entry]) => {
        places.set(entry, { source, name });
        return [name, { chunk: entry.chunk, upTo: entry.upTo }] as const;
      });
      return [source, { ...state, held }] as const;
    });
    yield { kind: 'sources', epoch, watermarkMs, latestEventMs, expected: [...this.expected], sources };
    for (const { subject, lastHeard, ladder } of this.subjects.values()) {
      const [pane] = ladder;
      yield {
        kind: 'subject',
        subject,
        lastHeard: { ...lastHeard },
        ladder: ladder.map(({ open, past }) => ({
          open: [...open.values()].map((window) => this.packWindow(window, places)),
          history: past?.history.pack(),
        })),
        panes: pane?.past && { probes: pane.past.probes.pack(), dispersion: pane.past.dispersion.pack() },
        past: this.detector?.pack(subject),
      };
    }
  }

  /** Goes on from what another one remembered; this one must be new. */
  restore(parts: Iterable<SnapshotPart>): void {
    for (const part of parts) {
      if (part.kind === 'subject') {
        this.restoreSubject(part);
        continue;
      }
      this.epoch = part.epoch;
      this.watermarkMs = part.watermarkMs;
      this.latestEventMs = part.latestEventMs;
      for (const name of part.expected) this.expected.add(name);
      for (const [source, { held, ...state }] of part.sources) {
        const entries = held.map(([name, entry]) => [name, { ...entry, pane: undefined, tally: undefined }] as const);
        this.sources.set(source, { ...state, held: new Map(entries) });
      }
    }
  }

  private packWindow(
    window: OpenWindow,
    places: ReadonlyMap<Held, { readonly source: string; readonly name: string }>,
  ): PackedWindow {
    const { span, parts, held, tally, lastEventMs, revision, isFired, revisedAtStep } = window;
    const heldTallies = [...held].flatMap((entry) => {
      const place = places.get(entry);
      return place === undefined || entry.tally === undefined ? [] : [{ ...place, tally: entry.tally }];
    });
    return {
      span,
      parts,
      held: heldTallies,
      tally: tally === this.nothing ? undefined : packWholeTally(tally),
      lastEventMs,
      revision,
      isFired,
      revisedAtStep,
      isDirty: this.dirty.has(window),
    };
  }

  private restoreSubject({ subject, lastHeard, ladder, panes, past }: PackedSubject): void {
    if (past !== undefined) this.detector?.restore(subject, past);
    const state = this.addSubject(subject, {
      panes,
      histories: ladder.map(({ history }) => history),
    });
    state.lastHeard = lastHeard;
    for (const [index, { open }] of ladder.entries()) {
      const sizeState = state.ladder[index];
      if (sizeState !== undefined) for (const packed of open) this.restoreWindow(state, sizeState, packed);
    }
  }

  private restoreWindow(
    state: SubjectState,
    sizeState: SizeState,
    { span, held, tally, isDirty, ...rest }: PackedWindow,
  ): void {
    const { clientCap, allowedLatenessMs } = this.config;
    const window: OpenWindow = {
      ...rest,
      state,
      sizeState,
      span,
      held: new Set(),
      tally: tally === undefined ? this.nothing : unpackTally(tally, clientCap),
    };
    sizeState.open.set(span.startMs, window);
    if (!window.isFired) this.timers.push({ atMs: span.endMs, isSeal: false, window });
    this.timers.push({ atMs: span.endMs + allowedLatenessMs, isSeal: true, window });
    if (isDirty) this.dirty.add(window);
    for (const { source, name, tally: heldTally } of held) {
      const entry = this.sources.get(source)?.held.get(name);
      if (entry === undefined) throw new InvariantError(`A snapshot has ${name} of ${source} without its place.`);
      entry.pane = window;
      entry.tally = heldTally;
      window.held.add(entry);
    }
  }

  /** Notes the epoch of what comes from a source; false if it is of an earlier one, whose place the later one took. */
  private isOfEpoch(source: SourceState, epoch: number): boolean {
    if (epoch > source.epoch) {
      source.epoch = epoch;
      source.countedUpTo = source.upTo;
      // The chunk is read again, and counted as is right in this epoch; no pane of it is sealed before that is done.
      source.upTo = 0;
      source.watermarkMs = -Infinity;
      source.isNone = false;
      for (const held of source.held.values()) held.pane?.held.delete(held);
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

  private sourceOf(name: string): SourceState {
    let source = this.sources.get(name);
    if (source === undefined) {
      source = { epoch: 0, watermarkMs: -Infinity, isNone: false, chunk: 0, upTo: 0, countedUpTo: 0, held: new Map() };
      this.sources.set(name, source);
    }
    return source;
  }

  private isSealed({ ladder, calendar }: SubjectState, paneMs: Ms): boolean {
    const [pane] = ladder;
    if (pane === undefined) return true;
    return calendar.windowAt(pane.size, paneMs).endMs + this.config.allowedLatenessMs <= this.watermarkMs;
  }

  private closeChunks(source: SourceState, chunk: number): void {
    source.chunk = chunk;
    source.countedUpTo = 0;
    for (const [name, held] of source.held) {
      if (held.chunk >= chunk) continue;
      source.held.delete(name);
      const { pane, tally } = held;
      if (pane === undefined || tally === undefined) continue;
      pane.held.delete(held);
      pane.parts = this.gathered([...pane.parts, tally]);
    }
  }

  /** Parts as they are, while they are few and of few keys: to add up and pack them again at each costs time. */
  private gathered(parts: readonly PackedTally[]): readonly PackedTally[] {
    let keys = 0;
    for (const part of parts) keys += keysIn(part);
    const areFew = parts.length <= PARTS_KEPT && keys <= KEYED_TABLES * this.config.clientCap;
    return areFew ? parts : [packTally(this.sumOf(parts))];
  }

  private sumOf([first, ...others]: readonly PackedTally[]): Tally {
    if (first === undefined) return this.nothing;
    const sum = unpackTally(first, this.config.clientCap);
    for (const part of others) mergeInto(sum, unpackTally(part, this.config.clientCap));
    return sum;
  }

  /** What is in a window, but for windows of its feeder that are not sealed. */
  private tallyOf({ sizeState, parts, held, tally }: OpenWindow): Tally {
    return sizeState.index === 0 ? this.sumOf([...parts, ...talliesOf(held)]) : tally;
  }

  private subjectOf(subject: Subject): SubjectState {
    const known = this.subjects.get(subject);
    if (known !== undefined) return known;
    const isOwn = this.identity.serverOf(subject) !== undefined || this.resolvers < RESOLVERS_KEPT;
    return isOwn || subject === OTHER_RESOLVERS ? this.addSubject(subject) : this.subjectOf(OTHER_RESOLVERS);
  }

  private addSubject(
    subject: Subject,
    packed: {
      readonly panes?: PackedSubject['panes'];
      readonly histories?: readonly (PackedHistory | undefined)[];
    } = {},
  ): SubjectState {
    const mail = this.mailStateOf(subject, packed.panes);
    if (mail === undefined && subject !== OTHER_RESOLVERS) this.resolvers += 1;
    const ladder = this.config.sizes.map((size, index) => ({
      size,
      index,
      feeder: feederOf(this.config.sizes, index),
      open: new Map<Ms, OpenWindow>(),
      past: mail === undefined ? undefined : { ...mail, history: new WindowHistory(packed.histories?.[index]) },
    }));
    const calendar = new Calendar(this.identity.zoneOf(subject));
    const state = { subject, calendar, ladder, lastHeard: this.nothing.lastHeard };
    this.subjects.set(subject, state);
    return state;
  }

  /** What the panes of a mail server tell its windows of all sizes. */
  private mailStateOf(subject: Subject, packed: PackedSubject['panes']): Omit<MailPast, 'history'> | undefined {
    const server = this.identity.serverOf(subject);
    if (server === undefined) return undefined;
    const probes = new ProbeHistory(server, this.config.sizes[0]?.lengthMs ?? 0, packed?.probes);
    return { server, probes, dispersion: new Dispersion(packed?.dispersion) };
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
      held: new Set(),
      tally: this.nothing,
      lastEventMs: -Infinity,
      revision: 0,
      isFired: false,
      revisedAtStep: -Infinity,
    };
    sizeState.open.set(span.startMs, window);
    this.timers.push({ atMs: span.endMs, isSeal: false, window });
    this.timers.push({ atMs: span.endMs + this.config.allowedLatenessMs, isSeal: true, window });
    return window;
  }

  private *giveOut(version: number): Generator<Correlated> {
    for (let timer = this.timers.peek(); timer !== undefined; timer = this.timers.peek()) {
      if (timer.atMs > this.watermarkMs) break;
      this.timers.pop();
      const { window } = timer;
      const isSealDue = window.span.endMs + this.config.allowedLatenessMs <= this.watermarkMs;
      let result: Correlated | undefined;
      if (timer.isSeal) result = this.seal(window, version);
      // A mark gives out at most one document of a window, the last.
      else if (this.config.provisional && !isSealDue)
        result = this.read(window, this.contentOf(window), { version, final: false });
      window.isFired = true;
      this.openNext(window);
      if (result !== undefined) yield result;
    }
    for (const window of this.dueRevisions())
      yield this.read(window, this.contentOf(window), { version, final: false });
  }

  /** Opens the window after one that is over, while the subject is not quiet for too long. */
  private openNext({ state, sizeState, span, lastEventMs }: OpenWindow): void {
    // Time that silent sources let pass is as good as time that an event shows.
    const latestMs =
      this.watermarkMs === Infinity ? this.latestEventMs : Math.max(this.latestEventMs, this.watermarkMs);
    if (span.endMs >= lastEventMs + this.config.gapFillMs || span.endMs > latestMs) return;
    const next = this.windowAt(state, sizeState, span.endMs);
    next.lastEventMs = Math.max(next.lastEventMs, lastEventMs);
  }

  private seal(window: OpenWindow, version: number): Correlated {
    const { state, sizeState, span } = window;
    const tally = this.tallyOf(window);
    if (sizeState.index === 0 && tally !== this.nothing) state.lastHeard = later(state.lastHeard, tally.lastHeard);
    for (const larger of state.ladder)
      if (larger.feeder === sizeState.index) this.addSealed(this.windowAt(state, larger, span.startMs), tally);
    const result = this.read(window, tally, { version, final: true });
    sizeState.open.delete(span.startMs);
    for (const held of window.held) {
      held.pane = undefined;
      held.tally = undefined;
    }
    learn(sizeState, result.reading);
    return result;
  }

  private addSealed(window: OpenWindow, tally: Tally): void {
    if (tally === this.nothing) return;
    // The sealed window's own tally stays as it is.
    if (window.tally === this.nothing) window.tally = emptyTally(this.config.clientCap);
    mergeInto(window.tally, tally);
  }

  /** Fired windows that took more events, each at most once per pane step of the watermark. */
  private dueRevisions(): readonly OpenWindow[] {
    const step = this.step();
    const due = [...this.dirty].filter((window) => window.revisedAtStep < step);
    return due.sort(compareWindows);
  }

  private step(): number {
    return Math.floor(this.watermarkMs / (this.config.sizes[0]?.lengthMs ?? 1));
  }

  private read(window: OpenWindow, tally: Tally, { version, final }: { version: number; final: boolean }): Correlated {
    const { state, sizeState, span } = window;
    window.revision += 1;
    window.revisedAtStep = this.step();
    this.dirty.delete(window);
    const { revision } = window;
    const result = { subject: state.subject, size: sizeState.size, span, revision, version, final, tally };
    const reading = readWindow(result, sizeState.past, final ? state.lastHeard : heardBy(state, span.endMs));
    const top = topClients(reading, this.config.enrich);
    const clients = final ? clientDocuments(reading, top, this.config.enrich) : [];
    const verdict = this.detector?.observe(reading);
    const incidents = verdict?.events ?? [];
    const correlation = correlationDocument(reading, top, verdict);
    return {
      reading,
      correlation,
      clients,
      incidents,
      alerts: incidents.map((event) => alertDocument(event, this.config)),
    };
  }

  /** The tally of a window with all in it that is not sealed yet. */
  private contentOf(window: OpenWindow): Tally {
    const { state, sizeState, span } = window;
    const feeder = state.ladder[sizeState.feeder];
    if (feeder === undefined) return this.tallyOf(window);
    const whole = emptyTally(this.config.clientCap);
    mergeInto(whole, window.tally);
    for (const part of feeder.open.values())
      if (part.span.startMs >= span.startMs && part.span.startMs < span.endMs) mergeInto(whole, this.contentOf(part));
    return whole;
  }
}

function feederOf(sizes: readonly WindowSize[], index: number): number {
  const lengthMs = sizes[index]?.lengthMs ?? 0;
  return sizes.findLastIndex((size, other) => other < index && lengthMs % size.lengthMs === 0);
}

/** Later windows learn from one that is sealed. */
function learn({ index, past }: SizeState, { result, mail }: Reading): void {
  if (past === undefined || mail === undefined) return;
  const { tally } = result;
  const { startMs } = result.span;
  const [queries, from] = [tally.counts.of('dns.queries'), tally.counts.of('qmgr.from')];
  past.history.learn({ startMs, queries, connects: connectsOf(tally.counts), from });
  if (index !== 0) return;
  past.dispersion.learn({ startMs, ...mail.mee.exchange });
  if (tally.lastHeard.mail !== NEVER) past.probes.learn(startMs, tally);
}

function talliesOf(held: ReadonlySet<Held>): readonly PackedTally[] {
  return [...held].flatMap(({ tally }) => (tally === undefined ? [] : [tally]));
}

/** Last event of each side in sealed panes, and in open ones before `endMs`. */
function heardBy(state: SubjectState, endMs: Ms): Readonly<Record<Side, Ms>> {
  let heard = state.lastHeard;
  for (const pane of state.ladder[0]?.open.values() ?? [])
    if (pane.span.startMs < endMs)
      for (const { lastHeard } of [...pane.parts, ...talliesOf(pane.held)]) heard = later(heard, lastHeard);
  return heard;
}

/** The later time of each side. */
function later(a: Readonly<Record<Side, Ms>>, b: Readonly<Record<Side, Ms>>): Readonly<Record<Side, Ms>> {
  return { mail: Math.max(a.mail, b.mail), pop3: Math.max(a.pop3, b.pop3), dns: Math.max(a.dns, b.dns) };
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
