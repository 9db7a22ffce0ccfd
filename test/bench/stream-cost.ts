import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TIME = '/usr/bin/time';
/** A program that takes longer hangs. */
const LIMIT_MS = 30 * 60_000;
const SAMPLE_MS = 1000;
const SAID_CHARS = 2000;

/** What a program cost. */
export interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

export function requireTime(): void {
  if (!existsSync(TIME)) throw new Error(`${TIME} is not there; on Debian: apt-get install time`);
}

/** Runs a command to its end as a process of its own; what that process cost. */
export async function costOf(command: readonly string[], folder: string, id: string): Promise<Cost> {
  const report = join(folder, `${id}.cost`);
  await runToEnd([TIME, '-f', '%U %S %M %e', '-o', report, ...command], id);
  const lines = readFileSync(report, 'utf8').trim().split('\n');
  const [user = NaN, system = NaN, kilobytes = NaN, wallSeconds = NaN] = (lines.at(-1) ?? '').split(' ').map(Number);
  return { wallSeconds, cpuSeconds: user + system, peakMiB: kilobytes / 1024 };
}

/** Runs a command to its end; the memory that it has, in MiB, second by second. */
export async function memoryOf(command: readonly string[], id: string): Promise<readonly number[]> {
  const samples: number[] = [];
  await runToEnd(command, id, (pid) => {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (kilobytes !== undefined) samples.push(Number(kilobytes) / 1024);
  });
  return samples;
}

/** @throws with what it said, if it fails or does not end */
async function runToEnd(
  [program = '', ...args]: readonly string[],
  id: string,
  look?: (pid: number) => void,
): Promise<void> {
  // In a group of its own, so that what it starts ends with it.
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const { pid = 0 } = child;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-SAID_CHARS)));
  const endGroup = (): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
  };
  process.once('exit', endGroup);
  const timer = setTimeout(endGroup, LIMIT_MS);
  const ended = once(child, 'close');
  while (look !== undefined && child.exitCode === null && child.signalCode === null) {
    look(pid);
    await Promise.race([sleep(SAMPLE_MS), ended]);
  }
  await ended;
  clearTimeout(timer);
  process.off('exit', endGroup);
  if (child.exitCode !== 0) throw new Error(`${id} ended with ${child.exitCode ?? child.signalCode ?? ''}: ${said}`);
}

/** CPU seconds of the servers that this process has started. */
export function serverSeconds(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const ticks = children.map((pid) => {
    // What stands before it is the name of the program, in parentheses.
    const [, , , , , , , , , , , , user = 0, system = 0] = (
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1) ?? ''
    )
      .split(' ')
      .map(Number);
    return user + system;
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

/** As Linux has it on all machines that Node.js runs on. */
const TICKS_PER_SECOND = 100;

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

export function rangeOf(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)}-${Math.max(...values).toFixed(2)}`;
}

export function machine(): string {
  const [processor] = cpus();
  const load = (loadavg()[2] ?? NaN).toFixed(1);
  return `Node.js ${process.version}, ${cpus().length} cores of an ${processor?.model ?? ''}, load ${load}`;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
