import type { Event, Ms } from '../core/event.js';
import type { ParseLine } from '../parse/line.js';
import { eachLine } from './fold-chunk.js';

/** Lines that are looked at behind one, if there are so many. */
const LINES_BEHIND = 128;
/** So much of a chunk is looked at in one go. */
const STEP_BYTES = 1 << 14;
/** As many events as can be far behind by chance, as those can that were long under way. */
const FEW = 2;
/** Where more of the events behind one than this part are far behind it, the log goes on without it. */
const SHARE = 0.25;
const NEWLINE = 10;

/** Bytes of a chunk that have one reference. */
interface Part {
  readonly bytes: Buffer;
  /** Where the chunk begins in its source. */
  readonly offset: number;
  readonly yearMs: Ms;
}

/**
 * Tells a log that goes on after a break from a clock that is ahead of those of the other lines: behind the first line
 * after a break nearly no event is from before. What it says depends on the chunk alone.
 */
export class ClockAhead {
  /** Offsets and times of the events from `at` on that have been looked at. */
  private readonly offsets: number[] = [];
  private readonly times: Ms[] = [];
  private at = 0;
  private looked = 0;
  /** By host the lowest time that was found to be ahead. */
  private readonly hostsAhead = new Map<string, Ms>();

  constructor(
    private readonly part: Part,
    private readonly parse: ParseLine,
    private readonly allowedLatenessMs: Ms,
  ) {}

  /** Whether the clock was ahead that wrote an event, which is further on in the chunk than the one asked about before. */
  isAhead(event: Event, offset: number): boolean {
    const from = this.behind(offset);
    const to = Math.min(from + LINES_BEHIND, this.times.length);
    const leastMs = event.time - this.allowedLatenessMs;
    let fromBefore = 0;
    for (let place = from; place < to; place++) if ((this.times[place] ?? 0) < leastMs) fromBefore += 1;
    const host = hostOf(event);
    const aheadMs = this.hostsAhead.get(host) ?? Infinity;
    if (fromBefore > FEW && fromBefore >= (to - from) * SHARE) {
      this.hostsAhead.set(host, Math.min(aheadMs, event.time));
      return true;
    }
    // Too little may follow in the chunk to tell: what is known of the host then does.
    return to - from < LINES_BEHIND && aheadMs <= event.time;
  }

  /** The place of the first event behind an offset; what is needed to tell has been looked at then. */
  private behind(offset: number): number {
    const { offsets, part } = this;
    if (part.offset + this.looked <= offset) this.looked = offset - part.offset;
    const passed = (): boolean => {
      while (this.at < offsets.length && (offsets[this.at] ?? 0) <= offset) this.at += 1;
      return this.at + LINES_BEHIND <= offsets.length;
    };
    while (!passed() && this.looked < part.bytes.length) this.look();
    return this.at;
  }

  private look(): void {
    const { parse, offsets, times } = this;
    const { bytes, offset, yearMs } = this.part;
    const start = this.looked;
    const newline = bytes.indexOf(NEWLINE, start + STEP_BYTES);
    const end = newline < 0 ? bytes.length : newline + 1;
    this.looked = end;
    eachLine(bytes.subarray(start, end), {
      take: (block, from, to) => {
        const parsed = parse(block, from, to, yearMs);
        if (parsed.kind === 'dead') return;
        offsets.push(offset + start + block.from + from);
        times.push(parsed.time);
      },
    });
  }
}

function hostOf(event: Event): string {
  return (event.kind === 'dns' ? event.resolver : event.host) ?? '';
}
