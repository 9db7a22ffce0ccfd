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
import { hostOf } from './documents/ecs.js';
import type { Ms } from './event.js';
import type { Identity, Subject } from './identity.js';
import { MailPasts } from './measure/pasts.js';
import type { PackedMailPast } from './measure/pasts.js';
import { readWindow } from './measure/reading.js';
import type { Reading } from './measure/reading.js';
import { Sources } from './sources.js';
import type { PackedSources } from './sources.js';
import { versionAt } from './version.js';
import { WindowBook } from './windows/book.js';
import type { BookConfig, Due } from './windows/book.js';
import type { OpenWindow, PackedWindows } from './windows/open-window.js';

/** To be raised when what is remembered is other than before. */
const FORMAT = 1;

export interface CorrelateConfig extends AlertConfig, BookConfig {
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
export type SnapshotPart =
  | {
      readonly kind: 'sources';
      readonly format: number;
      /** Of the windows. */
      readonly sizes: readonly string[];
      readonly sources: PackedSources;
    }
  | {
      readonly kind: 'subject';
      readonly windows: PackedWindows;
      readonly measured: PackedMailPast | undefined;
      readonly past: PackedPast | undefined;
    };

/**
 * Merges contributions into windows, fires, revises and seals them by event time. It acts on marks only, and what it
 * gives out is a function of the contributions and marks so far, so that a replay gives the same documents.
 */
export class Correlator {
  private readonly book: WindowBook;
  private readonly sources: Sources<OpenWindow>;
  private readonly pasts: MailPasts;
  private readonly detector: Detector | undefined;

  constructor(
    private readonly config: CorrelateConfig,
    identity: Identity,
    /** Incidents of runs before, whose proposals may have been followed. */
    earlier: readonly Incident[] = [],
  ) {
    const book = new WindowBook(config, identity);
    this.book = book;
    this.sources = new Sources((held) => void book.takeBack(held));
    this.pasts = new MailPasts(config.sizes, identity);
    const [pane, ...larger] = config.sizes;
    this.detector = pane === undefined ? undefined : new Detector(pane, larger, { identity, earlier }, config.detect);
  }

  /** No event before this is awaited; what is due by it was given out. `Infinity` once all sources have ended. */
  get watermark(): Ms {
    return this.sources.watermarkMs;
  }

  /** Windows that are not sealed. */
  get openWindows(): number {
    return this.book.openCount;
  }

  /** Panes that are not sealed. */
  get openPanes(): number {
    return this.book.openPaneCount;
  }

  /**
   * Counts a contribution; of one name the longest counts, and the others are repeats. What it changes is given out with
   * the next mark. Returns what is too late: with sources that fall silent a pane may be sealed before its last event comes.
   */
  contribute(contribution: Contribution): LateRange | undefined {
    const accepted = this.sources.accept(contribution);
    if (accepted === undefined) return undefined;
    const { held, newFrom } = accepted;
    if (this.book.hold(held, contribution, this.sources) || newFrom === undefined) return undefined;
    const { source, chunk, subject, paneMs, upTo } = contribution;
    return { source, chunk, subject, paneMs, from: newFrom === 0 ? undefined : newFrom, upTo };
  }

  /**
   * Takes a mark: complete chunks are merged at once; due windows are given out one by one as they are asked for, in the
   * order of their times, since a mark may end a year of them. All are to be taken before the next contribution. `place`
   * is that of the mark among those of its epoch; what is given out has the version that follows from both.
   */
  mark(mark: Mark, place: number): Iterable<Correlated> {
    const complete = this.sources.mark(mark);
    if (complete === undefined) return [];
    for (const held of complete) this.book.complete(held);
    return this.giveOut(versionAt(this.sources.epoch, place));
  }

  /** What it remembers; to be taken to its end before anything else is done. */
  *snapshot(): Generator<SnapshotPart> {
    yield { kind: 'sources', format: FORMAT, sizes: this.sizes, sources: this.sources.pack() };
    const places = this.sources.places();
    for (const subject of this.book.subjects)
      yield {
        kind: 'subject',
        windows: this.book.pack(subject, places),
        measured: this.pasts.pack(subject),
        past: this.detector?.pack(subject),
      };
  }

  /** Whether it could go on from this: another program may remember other things, and other windows hold other panes. */
  fits([first]: readonly SnapshotPart[]): boolean {
    if (first?.kind !== 'sources' || first.format !== FORMAT) return false;
    return first.sizes.join() === this.sizes.join();
  }

  private get sizes(): readonly string[] {
    return this.config.sizes.map(({ name }) => name);
  }

  /** Goes on from what another one remembered, and which fits; this one must be new. */
  restore(parts: Iterable<SnapshotPart>): void {
    for (const part of parts) {
      if (part.kind === 'sources') {
        this.sources.restore(part.sources);
        continue;
      }
      const { windows, measured, past } = part;
      this.book.restore(windows, ({ source, name }) => this.sources.heldAt(source, name));
      if (measured !== undefined) this.pasts.restore(windows.subject, measured);
      if (past !== undefined) this.detector?.restore(windows.subject, past);
    }
  }

  private *giveOut(version: number): Generator<Correlated> {
    for (const due of this.book.due(this.sources)) yield this.read(due, version);
  }

  private read(due: Due, version: number): Correlated {
    const { lastHeard, ...window } = due;
    const past = this.pasts.of(window.subject, window.size);
    const reading = readWindow({ ...window, version }, past, lastHeard);
    const top = topClients(reading, this.config.enrich);
    const clients = window.final ? clientDocuments(reading, top, this.config.enrich) : [];
    const verdict = this.detector?.observe(reading);
    const incidents = verdict?.events ?? [];
    const correlation = correlationDocument(reading, top, verdict);
    if (window.final) this.pasts.learn(reading);
    const host = hostOf(window.subject, reading.mail?.server.config);
    const alerts = incidents.map((event) => alertDocument(event, host, this.config));
    return { reading, correlation, clients, incidents, alerts };
  }
}
