import type { SourceRecord } from '../core/aggregate.js';
import type { DeadReason, Event, Ms } from '../core/event.js';
import { createBlock } from '../parse/block.js';
import type { Block } from '../parse/block.js';
import type { ParseLine } from '../parse/line.js';
import type { Repeat } from '../parse/repeat.js';
import { decode } from '../parse/text.js';
import { isZeekHeader } from '../parse/zeek.js';
import type { ChunkBlock, LineTaker } from './fold-chunk.js';
import { lineBefore } from './line-before.js';
import type { Chunk } from './ports.js';

/** What a dead letter shows of a line that is too long. */
const SHOWN_BYTES = 200;
const CARRIAGE_RETURN = 13;

/** Takes what the lines of a chunk are, each as a record that is good until the next one. */
export interface EventTaker {
  add(event: Event, record: SourceRecord): void;
  /** Takes a line that no event can be made of. */
  bury(reason: DeadReason, record: SourceRecord): void;
  /** Called after every 64 KB or so; tells whether to go on. */
  endBlock(): boolean;
}

/** The chunk whose lines are read, and what "now" is for them. */
export interface Reading {
  readonly chunk: Chunk;
  /** The instant to which the year of a stamp without one is nearest. */
  readonly yearMs: Ms;
  readonly nowMs: Ms;
}

/**
 * Makes events of the lines of a chunk. It is no closure, since each chunk would have its own: V8 drops what it compiled
 * for one when that is gone, and compiles it anew for a later one.
 */
export class ChunkEvents implements LineTaker {
  /** Empty ones and headers are no records. */
  lines = 0;
  private readonly yearMs: Ms;
  private readonly record: LineRecord;
  private readonly eventBefore: (at: number, repeat: Event) => Event | undefined;

  constructor(
    { chunk, yearMs, nowMs }: Reading,
    private readonly parse: ParseLine,
    private readonly taker: EventTaker,
  ) {
    this.yearMs = yearMs;
    this.record = new LineRecord(chunk, nowMs);
    this.eventBefore = createLookBack(chunk, parse, yearMs);
  }

  take(block: ChunkBlock, start: number, end: number): void {
    if (isBlank(block, start, end) || isZeekHeader(block, start, end)) return;
    const { taker, record } = this;
    this.lines += 1;
    record.moveTo(block, start, end);
    const parsed = this.parse(block, start, end, this.yearMs);
    const { kind } = parsed;
    if (kind === 'dead') taker.bury(parsed.reason, record);
    else if (kind === 'repeat') this.addRepeat(parsed, block.from + start);
    else taker.add(parsed, record);
  }

  takeLong(start: number, end: number): void {
    this.lines += 1;
    this.taker.bury('too_long', this.record.ofLong(start, end));
  }

  endBlock(): boolean {
    return this.taker.endBlock();
  }

  private addRepeat({ times, event, isOfLineBefore }: Repeat, at: number): void {
    const { taker, record } = this;
    const repeated = isOfLineBefore ? this.eventBefore(at, event) : event;
    if (repeated === undefined) taker.add(event, record);
    else
      for (let copy = 1; copy <= times; copy++) {
        taker.add(repeated, record);
        record.moveToCopy();
      }
  }
}

const NO_BLOCK: ChunkBlock = { from: 0, ...createBlock(Buffer.alloc(0)) };

/** The lines of a chunk as records; one object is used for all of them. */
class LineRecord implements SourceRecord {
  offset = 0;
  private at = 0;
  private block = NO_BLOCK;
  private start = 0;
  private end = 0;
  /** Which of the records that the line stands for. */
  private copy = 1;
  /** That of the chunk, which each line asks for. */
  private readonly chunkOffset: number;

  constructor(
    private readonly chunk: Chunk,
    readonly referenceMs: Ms,
  ) {
    this.chunkOffset = chunk.offset;
  }

  moveTo(block: ChunkBlock, start: number, end: number): void {
    this.block = block;
    this.start = start;
    this.end = end;
    this.at = block.from + start;
    this.offset = this.chunkOffset + this.at;
    this.copy = 1;
  }

  /** Moves on to the next record that the same line stands for. */
  moveToCopy(): void {
    this.copy += 1;
  }

  origin(): string {
    const origin = originAt(this.chunk, this.at);
    return this.copy === 1 ? origin : `${origin}#${String(this.copy)}`;
  }

  text(): string {
    const text = this.block.text.substring(this.start, this.end);
    return this.block.isAscii ? text : decode(text);
  }

  /** A line of the chunk that is too long, as a record: its text is its start and its length. */
  ofLong(start: number, end: number): SourceRecord {
    const { chunk, referenceMs } = this;
    return {
      offset: chunk.offset + start,
      referenceMs,
      origin: () => originAt(chunk, start),
      text: () => {
        const shown = chunk.bytes.toString('utf8', start, start + SHOWN_BYTES);
        return `${shown}… (${String(end - start + chunk.leftOutBytes)} bytes)`;
      },
    };
  }
}

function originAt(chunk: Chunk, at: number): string {
  return `${chunk.origin}:${String(chunk.byte + at)}`;
}

/**
 * Finds what a line that repeats the one before is about: what the line before says, at the time of the repeat;
 * `undefined` if it says nothing, or is of another host.
 */
function createLookBack(chunk: Chunk, parse: ParseLine, yearMs: Ms): (at: number, repeat: Event) => Event | undefined {
  // A run of repeats is gone through once.
  let before = { from: 0, line: chunk.before };
  return (at, repeat) => {
    const line = lineBefore(chunk.bytes, at, before);
    before = { from: at, line };
    if (line === undefined) return undefined;
    const parsed = parse(createBlock(line), 0, line.length, yearMs);
    if (parsed.kind === 'dead') return undefined;
    const event = parsed.kind === 'repeat' ? parsed.event : parsed;
    // rsyslog once left the host out of such a line.
    const isOfHost = hostOf(repeat) === '' || hostOf(event) === hostOf(repeat);
    return isOfHost ? { ...event, time: repeat.time } : undefined;
  };
}

function hostOf(event: Event): string | undefined {
  return event.kind === 'dns' ? event.resolver : event.host;
}

/** Whether a line is empty but for a carriage return. */
function isBlank({ bytes }: Block, start: number, end: number): boolean {
  return end === start || (end === start + 1 && bytes[start] === CARRIAGE_RETURN);
}
