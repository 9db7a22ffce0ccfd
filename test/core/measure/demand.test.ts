import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '../../../src/core/event.js';
import { measureDemand } from '../../../src/core/measure/demand.js';
import { countQuerySent } from '../../../src/core/tally/count.js';
import { MINUTE_MS } from '../../../src/core/time.js';
import { anyLog } from '../../support/arbitraries.js';
import { connect, delivery, pop3Login, query } from '../../support/events.js';
import { tallyOf } from '../../support/tallies.js';

const times = (count: number, make: (n: number) => Event): readonly Event[] =>
  Array.from({ length: count }, (_, n) => make(n));

function demandOf(queries: number, events: readonly Event[]) {
  const tally = tallyOf(events);
  for (let n = 0; n < queries; n += 1) countQuerySent(tally, query());
  return measureDemand(tally, 'stub');
}

test('the worked example: 100 sessions, 30 transmissions, 10 of them deferred, and 20 POP3 sessions', () => {
  const sent = times(20, (n) => delivery({ queue_id: `S${String(n)}` }));
  const deferred = times(10, (n) => delivery({ queue_id: `D${String(n)}`, status: 'deferred' }));
  const events = [...times(100, () => connect()), ...sent, ...deferred, ...times(20, () => pop3Login())];

  // 2 * 100 + 2 * 20 + 2 * 10 + 20 = 280 of 300; m = (300 - 20) / 100; 1 - q = 30 / 130.
  expect(demandOf(300, events)).toEqual({
    expected: 280,
    rest: 20,
    receive: 200,
    transmit: 40,
    deferred: 20,
    pop3: 20,
    domains: 1,
    m: 2.8,
    mExpected: 2.6,
    mPaperK2: 2 + 2 * (30 / 130),
    mPaperK4: 2 + 4 * (30 / 130),
  });
});

test('recipients of one domain in one transmission need its names once', () => {
  const together = times(4, (n) => delivery({ recipient: `u${String(n)}@example.net` }));
  const { domains, transmit } = demandOf(0, together);

  expect(domains).toBe(0.25);
  expect(transmit).toBe(2);
});

test('a server that only receives has m = 2 by the paper', () => {
  expect(
    demandOf(
      20,
      times(10, () => connect()),
    ),
  ).toMatchObject({ m: 2, mExpected: 2, mPaperK2: 2, mPaperK4: 2, rest: 0 });
});

test('a server that only sends has no m', () => {
  expect(demandOf(9, [delivery()])).toMatchObject({
    m: undefined,
    mExpected: undefined,
    mPaperK2: 4,
    mPaperK4: 6,
    rest: 7,
  });
});

test('the m of the paper is none of a server whose queries go through a cache', () => {
  const { m, mPaperK2, mPaperK4 } = measureDemand(tallyOf([connect(), delivery()]), 'forwarder');

  expect([m, mPaperK2, mPaperK4]).toEqual([0, undefined, undefined]);
});

test('an empty window demands nothing', () => {
  expect(demandOf(0, [])).toMatchObject({ expected: 0, rest: 0, m: undefined, mPaperK2: 2, mPaperK4: 2 });
});

test('where there were fewer queries than expected the rest is below 0', () => {
  expect(
    demandOf(
      5,
      times(10, () => connect()),
    ).rest,
  ).toBe(-15);
});

describe('of any log', () => {
  test('parts and rest add up to the queries', () => {
    fc.assert(
      fc.property(
        anyLog({ maxLength: 60, maxGapMs: MINUTE_MS, jitterMs: 0 }),
        fc.nat({ max: 300 }),
        (events, queries) => {
          const mail = events.filter(({ kind }) => kind !== 'dns');
          const { receive, transmit, deferred, pop3, rest, expected, domains } = demandOf(queries, mail);
          expect(receive + transmit + deferred + pop3).toBeCloseTo(expected, 9);
          expect(expected + rest).toBeCloseTo(queries, 9);
          expect(domains > 0 && domains <= 1).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
