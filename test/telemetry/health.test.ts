import { expect, test } from '@jest/globals';
import { MINUTE_MS } from '../../src/core/time.js';
import { Vitals } from '../../src/telemetry/health.js';
import type { Phase } from '../../src/telemetry/health.js';

/** Vitals of two stages with a clock that is moved by hand. */
function createVitals(): { readonly vitals: Vitals; readonly clock: { nowMs: number } } {
  const clock = { nowMs: 5000 };
  return { vitals: new Vitals(['aggregate', 'index'], { nowMs: () => clock.nowMs }), clock };
}

const LIVE = { isWell: true, text: '{"status":"live"}\n' };

test('a stage lives for a minute after its loop went round, and from the start on', () => {
  const { vitals, clock } = createVitals();
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

test('a stage that goes over to another phase lives', () => {
  const { vitals, clock } = createVitals();
  clock.nowMs += 2 * MINUTE_MS;
  vitals.enter('aggregate', 'stopping');
  vitals.enter('index', 'joining');

  expect(vitals.live()).toEqual(LIVE);
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
