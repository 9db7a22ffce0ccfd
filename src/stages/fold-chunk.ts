import type { Aggregator, Asides, SourceRecord } from '../core/aggregate.js';
import type { Ms } from '../core/event.js';
import type { ParseLine } from '../parse/line.js';
import { decode } from '../parse/text.js';
import type { Chunk } from './ports.js';

/** Bytes decoded at a time: a string that fits into the young generation. */
const BLOCK_BYTES = 1 << 16;
const NEWLINE = 10;

/** Takes a line of a chunk: its text, its first byte, and whether it is known to be ASCII. */
type TakeLine = (line: string, at: number, isAscii: boolean) => void;

/**
 * Calls `take` for each line of a chunk, and `endBlock` after every 64 KB or so. A line is the latin1
 * reading of its bytes: one character is one byte, and only text that is kept is read as UTF-8.
 */
export function eachLine(bytes: Buffer, take: TakeLine, endBlock?: () => void): void {
  let from = 0;
  while (from < bytes.length) {
    const end = endOfBlock(bytes, from);
    const block = bytes.toString('latin1', from, end);
    // In UTF-8 every other character is longer; one look at the block spares one at each line.
    const isAscii = Buffer.byteLength(block) === block.length;
    let at = 0;
    while (at < block.length) {
      const newline = block.indexOf('\n', at);
      const lineEnd = newline < 0 ? block.length : newline;
      take(block.substring(at, lineEnd), from + at, isAscii);
      at = lineEnd + 1;
    }
    from = end;
    endBlock?.();
  }
}

/** The end of the last line that ends within a block's length, or of the first one if it is longer. */
function endOfBlock(bytes: Buffer, from: number): number {
  if (bytes.length - from <= BLOCK_BYTES) return bytes.length;
  const last = bytes.lastIndexOf(NEWLINE, from + BLOCK_BYTES - 1);
  if (last >= from) return last + 1;
  const next = bytes.indexOf(NEWLINE, from + BLOCK_BYTES);
  return next < 0 ? bytes.length : next + 1;
}

/** The lines of a chunk as records; one object is used for all of them. */
class LineRecord implements SourceRecord {
  offset = 0;
  line = '';
  private at = 0;

  constructor(
    private readonly chunk: Chunk,
    readonly referenceMs: Ms,
  ) {}

  moveTo(line: string, at: number): void {
    this.line = line;
    this.at = at;
    this.offset = this.chunk.offset + at;
  }

  origin(): string {
    return `${this.chunk.origin}:${String(this.chunk.byte + this.at)}`;
  }

  text(): string {
    return decode(this.line);
  }
}

/** What "now" is for the lines of a file. */
export interface Reference {
  /** The instant to which the year of a stamp without one is nearest. */
  readonly yearMs: Ms;
  /** Events much later than this are from the future. */
  readonly nowMs: Ms;
}

/**
 * Counts all lines of a chunk and returns how many they were; empty ones are no records. Rejections and dead letters go to
 * `onAsides` block by block, since they hold on to the text of their block.
 */
export function foldChunk(
  chunk: Chunk,
  parse: ParseLine,
  deps: { aggregator: Aggregator; reference: Reference; onAsides: (asides: Asides) => void },
): number {
  const { aggregator, reference, onAsides } = deps;
  const record = new LineRecord(chunk, reference.nowMs);
  let lines = 0;
  const fold: TakeLine = (line, at, isAscii) => {
    if (line === '' || line === '\r') return;
    lines += 1;
    record.moveTo(line, at);
    const parsed = parse(line, reference.yearMs, isAscii);
    if (parsed.kind === 'dead') aggregator.bury(parsed.reason, record);
    else aggregator.add(parsed, record);
  };
  eachLine(chunk.bytes, fold, () => {
    onAsides(aggregator.takeAsides());
  });
  return lines;
}
