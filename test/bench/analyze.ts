import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * What the analysis of two million lines costs, next to two other programs: CPU seconds (user and system, of the process
 * alone) per million lines and peak memory. All take their turns in each round, so that what else the machine does falls
 * on all of them.
 */
const ROUNDS = 5;
const MINIMUM_LINES = 2_000_000;
/** Threads are for long logs. */
const MINIMUM_LINES_OF_THREADS = 8_000_000;
/** The recording is 28 minutes long: so far apart its repetitions do not overlap. */
const SHIFT_MS = 30 * 60_000;
const YEAR = 2026;

const ROOT = join(import.meta.dirname, '..', '..');
const BENCH = import.meta.dirname;
const RECORDING = join(ROOT, 'test', 'fixtures', 'dept');
const MAIN = join(ROOT, 'dist', 'main.js');
const TIME = '/usr/bin/time';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Log {
  readonly name: string;
  readonly lines: readonly string[];
  /** Its time stamp: where it ends in a line, what it says, and how another time is written in its place. */
  readonly stampLength: number;
  readonly read: (stamp: string) => number;
  readonly write: (timeMs: number) => string;
}

interface Input {
  readonly path: string;
  readonly lines: number;
}

interface Contestant {
  readonly name: string;
  readonly input: readonly Input[];
  readonly command: readonly string[];
  /** Why it cannot take part. */
  readonly isMissing?: string | undefined;
}

interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function clockOf(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

function monthOf(name: string): number {
  const month = MONTHS.indexOf(name);
  if (month < 0) throw new Error(`${name} is no month.`);
  return month;
}

/** `Nov 23 01:57:14`. */
function readSyslogStamp(stamp: string): number {
  const [hour = 0, minute = 0, second = 0] = stamp.slice(7).split(':').map(Number);
  return Date.UTC(YEAR, monthOf(stamp.slice(0, 3)), Number(stamp.slice(4, 6)), hour, minute, second);
}

function writeSyslogStamp(timeMs: number): string {
  const date = new Date(timeMs);
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${String(date.getUTCDate()).padStart(2)} ${clockOf(date)}`;
}

/** `23-Nov-2026 01:57:14.864`. */
function readBindStamp(stamp: string): number {
  const [hour = 0, minute = 0, second = 0] = stamp.slice(12).split(':').map(Number);
  return Date.UTC(
    Number(stamp.slice(7, 11)),
    monthOf(stamp.slice(3, 6)),
    Number(stamp.slice(0, 2)),
    hour,
    minute,
    0,
    second * 1000,
  );
}

function writeBindStamp(timeMs: number): string {
  const date = new Date(timeMs);
  const day = `${two(date.getUTCDate())}-${MONTHS[date.getUTCMonth()] ?? ''}-${String(date.getUTCFullYear())}`;
  return `${day} ${clockOf(date)}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`;
}

function recording(): readonly Log[] {
  const syslog = { stampLength: 15, read: readSyslogStamp, write: writeSyslogStamp };
  const bind = { stampLength: 24, read: readBindStamp, write: writeBindStamp };
  return [
    { name: 'mail.log', lines: linesOf('mail.log.gz'), ...syslog },
    { name: 'dovecot.log', lines: linesOf('dovecot.log.gz'), ...syslog },
    { name: 'query.log', lines: linesOf('query.log.gz'), ...bind },
  ];
}

function linesOf(name: string): readonly string[] {
  return gunzipSync(readFileSync(join(RECORDING, name)))
    .toString('latin1')
    .trimEnd()
    .split('\n');
}

/** The recording over and over, each time half an hour earlier, the earliest first; kept between runs. */
function prepare(minimumLines: number): readonly Input[] {
  const logs = recording();
  const once = logs.reduce((sum, log) => sum + log.lines.length, 0);
  const repetitions = Math.ceil(minimumLines / once);
  const hash = createHash('sha256').update(readFileSync(import.meta.filename));
  for (const log of logs) hash.update(log.lines.join('\n'));
  hash.update(String(repetitions));
  const folder = join(tmpdir(), `mxwarden-bench-${hash.digest('hex').slice(0, 12)}`);
  const inputs = logs.map((log) => ({ path: join(folder, log.name), lines: log.lines.length * repetitions }));
  if (existsSync(folder)) return inputs;
  process.stderr.write(`Writing ${count(once * repetitions)} lines into ${folder}\n`);
  const unfinished = mkdtempSync(`${folder}-`);
  for (const log of logs) repeat(log, repetitions, join(unfinished, log.name));
  renameSync(unfinished, folder);
  return inputs;
}

function repeat(log: Log, repetitions: number, path: string): void {
  const parts = log.lines.map((line) => ({
    timeMs: log.read(line.slice(0, log.stampLength)),
    rest: line.slice(log.stampLength),
  }));
  const file = openSync(path, 'w');
  for (let repetition = repetitions - 1; repetition >= 0; repetition -= 1) {
    const shiftMs = repetition * SHIFT_MS;
    const text = parts.map(({ timeMs, rest }) => `${log.write(timeMs - shiftMs)}${rest}\n`).join('');
    writeSync(file, Buffer.from(text, 'latin1'));
  }
  closeSync(file);
}

/** With one thread, as all the others. */
const ALONE = ['--threads', '1'];

function analyzeCommand(input: readonly Input[], out: string): readonly string[] {
  return [
    ...[process.execPath, MAIN, 'analyze', '--out', out, '--server', 'gpo=127.0.0.1', '--timezone', 'UTC'],
    ...['--year', String(YEAR), ...input.map(({ path }) => path)],
  ];
}

/** The same analysis by one core and by two. */
function onCores(inputs: readonly Input[], out: string): readonly Contestant[] {
  const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
  const isMissing = !hasTaskset
    ? 'taskset is not installed'
    : availableParallelism() < 2
      ? 'this machine has one core'
      : undefined;
  return ['0', '0,1'].map((cores) => ({
    name: cores === '0' ? 'one core' : 'two cores',
    input: inputs,
    command: ['taskset', '-c', cores, ...analyzeCommand(inputs, out)],
    isMissing,
  }));
}

function contestants(inputs: readonly Input[], out: string): readonly Contestant[] {
  const mail = inputs.filter(({ path }) => path.endsWith('mail.log'));
  const node = (script: string, input: readonly Input[]): readonly string[] => [
    process.execPath,
    script,
    ...input.map(({ path }) => path),
  ];
  const hasPflogsumm = spawnSync('pflogsumm', ['--version']).status === 0;
  return [
    { name: 'mxwarden analyze', input: inputs, command: [...analyzeCommand(inputs, out), ...ALONE] },
    { name: 'mxwarden, parsing alone', input: inputs, command: node(join(BENCH, 'parse-alone.js'), inputs) },
    { name: 'mxwarden analyze, mail log', input: mail, command: [...analyzeCommand(mail, out), ...ALONE] },
    { name: 'mxwarden, parsing alone, mail log', input: mail, command: node(join(BENCH, 'parse-alone.js'), mail) },
    {
      ...{ name: 'pflogsumm, mail log', input: mail, command: ['pflogsumm', ...mail.map(({ path }) => path)] },
      isMissing: hasPflogsumm ? undefined : 'it is not installed; on Debian: apt-get install pflogsumm',
    },
    { name: 'postfix-parser, mail log', input: mail, command: node(join(BENCH, 'postfix-parser.js'), mail) },
  ];
}

/** Runs a command as a process of its own and returns what that process cost. */
function costOf(name: string, [program = '', ...args]: readonly string[], report: string): Cost {
  const { status, stderr } = spawnSync(TIME, ['-f', '%U %S %M %e', '-o', report, program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`${name} failed: ${stderr.slice(0, 2000)}`);
  const [user = NaN, system = NaN, kilobytes = NaN, wallSeconds = NaN] = (
    readFileSync(report, 'utf8').trim().split('\n').pop() ?? ''
  )
    .split(' ')
    .map(Number);
  return { wallSeconds, cpuSeconds: user + system, peakBytes: kilobytes * 1024 };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function linesIn({ input }: Contestant): number {
  return input.reduce((sum, { lines }) => sum + lines, 0);
}

/** Contestants with what they cost, round by round. */
type Rows = readonly { readonly contestant: Contestant; readonly costs: readonly Cost[] }[];

function table(rows: Rows): string {
  const perMillion = ({ contestant, costs }: (typeof rows)[number]): readonly number[] =>
    costs.map((cost) => cost.cpuSeconds / (linesIn(contestant) / 1e6));
  const [first] = rows;
  const unit = first === undefined ? NaN : median(perMillion(first));
  const body = rows.map((row) => {
    const cpu = perMillion(row);
    const range = `${Math.min(...cpu).toFixed(2)}-${Math.max(...cpu).toFixed(2)}`;
    const peak = median(row.costs.map((cost) => cost.peakBytes)) / 2 ** 20;
    const cells = [
      row.contestant.name,
      count(linesIn(row.contestant)),
      median(cpu).toFixed(2),
      range,
      (median(cpu) / unit).toFixed(2),
      peak.toFixed(0),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| | lines | CPU s per million lines | range | ratio | peak memory in MiB |',
    '|---|---:|---:|---:|---:|---:|',
    ...body,
  ].join('\n');
}

function tableOfCores(rows: Rows): string {
  const body = rows.map(({ contestant, costs }) => {
    const [wall, cpu] = [costs.map(({ wallSeconds }) => wallSeconds), costs.map(({ cpuSeconds }) => cpuSeconds)];
    const peak = median(costs.map(({ peakBytes }) => peakBytes)) / 2 ** 20;
    const cells = [contestant.name, count(linesIn(contestant)), median(wall).toFixed(1), median(cpu).toFixed(1)];
    return `| ${[...cells, peak.toFixed(0)].join(' | ')} |`;
  });
  return ['| | lines | seconds | CPU s | peak memory in MiB |', '|---|---:|---:|---:|---:|', ...body].join('\n');
}

/** All contestants in turns, round by round. */
function run(contestants: readonly Contestant[], folder: string): Rows {
  const able = contestants.filter(({ isMissing }) => isMissing === undefined);
  const rows = able.map((contestant) => ({ contestant, costs: new Array<Cost>() }));
  for (let round = 1; round <= ROUNDS; round += 1)
    for (const { contestant, costs } of rows) {
      costs.push(costOf(contestant.name, contestant.command, join(folder, 'cost')));
      process.stderr.write(`Round ${String(round)} of ${String(ROUNDS)}: ${contestant.name}\n`);
    }
  return rows;
}

function main(): void {
  if (!existsSync(MAIN)) throw new Error('There is no build to measure: run npm run build.');
  if (!existsSync(TIME)) throw new Error(`${TIME} is not there; on Debian: apt-get install time`);
  const folder = mkdtempSync(join(tmpdir(), 'mxwarden-bench-run-'));
  try {
    const out = join(folder, 'out');
    mkdirSync(out);
    const programs = contestants(prepare(MINIMUM_LINES), out);
    const cores = onCores(prepare(MINIMUM_LINES_OF_THREADS), out);
    const [processor] = cpus();
    process.stdout.write(`${table(run(programs, folder))}\n\n${tableOfCores(run(cores, folder))}\n\n`);
    process.stdout.write(
      `Medians of ${String(ROUNDS)} rounds; Node.js ${process.version}, ${processor?.model ?? 'unknown processor'}.\n`,
    );
    for (const { name, isMissing } of [...programs, ...cores])
      if (isMissing !== undefined) process.stdout.write(`Left out: ${name}, since ${isMissing}.\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
