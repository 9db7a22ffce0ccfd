import { createHash } from 'node:crypto';
import { lineBefore } from '../stages/line-before.js';
import { GAP, MAX_LINE_BYTES } from '../stages/ports.js';
import type { Chunk } from '../stages/ports.js';
import type { Fill } from './open.js';

/** What is kept of a line that is longer than a chunk: its start, and enough to tell that it is too long. */
const KEPT_BYTES = MAX_LINE_BYTES + 1;
const NEWLINE = 10;
const HASH_SIGN = 35;
const HASH_DIGITS = 12;

/** What is read, and how. */
export interface ChunkContext {
  /** Base name of the log, part of the origin of its lines. */
  readonly family: string;
  readonly path: string;
  readonly writtenMs: number;
  /** Position of the file's first byte in its source. */
  readonly start: number;
  readonly chunkBytes: number;
  /** Whether lines are given out as they come, and not once there are enough of them for a chunk. */
  readonly isLive?: boolean;
}

/** The chunks of a file. Each is good until the next one is asked for. */
export async function* chunksOf(fill: Fill, context: ChunkContext): AsyncGenerator<Chunk> {
  const { family, path, writtenMs, start, chunkBytes, isLive = false } = context;
  let before: Buffer | undefined;
  let byte = 0;
  let origin: string | undefined;
  for await (const { bytes, leftOutBytes } of cutAtLines(fill, chunkBytes, isLive)) {
    origin ??= `${family}:${hashOfFirstLine(bytes)}`;
    yield { bytes, leftOutBytes, offset: start + byte, byte, origin, writtenMs, before, path };
    byte += bytes.length + leftOutBytes;
    before = endOf(bytes, leftOutBytes, before);
  }
}

/** Position in the source right behind a chunk. */
export function endOfChunk({ offset, bytes, leftOutBytes }: Chunk): number {
  return offset + bytes.length + leftOutBytes;
}

/** What the next chunk needs of this one, in memory of its own. */
export function endOf(bytes: Buffer, leftOutBytes: number, before: Buffer | undefined): Buffer | undefined {
  const line = leftOutBytes > 0 ? undefined : lineBefore(bytes, bytes.length, { from: 0, line: before });
  return line === undefined || line === before ? line : Buffer.from(line);
}

/**
 * The bytes in chunks of a length less the unfinished line at their end, however they arrive. A line that is longer is a
 * chunk of its own, and much of it is left out, but nothing of its start. A chunk is good until the next one is asked for.
 */
export async function* cutAtLines(
  fill: Fill,
  chunkBytes: number,
  isLive = false,
): AsyncGenerator<Pick<Chunk, 'bytes' | 'leftOutBytes'>> {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let length = 0;
  let leftOutBytes = 0;
  for (let count = await fill(buffer, 0); count > 0; count = await fill(buffer, length)) {
    length += count;
    if (length < buffer.length && !isLive) continue;
    const read = buffer.subarray(0, length);
    const end = leftOutBytes > 0 ? endOfFirstLine(read) : endOfLastLine(read);
    if (end > 0) {
      yield { bytes: buffer.subarray(0, end), leftOutBytes };
      leftOutBytes = 0;
      buffer.copyWithin(0, end, length);
      length -= end;
    } else if (length === buffer.length) {
      leftOutBytes += length - KEPT_BYTES;
      length = KEPT_BYTES;
    }
  }
  if (length === 0) return;
  const rest = buffer.subarray(0, length);
  const end = leftOutBytes > 0 ? endOfFirstLine(rest) || length : length;
  yield { bytes: rest.subarray(0, end), leftOutBytes };
  if (end < length) yield { bytes: rest.subarray(end), leftOutBytes: 0 };
}

/** 0 if no line ends. */
function endOfFirstLine(bytes: Buffer): number {
  const gap = bytes.indexOf(GAP);
  const newline = bytes.subarray(0, gap < 0 ? bytes.length : gap).indexOf(NEWLINE);
  return newline < 0 ? Math.max(0, gap) : newline + 1;
}

/** 0 if no line ends. */
export function endOfLastLine(bytes: Buffer): number {
  const newline = bytes.lastIndexOf(NEWLINE);
  return newline < 0 ? bytes.lastIndexOf(GAP) + 1 : newline + 1;
}

/**
 * The hash of the first line, by which a file is known whatever its name; with the lines before it that begin with `#`,
 * since the headers of all logs of a program are the same. Of a line that is too long only its start counts, which is in
 * its chunk however short chunks are.
 */
export function hashOfFirstLine(bytes: Buffer): string {
  const start = bytes.subarray(0, MAX_LINE_BYTES);
  const end = endOfHead(start);
  return createHash('sha256')
    .update(end === 0 ? start : start.subarray(0, end - 1))
    .digest('hex')
    .slice(0, HASH_DIGITS);
}

/** Where the first line ends that is no header; 0 if it does not. */
export function endOfHead(bytes: Buffer): number {
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(NEWLINE, from) + 1;
    if (end === 0 || bytes[from] !== HASH_SIGN) return end;
    from = end;
  }
}
