import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { commandOf } from '../support/program.js';
import { ServerProcess } from './process.js';

const SERVER = `
import { writeFileSync } from 'node:fs';
console.log('started');
setInterval(() => undefined, 1000);
writeFileSync('ready', '');
`;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-test-'));
  await writeFile(join(folder, 'server.mjs'), SERVER);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function serverOf(script: string): ServerProcess {
  const probe = async (): Promise<void> => {
    await readFile(join(folder, 'ready'));
  };
  return new ServerProcess({ program: process.execPath, args: [script], env: { NODE_OPTIONS: '' }, folder, probe });
}

function isRunning(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a server runs until it is stopped', async () => {
  const server = serverOf('server.mjs');
  await server.start();
  expect(isRunning(server.pid)).toBe(true);

  await server.stop();

  expect(isRunning(server.pid)).toBe(false);
  expect(await readFile(join(folder, 'log'), 'utf8')).toBe('started\n');
});

test('a server that is killed can be started again', async () => {
  const server = serverOf('server.mjs');
  await server.start();
  const { pid } = server;

  await server.kill();
  expect(isRunning(pid)).toBe(false);
  await server.start();

  expect(isRunning(server.pid)).toBe(true);
  expect(server.pid).not.toBe(pid);
  await server.stop();
});

test('a server that ends is not waited for, and its log says why', async () => {
  await writeFile(join(folder, 'failing.mjs'), `console.error('no disk'); process.exitCode = 3;`);

  await expect(serverOf('failing.mjs').start()).rejects.toThrow(/ended; its log:\nno disk$/);
});

test('a program that is not there is an error', async () => {
  const launch = { program: join(folder, 'absent'), args: [], folder, probe: () => Promise.resolve() };

  await expect(new ServerProcess(launch).start()).rejects.toThrow('ENOENT');
});

test('a server ends with the process that started it, though that is killed, and its folder goes', async () => {
  const [program = '', ...args] = commandOf('start-server.ts');
  const starter = spawn(program, [...args, join(folder, 'server.mjs'), folder], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  starter.stdout.setEncoding('utf8');
  const pid = Number((await once(starter.stdout, 'data')).join(''));
  expect(isRunning(pid)).toBe(true);

  starter.kill('SIGKILL');

  while (existsSync(folder)) await delay(20);
  expect(isRunning(pid)).toBe(false);
}, 30_000);
