import type { Ms } from '../core/event.js';
import type { Gap } from '../core/progress.js';
import type { Highest } from '../core/windows/watermark.js';
import { valueIn } from '../core/documents/value.js';

/**
 * How a source stands: `behind` there may be more to read; `caught_up` there is none; `none` there never was an event;
 * `end` the run reads no further.
 */
export const STANDINGS = ['behind', 'caught_up', 'none', 'end'] as const;
export type Standing = (typeof STANDINGS)[number];

/** What is noted beside the offset at which the chunk of a source begins. */
export interface SourceNote {
  readonly epoch: number;
  /** The highest event times before the chunk. */
  readonly highest: Highest;
  readonly standing: Standing;
  /** The watermark as of the last record that was read. */
  readonly watermarkMs: Ms;
  /** The last record of which all is out, and when the last one was read that counts. */
  readonly lastOffset: number;
  readonly lastReadMs: Ms;
  /** The offset at which a run ended that had an end; `-Infinity` where none did. */
  readonly endedAt: number;
  /** What was lost of the chunk. */
  readonly gaps: readonly Gap[];
}

/** A note as text; JSON has no infinite numbers. */
export function writeNote(note: SourceNote): string {
  return JSON.stringify(note, (_key, value: unknown) => (value === -Infinity ? null : value));
}

/** The note that a text is; `undefined` if it is none. */
export function readNote(text: string): SourceNote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const epoch = valueIn(value, ['epoch']);
  const highest = valueIn(value, ['highest']);
  const standing = STANDINGS.find((name) => name === valueIn(value, ['standing']));
  if (typeof epoch !== 'number' || !Array.isArray(highest) || standing === undefined) return undefined;
  const timeAt = (place: number): Ms => timeOf(highest[place]);
  return {
    epoch,
    highest: [timeAt(0), timeAt(1), timeAt(2)],
    standing,
    watermarkMs: timeOf(valueIn(value, ['watermarkMs'])),
    lastOffset: timeOf(valueIn(value, ['lastOffset'])),
    lastReadMs: timeOf(valueIn(value, ['lastReadMs'])),
    endedAt: timeOf(valueIn(value, ['endedAt'])),
    gaps: gapsIn(valueIn(value, ['gaps'])),
  };
}

function gapsIn(value: unknown): readonly Gap[] {
  if (!Array.isArray(value)) return [];
  return value.map((gap: unknown) => ({ from: timeOf(valueIn(gap, ['from'])), to: timeOf(valueIn(gap, ['to'])) }));
}

function timeOf(value: unknown): Ms {
  return typeof value === 'number' ? value : -Infinity;
}
