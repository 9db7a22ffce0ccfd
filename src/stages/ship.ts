import type { SourceRecord } from '../core/aggregate.js';
import type { DeadReason, Event, Ms, Originated } from '../core/event.js';
import type { ParseLine } from '../parse/line.js';
import { ChunkEvents } from './chunk-events.js';
import { eachLine, restOf } from './fold-chunk.js';
import type { Chunk, EventSink, OutgoingRecord, ShipSource, Waiting } from './ports.js';

/** A batch is sent when it has so many bytes: less than a broker takes at once by default, and no fewer cost less each. */
const BATCH_BYTES = 1 << 19;
/** Bytes of a source that wait; a line may stand for a thousand events. */
const WAITING_BYTES = 1 << 21;

export interface ShipDeps {
  readonly sources: readonly ShipSource[];
  readonly parse: ParseLine;
  readonly sink: EventSink;
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
  const aborted = new Promise<void>((resolve) => {
    if (deps.signal.aborted) resolve();
    else deps.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  while (!deps.signal.aborted) {
    const waits = await fillQueues(queues, deps, aborted);
    if (deps.signal.aborted) break;
    const isRunning = queues.some((queue) => !queue.isEmpty);
    if (isRunning) await shipment.takeRun(queues);
    if (queues.every((queue) => queue.isEmpty)) await shipment.flush(queues);
    if (isRunning) continue;
    if (waits.length === 0) break;
    await Promise.race([aborted, ...waits]);
  }
  for (const queue of queues) while (!queue.isEmpty) await shipment.takeRun([queue]);
  await shipment.flush(queues);
  return totalOf(queues);
}

/** Reads on where nothing waits; returns what to wait for. */
async function fillQueues(
  queues: readonly Queue[],
  { isInStep }: ShipDeps,
  aborted: Promise<void>,
): Promise<readonly Promise<void>[]> {
  const waits: Promise<void>[] = [];
  for (const queue of queues) {
    let wait = await queue.fill();
    let isStopped = false;
    while (isInStep && wait !== undefined && !isStopped) {
      isStopped = await Promise.race([aborted.then(() => true), wait.then(() => false)]);
      wait = isStopped ? undefined : await queue.fill();
    }
    if (wait !== undefined) waits.push(wait);
  }
  return waits;
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

/** A record with its place: the line that it is of, and when that was. */
interface Placed extends OutgoingRecord {
  readonly time: Ms;
  /** Where its line begins in the file. */
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

  /** The time of what comes next. */
  get timeMs(): Ms {
    return this.records[this.at]?.time ?? Infinity;
  }

  /** Reads on if nothing is left; returns what to wait for if there is nothing. */
  async fill(): Promise<Promise<void> | undefined> {
    while (this.isEmpty && !this.isAtEnd) {
      const chunk = this.rest ?? (await this.source.next());
      if (chunk === undefined) this.isAtEnd = true;
      else if (isWaiting(chunk)) return chunk.wait;
      else this.read(chunk);
    }
    return undefined;
  }

  /** Takes records up to a time out of the queue, up to the end of a line, until the batch is full. */
  take(untilMs: Ms, batch: Batch): void {
    const { records } = this;
    let lastByte = -1;
    for (; this.at < records.length; this.at += 1) {
      const record = records[this.at];
      if (record === undefined) break;
      const isNewLine = record.byte !== lastByte;
      if (isNewLine && (record.time > untilMs || batch.bytes >= BATCH_BYTES)) break;
      lastByte = record.byte;
      batch.records.push(record);
      batch.bytes += record.value.length;
    }
    batch.reached.set(this.source, [...(batch.reached.get(this.source) ?? []), this.place()]);
  }

  /** Where the lines end that are taken: also those behind them that are no records. */
  place(): Place {
    return { origin: this.origin, byte: this.records[this.at]?.byte ?? this.endByte };
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
    const isDns = event.kind === 'dns';
    this.events += 1;
    if (event.kind === 'unrecognised') this.unrecognised += 1;
    const named: Event =
      isDns && event.resolver === undefined ? { ...event, resolver: deps.resolverOf(source.name) } : event;
    const key = named.kind === 'dns' ? (named.resolver ?? '') : named.host;
    const value = deps.encode(Object.assign(named, { origin }));
    this.put({ outlet: isDns ? 'dns' : 'mail', key, value, time: event.time, byte: record.offset });
  }

  bury(reason: DeadReason, record: SourceRecord): void {
    const origin = record.origin();
    this.dead.set(reason, (this.dead.get(reason) ?? 0) + 1);
    const value = Buffer.from(JSON.stringify({ reason, origin, text: record.text() }));
    this.put({ outlet: 'dead', key: origin, value, time: this.lastMs, byte: record.offset });
  }

  endBlock(): boolean {
    return this.waitingBytes < WAITING_BYTES;
  }

  private put(record: Placed): void {
    this.records.push(record);
    this.waitingBytes += record.value.length;
    this.lastMs = record.time;
  }
}

function isWaiting(next: Chunk | Waiting): next is Waiting {
  return 'wait' in next;
}

interface Place {
  readonly origin: string;
  readonly byte: number;
}

interface Batch {
  readonly records: OutgoingRecord[];
  bytes: number;
  /** How far each source is out with this batch, by file. */
  readonly reached: Map<ShipSource, readonly Place[]>;
}

/** Sends records in batches, one after the other. */
class Shipment {
  private batch = emptyBatch();
  private underWay: Promise<void> = Promise.resolve();

  constructor(private readonly deps: ShipDeps) {}

  /** Takes from the queue that is furthest behind what is older than all others have. */
  async takeRun(queues: readonly Queue[]): Promise<void> {
    let first: Queue | undefined;
    let nextMs = Infinity;
    for (const queue of queues)
      if (!queue.isEmpty) {
        if (first === undefined || queue.timeMs < first.timeMs) {
          nextMs = Math.min(nextMs, first?.timeMs ?? Infinity);
          first = queue;
        } else nextMs = Math.min(nextMs, queue.timeMs);
      }
    first?.take(nextMs, this.batch);
    if (this.batch.bytes >= BATCH_BYTES) await this.send();
  }

  /** Resolves once all that was taken is safe. */
  async flush(queues: readonly Queue[]): Promise<void> {
    for (const queue of queues) queue.place();
    await this.send();
    await this.underWay;
  }

  /** Sends the batch once the one before it is safe. */
  private async send(): Promise<void> {
    await this.underWay;
    const { batch } = this;
    if (batch.reached.size === 0) return;
    this.batch = emptyBatch();
    this.underWay = this.deliver(batch);
    // Its failure is met by who waits for it; until then it is nobody's.
    this.underWay.catch(() => undefined);
  }

  private async deliver({ records, reached }: Batch): Promise<void> {
    await this.deps.sink.send(records);
    for (const [source, places] of reached) for (const { origin, byte } of places) source.acknowledge(origin, byte);
    await this.deps.onAcknowledged();
  }
}

function emptyBatch(): Batch {
  return { records: [], bytes: 0, reached: new Map() };
}
