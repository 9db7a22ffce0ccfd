import { beforeEach, expect, test } from '@jest/globals';
import { watched } from '../../src/commands/watched-generation.js';
import { MINUTE_MS } from '../../src/core/time.js';
import type { Generation, Given } from '../../src/stages/ports.js';
import { Vitals } from '../../src/telemetry/health.js';

const NONE: ReadonlySet<string> = new Set();
const BATCH = { source: 'mail/0', records: [], nextOffset: 0, endOffset: 0 };
const clock = { nowMs: 0 };
let vitals: Vitals;
beforeEach(() => {
  vitals = new Vitals(['index'], { maxSilenceMs: MINUTE_MS, sessionMs: MINUTE_MS }, { nowMs: () => clock.nowMs });
});

/** A generation that hangs wherever it is not told what to do; its member can lose it. */
function start(own: Partial<Generation>): { readonly generation: Generation; readonly lose: () => void } {
  const hang = (): Promise<never> => new Promise(() => undefined);
  const controller = new AbortController();
  const refuse = (): never => {
    throw new Error('Nobody needs it.');
  };
  const member = { signal: controller.signal, commit: refuse, pause: refuse, resume: refuse, groupPositions: refuse };
  const given: Given = { assigned: [], allSources: [], member };
  const startGeneration = watched('index', () => ({ begin: hang, take: hang, tick: hang, end: hang, ...own }), vitals);
  return { generation: startGeneration(given), lose: () => controller.abort() };
}

const begins = { begin: () => Promise.resolve(new Map([['mail/0', 7]])) };

function isAliveInAMinute(): boolean {
  clock.nowMs += MINUTE_MS + 1;
  return vitals.live().isWell;
}

test('it is ready when it has begun, and what it says comes through', async () => {
  const { generation } = start(begins);
  const beginning = generation.begin();
  expect(vitals.ready().text).toContain('restoring');

  expect(await beginning).toEqual(new Map([['mail/0', 7]]));
  expect(vitals.ready().isWell).toBe(true);
});

test('it is in its group when it has begun, however long that took', async () => {
  const { generation } = start({
    begin: async () => {
      clock.nowMs += 2 * MINUTE_MS;
      return new Map();
    },
  });
  await generation.begin();

  expect(vitals.ready().isWell).toBe(true);
});

test('it is not ready any more when it is lost, nor if it begins afterwards', async () => {
  const first = start(begins);
  await first.generation.begin();
  first.lose();
  expect(vitals.ready().text).toContain('joining');

  const second = start(begins);
  const beginning = second.generation.begin();
  second.lose();
  await beginning;
  expect(vitals.ready().text).toContain('joining');
});

test.each<readonly [string, (generation: Generation) => Promise<unknown>]>([
  ['begins', (generation) => generation.begin()],
  ['takes records', (generation) => generation.take(BATCH)],
  ['is called in between', (generation) => generation.tick(NONE)],
  ['ends', (generation) => generation.end()],
])('one that hangs while it %s is not alive', (_what, call) => {
  const { generation } = start({});
  void call(generation);

  expect(isAliveInAMinute()).toBe(false);
});

test('one that waits for a server is alive as long as it says so', () => {
  const { generation } = start({});
  void generation.take(BATCH);
  clock.nowMs += MINUTE_MS;
  vitals.tick('index');
  clock.nowMs += MINUTE_MS;

  expect(vitals.live().isWell).toBe(true);
});

test('one that has done what it was called for is alive, also if that failed', async () => {
  const { generation } = start({
    tick: () => Promise.resolve(),
    take: () => Promise.reject(new Error('No broker.')),
  });
  await generation.tick(NONE);
  expect(isAliveInAMinute()).toBe(true);

  await expect(generation.take(BATCH)).rejects.toThrow('No broker.');
  expect(isAliveInAMinute()).toBe(true);
});

test('what one that is lost still works at keeps nobody waiting', () => {
  const { generation, lose } = start({});
  void generation.take(BATCH);
  lose();

  expect(isAliveInAMinute()).toBe(true);
});
