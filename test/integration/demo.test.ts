import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { endOf } from '../support/program.js';
import { truth } from '../support/truth.js';

const ROOT = join(import.meta.dirname, '..', '..');
const DEMO = ['--import', join(ROOT, 'test', 'support', 'typescript.js'), join(ROOT, 'test', 'demo', 'demo.ts')];

function startDemo(...options: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, NODE_OPTIONS: '' };
  return spawn(process.execPath, [...DEMO, ...options], { env, stdio: ['pipe', 'pipe', 'pipe'] });
}

test(
  'the demonstration tells all that was done to the recorded server, and ends by itself',
  async () => {
    const { code, stdout, stderr } = await endOf(startDemo('--speed', '120'));

    expect([code, stderr]).toEqual([0, '']);
    const summary = stdout.slice(stdout.lastIndexOf('incidents:'));
    const told = [...summary.matchAll(/^ {2}\w+:gpo\|(\w+)\|([^|]*)\|/gm)].map(([, kind, client]) => [kind, client]);
    const done = truth().phases.flatMap(({ incident, client }) =>
      incident === undefined ? [] : [[incident, client ?? '']],
    );
    expect(told).toEqual(done);
    expect(done.length).toBeGreaterThan(5);
    for (const [kind] of done)
      expect(stdout).toMatch(new RegExp(`abnormal: .*${kind}|incident-confirmed: .*Host that`));
    expect(stdout).toMatch(/\d+ windows, [1-9]\d* of them final/);
  },
  START_TIMEOUT_MS,
);

test(
  'a demonstration that is interrupted stops all that it has started',
  async () => {
    const demo = startDemo();
    demo.stdout.on('data', (text: string) => {
      if (text.includes('Playing')) demo.kill('SIGINT');
    });
    const { code, stdout, stderr } = await endOf(demo);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('until it was interrupted');
    const [address = ''] = /(?<=^Kafka )[^,]+/m.exec(stdout) ?? [];
    const [host = '', port = ''] = address.split(':');
    await expect(once(connect(Number(port), host), 'connect')).rejects.toThrow('ECONNREFUSED');
  },
  START_TIMEOUT_MS,
);

test(
  'a speed that is none is told before anything is started',
  async () => {
    const { code, stderr } = await endOf(startDemo('--speed', 'fast'));

    expect([code, stderr]).toEqual([2, '--speed: fast is no number above 0, such as 14\n']);
  },
  START_TIMEOUT_MS,
);
