import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Silence } from '../../../src/core/detect/silence.js';
import { anyPlaces } from '../../support/arbitraries.js';
import { connect, pop3Login, query } from '../../support/events.js';
import { expectRestorable } from '../../support/restored.js';
import { tallyOf } from '../../support/tallies.js';

const EVENTS = { m: connect(), p: pop3Login(), d: query() };

/** Windows as the sides that are heard in them, by their first letters; the windows in which something is told. */
function toldIn(windows: readonly string[]): readonly string[] {
  const silence = new Silence();
  return windows.flatMap((heard, window) => {
    const events = Object.entries(EVENTS).flatMap(([side, event]) => (heard.includes(side) ? [event] : []));
    return silence
      .observe(tallyOf(events), { mail: 0, pop3: 0, dns: 0 })
      .map(({ side, observed }) => `${String(window)} ${String(side)} ${String(observed)}`);
  });
}

const times = (count: number, ...windows: readonly string[]): readonly string[] =>
  Array.from({ length: count }, () => windows).flat();

test.each([
  ['a side that stops', [...times(12, 'mpd'), ...times(4, 'mp')], ['14 dns 3', '15 dns 4']],
  ['a side that stops for two windows', [...times(12, 'mpd'), ...times(2, 'mp'), 'mpd'], []],
  ['all sides that stop', [...times(12, 'mpd'), ...times(3, '')], ['14 mail 3', '14 pop3 3', '14 dns 3']],
  ['a side that was hardly heard', [...times(11, 'mpd'), ...times(9, 'mp')], []],
  ['a side that was never heard', times(40, 'md'), []],
  ['a side that often pauses', [...times(12, 'md', 'm', 'm'), ...times(4, 'm')], []],
  ['a side that pauses three times as long as ever', [...times(12, 'md', 'm', 'm'), ...times(5, 'm')], ['40 dns 7']],
  [
    'a side that comes back, and stops for as long again',
    [...times(12, 'md'), ...times(3, 'm'), 'md', ...times(4, 'm')],
    ['14 dns 3'],
  ],
])('%s', (_, windows, told) => {
  expect(toldIn(windows)).toEqual(told);
});

test('it is said when the log ends, which may be on purpose', () => {
  const silence = new Silence();
  const heardAt = { mail: 0, pop3: 0, dns: Date.parse('2026-11-23T02:24:56Z') };
  const windows = [...times(12, 'mpd'), ...times(3, 'mp')].map((heard) =>
    tallyOf(Object.entries(EVENTS).flatMap(([side, event]) => (heard.includes(side) ? [event] : []))),
  );

  expect(windows.flatMap((tally) => silence.observe(tally, heardAt)).map(({ text }) => text)).toEqual([
    'the dns log ends at 2026-11-23T02:24:56.000Z: no event in 3 windows, where 0 were the most before',
  ]);
});

test('what was packed goes on', () => {
  const anyWindows = fc.array(fc.constantFrom('mpd', 'mpd', 'mpd', 'md', 'm', ''), { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(anyWindows, anyPlaces(70), (windows, cuts) => {
      const steps = [...windows, ...times(10, 'm')].map((heard) =>
        tallyOf(Object.entries(EVENTS).flatMap(([side, event]) => (heard.includes(side) ? [event] : []))),
      );
      const take = (silence: Silence, tally: (typeof steps)[number]) =>
        silence.observe(tally, { mail: 0, pop3: 0, dns: 0 });
      expectRestorable({ create: (packed) => new Silence(packed), take }, steps, cuts);
    }),
  );
});
