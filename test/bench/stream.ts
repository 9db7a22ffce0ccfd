// `npm run bench:stream`: what counting the events in Kafka costs, next to other programs that read them.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startKafka } from '../servers/kafka.js';
import { installedJdks, oldestJdk } from '../servers/java.js';
import { assemble } from '../servers/maven.js';
import { RESULTS, SCHEMA_FILES, fill, streamConfig } from './stream-topics.js';
import type { EventSet } from './stream-topics.js';

const ROUNDS = 5;
const ROUNDS_OF_CORES = 3;
const MILLION = 1e6;
/** What costs start-up and compilation is in both, and falls out of their difference. */
const [SHORT, LONG] = [MILLION, 2 * MILLION];
const VERY_LONG = 10 * MILLION;
const SAMPLE_MS = 500;
const JAVA = 17;

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'dist', 'main.js');
const TYPESCRIPT = ['--import', join(ROOT, 'test', 'support', 'typescript.js')];
const TIME = '/usr/bin/time';
const STREAMS_SOURCE = join(import.meta.dirname, 'kafka-streams', 'CountByHost.java');

const run = promisify(execFile);

interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** A program that reads a set of events to its end. */
interface Contestant {
  readonly name: string;
  readonly commandOf: (set: EventSet, id: string) => Promise<readonly string[]>;
}

const folder = await mkdtemp(join(tmpdir(), 'mxwarden-bench-stream-'));

async function aggregateCommand(address: string, { topics }: EventSet, group: string): Promise<readonly string[]> {
  const file = join(folder, `${group}.yaml`);
  await writeFile(file, streamConfig({ address, group, topics }));
  const options = ['--stages', 'aggregate', '--bounded', '--from', 'earliest'];
  return [process.execPath, MAIN, 'stream', '--config', file, ...options];
}

async function contestants(address: string): Promise<readonly Contestant[]> {
  const reader = join(import.meta.dirname, 'stream-reader.ts');
  const read =
    (way: string): Contestant['commandOf'] =>
    ({ events, topics }, id) =>
      Promise.resolve([process.execPath, ...TYPESCRIPT, reader, way, address, id, String(events), ...topics]);
  const streams = await compileStreams();
  return [
    { name: 'bare kafkajs', commandOf: read('bare') },
    { name: 'kafkajs and avsc: the floor', commandOf: read('decode') },
    { name: 'mxwarden aggregate', commandOf: (set, id) => aggregateCommand(address, set, id) },
    {
      name: 'Kafka Streams',
      commandOf: ({ events, topics }, id) => {
        const inputs = topics.map((topic, index) => `${topic}=${SCHEMA_FILES[index] ?? ''}`);
        return Promise.resolve([
          ...streams,
          address,
          id,
          join(folder, id),
          RESULTS.correlations,
          String(events),
          ...inputs,
        ]);
      },
    },
  ];
}

async function compileStreams(): Promise<readonly string[]> {
  const jdk = oldestJdk(installedJdks(), JAVA);
  if (jdk === undefined) throw new Error(`Kafka Streams needs a JDK of version ${JAVA} or newer.`);
  const program = await assemble(
    {
      name: 'kafka-streams-4.3.1',
      content: {
        jars: [
          'org.apache.kafka:kafka-streams:4.3.1',
          'org.apache.avro:avro:1.12.0',
          // Of the version of jackson-databind that Kafka brings.
          'com.fasterxml.jackson.core:jackson-core:2.21.2',
          'org.slf4j:slf4j-simple:1.7.36',
        ],
      },
    },
    jdk,
  );
  const classes = join(folder, 'classes');
  const jars = join(program, 'lib', '*');
  await run(join(jdk.home, 'bin', 'javac'), ['-d', classes, '--release', String(JAVA), '-cp', jars, STREAMS_SOURCE]);
  const logging = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  return [join(jdk.home, 'bin', 'java'), logging, '-Xmx512m', '-cp', `${classes}:${jars}`, 'CountByHost'];
}

/** Runs a command to its end as a process of its own; what that process cost. */
async function costOf(command: readonly string[], id: string): Promise<Cost> {
  const report = join(folder, `${id}.cost`);
  const child = spawn(TIME, ['-f', '%U %S %M %e', '-o', report, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${id} failed: ${said.slice(0, 2000)}`);
  const lines = readFileSync(report, 'utf8').trim().split('\n');
  const [user = NaN, system = NaN, kilobytes = NaN, wallSeconds = NaN] = (lines.at(-1) ?? '').split(' ').map(Number);
  return { wallSeconds, cpuSeconds: user + system, peakMiB: kilobytes / 1024 };
}

async function compare(address: string): Promise<void> {
  const [short, long] = [await fill(address, 'short', SHORT), await fill(address, 'long', LONG)];
  const rows = (await contestants(address)).map((contestant) => ({
    contestant,
    perMillion: new Array<number>(),
    start: new Array<number>(),
    peakMiB: new Array<number>(),
  }));
  for (let round = 1; round <= ROUNDS; round += 1)
    for (const [index, { contestant, perMillion, start, peakMiB }] of rows.entries()) {
      const id = `cost-${round}-${index}`;
      const costs: Cost[] = [];
      for (const set of [short, long]) {
        const name = `${id}-${set.events}`;
        costs.push(await costOf(await contestant.commandOf(set, name), name));
      }
      const [less = 0, more = 0] = costs.map(({ cpuSeconds }) => cpuSeconds);
      const slope = (more - less) / (LONG - SHORT);
      perMillion.push(slope * MILLION);
      start.push(less - slope * SHORT);
      peakMiB.push(Math.max(...costs.map(({ peakMiB: peak }) => peak)));
      tell(`round ${round}, ${contestant.name}: ${less.toFixed(2)} ${more.toFixed(2)}`);
    }
  const floor = median(rows[1]?.perMillion ?? []);
  print('| | CPU s per million events | range | of the floor | CPU s once | peak memory in MiB |');
  print('|---|---:|---:|---:|---:|---:|');
  for (const { contestant, perMillion, start, peakMiB } of rows) {
    const cost = median(perMillion);
    const numbers = [cost.toFixed(2), rangeOf(perMillion), (cost / floor).toFixed(2), median(start).toFixed(1)];
    print(`| ${[contestant.name, ...numbers, median(peakMiB).toFixed(0)].join(' | ')} |`);
  }
  print(`\nMedians of ${ROUNDS} rounds; events of ${long.meanBytes.toFixed(0)} bytes; ${machine()}.\n`);
}

/** One process and two over ten million events, and the memory of the one. */
async function compareCores(address: string): Promise<void> {
  const set = await fill(address, 'very-long', VERY_LONG);
  await sampleMemory(await aggregateCommand(address, set, 'memory'));
  print('| processes | events per second | CPU s per million events |\n|---:|---:|---:|');
  const costs = new Map<number, Cost[]>([
    [1, []],
    [2, []],
  ]);
  for (let round = 1; round <= ROUNDS_OF_CORES; round += 1)
    for (const [count, found] of costs) {
      const group = `cores-${round}-${count}`;
      const command = await aggregateCommand(address, set, group);
      const each = await Promise.all(Array.from({ length: count }, (_, index) => costOf(command, `${group}-${index}`)));
      found.push({
        wallSeconds: Math.max(...each.map(({ wallSeconds }) => wallSeconds)),
        cpuSeconds: each.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
        peakMiB: Math.max(...each.map(({ peakMiB }) => peakMiB)),
      });
      tell(`round ${round}, ${count}: ${JSON.stringify(found.at(-1))}`);
    }
  for (const [count, found] of costs) {
    const speed = median(found.map(({ wallSeconds }) => set.events / wallSeconds));
    const cpu = median(found.map(({ cpuSeconds }) => cpuSeconds / (set.events / MILLION)));
    print(`| ${count} | ${Math.round(speed).toLocaleString('en')} | ${cpu.toFixed(2)} |`);
  }
  print(`\nMedians of ${ROUNDS_OF_CORES} rounds of ${set.events.toLocaleString('en')} events; ${machine()}.\n`);
}

/** Memory at each tenth of the time that a command takes. */
async function sampleMemory([program = '', ...args]: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = once(child, 'close');
  const samples: number[] = [];
  while (child.exitCode === null) {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8')) ?? [];
    if (kilobytes !== undefined) samples.push(Number(kilobytes) / 1024);
    await sleep(SAMPLE_MS);
  }
  await ended;
  if (child.exitCode !== 0) throw new Error('It failed.');
  const tenths = Array.from({ length: 10 }, (_, tenth) => {
    const part = samples.slice((samples.length * tenth) / 10, (samples.length * (tenth + 1)) / 10);
    return Math.round(Math.max(...part));
  });
  print(`Memory in MiB, the most in each tenth of the time: ${tenths.join(', ')}\n`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function rangeOf(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)}-${Math.max(...values).toFixed(2)}`;
}

function machine(): string {
  const [processor] = cpus();
  return `Node.js ${process.version}, two cores of an ${processor?.model ?? ''}, load ${(loadavg()[2] ?? NaN).toFixed(0)}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

if (!existsSync(MAIN)) throw new Error('There is no build to measure: run npm run build.');
if (!existsSync(TIME)) throw new Error(`${TIME} is not there; on Debian: apt-get install time`);
const server = await startKafka();
try {
  const parts: Readonly<Record<string, (address: string) => Promise<void>>> = { compare, cores: compareCores };
  const asked = process.argv.slice(2);
  for (const [name, part] of Object.entries(parts))
    if (asked.length === 0 || asked.includes(name)) await part(server.address);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
