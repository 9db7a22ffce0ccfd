import { Discovery } from '../core/discover.js';
import type { Found } from '../core/discover.js';
import type { Ms } from '../core/event.js';
import type { ServerConfig } from '../core/identity.js';
import { DAY_MS } from '../core/time.js';
import { eachLine } from './fold-chunk.js';
import { createBlock } from '../parse/block.js';
import type { ParseLine } from '../parse/line.js';
import type { Chunk, ChunkSource } from './ports.js';

const NEWLINE = 10;
const YEAR_MS = 366 * DAY_MS;
/** Lines of each source that the first pass reads. */
const FIRST_PASS_LINES = 50_000;

/** A source whose first chunks were read ahead and are given out again. */
export interface ReadAhead extends ChunkSource {
  readonly first: readonly Chunk[];
  /** Whether these are all. */
  readonly isWhole: boolean;
}

export interface FirstPass {
  readonly found: readonly Found[];
  /** The resolver that a query log without host names belongs to. */
  readonly resolverOf: (source: string) => string;
  /** The instant near which the year of a chunk's stamps lies. */
  readonly yearReference: (chunk: Chunk) => Ms;
}

/** Reads the start of a source into memory, so that a pipe can be looked at and then read. */
export async function readAhead(source: ChunkSource): Promise<ReadAhead> {
  const first: Chunk[] = [];
  let lines = 0;
  let isWhole = false;
  while (lines < FIRST_PASS_LINES) {
    const chunk = await source.next();
    isWhole = chunk === undefined;
    if (chunk === undefined) break;
    first.push({ ...chunk, bytes: Buffer.from(chunk.bytes) });
    for (let at = chunk.bytes.indexOf(NEWLINE); at >= 0; at = chunk.bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  }
  const pending = [...first];
  return {
    name: source.name,
    first,
    isWhole,
    next: async () => pending.shift() ?? (await source.next()),
    close: () => source.close(),
  };
}

export interface FirstPassConfig {
  readonly timezone: string;
  readonly year: number | undefined;
  readonly dnsHost: string | undefined;
  /** The servers, where the user names them: nothing is to be found then. */
  readonly servers: readonly ServerConfig[];
  /** When the run began. */
  readonly nowMs: Ms;
}

/** Finds out from the start of all sources what their lines do not say: years, mail servers and resolvers. */
export function firstPass(sources: readonly ReadAhead[], parse: ParseLine, config: FirstPassConfig): FirstPass {
  const yearReference = yearReferences(sources, parse, config);
  const discovery = new Discovery();
  if (config.servers.length === 0) discover(discovery, sources, { parse, yearReference });
  const hosts = config.servers.length > 0 ? config.servers.flatMap((server) => server.hosts) : discovery.hosts();
  const onlyHost = hosts.length === 1 ? hosts[0] : undefined;
  const resolverOf = (source: string): string => config.dnsHost ?? onlyHost ?? baseName(source);
  return { found: discovery.found(config.timezone, resolverOf), resolverOf, yearReference };
}

function discover(
  discovery: Discovery,
  sources: readonly ReadAhead[],
  { parse, yearReference }: { parse: ParseLine; yearReference: FirstPass['yearReference'] },
): void {
  for (const source of sources)
    for (const chunk of source.first)
      eachLine(chunk.bytes, (block, start, end) => {
        const parsed = parse(block, start, end, yearReference(chunk));
        if (parsed.kind !== 'dead') discovery.add(parsed, source.name);
      });
}

/**
 * Where the year of a stamp comes from: the configured one; else the file's own time, after which nothing was written to
 * it. A copied log has a new time of its own: if that is not in the span of the logs with years, the span's end stands
 * for it.
 */
function yearReferences(
  sources: readonly ReadAhead[],
  parse: ParseLine,
  { year, nowMs }: FirstPassConfig,
): (chunk: Chunk) => Ms {
  if (year !== undefined) return () => middleOfYear(year);
  const writtenMs = (chunk: Chunk): Ms => (Number.isNaN(chunk.writtenMs) ? nowMs : chunk.writtenMs);
  let earliest = Infinity;
  let latest = -Infinity;
  for (const source of sources)
    for (const chunk of source.first)
      for (const line of endLines(chunk.bytes)) {
        const time = timeWithYear(line, parse, nowMs);
        if (time === undefined) continue;
        earliest = Math.min(earliest, time);
        // The end of a longer log is not known yet, but when it was written.
        latest = Math.max(latest, time, source.isWhole ? time : writtenMs(chunk));
      }
  return (chunk) => {
    const ownMs = writtenMs(chunk);
    const isInSpan = ownMs >= earliest && ownMs <= latest + DAY_MS;
    return beforeEnd(isInSpan || earliest > latest ? ownMs : latest);
  };
}

/** The instant to which all times of a year are nearest. */
export function middleOfYear(year: number): Ms {
  return Date.UTC(year, 6, 2);
}

/** The instant to which all times of the year before `end` are nearest, and of two days after it: clocks and zones differ. */
export function beforeEnd(end: Ms): Ms {
  return end + 2 * DAY_MS - YEAR_MS / 2;
}

/** The first and the last line. */
function endLines(bytes: Buffer): readonly [Buffer, Buffer] {
  const end = bytes[bytes.length - 1] === NEWLINE ? bytes.length - 1 : bytes.length;
  const first = bytes.indexOf(NEWLINE);
  return [
    bytes.subarray(0, first < 0 ? end : first),
    bytes.subarray(end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1, end),
  ];
}

/** The time of a line whose stamp has a year: that does not depend on the reference. */
function timeWithYear(line: Buffer, parse: ParseLine, nowMs: Ms): Ms | undefined {
  const block = createBlock(line);
  const now = parse(block, 0, line.length, nowMs);
  const before = parse(block, 0, line.length, nowMs - 3 * YEAR_MS);
  return now.kind !== 'dead' && before.kind !== 'dead' && now.time === before.time ? now.time : undefined;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
}
