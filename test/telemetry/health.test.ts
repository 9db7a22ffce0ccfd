import { expect, test } from '@jest/globals';
import { MINUTE_MS } from '../../src/core/time.js';
import { Vitals } from '../../src/telemetry/health.js';
import type { Phase } from '../../src/telemetry/health.js';

/** Vitals of two stages with a clock that is moved by hand. */
function createVitals(): { readonly vitals: Vitals; readonly clock: { nowMs: number } } {
  const clock = { nowMs: 5000 };
  return {
    vitals: new Vitals(
      ['aggregate', 'index'],
      { maxSilenceMs: MINUTE_MS, sessionMs: 30_000 },
      { nowMs: () => clock.nowMs },
    ),
    clock,
  };
}

const LIVE = { isWell: true, text: '{"status":"live"}\n' };

test('a stage lives for a while after its work came further', () => {
  const { vitals, clock } = createVitals();
  vitals.work('aggregate');
  vitals.work('index');
  clock.nowMs += MINUTE_MS;
  expect(vitals.live()).toEqual(LIVE);

  clock.nowMs += 1;
  vitals.tick('index');
  expect(vitals.live()).toEqual({
    isWell: false,
    text: '{"status":"not live","stages":{"aggregate":"silent for 60 s"}}\n',
  });

  vitals.tick('aggregate');
  expect(vitals.live()).toEqual(LIVE);
});

test('a stage that has nothing to do lives', () => {
  const { vitals, clock } = createVitals();
  const done = vitals.work('index');
  clock.nowMs += 2 * MINUTE_MS;
  expect(vitals.live().isWell).toBe(false);

  done();
  clock.nowMs += 2 * MINUTE_MS;
  expect(vitals.live()).toEqual(LIVE);
});

test('of two works at once one keeps the other from nothing', () => {
  const { vitals, clock } = createVitals();
  const done = vitals.work('index');
  vitals.work('index');
  done();
  clock.nowMs += MINUTE_MS;
  done();
  clock.nowMs += 1;

  expect(vitals.live().isWell).toBe(false);
});

test('a stage that goes over to another phase lives', () => {
  const { vitals, clock } = createVitals();
  vitals.work('index');
  clock.nowMs += 2 * MINUTE_MS;
  vitals.enter('index', 'restoring');

  expect(vitals.live()).toEqual(LIVE);
});

test('a stage that hears nothing of its group for longer than its session is not ready', () => {
  const { vitals, clock } = createVitals();
  vitals.enter('aggregate', 'ready');
  vitals.enter('index', 'ready');
  clock.nowMs += 30_000;
  expect(vitals.ready().isWell).toBe(true);

  clock.nowMs += 1;
  vitals.hear('aggregate');
  expect(vitals.ready().text).toBe('{"status":"not ready","stages":{"index":"without its group for 30 s"}}\n');
  expect(vitals.live()).toEqual(LIVE);

  vitals.hear('index');
  expect(vitals.ready().isWell).toBe(true);
});

test('a stage that stops does so for good', () => {
  const { vitals } = createVitals();
  vitals.enter('aggregate', 'ready');
  vitals.enter('index', 'stopping');
  vitals.enter('index', 'ready');

  expect(vitals.ready().text).toBe('{"status":"not ready","stages":{"index":"stopping"}}\n');
});

test('it is ready when all stages are', () => {
  const { vitals } = createVitals();
  expect(vitals.ready()).toEqual({
    isWell: false,
    text: '{"status":"not ready","stages":{"aggregate":"joining","index":"joining"}}\n',
  });

  vitals.enter('aggregate', 'ready');
  vitals.enter('index', 'restoring');
  expect(vitals.ready()).toEqual({ isWell: false, text: '{"status":"not ready","stages":{"index":"restoring"}}\n' });

  vitals.enter('index', 'ready');
  expect(vitals.ready()).toEqual({ isWell: true, text: '{"status":"ready"}\n' });
});

test.each<Phase>(['joining', 'restoring', 'stopping'])('it is not ready while one is %s, though it ticks', (phase) => {
  const { vitals } = createVitals();
  vitals.enter('aggregate', 'ready');
  vitals.enter('index', 'ready');
  vitals.enter('index', phase);
  vitals.tick('index');

  expect(vitals.ready()).toEqual({
    isWell: false,
    text: `{"status":"not ready","stages":{"index":"${phase}"}}\n`,
  });
});

test('a stage that the process does not run says nothing about it', () => {
  const { vitals } = createVitals();
  vitals.enter('aggregate', 'ready');
  vitals.enter('index', 'ready');
  vitals.enter('correlate', 'joining');

  expect(vitals.ready().isWell).toBe(true);
});
