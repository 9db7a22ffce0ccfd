import type { Ms } from '../core/event.js';
import { DAY_MS } from '../core/time.js';
import type { Zone } from '../core/time.js';
import { textOf } from './document.js';
import type { Document } from './document.js';
import type { Field } from './field.js';
import { literal } from './literal.js';
import { readOffset, readZone } from './offset.js';
import type { Scanner } from './scanner.js';
import { StampReader } from './stamp.js';
import { TextBlocks } from './text-block.js';
import type { Span } from './text-block.js';

const BLANK = literal(' ');
const HYPHEN = 45;
const UPPER_A = 65;
/** `2026` and `2026-11`. */
const YEAR_LENGTH = 4;
const MONTH_LENGTH = 7;

/** Counts since the epoch up to here are in seconds, then in milliseconds, microseconds and nanoseconds. */
const LARGEST_IN_SECONDS = 1e11;
const LARGEST_IN_MS = 1e14;
const LARGEST_IN_US = 1e17;
/** No stamp is of the year 10000 or later. */
const END_OF_TIME = Date.UTC(10_000, 0);

/** Reads the times in documents: stamps as in lines, those without an offset of `zone`, and counts since the epoch. */
export class DocumentTimes {
  private readonly blocks = new TextBlocks();
  private readonly stamps: StampReader;
  /** A document may have stamps of both kinds; each reader remembers the minute of its own. */
  private readonly isoStamps: StampReader;

  constructor(
    zone: Zone,
    private readonly line: Scanner,
  ) {
    this.stamps = new StampReader(zone);
    this.isoStamps = new StampReader(zone);
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
    const stamp = this.blocks.plain(text);
    if (stamp === undefined) return undefined;
    if (isIso(stamp)) return this.stampIn(stamp, this.isoStamps, referenceMs);
    const count = isLetter(stamp) ? NaN : Number(textOf(stamp));
    return Number.isNaN(count) ? this.stampIn(stamp, this.stamps, dayOf(referenceMs)) : sinceEpoch(count);
  }

  private stampIn({ block, start, end }: Span, stamps: StampReader, referenceMs: Ms): Ms | undefined {
    const { line } = this;
    line.begin(block, start, end);
    while (line.take(BLANK));
    if (!stamps.read(line, referenceMs)) return undefined;
    const { wallClock, instant } = stamps;
    const attached = readOffset(line);
    if (!line.isAtEnd() && !line.take(BLANK)) return undefined;
    const offset = attached ?? readZone(line);
    return offset === undefined ? instant : wallClock - offset;
  }
}

/** The start of a day: near enough to tell a year, and the same for many documents. */
export function dayOf(time: Ms): Ms {
  return time - (time % DAY_MS);
}

/** Whether a text begins as `2026-11-23` does, and no count. */
function isIso({ block: { bytes }, start }: Span): boolean {
  return bytes[start + YEAR_LENGTH] === HYPHEN && bytes[start + MONTH_LENGTH] === HYPHEN;
}

function isLetter({ block: { bytes }, start }: Span): boolean {
  return (bytes[start] ?? 0) >= UPPER_A;
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
