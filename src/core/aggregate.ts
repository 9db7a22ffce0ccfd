import type { DeadReason, DnsEvent, Event, MailEvent, Ms, Reason } from './event.js';
import { rejectionDocument, rejectionsLeftOut } from './documents/rejection.js';
import type { RejectionDocument, RejectionEvent } from './documents/rejection.js';
import type { Identity, MailServer, Subject } from './identity.js';
import { countHeard, countLate, countMail, countQuerySent, countQueryServed } from './tally/count.js';
import { Table } from './tally/table.js';
import { COUNT, emptyTally, packTally } from './tally/tally.js';
import type { PackedTally, Tally } from './tally/tally.js';
import { clientKey } from './address.js';
import { paneStart } from './windows/calendar.js';
import { Watermark } from './windows/watermark.js';

/** Rejection documents of one (chunk, subject, client, reason, pane); further ones are only counted. */
const REJECTIONS_KEPT = 1000;
/** Tallies of a chunk that are kept: a few lines of each pane would make as many tallies as a log has panes. */
const TALLIES_KEPT = 1000;
/** Programs and hosts of which a source keeps a sample. */
const SAMPLES_KEPT = 100;

export interface AggregateConfig {
  readonly paneMs: Ms;
  readonly outOfOrdernessMs: Ms;
  readonly allowedLatenessMs: Ms;
  /** How far after its reference time an event may be. */
  readonly futureSkewMs: Ms;
  readonly clientCap: number;
  /** The resolver that a query log without a host belongs to. */
  readonly defaultResolver: string;
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

/** The tally of `[chunk start, upTo)` of a chunk for one subject and pane; of one name the largest `upTo` is right. */
export interface Contribution {
  readonly source: string;
  readonly chunk: number;
  /** The offset after the last event counted in it. */
  readonly upTo: number;
  readonly subject: Subject;
  readonly paneMs: Ms;
  readonly tally: PackedTally;
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

/** A record that can never be counted. */
export interface DeadLetter {
  readonly reason: DeadReason;
  readonly origin: string;
  readonly text: string;
}

interface Sample {
  count: number;
  readonly text: string;
}

/** What became of a source's records: each is in exactly one of these numbers. */
export interface Outcomes {
  counted: number;
  unused: number;
  /** By program, each with its first line. */
  readonly unrecognised: Map<string, Sample>;
  /** The same of programs that are not read. */
  readonly foreign: Map<string, Sample>;
  /** Lines of hosts that are no configured server's, by host. */
  readonly unmapped: Map<string, Sample>;
  readonly dead: Record<DeadReason, number>;
}

/** Rejections of clients for one reason. */
interface RejectionGroup {
  /**
   * Documents by client. Pruned like any table: a client that is forgotten among thousands of others may get some more
   * documents, but none of its rejections is lost.
   */
  readonly documents: Table<'documents'>;
  /** By client, those beyond the cap; the identity of the document that stands for them is from the first one's origin. */
  readonly leftOut: Map<string, { readonly firstOrigin: string; count: number }>;
}
const DOCUMENTS = { documents: COUNT } as const;

/** What the chunk has of one subject and pane. */
interface Entry {
  readonly subject: Subject;
  readonly paneMs: Ms;
  readonly tally: Tally;
  upTo: number;
  readonly rejections: Map<Reason, RejectionGroup>;
}

/** Documents that came up beside the counts. */
export interface Asides {
  readonly rejections: readonly RejectionDocument[];
  readonly deadLetters: readonly DeadLetter[];
}

/** What a chunk of a source came to: a pure function of the chunk and of the source's watermark at its start. */
export interface ChunkResult extends Asides {
  readonly contributions: readonly Contribution[];
  readonly mark: Mark;
}

/** Folds the events of one source, chunk by chunk, into contributions. */
export class Aggregator {
  readonly outcomes: Outcomes = {
    counted: 0,
    unused: 0,
    unrecognised: new Map(),
    foreign: new Map(),
    unmapped: new Map(),
    dead: zeroDead(),
  };
  private readonly watermark: Watermark;
  private chunk = 0;
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

  constructor(
    private readonly source: string,
    private readonly config: AggregateConfig,
    private readonly identity: Identity,
  ) {
    this.watermark = new Watermark(config.outOfOrdernessMs);
  }

  /** Whether the chunk has so many tallies that it should end. */
  get isFull(): boolean {
    return this.tallies >= TALLIES_KEPT;
  }

  /** Counts one event, or says why it cannot be. */
  add(event: Event, record: SourceRecord): DeadReason | undefined {
    const { time } = event;
    const { paneMs, futureSkewMs, allowedLatenessMs } = this.config;
    this.upTo = record.offset + 1;
    if (time > record.referenceMs + futureSkewMs) return this.bury('future', record);
    if (time < this.currentPaneMs || !(time < this.currentPaneMs + paneMs)) this.enterPane(paneStart(time, paneMs));
    const overdueMs = this.watermark.timeMs - (this.currentPaneMs + paneMs);
    if (overdueMs >= allowedLatenessMs) return this.bury('late', record);
    this.isLate = overdueMs >= 0;
    this.watermark.observe(time);
    if (event.kind === 'dns') this.addQuery(event, record);
    else this.addMail(event, record);
    return undefined;
  }

  /** Puts a record that no event can be made of among the dead letters. */
  bury(reason: DeadReason, record: SourceRecord): DeadReason {
    this.upTo = record.offset + 1;
    this.outcomes.dead[reason] += 1;
    this.deadLetters.push({ reason, origin: record.origin(), text: record.text() });
    return reason;
  }

  /** Ends a chunk: what it came to, with the mark that follows it. `isEnd` says that the source has no more. */
  finishChunk(expected: readonly string[], isEnd: boolean): ChunkResult {
    const { source, chunk } = this;
    const contributions: Contribution[] = [];
    for (const panes of this.open.values())
      for (const { subject, paneMs, tally, upTo } of panes.values())
        contributions.push({ source, chunk, upTo, subject, paneMs, tally: packTally(tally) });
    this.rejections.push(...this.leftOut());
    this.chunk += 1;
    this.open.clear();
    this.tallies = 0;
    this.enterPane(NaN);
    const watermarkMs = isEnd ? 'end' : this.watermark.timeMs;
    const { latestMs } = this.watermark;
    const mark = { source, chunk: this.chunk, upTo: this.upTo, watermarkMs, latestMs, expected } as const;
    return { contributions, ...this.takeAsides(), mark };
  }

  /** The rejections and dead letters since the last call; the chunk's result then has the others. */
  takeAsides(): Asides {
    const { rejections, deadLetters } = this;
    this.rejections = [];
    this.deadLetters = [];
    return { rejections, deadLetters };
  }

  private leftOut(): readonly RejectionDocument[] {
    const documents: RejectionDocument[] = [];
    const entries = [...this.open.values()].flatMap((panes) => [...panes.values()]);
    for (const { subject, paneMs, rejections } of entries)
      for (const [reason, { leftOut }] of rejections)
        for (const [client, { firstOrigin, count }] of leftOut) {
          const id = `${firstOrigin}|left out`;
          documents.push(rejectionsLeftOut({ id, subject, client, reason, paneMs, count }));
        }
    return documents;
  }

  private addQuery(event: DnsEvent, record: SourceRecord): void {
    const resolver = event.resolver ?? this.config.defaultResolver;
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
      const resolver = event.host === '' ? this.config.defaultResolver : event.host;
      countHeard(this.entryOfResolver(resolver, record).tally, event);
    } else {
      const server = this.identity.serverOfLine(event.host, event.service);
      if (server === undefined) {
        sample(this.outcomes.unmapped, event.host, record);
        return;
      }
      // A program that is none of ours says nothing about the server, not even that it is alive.
      const isForeign = kind === 'unrecognised' && event.side === undefined;
      if (!isForeign) this.count(event, record, server);
    }
    if (kind === 'unrecognised')
      sample(event.side === undefined ? this.outcomes.foreign : this.outcomes.unrecognised, event.program, record);
    else if (kind === 'other') this.outcomes.unused += 1;
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
      this.rejections.push(rejectionDocument(event, record, server));
      return;
    }
    const known = leftOut.get(client);
    if (known === undefined) leftOut.set(client, { firstOrigin: record.origin(), count: 1 });
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
      entry = { subject, paneMs, tally: emptyTally(this.config.clientCap), upTo: 0, rejections: new Map() };
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

function zeroDead(): Record<DeadReason, number> {
  return { no_envelope: 0, too_long: 0, future: 0, late: 0 };
}

function isRejection(event: MailEvent): event is RejectionEvent {
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

function sample(samples: Map<string, Sample>, key: string, record: SourceRecord): void {
  const name = samples.has(key) || samples.size < SAMPLES_KEPT ? key : 'others';
  const known = samples.get(name);
  if (known !== undefined) known.count += 1;
  else samples.set(name, { count: 1, text: record.text() });
}
