// `npm run bench:avro`: what events cost in Avro, next to JSON.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { EventEncoder, createEventDecoder } from '../../src/avro/events.js';
import type { AnyEvent } from '../../src/avro/events.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { createZone } from '../../src/core/time.js';
import type { Block } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import { eachLine } from '../../src/stages/fold-chunk.js';
import { median } from './repeated-recording.js';

const ROUNDS = 5;
/** Events that one measurement works on, so long that the clock is exact. */
const EVENTS = 1_000_000;
const REFERENCE_MS = Date.UTC(2026, 10, 23, 3);
const ROOT = join(import.meta.dirname, '..', '..');

const LOGS = { 'mail events': 'mail.log.gz', 'DNS events': 'query.log.gz' } as const;

interface Cost {
  readonly bytes: number;
  readonly cpuSeconds: number;
}

function eventsOf(file: string): readonly AnyEvent[] {
  const parse = createLineParser({ zone: createZone('UTC') });
  const events: AnyEvent[] = [];
  const take = (block: Block, start: number, end: number): void => {
    const event = parse(block, start, end, REFERENCE_MS);
    if (event.kind === 'dead' || event.kind === 'repeat') return;
    events.push(Object.assign(event, { origin: `${file}:5f3a9c12e4b07d68:${String(start)}` }));
  };
  eachLine(gunzipSync(readFileSync(join(ROOT, 'test', 'fixtures', 'dept', file))), { take });
  return events;
}

/** What is measured: a function that works on all events once and returns how many bytes they are. */
const WORK: Readonly<Record<string, (events: readonly AnyEvent[]) => () => number>> = {
  'Avro, written': (events) => {
    const encoder = new EventEncoder();
    return () => {
      let bytes = 0;
      for (const event of events) bytes += encoder.encode(event).length;
      return bytes;
    };
  },
  'Avro, read: what counts': (events) => decoding(events, 'counted'),
  'Avro, read: all fields': (events) => decoding(events, 'all'),
  'JSON, written': (events) => () => {
    let bytes = 0;
    for (const event of events) bytes += Buffer.from(JSON.stringify(event)).length;
    return bytes;
  },
  'JSON, read': (events) => {
    const records = events.map((event) => Buffer.from(JSON.stringify(event)));
    return () => {
      let bytes = 0;
      for (const record of records) {
        const event: unknown = JSON.parse(record.toString());
        if (event !== undefined) bytes += record.length;
      }
      return bytes;
    };
  },
};

function decoding(events: readonly AnyEvent[], reading: 'all' | 'counted'): () => number {
  const encoder = new EventEncoder();
  const records = events.map((event) => encoder.encode(event));
  const decoder = createEventDecoder(new WriterSchemas(), reading);
  return () => {
    let bytes = 0;
    for (const record of records) if (decoder.decode(record).kind !== 'dead') bytes += record.length;
    return bytes;
  };
}

function measure(log: keyof typeof LOGS, work: string): Cost {
  const events = eventsOf(LOGS[log]);
  const run = WORK[work]?.(events) ?? (() => 0);
  // Once before the clock is started: what is measured is the compiled code.
  const bytes = run() / events.length;
  const rounds = Math.ceil(EVENTS / events.length);
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) run();
  const { user, system } = process.cpuUsage(before);
  return { bytes, cpuSeconds: (user + system) / (rounds * events.length) };
}

function isCost(value: unknown): value is Cost {
  return typeof value === 'object' && value !== null && 'cpuSeconds' in value;
}

function measureInOwnProcess(log: string, work: string): Cost {
  const loader = join(ROOT, 'test', 'support', 'typescript.js');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', loader, import.meta.filename, log, work],
    {
      encoding: 'utf8',
    },
  );
  const cost: unknown = status === 0 ? JSON.parse(stdout) : undefined;
  if (!isCost(cost)) throw new Error(`${work} failed: ${stderr}`);
  return cost;
}

function main(): void {
  const rows = Object.keys(LOGS).flatMap((log) =>
    Object.keys(WORK).map((work) => ({ log, work, costs: new Array<Cost>() })),
  );
  for (let round = 1; round <= ROUNDS; round++)
    for (const { log, work, costs } of rows) costs.push(measureInOwnProcess(log, work));
  process.stdout.write('| | | bytes | CPU s per million | range | events a second |\n|---|---|---:|---:|---:|---:|\n');
  for (const { log, work, costs } of rows) {
    const cpu = costs.map((cost) => cost.cpuSeconds);
    const range = `${Math.min(...cpu).toFixed(2)}-${Math.max(...cpu).toFixed(2)}`;
    const cells = [costs[0]?.bytes.toFixed(0), median(cpu).toFixed(2), range, `${(1e3 / median(cpu)).toFixed(0)} k`];
    process.stdout.write(`| ${log} | ${work} | ${cells.join(' | ')} |\n`);
  }
  const [processor] = cpus();
  process.stdout.write(
    `\nMedians of ${String(ROUNDS)} rounds; Node.js ${process.version}, ${processor?.model ?? 'unknown processor'}.\n`,
  );
}

const [log, work] = process.argv.slice(2);
if (log === 'mail events' || log === 'DNS events') process.stdout.write(JSON.stringify(measure(log, work ?? '')));
else main();
