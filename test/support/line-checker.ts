import { isDeepStrictEqual } from 'node:util';
import { Aggregator } from '../../src/core/aggregate.js';
import type { AggregateConfig, SourceRecord } from '../../src/core/aggregate.js';
import { Discovery } from '../../src/core/discover.js';
import { createIdentity } from '../../src/core/identity.js';
import { COUNTER, COUNTERS } from '../../src/core/tally/counters.js';
import { createZone, DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import type { Parsed, ParseLine } from '../../src/parse/line.js';
import { REFERENCE_MS } from '../parse/lines.js';
import { serverConfig } from './events.js';

type Kind = Parsed['kind'];
type HasClient<K extends Kind> = 'client_address' extends keyof Extract<Parsed, { kind: K }> ? true : false;

/** Every kind, and whether its events are about a client: its address is then never empty. */
export const KINDS: { readonly [K in Kind]: HasClient<K> } = {
  connect: true,
  disconnect: true,
  opened: true,
  queued: false,
  local_queued: false,
  bounce_queued: false,
  active: false,
  removed: false,
  expired: false,
  delivery: false,
  reject: true,
  auth_failure: true,
  lost_connection: true,
  timeout: true,
  too_many_errors: true,
  protocol_error: true,
  rate_limit: true,
  name_mismatch: true,
  screen_connect: true,
  screen_pass: true,
  screen_hit: true,
  pop3_login: true,
  pop3_failure: true,
  pop3_logout: false,
  other: false,
  unrecognised: false,
  dns: true,
  repeat: false,
  dead: false,
};

const CONFIG: AggregateConfig = {
  paneMs: 5 * MINUTE_MS,
  outOfOrdernessMs: 30_000,
  allowedLatenessMs: HOUR_MS,
  futureSkewMs: 400 * DAY_MS,
  clientCap: 64,
  dnsDuplicates: 'count',
};

const HAS_CLIENT = new Map<string, boolean>(Object.entries(KINDS));

/** What may stand around a line in its block. */
const NEIGHBOURS = [
  '',
  'Nov 23 01:57:14 gpo postfix/qmgr[3]: J\u00c3\u00b6rg\n',
  '\xff\r\n \n',
  'x'.repeat(1000) + '\n',
];

/** Lines that are counted before what they came to is looked at. */
const BATCH_LINES = 500;

function createParser(): ParseLine {
  return createLineParser({ zone: createZone('UTC') });
}

/** Puts lines through the parser and what follows it, and throws an error that says what is wrong with one of them. */
export class LineChecker {
  /** How many lines came to an event of each kind. */
  readonly kinds = new Map<Kind, number>();
  private readonly parseLine = createParser();
  private readonly parseElsewhere = createParser();
  private readonly identity = createIdentity([serverConfig({ hosts: ['gpo'] })], 'UTC');
  private aggregator = this.createAggregator();
  private discovery = new Discovery();
  private lines = 0;

  /** Checks one line, given as latin1. */
  check(line: string): void {
    const parsed = this.parsePlaced(this.parseLine, line, '', '');
    this.kinds.set(parsed.kind, (this.kinds.get(parsed.kind) ?? 0) + 1);
    checkEvent(parsed, line.startsWith('{'));
    this.checkPlaces(line, parsed);
    this.count(line, parsed);
    this.lines += 1;
    if (this.lines % BATCH_LINES === 0) this.checkCounts();
  }

  /** Checks what the lines since the last time came to. */
  checkCounts(): void {
    const { tallies } = this.aggregator.finish();
    const { rejections, deadLetters } = this.aggregator.takeAsides();
    for (const { tally } of tallies)
      for (const [counter] of COUNTERS) checkNumber(counter, tally.counts[COUNTER[counter]] ?? 0);
    JSON.parse(JSON.stringify([rejections, deadLetters]));
    this.discovery.found('UTC', () => 'gpo');
    this.aggregator = this.createAggregator();
    this.discovery = new Discovery();
  }

  private createAggregator(): Aggregator {
    return new Aggregator(CONFIG, this.identity, 'gpo');
  }

  private parsePlaced(parser: ParseLine, line: string, before: string, after: string): Parsed {
    const block = createBlock(Buffer.from(before + line + after, 'latin1'));
    return parser(block, before.length, before.length + line.length, REFERENCE_MS);
  }

  /** The same line is the same event wherever it stands and whatever came before it. */
  private checkPlaces(line: string, parsed: Parsed): void {
    const before = NEIGHBOURS[this.lines % NEIGHBOURS.length] ?? '';
    const after = NEIGHBOURS[(this.lines >> 2) % NEIGHBOURS.length] ?? '';
    const elsewhere = this.parsePlaced(this.parseElsewhere, line, before, `\n${after}`);
    if (!isDeepStrictEqual(elsewhere, parsed)) throw new Error(`is another event elsewhere: ${show(elsewhere)}`);
    // A parser costs more than a line.
    if (this.lines % 16 !== 0) return;
    const alone = this.parsePlaced(createParser(), line, '', '');
    if (!isDeepStrictEqual(alone, parsed)) throw new Error(`is another event alone: ${show(alone)}`);
  }

  private count(line: string, parsed: Parsed): void {
    const { lines } = this;
    const record: SourceRecord = {
      offset: lines,
      referenceMs: REFERENCE_MS,
      origin: () => `log:${String(lines)}`,
      text: () => line,
    };
    if (parsed.kind === 'dead') {
      this.aggregator.bury(parsed.reason, record);
      return;
    }
    const event = parsed.kind === 'repeat' ? parsed.event : parsed;
    this.aggregator.add(event, record);
    this.discovery.add(event, 'log');
  }
}

/** Throws an error that says what an event has that none may have; only JSON can name a line feed. */
export function checkEvent(parsed: Parsed, isJson = false): void {
  const hasClient = HAS_CLIENT.get(parsed.kind);
  if (hasClient === undefined) throw new Error(`has the unknown kind ${show(parsed)}`);
  if (parsed.kind === 'dead') return;
  const { time, ...fields } = parsed;
  if (!Number.isInteger(time) || Number.isNaN(new Date(time).getTime()))
    throw new Error(`is at the time ${String(time)}`);
  checkFields('', fields, isJson);
  if (hasClient && !('client_address' in fields && fields.client_address !== ''))
    throw new Error(`is of a client without an address: ${show(parsed)}`);
  if ('orig_client' in fields && fields.orig_client === '') throw new Error(`has no original client: ${show(parsed)}`);
}

function checkFields(path: string, fields: object, isJson: boolean): void {
  for (const [name, value] of Object.entries<unknown>({ ...fields })) {
    const field = `${path}${name}`;
    if (typeof value === 'object' && value !== null) checkFields(`${field}.`, value, isJson);
    else if (typeof value === 'number') checkNumber(field, value);
    else if (typeof value === 'string' && value.includes('\n') && !isJson)
      throw new Error(`has a line feed in ${field}`);
    else if (value !== undefined && !['string', 'boolean'].includes(typeof value))
      throw new Error(`has a ${typeof value} as ${field}`);
  }
}

function checkNumber(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) throw new Error(`has ${String(value)} as ${name}`);
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 500);
}
