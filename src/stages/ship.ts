import { isRejection } from '../core/aggregate.js';
import type { SourceRecord } from '../core/aggregate.js';
import type { DeadReason, Event, Ms, Originated } from '../core/event.js';
import type { ParseLine } from '../parse/line.js';
import { ChunkEvents } from './chunk-events.js';
import { eachLine, restOf } from './fold-chunk.js';
import type { Chunk, RecordSink, OutgoingRecord, ShipSource, Waiting } from './ports.js';

/**
 * A batch is sent when it has so many bytes. Smaller ones cost more requests; for larger ones kafkajs takes longer for each
 * record, since it copies those of a request again and again.
 */
const BATCH_BYTES = 1 << 17;
/** Lines in a row whose stamps may be later than they are. */
const FORGED_LINES = 2;
/** Bytes of a source that wait; a line may stand for a thousand events. */
const WAITING_BYTES = 1 << 21;

export interface ShipDeps {
  readonly sources: readonly ShipSource[];
  readonly parse: ParseLine;
  readonly sink: RecordSink;
  /** Makes the bytes of an event. */
  readonly encode: (event: Originated) => Buffer;
  /** The resolver that a query log without a host belongs to. */
  readonly resolverOf: (source: string) => string;
  /** The instant to which the years of stamps in a chunk are nearest. */
  readonly yearReference: (chunk: Chunk) => Ms;
  /** Whether a source that has nothing now is waited for, so that all are read in step by event time. */
  readonly isInStep: boolean;
  /** Called after each batch that is safe. */
  readonly onAcknowledged: () => Promise<void>;
  /** Called when all that was read is safe, and nothing is there to be read. */
  readonly onIdle: () => Promise<void>;
  /** Ends the run: what was read is sent, and nothing more is read. */
  readonly signal: AbortSignal;
}

/** What came of a run. */
export interface Shipped {
  readonly lines: number;
  readonly events: number;
  readonly unrecognised: number;
  readonly dead: Readonly<Partial<Record<DeadReason, number>>>;
}

/**
 * Sends the events of all lines of the sources. One batch is under way while the next one is made: more of them could
 * change places, and lines that come too late for their window count no more. A position moves once all before it is safe.
 */
export async function ship(deps: ShipDeps): Promise<Shipped> {
  const queues = deps.sources.map((source) => new Queue(source, deps));
  const shipment = new Shipment(deps);
  const stop = stopOf(deps.signal);
  for (;;) {
    const waiting = queues.some((queue) => queue.isDry) ? await fillQueues(queues) : undefined;
    if (stop.isStopped()) break;
    const mustWait = deps.isInStep && waiting !== undefined;
    if (!mustWait && queues.some((queue) => !queue.isEmpty)) {
      if (shipment.takeRun(queues)) await shipment.send();
      continue;
    }
    await shipment.flush(queues);
    if (waiting === undefined) break;
    await deps.onIdle();
    await Promise.race([stop.stopped, waiting.wait]);
  }
  // What was read of a pipe cannot be read again.
  while (queues.some((queue) => !queue.isEmpty)) if (shipment.takeRun(queues)) await shipment.send();
  await shipment.flush(queues);
  return totalOf(queues);
}

interface Stop {
  readonly isStopped: () => boolean;
  readonly stopped: Promise<void>;
}

function stopOf(signal: AbortSignal): Stop {
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return { isStopped: () => signal.aborted, stopped };
}

/** Reads on where nothing waits to be sent; returns what to wait for where there is nothing now. */
async function fillQueues(queues: readonly Queue[]): Promise<Waiting | undefined> {
  let waiting: Waiting | undefined;
  for (const queue of queues) {
    const next = await queue.fill();
    if (next !== undefined) waiting = waiting === undefined ? next : { wait: Promise.race([waiting.wait, next.wait]) };
  }
  return waiting;
}

function totalOf(queues: readonly Queue[]): Shipped {
  const dead: Partial<Record<DeadReason, number>> = {};
  const total = { lines: 0, events: 0, unrecognised: 0, dead };
  for (const queue of queues) {
    total.lines += queue.lines;
    total.events += queue.events;
    total.unrecognised += queue.unrecognised;
    for (const [reason, count] of queue.dead) dead[reason] = (dead[reason] ?? 0) + count;
  }
  return total;
}

/** A record with its place: the line that it is of, and when it is its turn. */
interface Placed extends OutgoingRecord {
  turnMs: Ms;
  /** Where its line begins in the file. */
  readonly byte: number;
}

/** How far a file is out. */
interface Place {
  readonly origin: string;
  readonly byte: number;
}

/** The records of a source that wait to be sent, in order. */
class Queue {
  lines = 0;
  events = 0;
  unrecognised = 0;
  readonly dead = new Map<DeadReason, number>();
  private records: Placed[] = [];
  private at = 0;
  private waitingBytes = 0;
  private lastMs: Ms = -Infinity;
  /** What of the chunk at hand is not read yet. */
  private rest: Chunk | undefined;
  private origin = '';
  private noted: Place = { origin: '', byte: 0 };
  /** Where the lines end that are read. */
  private endByte = 0;
  private isAtEnd = false;

  constructor(
    private readonly source: ShipSource,
    private readonly deps: ShipDeps,
  ) {}

  get isEmpty(): boolean {
    return this.at === this.records.length;
  }

  /** Whether there may be more to read, and nothing is left of what was read. */
  get isDry(): boolean {
    return this.isEmpty && !this.isAtEnd;
  }

  /** The time of what comes next. */
  get turnMs(): Ms {
    return this.records[this.at]?.turnMs ?? Infinity;
  }

  /** Reads on if nothing is left; returns what to wait for if there is nothing. */
  async fill(): Promise<Waiting | undefined> {
    while (this.isDry) {
      const chunk = this.rest ?? (await this.source.next());
      if (chunk === undefined) this.isAtEnd = true;
      else if (isWaiting(chunk)) return chunk;
      else this.read(chunk);
    }
    return undefined;
  }

  /** Moves records up to a time into a batch, up to the end of a line, until it is full. */
  take(untilMs: Ms, batch: Batch): void {
    const { records } = this;
    let lastByte = -1;
    for (; this.at < records.length; this.at += 1) {
      const record = records[this.at];
      if (record === undefined) break;
      if (record.byte !== lastByte && lastByte >= 0 && (record.turnMs > untilMs || batch.bytes >= BATCH_BYTES)) break;
      lastByte = record.byte;
      batch.records.push(record);
      batch.bytes += record.value.length;
    }
    this.notePlace(batch);
  }

  /** Notes in a batch how far the file is out with it: also what stands behind its lines and is no record. */
  notePlace({ reached }: Batch): void {
    const byte = this.records[this.at]?.byte ?? this.endByte;
    if (this.origin === this.noted.origin && byte === this.noted.byte) return;
    this.noted = { origin: this.origin, byte };
    const ofSource = reached.get(this.source) ?? new Map<string, number>();
    reached.set(this.source, ofSource.set(this.origin, byte));
  }

  private read(chunk: Chunk): void {
    const { parse, yearReference } = this.deps;
    this.records = [];
    this.at = 0;
    this.waitingBytes = 0;
    this.origin = chunk.origin;
    const yearMs = yearReference(chunk);
    const events = new ChunkEvents({ chunk, yearMs, nowMs: yearMs }, parse, this);
    const bytes = eachLine(chunk.bytes, events);
    this.lines += events.lines;
    const isWhole = bytes >= chunk.bytes.length;
    this.endByte = chunk.byte + bytes + (isWhole ? chunk.leftOutBytes : 0);
    this.rest = isWhole ? undefined : restOf(chunk, bytes);
  }

  add(event: Event, record: SourceRecord): void {
    const { deps, source } = this;
    const origin = record.origin();
    this.events += 1;
    if (event.kind === 'unrecognised') this.unrecognised += 1;
    const { time: turnMs } = event;
    const byte = record.offset;
    if (event.kind === 'dns') {
      const resolver = event.resolver ?? deps.resolverOf(source.name);
      const value = deps.encode(Object.assign(event, { origin, resolver }));
      this.put({ outlet: 'dns', key: resolver, value, turnMs, byte });
    } else {
      const isShown = event.kind === 'unrecognised' || isRejection(event);
      const value = deps.encode(Object.assign(event, { origin, original: isShown ? record.text() : undefined }));
      this.put({ outlet: 'mail', key: event.host, value, turnMs, byte });
    }
  }

  bury(reason: DeadReason, record: SourceRecord): void {
    const origin = record.origin();
    this.dead.set(reason, (this.dead.get(reason) ?? 0) + 1);
    const value = Buffer.from(JSON.stringify({ reason, origin, text: record.text() }));
    this.put({ outlet: 'dead', key: origin, value, turnMs: this.lastMs, byte: record.offset });
  }

  endBlock(): boolean {
    return this.waitingBytes < WAITING_BYTES;
  }

  private put(record: Placed): void {
    const { records } = this;
    const { turnMs } = record;
    // A forged or broken stamp must not keep what stands behind it from its turn.
    for (let at = records.length - 1; at >= records.length - FORGED_LINES; at -= 1) {
      const before = records[at];
      if (before === undefined || before.turnMs <= turnMs) break;
      before.turnMs = turnMs;
    }
    records.push(record);
    this.waitingBytes += record.value.length;
    this.lastMs = turnMs;
  }
}

function isWaiting(next: Chunk | Waiting): next is Waiting {
  return 'wait' in next;
}

interface Batch {
  readonly records: OutgoingRecord[];
  bytes: number;
  /** How far the files of each source are out with it, by origin. */
  readonly reached: Map<ShipSource, Map<string, number>>;
}

/** Sends records in batches, one after the other. */
class Shipment {
  private batch = emptyBatch();
  private underWay: Promise<void> = Promise.resolve();

  constructor(private readonly deps: ShipDeps) {}

  /** Takes from the queue that is furthest behind what comes before all others; tells whether the batch is full. */
  takeRun(queues: readonly Queue[]): boolean {
    let first: Queue | undefined;
    let nextMs = Infinity;
    for (const queue of queues) {
      if (queue.isEmpty) continue;
      if (first === undefined || queue.turnMs < first.turnMs) {
        nextMs = first?.turnMs ?? nextMs;
        first = queue;
      } else nextMs = Math.min(nextMs, queue.turnMs);
    }
    first?.take(nextMs, this.batch);
    return this.batch.bytes >= BATCH_BYTES;
  }

  /** Resolves once all that was taken is safe. */
  async flush(queues: readonly Queue[]): Promise<void> {
    for (const queue of queues) queue.notePlace(this.batch);
    await this.send();
    await this.underWay;
  }

  /** Sends the batch once the one before it is safe. */
  async send(): Promise<void> {
    await this.underWay;
    const { batch } = this;
    if (batch.reached.size === 0) return;
    this.batch = emptyBatch();
    this.underWay = this.deliver(batch);
    // Whoever waits for it meets its failure.
    this.underWay.catch(() => undefined);
  }

  private async deliver({ records, reached }: Batch): Promise<void> {
    const { sink, onAcknowledged } = this.deps;
    if (records.length > 0) await sink.send(records);
    for (const [source, files] of reached) for (const [origin, byte] of files) source.acknowledge(origin, byte);
    await onAcknowledged();
  }
}

function emptyBatch(): Batch {
  return { records: [], bytes: 0, reached: new Map() };
}
