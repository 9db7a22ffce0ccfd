import type { Ms } from '../core/event.js';
import type { Zone } from '../core/time.js';
import type { Document, Field } from './document.js';
import { firstOf } from './document.js';
import { literal } from './literal.js';
import { readOffset, readZone } from './offset.js';
import type { Scanner } from './scanner.js';
import { StampReader } from './stamp.js';
import type { TextBlocks } from './text-block.js';

const BLANK = literal(' ');

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
      const time = this.timeOf(firstOf(document.value(field)), referenceMs);
      if (time !== undefined) return time;
    }
    return undefined;
  }

  private timeOf(value: unknown, referenceMs: Ms): Ms | undefined {
    if (typeof value === 'number') return sinceEpoch(value);
    if (typeof value !== 'string' || value === '') return undefined;
    const count = Number(value);
    return Number.isNaN(count) ? this.stampIn(value, referenceMs) : sinceEpoch(count);
  }

  private stampIn(text: string, referenceMs: Ms): Ms | undefined {
    const { block, length } = this.blocks.of(`${text.trim()} `);
    this.line.begin(block, 0, length);
    const { line, stamps } = this;
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
