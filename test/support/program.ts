import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const ROOT = join(import.meta.dirname, '..', '..');
const TYPESCRIPT = ['--import', join(ROOT, 'test', 'support', 'typescript.js')];
const ARGUMENTS = [...TYPESCRIPT, join(ROOT, 'src', 'main.ts')];

/** The command line that runs the program from its source. */
export const COMMAND: readonly string[] = [process.execPath, ...ARGUMENTS];

/** The same of a script beside this file. */
export function commandOf(script: string): readonly string[] {
  return [process.execPath, ...TYPESCRIPT, join(import.meta.dirname, script)];
}

/** How the program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Program = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts the program as a process of its own, in a zone that no test relies on. */
export function startProgram(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Program {
  const env = { ...process.env, ...environment, TZ: 'UTC', NODE_OPTIONS: '' };
  const program = spawn(process.execPath, [...ARGUMENTS, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A program that ends before it has read its input is the business of whoever looks at its exit code.
  program.stdin.on('error', () => undefined);
  return program;
}

/** Waits for the end of the program. */
export async function endOf(program: Program): Promise<Ended> {
  const [[code, signal], stdout, stderr] = await Promise.all([
    exitOf(program),
    textOf(program.stdout),
    textOf(program.stderr),
  ]);
  return { code, signal, stdout, stderr };
}

/** Runs the program with a text on its standard input. */
export async function runProgram(
  args: readonly string[],
  input = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const program = startProgram(args, environment);
  program.stdin.end(input);
  return endOf(program);
}

async function exitOf(program: Program): Promise<readonly [number | null, NodeJS.Signals | null]> {
  await once(program, 'close');
  return [program.exitCode, program.signalCode];
}

async function textOf(stream: Readable): Promise<string> {
  stream.setEncoding('utf8');
  let text = '';
  stream.on('data', (piece: string) => {
    text += piece;
  });
  if (!stream.destroyed) await once(stream, 'close');
  return text;
}
