import type { Ms } from '../core/event.js';
import type { Zone } from '../core/time.js';
import { textOf } from './document.js';
import type { Document, Span } from './document.js';
import type { Field } from './field.js';
import { literal } from './literal.js';
import { readOffset, readZone } from './offset.js';
import type { Scanner } from './scanner.js';
import { StampReader } from './stamp.js';
import type { TextBlocks } from './text-block.js';

const BLANK = literal(' ');
const HYPHEN = 45;
/** Where `2026-11-23` has its first hyphen. */
const YEAR_LENGTH = 4;

/** Counts since the epoch up to here are in seconds, then in milliseconds, microseconds and nanoseconds. */
const LARGEST_IN_SECONDS = 1e11;
const LARGEST_IN_MS = 1e14;
const LARGEST_IN_US = 1e17;
/** No stamp is of the year 10000 or later. */
const END_OF_TIME = Date.UTC(10_000, 0);

/** Reads the times in documents: stamps as in lines, those without an offset of `zone`, and counts since the epoch. */
export class DocumentTimes {
  private readonly stamps: StampReader;

  constructor(
    zone: Zone,
    private readonly line: Scanner,
    private readonly blocks: TextBlocks,
  ) {
    this.stamps = new StampReader(zone);
  }

  /** The time in the first of some fields that holds one; `referenceMs` decides the year of a stamp that has none. */
  in(document: Document, sought: readonly Field[], referenceMs: Ms): Ms | undefined {
    for (const field of sought) {
      const time = this.timeIn(document, field, referenceMs);
      if (time !== undefined) return time;
    }
    return undefined;
  }

  private timeIn(document: Document, field: Field, referenceMs: Ms): Ms | undefined {
    const text = document.string(field);
    if (text === undefined) {
      const count = document.number(field);
      return count === undefined ? undefined : sinceEpoch(count);
    }
    return this.isoStampIn(text, referenceMs) ?? this.timeOf(typeof text === 'string' ? text : textOf(text), referenceMs);
  }

  /** The time in a stamp as most documents have it, `2026-11-23T01:57:14.857Z`, read where it stands. */
  private isoStampIn(text: Span | string, referenceMs: Ms): Ms | undefined {
    if (typeof text === 'string' || text.block.bytes[text.start + YEAR_LENGTH] !== HYPHEN) return undefined;
    const { line, stamps } = this;
    line.begin(text.block, text.start, text.end);
    if (!stamps.read(line, referenceMs)) return undefined;
    const offset = readOffset(line);
    if (!line.isAtEnd()) return undefined;
    return offset === undefined ? stamps.instant : stamps.wallClock - offset;
  }

  private timeOf(text: string, referenceMs: Ms): Ms | undefined {
    const count = Number(text);
    return Number.isNaN(count) ? this.stampIn(text, referenceMs) : sinceEpoch(count);
  }

  private stampIn(text: string, referenceMs: Ms): Ms | undefined {
    const { line, stamps } = this;
    const block = this.blocks.of(`${text.trim()} `);
    line.begin(block, 0, block.text.length);
    if (!stamps.read(line, referenceMs)) return undefined;
    const { wallClock, instant } = stamps;
    const attached = readOffset(line);
    if (!line.take(BLANK)) return undefined;
    const offset = attached ?? readZone(line);
    return offset === undefined ? instant : wallClock - offset;
  }
}

function sinceEpoch(count: number): Ms | undefined {
  const time = Math.floor(inMs(count));
  return time > 0 && time < END_OF_TIME ? time : undefined;
}

function inMs(count: number): number {
  // The thousandths of a fraction are not exact: 0.857 s may be a hair less than 857 ms.
  if (count < LARGEST_IN_SECONDS) return Math.round(count * 1e6) / 1e3;
  if (count < LARGEST_IN_MS) return count;
  return count / (count < LARGEST_IN_US ? 1e3 : 1e6);
}
