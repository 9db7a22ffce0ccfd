import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readPositions, writePositions } from '../../src/files/positions.js';
import type { Positions } from '../../src/files/positions.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-positions-'));
  path = join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true }));

const SOME: Positions = new Map([['/var/log/mail.log', [{ firstLine: '0123456789ab', byte: 7, isComplete: false }]]]);

test('there are none where no file is', async () => {
  expect(await readPositions(path)).toEqual(new Map());
});

test('are read as they were written, in their order', async () => {
  const position = fc.record({ firstLine: fc.string(), byte: fc.maxSafeNat(), isComplete: fc.boolean() });
  const names = fc.string({ unit: 'binary' }).filter((name) => !/^\d+$|^__proto__$/.test(name));
  const all = fc.dictionary(names, fc.array(position), { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(all, async (logs) => {
      const positions = new Map(Object.entries(logs));

      await writePositions(path, positions);

      expect([...(await readPositions(path))]).toEqual([...positions]);
    }),
    { numRuns: 30 },
  );
});

test('leave no other file behind', async () => {
  await writePositions(path, SOME);

  expect(await readdir(folder)).toEqual(['state.json']);
});

test.each([
  ['nothing', ''],
  ['something else', '[]'],
  ['half of them', '{"version":1,"logs":{"a":[{"first_line":"0'],
  ['those of a later version', '{"version":2,"logs":{}}'],
  ['no logs', '{"version":1}'],
  ['a log without files', '{"version":1,"logs":{"a":{}}}'],
  ['a position without its file', '{"version":1,"logs":{"a":[{"byte":1}]}}'],
  ['a position before the start', '{"version":1,"logs":{"a":[{"first_line":"0","byte":-1}]}}'],
  ['a position that is no number of bytes', '{"version":1,"logs":{"a":[{"first_line":"0","byte":1.5}]}}'],
])('a file that holds %s is left alone, and told with what to do', async (_, text) => {
  await writeFile(path, text);

  await expect(readPositions(path)).rejects.toThrow(
    `Cannot read ${path}: it holds no positions of logs. Choose another --state; without the right one all lines are sent again.`,
  );
  expect(await readFile(path, 'utf8')).toBe(text);
});

test('a file that cannot be read is told', async () => {
  await mkdir(path);

  await expect(readPositions(path)).rejects.toThrow(/EISDIR.*Choose another --state/);
});

test('those before stay where there is no room for new ones', async () => {
  await writePositions(path, SOME);
  await symlink('/dev/full', `${path}.part`);

  await expect(writePositions(path, new Map())).rejects.toThrow(/ENOSPC.*Make room.*No line is lost/);

  expect(await readPositions(path)).toEqual(SOME);
  expect(await readdir(folder)).toEqual(['state.json']);
  // Once there is room they are written.
  await writePositions(path, new Map());
  expect(await readPositions(path)).toEqual(new Map());
});

test.each([
  ['a folder has their name', () => mkdir(path), 'EISDIR'],
  ['their folder is gone', () => rm(folder, { recursive: true }).then(() => mkdir(`${folder}x`)), 'ENOENT'],
])('what is in the way is told where %s', async (_, arrange, reason) => {
  await arrange();

  await expect(writePositions(path, SOME)).rejects.toThrow(
    new RegExp(`Cannot write .*${reason}.*choose another --state`),
  );

  await mkdir(folder, { recursive: true });
  await rm(`${folder}x`, { recursive: true, force: true });
});
