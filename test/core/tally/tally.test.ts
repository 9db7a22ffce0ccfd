import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { COUNTERS } from '../../../src/core/tally/counters.js';
import { NEVER, emptyTally, lastEvent, mergeInto, receivedTally } from '../../../src/core/tally/tally.js';
import type { Tally } from '../../../src/core/tally/tally.js';
import { MINUTE_MS } from '../../../src/core/time.js';
import { anyLog } from '../../support/arbitraries.js';
import { NOON, connect, mailServer, pop3Login, query } from '../../support/events.js';
import { CAP, merged, plain, plainCounts, tallyOf } from '../../support/tallies.js';

const anyEvents = anyLog({ maxLength: 40, maxGapMs: MINUTE_MS, jitterMs: MINUTE_MS });

describe('merging tallies', () => {
  test('gives the tally of all events, in any order and grouping', () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, anyEvents, (a, b, c) => {
        const expected = plain(tallyOf([...a, ...b, ...c]));
        expect(plain(merged(tallyOf(a), tallyOf(b), tallyOf(c)))).toEqual(expected);
        expect(plain(merged(tallyOf(c), tallyOf(a), tallyOf(b)))).toEqual(expected);
        expect(plain(merged(tallyOf(a), merged(tallyOf(c), tallyOf(b))))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('with nothing changes nothing', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const expected = plain(tallyOf(events));
        expect(plain(merged(emptyTally(CAP), tallyOf(events)))).toEqual(expected);
        expect(plain(merged(tallyOf(events), emptyTally(CAP)))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('leaves the other tally as it is', () => {
    const other = tallyOf([connect(), query()]);
    mergeInto(tallyOf([connect(), connect({ client_name: 'z.example.org' })]), other);

    expect(plain(other)).toEqual(plain(tallyOf([connect(), query()])));
  });

  test('does not tie two tallies together', () => {
    const first = tallyOf([connect()]);
    const sum = merged(first);
    mergeInto(sum, first);

    expect(sum.counts.of('role.mx.connects')).toBe(2);
    expect(first.counts.of('role.mx.connects')).toBe(1);
    expect(emptyTally(CAP).counts.of('role.mx.connects')).toBe(0);
  });
});

test('an empty tally has every counter at 0 and was never heard', () => {
  const tally = emptyTally(CAP);

  expect(Object.keys(plainCounts(tally)).sort()).toEqual(COUNTERS.map(([name]) => name).sort());
  expect(new Set(Object.values(plainCounts(tally)))).toEqual(new Set([0]));
  expect(lastEvent(tally)).toBe(NEVER);
});

test('the last event is the latest of any side', () => {
  const events = [query({ time: NOON + 2 }), connect({ time: NOON + 3 }), pop3Login({ time: NOON + 1 })];
  const tally = tallyOf(events);

  expect(lastEvent(tally)).toBe(NOON + 3);
  expect(tally.lastHeard).toEqual({ mail: NOON + 3, pop3: NOON + 1, dns: NOON + 2 });
});

test('a tally that another thread sent is as it was, and goes on counting as it would', () => {
  const cap = 20;
  const tallyOfSome = (events: number, from: number): Tally =>
    tallyOf(
      Array.from({ length: events }, (_, n) => connect({ client_address: `192.0.2.${String(from + n)}` })),
      mailServer(),
      cap,
    );
  // Of so many clients some were dropped, and their sketch goes with the table.
  for (const clients of [0, 3, 90]) {
    const sent = receivedTally(structuredClone(tallyOfSome(clients, 0)), cap);
    expect(plain(sent)).toEqual(plain(tallyOfSome(clients, 0)));

    const expected = tallyOfSome(clients, 0);
    mergeInto(expected, tallyOfSome(60, 40));
    mergeInto(sent, tallyOfSome(60, 40));
    expect(plain(sent)).toEqual(plain(expected));
  }
});
