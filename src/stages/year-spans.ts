import type { Ms } from '../core/event.js';
import { DAY_MS } from '../core/time.js';
import type { ParseLine } from '../parse/line.js';
import { eachLine } from './fold-chunk.js';
import type { Chunk, Sample } from './ports.js';

/** Lines of a sample that are looked at: some may have a forged time. */
const LINES = 5;
/** How far a file may be in disorder, and how far a zone or a clock may be off. */
const DISORDER_MS = 30 * DAY_MS;
const DIFFERENCE_MS = 2 * DAY_MS;
const YEAR_MS = 366 * DAY_MS;
/** What is not much older than its file's end is of the year before that, wherever it stands. */
const CERTAIN_MS = 330 * DAY_MS;

/** The instant to which the year of stamps is nearest, from byte `from` of a file on, up to the next span. */
export interface YearSpan {
  readonly from: number;
  readonly referenceMs: Ms;
}

/** Spans of files whose lines are of more than a year before their end, by path. */
type YearSpans = ReadonlyMap<string, readonly YearSpan[]>;

/**
 * The spans of the files of a source, told by where stamps stand: no sample is younger than the next one, and none than
 * the end of its file, which `endOf` gives.
 */
export function yearSpans(samples: readonly Sample[], parse: ParseLine, endOf: (writtenMs: Ms) => Ms): YearSpans {
  const spans = new Map<string, YearSpan[]>();
  const long = new Set<string>();
  let nextMs = Infinity;
  for (const { path, byte, bytes, writtenMs } of samples.toReversed()) {
    const endMs = endOf(writtenMs);
    const referenceMs = Math.min(endMs + DIFFERENCE_MS, nextMs + DISORDER_MS) - YEAR_MS / 2;
    const time = medianTime(bytes, parse, referenceMs);
    if (time === undefined) continue;
    spans.set(path, [{ from: byte, referenceMs }, ...(spans.get(path) ?? [])]);
    if (time < endMs - CERTAIN_MS) long.add(path);
    nextMs = time;
  }
  return new Map([...spans].filter(([path]) => long.has(path)));
}

/** The reference at the start of a chunk; `undefined` where its file is not of more than a year. */
export function referenceAt(spans: YearSpans, { path, byte }: Chunk): Ms | undefined {
  const ofFile = spans.get(path);
  return (ofFile?.findLast(({ from }) => from <= byte) ?? ofFile?.[0])?.referenceMs;
}

/** How many bytes of a chunk have the same reference. */
export function bytesOfReference(spans: YearSpans, { path, byte, bytes }: Chunk): number {
  const next = spans.get(path)?.find(({ from }) => from > byte)?.from ?? Infinity;
  return Math.min(bytes.length, next - byte);
}

function medianTime(bytes: Buffer, parse: ParseLine, referenceMs: Ms): Ms | undefined {
  const times: Ms[] = [];
  eachLine(bytes, {
    take: (block, start, end) => {
      const parsed = times.length < LINES ? parse(block, start, end, referenceMs) : undefined;
      if (parsed !== undefined && parsed.kind !== 'dead') times.push(parsed.time);
    },
  });
  return times.sort((a, b) => a - b)[times.length >> 1];
}
