import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Daily } from '../../../src/core/detect/daily.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/core/time.js';
import { anyPlaces } from '../../support/arbitraries.js';
import { expectRestorable } from '../../support/restored.js';
import { nothing } from '../../support/rule-cases.js';
import { DAYS, openedIn, play } from '../../support/site.js';
import type { Act } from '../../support/site.js';

const NOON = DAYS.working_day;

describe('what comes daily', () => {
  test.each([
    ['a day later', DAY_MS, 7],
    ['a day and some minutes later', DAY_MS + 50 * MINUTE_MS, 7],
    ['an hour earlier than that', DAY_MS - HOUR_MS, 7],
    ['in the next window', 5 * MINUTE_MS, 0],
    ['half a day later', DAY_MS / 2, 0],
    ['two hours after a day', DAY_MS + 2 * HOUR_MS, 0],
    ['two days later', 2 * DAY_MS, 0],
  ])('is asked for %s', (_, laterMs, largest) => {
    const daily = new Daily();
    for (const value of [3, 7, 5]) daily.learn(NOON, value);

    expect(daily.yesterday(NOON + laterMs)).toBe(largest);
  });

  test('is forgotten after a day and an hour', () => {
    const daily = new Daily();
    daily.learn(NOON, 7);
    daily.learn(NOON + DAY_MS + 2 * HOUR_MS, 1);

    expect(daily.yesterday(NOON + DAY_MS)).toBe(0);
  });
});

/** A quarter of an hour of queries, by hour after the start. */
function uploads(sizes: Readonly<Record<number, number>>): Act {
  return (site) => {
    const passed = site.startMs - NOON;
    const size = sizes[Math.floor(passed / HOUR_MS)] ?? 0;
    if (passed % HOUR_MS < 15 * MINUTE_MS) site.times(size, (time) => site.ask(time, '192.0.2.1', 'PTR'));
  };
}

const SURGE = 'dns_only_surge 192.0.2.1';

test.each([
  ['an upload at the same time each day is told once', { 3: 1500, 27: 1500, 51: 1500 }, [SURGE]],
  ['one that comes an hour later as well', { 3: 1500, 28: 1500 }, [SURGE]],
  ['one that is at another time is told again', { 3: 1500, 33: 1500 }, [SURGE, SURGE]],
  ['one that is much larger is told again', { 3: 1500, 27: 4000 }, [SURGE, SURGE]],
])('%s', (_, sizes, told) => {
  const hours = Math.max(...Object.keys(sizes).map(Number)) + 2;
  const scene = { quiet: 0, windows: hours * 12, after: 0, rate: 0.15, happens: nothing, always: uploads(sizes) };

  expect(openedIn(play(scene))).toEqual(told);
});

test('what was packed goes on', () => {
  const anyStep = fc.record({ hours: fc.constantFrom(0, 0.5, 1, 5, 30), value: fc.nat() });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40, size: 'max' }), anyPlaces(40), (given, cuts) => {
      let time = 0;
      const steps = given.map(({ hours, value }) => ({ time: (time += hours * HOUR_MS), value }));
      const take = (daily: Daily, step: (typeof steps)[number]) => {
        daily.learn(step.time, step.value);
        return [0, 20, 24].map((later) => daily.yesterday(step.time + later * HOUR_MS));
      };
      expectRestorable({ create: (packed) => new Daily(packed), take }, steps, cuts);
    }),
  );
});
