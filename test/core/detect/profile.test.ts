import { describe, expect, test } from '@jest/globals';
import { PAPER } from '../../../src/core/detect/paper.js';
import { nothing } from '../../support/rule-cases.js';
import { openedIn, partner, play, stranger } from '../../support/site.js';
import type { Act, Scene } from '../../support/site.js';

const refusals: Act = (site) => site.times(600, (time) => site.refuse(time, stranger(site.below(200)), 'dnsbl'));
/** Sessions of many clients whose queries a cache answers. */
const shallow: Act = (site) =>
  site.times(600, (time) => {
    site.leaveAfterConnect(time, stranger(site.below(200)));
  });
/** Mail that is exchanged for `share` of 1,000 sessions, with so many queries beside the two of each session. */
const exchange =
  (share: number, queries: number): Act =>
  (site) => {
    site.times(1000 * share, (time) => site.deliver(time, partner(site.below(40))));
    site.times(1000 * (1 - share), (time) => site.refuse(time, stranger(site.below(200)), 'dnsbl'));
    site.times(queries, (time) => site.ask(time, '192.0.2.1', 'A'));
  };

const toldBy = (profile: 'learned' | 'paper', scene: Scene): readonly string[] =>
  openedIn(play({ ...scene, detect: { profile } }));

describe.each([0.5, 1, 2])('at %d times the rate', (rate) => {
  test.each<readonly [string, Scene, readonly string[], readonly string[]]>([
    [
      'both tell that MEE falls while DNS queries rise',
      { happens: refusals },
      ['efficiency_drop'],
      ['efficiency_drop'],
    ],
    ['neither tells of a morning', { happens: nothing, usual: (site) => site.usual(4) }, [], []],
    ['neither tells of a newsletter', { happens: (site) => site.submit(site.startMs, 5, { domains: 600 }) }, [], []],
    [
      'the paper alone tells of a site that has always refused most',
      { always: refusals, happens: nothing },
      [],
      ['efficiency_drop'],
    ],
    [
      'the paper alone tells in the first window of all',
      { quiet: 0, windows: 1, after: 0, usual: nothing, happens: refusals },
      [],
      ['efficiency_drop'],
    ],
    [
      'neither has a verdict on few sessions',
      {
        quiet: 0,
        after: 0,
        usual: nothing,
        happens: (site) => {
          for (let index = 0; index < 29; index += 1) site.refuse(site.startMs + index, stranger(index), 'dnsbl');
        },
      },
      [],
      [],
    ],
    [
      'what the paper has no number for is compared with what is usual',
      { happens: (site) => site.times(1500, (time) => site.ask(time, '192.0.2.1', 'PTR')) },
      ['dns_only_surge 192.0.2.1'],
      ['dns_only_surge 192.0.2.1'],
    ],
    [
      'neither compares the misses of a cache with the paper',
      { quiet: 0, after: 0, usual: nothing, happens: shallow, server: { dns_vantage: 'forwarder' } },
      [],
      [],
    ],
  ])('%s', (_, scene, learned, paper) => {
    expect(toldBy('learned', { rate, ...scene })).toEqual(learned);
    expect(toldBy('paper', { rate, ...scene })).toEqual(paper);
  });
});

describe('by the paper', () => {
  test('its abnormal days are abnormal, those between are not', () => {
    const low = (['working_day', 'weekend', 'holiday'] as const).map((day) => PAPER.lowShare * PAPER.mee[day]);

    expect(low).toEqual([0.42, 0.21, 0.21]);
  });

  test.each([
    ['working_day', 0.42, 5000, true],
    ['working_day', 0.43, 5000, false],
    ['weekend', 0.21, 3000, true],
    ['weekend', 0.22, 3000, false],
    ['weekend', 0.11, 3000, true],
    // So much mail needs 8.8 / 0.95 queries each; each session has two already.
    ['weekend', 0.21, 0, true],
    ['working_day', 0.42, 1880, false],
    ['working_day', 0.42, 1900, true],
  ] as const)('on a %s, MEE %d with %d more queries: %j', (day, share, queries, isTold) => {
    const scene: Scene = { day, quiet: 0, windows: 1, after: 0, usual: nothing, happens: exchange(share, queries) };

    expect(toldBy('paper', scene)).toEqual(isTold ? ['efficiency_drop'] : []);
  });
});
