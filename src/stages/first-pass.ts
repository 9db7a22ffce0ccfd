import { Discovery } from '../core/discover.js';
import type { Found } from '../core/discover.js';
import type { Ms } from '../core/event.js';
import type { ServerConfig } from '../core/identity.js';
import { DAY_MS } from '../core/time.js';
import { eachLine } from './fold-chunk.js';
import { createBlock } from '../parse/block.js';
import type { ParseLine } from '../parse/line.js';
import type { Chunk, ChunkSource, Sample } from './ports.js';
import { bytesOfReference, referenceAt, yearSpans } from './year-spans.js';
import type { YearSpan } from './year-spans.js';

const NEWLINE = 10;
const YEAR_MS = 366 * DAY_MS;
/** Lines of each source that are looked at, as long as the bytes last. */
const FIRST_PASS_LINES = 50_000;
/** Bytes of all sources together that are looked at, but for the last turns; memory for copies is never more. */
const FIRST_PASS_BYTES = 1 << 26;
/** Bytes of a source, up to the end of a line, that are looked at when it is its turn. */
const TURN_BYTES = 1 << 16;

export interface FirstPassConfig {
  readonly timezone: string;
  readonly year: number | undefined;
  readonly dnsHost: string | undefined;
  /** The servers, where the user names them: nothing is to be found then. */
  readonly servers: readonly ServerConfig[];
  /** When the run began. */
  readonly nowMs: Ms;
}

export interface FirstPass {
  /** The sources, to be read from their start. */
  readonly sources: readonly ChunkSource[];
  readonly found: readonly Found[];
  /** The resolver that a query log without host names belongs to. */
  readonly resolverOf: (source: string) => string;
  /** The instant near which the year of the stamps at the start of a chunk lies. */
  readonly yearReference: (chunk: Chunk) => Ms;
  /** For how many bytes of the chunk, up to the end of a line, that is right. */
  readonly bytesOfYear: (chunk: Chunk) => number;
}

/** A source whose start is looked at before it is given out: a pipe can be read only once. */
class SourceStart implements ChunkSource {
  readonly name: string;
  lines = 0;
  /** Whether there is no more to look at. */
  isWhole = false;
  /** When the last line that was looked at was written; nothing is behind a source whose lines have no time. */
  timeMs = Infinity;
  private readonly chunks: Chunk[] = [];
  /** How much of the last chunk was looked at. */
  private seenBytes = 0;

  constructor(private readonly source: ChunkSource) {
    this.name = source.name;
  }

  get incomplete(): ChunkSource['incomplete'] {
    return this.source.incomplete;
  }

  async next(): Promise<Chunk | undefined> {
    return this.chunks.shift() ?? (await this.source.next());
  }

  async samples(): Promise<readonly Sample[]> {
    return (await this.source.samples?.()) ?? [];
  }

  close(): Promise<void> {
    return this.source.close();
  }

  /** The lines of the next turn, good until the one after it; `undefined` at the end. */
  async look(): Promise<Chunk | undefined> {
    let chunk = this.chunks.at(-1);
    if (chunk === undefined || this.seenBytes === chunk.bytes.length) {
      // Only now does the last chunk need memory of its own: hundreds of sources may have just one looked at.
      if (chunk !== undefined) this.chunks.splice(-1, 1, { ...chunk, bytes: Buffer.from(chunk.bytes) });
      chunk = await this.source.next();
      this.isWhole = chunk === undefined;
      if (chunk === undefined) return undefined;
      this.chunks.push(chunk);
      this.seenBytes = 0;
    }
    const newline = chunk.bytes.indexOf(NEWLINE, this.seenBytes + TURN_BYTES);
    const end = newline < 0 ? chunk.bytes.length : newline + 1;
    const bytes = chunk.bytes.subarray(this.seenBytes, end);
    this.seenBytes = end;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) this.lines += 1;
    return { ...chunk, bytes };
  }

  /** All that was looked at. */
  seen(): readonly Chunk[] {
    const last = this.chunks.at(-1);
    if (last === undefined) return [];
    return [...this.chunks.slice(0, -1), { ...last, bytes: last.bytes.subarray(0, this.seenBytes) }];
  }
}

/** Finds out from the start of all sources what their lines do not say: years, mail servers and resolvers. */
export async function runFirstPass(
  given: readonly ChunkSource[],
  parse: ParseLine,
  config: FirstPassConfig,
): Promise<FirstPass> {
  const sources = given.map((source) => new SourceStart(source));
  const seenBytes = await lookAtStarts(sources);
  const years = await findYears(sources, parse, config);
  if (config.servers.length === 0) {
    const finder = new ServerFinder(parse, years.yearReference, config);
    return { sources, ...years, ...(await findServers(sources, seenBytes, finder)) };
  }
  const hosts = config.servers.flatMap((server) => server.hosts);
  return { sources, ...years, found: [], resolverOf: resolverNames(hosts, config) };
}

type Years = Pick<FirstPass, 'yearReference' | 'bytesOfYear'>;

async function findYears(sources: readonly SourceStart[], parse: ParseLine, config: FirstPassConfig): Promise<Years> {
  if (config.year !== undefined) {
    const referenceMs = middleOfYear(config.year);
    return { yearReference: () => referenceMs, bytesOfYear: ({ bytes }) => bytes.length };
  }
  const endOf = endsOfFiles(sources, parse, config);
  const spans = new Map<string, readonly YearSpan[]>();
  for (const source of sources)
    for (const [path, ofFile] of yearSpans(await source.samples(), parse, endOf)) spans.set(path, ofFile);
  return {
    yearReference: (chunk) => referenceAt(spans, chunk) ?? beforeEnd(endOf(chunk.writtenMs)),
    bytesOfYear: (chunk) => bytesOfReference(spans, chunk),
  };
}

/** Looks at the sources in turn, so that each has its share; gives how many bytes it saw. */
async function lookAtStarts(sources: readonly SourceStart[]): Promise<number> {
  let bytes = 0;
  let open = sources;
  while (open.length > 0 && bytes < FIRST_PASS_BYTES) {
    for (const source of open) bytes += (await source.look())?.bytes.length ?? 0;
    open = open.filter(({ isWhole, lines }) => !isWhole && lines < FIRST_PASS_LINES);
  }
  return bytes;
}

type Servers = Pick<FirstPass, 'found' | 'resolverOf'>;

/** Finds mail servers in lines. */
class ServerFinder {
  private readonly discovery = new Discovery();

  constructor(
    private readonly parse: ParseLine,
    private readonly yearReference: FirstPass['yearReference'],
    private readonly config: FirstPassConfig,
  ) {}

  add(source: SourceStart, chunk: Chunk): void {
    const referenceMs = this.yearReference(chunk);
    eachLine(chunk.bytes, {
      take: (block, start, end) => {
        const parsed = this.parse(block, start, end, referenceMs);
        if (parsed.kind === 'dead') return;
        source.timeMs = parsed.time;
        this.discovery.add(parsed.kind === 'repeat' ? parsed.event : parsed, source.name);
      },
    });
  }

  servers(): Servers {
    const resolverOf = resolverNames(this.discovery.hosts(), this.config);
    return { found: this.discovery.found(this.config.timezone, resolverOf), resolverOf };
  }
}

async function findServers(sources: readonly SourceStart[], seenBytes: number, finder: ServerFinder): Promise<Servers> {
  for (const source of sources) for (const chunk of source.seen()) finder.add(source, chunk);
  let servers = finder.servers();
  let bytes = seenBytes;
  while (bytes < FIRST_PASS_BYTES && servers.found.some(mayBeFoundLater)) {
    // As much again each time, since all evidence is gone through after it.
    const more = await lookInStep(sources, Math.min(bytes, FIRST_PASS_BYTES - bytes), finder);
    if (more === 0) break;
    bytes += more;
    servers = finder.servers();
  }
  return servers;
}

/** Whether the logs may just not have come to a time that tells: one may begin long before the other. */
function mayBeFoundLater({ missing }: Found): boolean {
  return missing === 'no_common_time' || missing === 'few_connects';
}

/** Looks at that many bytes more, always where the log is furthest behind; gives how many it saw. */
async function lookInStep(sources: readonly SourceStart[], bytes: number, finder: ServerFinder): Promise<number> {
  let seen = 0;
  for (let source = furthestBehind(sources); source !== undefined && seen < bytes; source = furthestBehind(sources)) {
    const chunk = await source.look();
    if (chunk === undefined) continue;
    seen += chunk.bytes.length;
    finder.add(source, chunk);
  }
  return seen;
}

function furthestBehind(sources: readonly SourceStart[]): SourceStart | undefined {
  let behind: SourceStart | undefined;
  for (const source of sources) if (!source.isWhole && source.timeMs < (behind?.timeMs ?? Infinity)) behind = source;
  return behind;
}

/** The resolver of a query log without host names: the one that is named, else the only mail host, else the log's own name. */
export function resolverNames(
  hosts: readonly string[],
  { dnsHost }: Pick<FirstPassConfig, 'dnsHost'>,
): FirstPass['resolverOf'] {
  const onlyHost = hosts.length === 1 ? hosts[0] : undefined;
  return (source) => dnsHost ?? onlyHost ?? baseName(source);
}

/**
 * When a file ends: at the file's own time, after which nothing was written to it. A copied log has a new time of its
 * own: if that is not in the span of the logs with years, the span's end stands for it.
 */
function endsOfFiles(
  sources: readonly SourceStart[],
  parse: ParseLine,
  { nowMs }: FirstPassConfig,
): (writtenMs: Ms) => Ms {
  const knownMs = (writtenMs: Ms): Ms => (Number.isNaN(writtenMs) ? nowMs : writtenMs);
  let earliest = Infinity;
  let latest = -Infinity;
  for (const source of sources)
    for (const chunk of source.seen())
      for (const line of endLines(chunk.bytes)) {
        const time = timeWithYear(line, parse, nowMs);
        if (time === undefined) continue;
        earliest = Math.min(earliest, time);
        // The end of a longer log is not known yet, but when it was written.
        latest = Math.max(latest, time, source.isWhole ? time : knownMs(chunk.writtenMs));
      }
  return (writtenMs) => {
    const ownMs = knownMs(writtenMs);
    const isInSpan = ownMs >= earliest && ownMs <= latest + DAY_MS;
    return isInSpan || earliest > latest ? ownMs : latest;
  };
}

/** The instant to which all times of a year are nearest: as far from its first as from its last. */
export function middleOfYear(year: number): Ms {
  return (Date.UTC(year, 0) + Date.UTC(year + 1, 0)) / 2;
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

/** The name of a log without its folder and its ending. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
}
