import { link, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lock } from '../../src/files/lock.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-lock-'));
  file = join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true }));

/** Leaves what a program leaves behind that is killed. */
async function leaveBehind(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.first`, resolve));
  await link(`${path}.first`, path);
  await new Promise((resolve) => server.close(resolve));
}

test('only one has it, until it is released', async () => {
  const lock = await Lock.take(file);

  await expect(Lock.take(file)).rejects.toThrow(
    `Another mxwarden ship uses ${file}, or has taken ${file}.lock since: stop it, or give each run its own --state.`,
  );
  await lock.check();
  await lock.release();
  await (await Lock.take(file)).release();
  expect(await readdir(folder)).toEqual([]);
});

test('of several that come at once one gets it', async () => {
  const taken = await Promise.allSettled(Array.from({ length: 8 }, () => Lock.take(file)));
  const locks = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));

  expect(locks).toHaveLength(1);
  await locks[0]?.release();
});

test('what was left behind by a program that is gone keeps nobody away', async () => {
  await leaveBehind(`${file}.lock`);

  const lock = await Lock.take(file);

  await lock.check();
  await lock.release();
});

test('who has lost it is told, and leaves it to the one who has it', async () => {
  const first = await Lock.take(file);
  await rm(`${file}.lock`);
  const second = await Lock.take(file);

  await expect(first.check()).rejects.toThrow('has taken');
  await first.release();
  await second.check();
  await second.release();
});

test.each([
  ['in a folder that is not there', () => join(folder, 'none', 'state.json'), 'Choose another --state'],
  ['of a name that is too long', () => join(folder, 'x'.repeat(100)), 'Choose a shorter --state'],
])('one %s cannot be made', async (_, path, advice) => {
  await expect(Lock.take(path())).rejects.toThrow(advice);
});

test('something else of its name is left alone', async () => {
  await writeFile(`${file}.lock`, '');

  await expect(Lock.take(file)).rejects.toThrow('something else has this name');
  expect(await readdir(folder)).toEqual(['state.json.lock']);
});
