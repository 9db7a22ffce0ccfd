import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { COUNTERS } from '../../../src/core/tally/counters.js';
import {
  NEVER,
  emptyTally,
  lastEvent,
  mergeInto,
  packTally,
  packWholeTally,
  unpackTally,
} from '../../../src/core/tally/tally.js';
import type { Tally } from '../../../src/core/tally/tally.js';
import { MINUTE_MS } from '../../../src/core/time.js';
import { anyLog } from '../../support/arbitraries.js';
import { NOON, connect, pop3Login, query } from '../../support/events.js';
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

test('a packed tally is plain data, and the same tally when it is unpacked', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const packed = structuredClone(packTally(tallyOf(events)));
      const first = unpackTally(packed, CAP);
      mergeInto(first, tallyOf(events));

      expect(plain(unpackTally(packed, CAP))).toEqual(plain(tallyOf(events)));
      expect(plain(first)).toEqual(plain(merged(tallyOf(events), tallyOf(events))));
    }),
    { numRuns: 40 },
  );
});

test('a tally with all that it holds goes on as the one that was packed', () => {
  const cap = 3;
  fc.assert(
    fc.property(anyEvents, anyEvents, (before, after) => {
      const sum = (...parts: readonly Tally[]): Tally => {
        const whole = emptyTally(cap);
        for (const part of parts) mergeInto(whole, part);
        return whole;
      };
      const unbroken = sum(tallyOf(before), tallyOf(after));
      const goingOn = sum(tallyOf(before));
      const packed = packWholeTally(goingOn);
      const restored = unpackTally(structuredClone(packed), cap);
      const again = unpackTally(packed, cap);
      for (const tally of [goingOn, restored, again]) {
        mergeInto(tally, tallyOf(after));
        expect(plain(tally)).toEqual(plain(unbroken));
      }
    }),
  );
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
