import type { DocumentKind, JsonObject } from '../core/documents/fields.js';
import type { Incomplete } from '../core/documents/summary.js';
import type { DeadReason, Ms } from '../core/event.js';
import type { FoldTask, Folded } from './fold-chunk.js';

/** Lines may be as long as this; a longer one is no log line, and a dead letter. */
export const MAX_LINE_BYTES = 1 << 16;

/** What a crash leaves, much longer, in place of what was not on the disk yet: the line before it is cut off there. */
export const GAP = Buffer.alloc(8);

/** A piece of a source that ends with the end of a line; all pieces but the last are about as long. */
export interface Chunk {
  /** Good until the next chunk is asked for. */
  readonly bytes: Buffer;
  /** How much is missing inside a line that is longer than a chunk and so the only one in it; 0 in all other chunks. */
  readonly leftOutBytes: number;
  /** Position of the first byte in the source, over all its files. */
  readonly offset: number;
  /** Position of the first byte in its file, uncompressed. */
  readonly byte: number;
  /** Identity of the file, whatever its name is: family and hash of its first line. */
  readonly origin: string;
  /** When the file was last written, the year of whose stamps is to be guessed. */
  readonly writtenMs: Ms;
  /** What a `last message repeated 3 times` in its first line is about; absent at the start of a file. */
  readonly before?: Buffer | undefined;
  /** Path of the file, for messages. */
  readonly path: string;
}

/** Some lines of a file, for a look at how its time goes on. */
export type Sample = Pick<Chunk, 'bytes' | 'byte' | 'writtenMs' | 'path'>;

/** Chunks in order; `undefined` at the end. */
export interface ChunkSource {
  readonly name: string;
  /** The files that could not be read to their end, as far as the source was read. */
  readonly incomplete: readonly Incomplete[];
  next(): Promise<Chunk | undefined>;
  /** The starts of all files, and places spread over those that can be read anywhere; of pipes there are none. */
  samples?(): Promise<readonly Sample[]>;
  close(): Promise<void>;
}

/** Where documents of one kind go. */
export interface Sink {
  /** Takes documents; they may wait in memory until `flush`. */
  write(documents: readonly object[]): void;
  /** Takes documents that are lines of JSON already. */
  append(lines: readonly Uint8Array[]): void;
  /** Resolves when what was written so far is out, or little of it waits. */
  flush(): Promise<void>;
}

/** Other threads that fold chunks. */
export interface FoldThreads {
  /** Chunks that keep all of them busy; 0 when none is left. */
  readonly capacity: number;
  /** Folds a chunk whose bytes are in shared memory, with its lead; `undefined` if a thread failed. */
  fold(task: FoldTask): Promise<Folded | undefined>;
  close(): Promise<void>;
}

/** Nothing is there now; resolves when something may be. */
export interface Waiting {
  readonly wait: Promise<void>;
}

/** A log that is sent on as it grows. */
export interface ShipSource {
  readonly name: string;
  /** The next lines, good until those after them are asked for; `undefined` at the end. */
  next(): Promise<Chunk | Waiting | undefined>;
  /** Says that all lines of the file with this origin are out that begin before a byte. */
  acknowledge(origin: string, byte: number): void;
  close(): Promise<void>;
}

/** Where events go: those of mail and POP3, those of DNS, and what can never be an event. */
export type EventOutlet = 'mail' | 'dns' | 'dead';
/** Where results go. */
export type ResultOutlet = 'correlations' | 'clients' | 'alerts' | 'rejections';

export interface OutgoingRecord<O extends string = EventOutlet> {
  readonly outlet: O;
  /** It chooses the partition. */
  readonly key: string;
  readonly value: Buffer;
  /** The partition, where another one than that of the key is meant. */
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Takes records for good. */
export interface RecordSink<O extends string = EventOutlet> {
  /** Resolves once all of them are safe. @throws if they never will be. */
  send(records: readonly OutgoingRecord<O>[]): Promise<void>;
}

/** A record of a topic's partition. Key and value are good until the next ones are taken: what is kept is copied. */
export interface LogRecord {
  readonly offset: number;
  /** When the broker wrote it. */
  readonly timeMs: Ms;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
}

/** Records of one partition that follow one another. */
export interface RecordBatch {
  /** `topic/partition`. */
  readonly source: string;
  readonly records: readonly LogRecord[];
  /** Where the next ones begin. */
  readonly nextOffset: number;
  /** The offset after the last record that the partition has. */
  readonly endOffset: number;
}

/** How far a group has come with a partition, and what it noted beside. */
export interface Position {
  readonly source: string;
  readonly offset: number;
  readonly note: string;
}

/** A partition that a member of a group was given. */
export interface Assigned {
  readonly source: string;
  readonly committed: Position | undefined;
  /** The first offset that the partition has, and the one after the last. */
  readonly startOffset: number;
  readonly endOffset: number;
}

/** What a member of a group can do as long as its generation lasts. */
export interface Member {
  /** Aborted when the generation is over: nobody waits for what is still under way for it. */
  readonly signal: AbortSignal;
  /** Notes how far it has come. @throws if the generation is over; that is for whoever called `take`. */
  commit(positions: readonly Position[]): Promise<void>;
  /** Nothing more is fetched of partitions until they are resumed. */
  pause(sources: readonly string[]): void;
  resume(sources: readonly string[]): void;
  /** How far the whole group has come, also with partitions of other members; those without a commit are left out. */
  groupPositions(): Promise<ReadonlyMap<string, Position>>;
}

/** What a generation of a group begins with. */
export interface Given {
  readonly assigned: readonly Assigned[];
  /** All partitions of the topics that the group reads. */
  readonly allSources: readonly string[];
  readonly member: Member;
}

/**
 * The work of a member for one generation of its group: all state of a partition lives here, so that it is gone when the
 * partition may be another member's. Calls come one after the other.
 */
export interface Generation {
  /** Where to go on with each assigned partition; nothing is taken before. */
  begin(): Promise<ReadonlyMap<string, number>>;
  take(batch: RecordBatch): Promise<void>;
  /** Called every now and then, between batches and without any. `caughtUp`: partitions whose end was just fetched. */
  tick(caughtUp: ReadonlySet<string>): Promise<void>;
  /** Called when the member is about to leave by itself. */
  end(): Promise<void>;
}

export type StartGeneration = (given: Given) => Generation;

/** A document of a topic of results: its bytes, and what they say. */
export interface ResultDocument {
  readonly kind: DocumentKind;
  /** JSON of `document`; good until it was taken. */
  readonly json: Buffer;
  readonly document: JsonObject;
}

/** A document that can never be written. */
export interface Unwritable {
  readonly kind: 'dead';
  /** What it lacks; or what is wrong with it, as whoever was to store it says: its values, its whole request, its length. */
  readonly reason: 'no_identity' | 'no_time' | 'no_version' | 'rejected' | 'malformed' | 'too_large';
  /** The words in which it was refused, shortened. */
  readonly text: string;
}

/** What writing a document came to; it is stale if it, or a later version of it, is there already. */
export type WriteOutcome =
  { readonly kind: 'settled' } | { readonly kind: 'stale'; readonly storedVersion?: number } | Unwritable;

/** Writes documents. It tries again by itself, for ever, whatever keeps them from being written. */
export interface DocumentWriter {
  /** Resolves when it was taken, which is when there is room for it. `onOutcome` is called once, when it is settled. */
  add(document: ResultDocument, onOutcome: (outcome: WriteOutcome) => void): Promise<void>;
  /** Resolves when everything is settled, for which nothing waits for more any longer. */
  flush(): Promise<void>;
  /** Makes `existing` see all that was written before of a kind of which it tells. */
  refresh(kind: DocumentKind, signal: AbortSignal): Promise<void>;
  /** Which of these `event.id` are there, of a kind that must be created but once; of others it tells of none. */
  existing(kind: DocumentKind, ids: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
}

/** What stands in the topic of dead letters. */
export interface DeadLetterDocument {
  readonly reason: DeadReason | Unwritable['reason'];
  readonly origin: string;
  readonly text: string;
  /** The words in which it was refused. */
  readonly why?: string | undefined;
}

/** A record that can never become what it was to. */
export interface DeadRecord {
  /** `topic/partition/offset`, its identity: the same one again is nothing new. */
  readonly origin: string;
  readonly reason: DeadLetterDocument['reason'];
  /** What was said of it, without what of it was quoted; empty where nobody was asked. */
  readonly text: string;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
}
