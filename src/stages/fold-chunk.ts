import { Aggregator, isFuture } from '../core/aggregate.js';
import type { AggregateConfig, ChunkTotals, SourceRecord } from '../core/aggregate.js';
import type { DeadReason, Event, Ms } from '../core/event.js';
import type { Identity } from '../core/identity.js';
import { Watermark } from '../core/windows/watermark.js';
import type { Highest } from '../core/windows/watermark.js';
import { createBlock } from '../parse/block.js';
import type { Block } from '../parse/block.js';
import type { ParseLine } from '../parse/line.js';
import { ChunkEvents } from './chunk-events.js';
import type { EventTaker } from './chunk-events.js';
import { ClockAhead } from './clock-ahead.js';
import { DocumentLines } from './document-lines.js';
import { lineBefore } from './line-before.js';
import { GAP, MAX_LINE_BYTES } from './ports.js';
import type { Chunk } from './ports.js';

/**
 * Bytes decoded at a time: a string that fits into the young generation. Each line that is not too long fits into a
 * block, so that only blocks, and not all lines, need to be looked at for their length.
 */
const BLOCK_BYTES = MAX_LINE_BYTES;
const NEWLINE = 10;
const NUL = 0;
const GAP_TEXT = GAP.toString('latin1');
/** With which some programs begin a text in UTF-8: each piece of a file that was put together. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
const BYTE_ORDER_MARK_START = 0xef;

/** A block of a chunk; its first byte is the chunk's byte `from`. */
export interface ChunkBlock extends Block {
  readonly from: number;
}

/** Takes what a chunk is made of. */
export interface LineTaker {
  /** Takes a line: what stands between two places in a block. */
  take(block: ChunkBlock, start: number, end: number): void;
  /** Takes a line that is too long: what stands between two places in the chunk. */
  takeLong?(start: number, end: number): void;
  /** Tells whether to go on. */
  endBlock?(): boolean;
}

/**
 * Calls `take` for each line of a chunk, or `takeLong` if it is too long, and `endBlock` after every 64 KB or so. A line
 * ends at a gap as well, and begins behind the NULs and behind a byte order mark. Returns how many bytes it came.
 */
export function eachLine(bytes: Buffer, taker: LineTaker): number {
  let from = 0;
  while (from < bytes.length) {
    // However many there are, the line behind them may be a good one.
    while (bytes[from] === NUL) from += 1;
    const end = endOfBlock(bytes, from);
    const lastEnd = bytes[end - 1] === NEWLINE ? end - 1 : end;
    if (lastEnd - from > MAX_LINE_BYTES) taker.takeLong?.(from, lastEnd);
    else eachLineOfBlock({ from, ...createBlock(bytes.subarray(from, end)) }, taker);
    from = end;
    if (taker.endBlock?.() === false) break;
  }
  return from;
}

function eachLineOfBlock(block: ChunkBlock, taker: LineTaker): void {
  const { text, bytes } = block;
  // Each is looked for once it is passed: there may be as many of one as there are bytes, and none of the other.
  let gap = -1;
  let newline = -1;
  let at = 0;
  while (at < text.length) {
    while (bytes[at] === NUL) at += 1;
    if (bytes[at] === BYTE_ORDER_MARK_START && text.startsWith(BYTE_ORDER_MARK, at)) at += BYTE_ORDER_MARK.length;
    if (at === text.length) return;
    if (gap < at) gap = next(text, GAP_TEXT, at);
    if (newline < at) newline = next(text, '\n', at);
    const lineEnd = Math.min(newline, gap);
    taker.take(block, at, lineEnd);
    at = lineEnd + 1;
  }
}

/** Where a text goes on with `mark` from a place on; its end if nowhere. */
function next(text: string, mark: string, at: number): number {
  const found = text.indexOf(mark, at);
  return found < 0 ? text.length : found;
}

/** The end of the last line that ends within a block's length, at a gap if need be, or of the first one if it is longer. */
function endOfBlock(bytes: Buffer, from: number): number {
  if (bytes.length - from <= BLOCK_BYTES) return bytes.length;
  const within = bytes.subarray(from, from + BLOCK_BYTES);
  const last = within.lastIndexOf(NEWLINE);
  if (last >= 0) return from + last + 1;
  let lastGap = within.lastIndexOf(GAP);
  if (lastGap >= 0) {
    // All NULs of the gap stand behind the block.
    while (within[lastGap - 1] === NUL) lastGap -= 1;
    return from + lastGap;
  }
  const newline = bytes.indexOf(NEWLINE, from + BLOCK_BYTES);
  const end = newline < 0 ? bytes.length : newline + 1;
  const gap = bytes.subarray(0, end).indexOf(GAP, from + BLOCK_BYTES - GAP.length);
  return gap < 0 ? end : gap;
}

/** What "now" is for the lines of a file. */
export interface Reference {
  /** The instant to which the year of a stamp without one is nearest. */
  readonly yearMs: Ms;
  /** For how many bytes of the chunk that is so; all by default. */
  readonly bytes?: number;
  /** Events much later than this are from the future. */
  readonly nowMs: Ms;
}

/** A chunk that is to be folded. */
export interface FoldTask {
  readonly chunk: Chunk;
  /** Lines right before it, as far as they are at hand. */
  readonly lead: Buffer;
  readonly reference: Reference;
  /** The resolver that a query log without a host belongs to. */
  readonly defaultResolver: string;
}

/** What came of a chunk, as far as there was room. */
export interface Folded {
  readonly totals: ChunkTotals;
  /** Empty ones and headers are no records. */
  readonly lines: number;
  /** How far it was folded. */
  readonly bytes: number;
  readonly rejections: readonly Uint8Array<ArrayBuffer>[];
  readonly deadLetters: readonly Uint8Array<ArrayBuffer>[];
}

export interface FoldDeps {
  readonly parse: ParseLine;
  readonly identity: Identity;
  readonly config: AggregateConfig;
}

/**
 * Counts the lines of a chunk, as far as the reference is right and there is room. `before`: the highest event times before
 * it; by default those of the lines right before it, which may be too low. Nothing else of what was folded before matters:
 * what a parser remembers of earlier lines saves time only.
 */
export function foldChunk(task: FoldTask, deps: FoldDeps, before: Highest = highestBefore(task, deps)): Folded {
  return new ChunkFold(task, deps, before).fold();
}

/** Counts the events of a chunk. */
class ChunkFold implements EventTaker {
  private readonly aggregator: Aggregator;
  private readonly rejections = new DocumentLines();
  private readonly deadLetters = new DocumentLines();
  private readonly bytes: Buffer;
  private readonly clock: ClockAhead;

  constructor(
    private readonly task: FoldTask,
    private readonly deps: FoldDeps,
    before: Highest,
  ) {
    const { chunk, reference, defaultResolver } = task;
    const { parse, config } = deps;
    this.aggregator = new Aggregator(config, deps.identity, defaultResolver, before);
    this.bytes = chunk.bytes.subarray(0, reference.bytes);
    const part = { bytes: this.bytes, offset: chunk.offset, yearMs: reference.yearMs };
    this.clock = new ClockAhead(part, parse, config.allowedLatenessMs);
  }

  fold(): Folded {
    const { chunk, reference } = this.task;
    const events = new ChunkEvents({ chunk, yearMs: reference.yearMs, nowMs: reference.nowMs }, this.deps.parse, this);
    const bytes = eachLine(this.bytes, events);
    const { aggregator, rejections, deadLetters } = this;
    const totals = aggregator.finish();
    this.writeAsides();
    const { lines } = events;
    return { totals, lines, bytes, rejections: rejections.takeAll(), deadLetters: deadLetters.takeAll() };
  }

  add(event: Event, record: SourceRecord): void {
    const { aggregator } = this;
    if (aggregator.isFarAhead(event) && this.clock.isAhead(event, record.offset)) aggregator.buryAhead(event, record);
    else aggregator.add(event, record);
  }

  bury(reason: DeadReason, record: SourceRecord): void {
    this.aggregator.bury(reason, record);
  }

  endBlock(): boolean {
    // They hold on to the text of their block.
    this.writeAsides();
    return !this.aggregator.isFull;
  }

  private writeAsides(): void {
    const asides = this.aggregator.takeAsides();
    this.rejections.add(asides.rejections);
    this.deadLetters.add(asides.deadLetters);
  }
}

/** The highest times of the lines right before a chunk, without those from the future. */
function highestBefore({ lead, reference }: FoldTask, { parse, config }: FoldDeps): Highest {
  const watermark = new Watermark(config.outOfOrdernessMs);
  eachLine(lead, {
    take: (block, start, end) => {
      const parsed = parse(block, start, end, reference.yearMs);
      if (parsed.kind !== 'dead' && !isFuture(parsed.time, reference.nowMs, config)) watermark.observe(parsed.time);
    },
  });
  return watermark.highest;
}

/** A chunk without its first bytes. Only a chunk that is one line has bytes left out. */
export function restOf(chunk: Chunk, folded: number): Chunk {
  const { bytes, offset, byte } = chunk;
  const before = lineBefore(bytes, folded, { from: 0, line: chunk.before });
  return { ...chunk, bytes: bytes.subarray(folded), offset: offset + folded, byte: byte + folded, before };
}
