import { DuplicateFilter } from './duplicate-filter.js';
import type { Duplicates } from './duplicate-filter.js';
import type { DeadReason, DnsEvent, Event, MailEvent, Ms, Reason } from './event.js';
import { rejectionDocument, rejectionsLeftOut } from './documents/rejection.js';
import type { RejectionDocument, RejectionEvent } from './documents/rejection.js';
import { textAt } from './documents/value.js';
import type { Identity, MailServer, Subject } from './identity.js';
import { addSample, noOutcomes } from './outcomes.js';
import type { Outcomes } from './outcomes.js';
import { countHeard, countLate, countMail, countQuerySent, countQueryServed } from './tally/count.js';
import { Table } from './tally/table.js';
import { COUNT, emptyTally, packTally } from './tally/tally.js';
import type { PackedTally, Tally } from './tally/tally.js';
import { clientKey } from './address.js';
import { paneStart } from './windows/calendar.js';
import { LatenessJudge } from './windows/lateness.js';
import type { LatenessConfig } from './windows/lateness.js';
import { NO_HIGHEST } from './windows/watermark.js';
import type { Highest } from './windows/watermark.js';

/** Rejection documents of one (chunk, subject, client, reason, pane); further ones are only counted. */
const REJECTIONS_KEPT = 1000;
/** Tallies of a chunk that are kept: a few lines of each pane would make as many tallies as a log has panes. */
const TALLIES_KEPT = 1000;
/** What a rejection or a dead letter takes beside the text of its line. */
const ASIDE_BYTES = 1000;
/** Programs and hosts of which a chunk keeps a sample; the other lines are in one number. */
const SAMPLES_KEPT = 1000;

export interface AggregateConfig extends LatenessConfig {
  readonly paneMs: Ms;
  /** How far after its reference time an event may be. */
  readonly futureSkewMs: Ms;
  readonly clientCap: number;
  /** What is done with DNS events that are there twice. */
  readonly dnsDuplicates: Duplicates;
}

/** One record as its source has it. */
export interface SourceRecord {
  /** Position in the source. */
  readonly offset: number;
  /** What "now" was for this record. */
  readonly referenceMs: Ms;
  /** The identity of the record wherever it is read again: family, hash and byte of a line. */
  origin(): string;
  /** The line as it stood in the log. */
  text(): string;
}

/** What a chunk has of one subject and pane. */
export interface PaneTally {
  readonly subject: Subject;
  readonly paneMs: Ms;
  /** The offset after the last event counted in it. */
  readonly upTo: number;
  readonly tally: PackedTally;
}

/** A record that can never be counted. */
export interface DeadLetter {
  readonly reason: DeadReason;
  readonly origin: string;
  readonly text: string;
}

/** Rejections of clients for one reason. */
interface RejectionGroup {
  /**
   * Documents by client. Pruned like any table: a client that is forgotten among thousands of others may get some more
   * documents, but none of its rejections is lost.
   */
  readonly documents: Table<'documents'>;
  /** By client, those beyond the cap; the identity of the document that stands for them is from the first one's origin. */
  readonly leftOut: Map<string, { readonly firstOrigin: string; readonly host: string; count: number }>;
}
const DOCUMENTS = { documents: COUNT } as const;

/** What the chunk has of one subject and pane, while it is counted. */
interface Entry {
  readonly subject: Subject;
  readonly paneMs: Ms;
  readonly tally: Tally;
  upTo: number;
  /** `upTo` when its tally was given out last. */
  givenUpTo: number;
  readonly rejections: Map<Reason, RejectionGroup>;
}

/** Documents that came up beside the counts. */
export interface Asides {
  readonly rejections: readonly RejectionDocument[];
  readonly deadLetters: readonly DeadLetter[];
}

/** What a chunk came to: a pure function of the chunk and of the highest event times before it. */
export interface ChunkTotals {
  readonly tallies: readonly PaneTally[];
  readonly outcomes: Outcomes;
  /** The offset after the last record; 0 if there is none. */
  readonly upTo: number;
  /** The highest times of its own events. */
  readonly highest: Highest;
  /** Those before it, as far as they were known. */
  readonly before: Highest;
  /** What those before it must be below, for all to be the same though it was folded with lower ones. */
  readonly below: Highest;
}

/** Folds the events of one chunk. */
export class Aggregator {
  private outcomes = noOutcomes();
  private readonly judge: LatenessJudge;
  private upTo = 0;
  private readonly open = new Map<Subject, Map<Ms, Entry>>();
  private tallies = 0;
  /** Where the last events went: most events need no other look-up. */
  private currentPaneMs = NaN;
  private lastOfServer: Entry | undefined;
  private lastOfResolver: Entry | undefined;
  private lastResolver = '';
  /** Whether the event at hand came after its pane's end. */
  private isLate = false;
  private rejections: RejectionDocument[] = [];
  private deadLetters: DeadLetter[] = [];
  /** About as many bytes are in the rejections and dead letters that nobody has taken. */
  asideBytes = 0;
  private readonly duplicates: DuplicateFilter | undefined;

  /** `before`: the highest times of the source's events before the chunk, or lower ones. */
  constructor(
    private readonly config: AggregateConfig,
    private readonly identity: Identity,
    /** The resolver that a query log without a host belongs to. */
    private readonly defaultResolver: string,
    private readonly before: Highest = NO_HIGHEST,
  ) {
    this.judge = new LatenessJudge(config, before);
    this.duplicates = config.dnsDuplicates === 'drop' ? new DuplicateFilter() : undefined;
  }

  /** Whether the chunk has so many tallies that it should end. */
  get isFull(): boolean {
    return this.tallies >= TALLIES_KEPT;
  }

  /** Counts one event, or says why it cannot be. */
  add(event: Event, record: SourceRecord): DeadReason | undefined {
    const { time } = event;
    const { paneMs } = this.config;
    this.upTo = record.offset + 1;
    if (isFuture(time, record.referenceMs, this.config)) return this.bury('future', record);
    if (time < this.currentPaneMs || !(time < this.currentPaneMs + paneMs)) this.enterPane(paneStart(time, paneMs));
    const lateness = this.judge.judge(time, this.currentPaneMs + paneMs);
    if (lateness === 'too_late') return this.bury('late', record);
    this.isLate = lateness === 'late';
    if (event.kind === 'dns') this.addQuery(event, record);
    else this.addMail(event, record);
    return undefined;
  }

  /** Whether an event is so far ahead of those before it that the ones behind them would be late. */
  isFarAhead({ time }: Event): boolean {
    return this.judge.isFarAhead(time);
  }

  /** Puts an event that is far ahead, also of what follows it, among those from the future. */
  buryAhead({ time }: Event, record: SourceRecord): DeadReason {
    this.judge.leaveOut(time);
    return this.bury('future', record);
  }

  /** Puts a record that no event can be made of among the dead letters. */
  bury(reason: DeadReason, record: SourceRecord): DeadReason {
    this.upTo = record.offset + 1;
    this.outcomes.dead[reason] += 1;
    const text = record.text();
    this.asideBytes += ASIDE_BYTES + text.length;
    this.deadLetters.push({ reason, origin: record.origin(), text });
    return reason;
  }

  /** The tallies that have grown since the last call. Those that did not, and that no event can be in time for, are dropped. */
  changed(): readonly PaneTally[] {
    const tallies: PaneTally[] = [];
    const overMs = this.judge.watermarkMs - this.config.allowedLatenessMs - this.config.paneMs;
    for (const panes of this.open.values())
      for (const [paneMs, entry] of panes) {
        const { subject, tally, upTo } = entry;
        if (upTo !== entry.givenUpTo) {
          entry.givenUpTo = upTo;
          tallies.push({ subject, paneMs, upTo, tally: packTally(tally) });
        } else if (paneMs <= overMs) {
          this.rejections.push(...leftOutOf(entry));
          panes.delete(paneMs);
        }
      }
    return tallies;
  }

  /** The highest times of the chunk's events so far. */
  get highest(): Highest {
    return this.judge.highest;
  }

  /** What became of the records since the last call. */
  takeOutcomes(): Outcomes {
    const { outcomes } = this;
    this.outcomes = noOutcomes();
    return outcomes;
  }

  /** Ends the chunk: what it came to, but for what was given out. The last rejections are among the asides then. */
  finish(): ChunkTotals {
    const tallies = this.changed();
    for (const panes of this.open.values())
      for (const entry of panes.values()) this.rejections.push(...leftOutOf(entry));
    const { highest, below } = this.judge;
    return { tallies, outcomes: this.takeOutcomes(), upTo: this.upTo, highest, before: this.before, below };
  }

  /** The rejections and dead letters since the last call. */
  takeAsides(): Asides {
    const { rejections, deadLetters } = this;
    this.rejections = [];
    this.deadLetters = [];
    this.asideBytes = 0;
    return { rejections, deadLetters };
  }

  private addQuery(event: DnsEvent, record: SourceRecord): void {
    if (this.duplicates?.isDuplicate(event) === true) {
      this.outcomes.duplicate += 1;
      return;
    }
    const resolver = event.resolver ?? this.defaultResolver;
    const server = this.identity.serverOfQuery(resolver, event.client_address);
    if (server !== undefined) countQuerySent(this.entryOfServer(server, record).tally, event);
    countQueryServed(this.entryOfResolver(resolver, record).tally, event);
    this.outcomes.counted += 1;
  }

  private addMail(event: MailEvent, record: SourceRecord): void {
    const { kind } = event;
    if (kind === 'other' && event.side === undefined) {
      this.outcomes.unused += 1;
      return;
    }
    if ((kind === 'other' || kind === 'unrecognised') && event.side === 'dns') {
      const resolver = event.host === '' ? this.defaultResolver : event.host;
      countHeard(this.entryOfResolver(resolver, record).tally, event);
    } else {
      const server = this.identity.serverOfLine(event.host, event.service);
      if (server === undefined) {
        addSample(this.outcomes.unmapped, event.host, record, SAMPLES_KEPT);
        return;
      }
      // A program that is none of ours says nothing about the server, not even that it is alive.
      const isForeign = kind === 'unrecognised' && event.side === undefined;
      if (!isForeign) this.count(event, record, server);
    }
    if (kind === 'unrecognised') {
      const { foreign, unrecognised } = this.outcomes;
      addSample(event.side === undefined ? foreign : unrecognised, event.program, record, SAMPLES_KEPT);
    } else if (kind === 'other') this.outcomes.unused += 1;
    else this.outcomes.counted += 1;
  }

  private count(event: MailEvent, record: SourceRecord, server: MailServer): void {
    const entry = this.entryOfServer(server, record);
    countMail(entry.tally, event, server);
    if (isRejection(event)) this.reject(event, record, { server, entry });
  }

  private reject(
    event: RejectionEvent,
    record: SourceRecord,
    { server, entry }: { server: MailServer; entry: Entry },
  ): void {
    const client = clientKey(event.client_address);
    const reason = event.kind === 'too_many_errors' ? 'other' : event.reason;
    let group = entry.rejections.get(reason);
    if (group === undefined) {
      group = { documents: new Table(DOCUMENTS, this.config.clientCap), leftOut: new Map() };
      entry.rejections.set(reason, group);
    }
    const { documents, leftOut } = group;
    const row = documents.rowOf(client);
    if (documents.at(row, COUNT) < REJECTIONS_KEPT) {
      documents.add(row, COUNT);
      const document = rejectionDocument(event, record, server);
      this.asideBytes += ASIDE_BYTES + (textAt(document, 'event.original')?.length ?? 0);
      this.rejections.push(document);
      return;
    }
    const known = leftOut.get(client);
    if (known === undefined) leftOut.set(client, { firstOrigin: record.origin(), host: event.host, count: 1 });
    else known.count += 1;
  }

  private entryOfServer({ subject }: MailServer, record: SourceRecord): Entry {
    const last = this.lastOfServer;
    return (this.lastOfServer = this.touch(last?.subject === subject ? last : this.entryOf(subject), record));
  }

  private entryOfResolver(resolver: string, record: SourceRecord): Entry {
    const last = this.lastOfResolver;
    const isSame = last !== undefined && resolver === this.lastResolver;
    this.lastResolver = resolver;
    return (this.lastOfResolver = this.touch(isSame ? last : this.entryOf(`dns:${resolver}`), record));
  }

  private touch(entry: Entry, record: SourceRecord): Entry {
    entry.upTo = record.offset + 1;
    if (this.isLate) countLate(entry.tally);
    return entry;
  }

  /** The entry of a subject in the current pane. */
  private entryOf(subject: Subject): Entry {
    const panes = this.open.get(subject) ?? new Map<Ms, Entry>();
    this.open.set(subject, panes);
    let entry = panes.get(this.currentPaneMs);
    if (entry === undefined) {
      const paneMs = this.currentPaneMs;
      entry = {
        subject,
        paneMs,
        tally: emptyTally(this.config.clientCap),
        upTo: 0,
        givenUpTo: 0,
        rejections: new Map(),
      };
      panes.set(paneMs, entry);
      this.tallies += 1;
    }
    return entry;
  }

  private enterPane(paneMs: Ms): void {
    this.currentPaneMs = paneMs;
    this.lastOfServer = undefined;
    this.lastOfResolver = undefined;
  }
}

/** The documents that stand for rejections beyond the cap. */
function leftOutOf({ subject, paneMs, rejections }: Entry): readonly RejectionDocument[] {
  const documents: RejectionDocument[] = [];
  for (const [reason, { leftOut }] of rejections)
    for (const [client, { firstOrigin, host, count }] of leftOut) {
      const id = `${firstOrigin}|left out`;
      documents.push(rejectionsLeftOut({ id, subject, host, client, reason, paneMs, count }));
    }
  return documents;
}

/** Whether an event is so much later than its reference time that it cannot be counted. */
export function isFuture(time: Ms, referenceMs: Ms, { futureSkewMs }: Pick<AggregateConfig, 'futureSkewMs'>): boolean {
  return time > referenceMs + futureSkewMs;
}

/** Whether an event becomes a document of its own. */
export function isRejection(event: MailEvent): event is RejectionEvent {
  switch (event.kind) {
    case 'reject':
    case 'auth_failure':
    case 'protocol_error':
    case 'rate_limit':
    case 'too_many_errors':
    case 'screen_hit':
      return true;
    default:
      return false;
  }
}
