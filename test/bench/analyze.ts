import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { YEAR, count, median, prepare } from './repeated-recording.js';
import type { Input } from './repeated-recording.js';

/**
 * What the analysis of two million lines costs, next to two other programs: CPU seconds (user and system, of the process
 * alone) per million lines and peak memory. All take their turns in each round, so that what else the machine does falls
 * on all of them.
 */
const ROUNDS = 5;
const MINIMUM_LINES = 2_000_000;
/** Threads are for long logs. */
const MINIMUM_LINES_OF_THREADS = 8_000_000;

const ROOT = join(import.meta.dirname, '..', '..');
const BENCH = import.meta.dirname;
const MAIN = join(ROOT, 'dist', 'main.js');
const TIME = '/usr/bin/time';

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
