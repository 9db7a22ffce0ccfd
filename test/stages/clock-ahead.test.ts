import { describe, expect, test } from '@jest/globals';
import { Progress } from '../../src/core/progress.js';
import { createZone, DAY_MS, HOUR_MS, SECOND_MS } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { foldChunk } from '../../src/stages/fold-chunk.js';
import { AGGREGATE, cut, identityOf } from '../support/runs.js';
import { textOf } from '../support/sources.js';

const START_MS = Date.UTC(2026, 10, 20);
const NOW_MS = START_MS + 30 * DAY_MS;
const NO_LEAD = Buffer.alloc(0);
const parse = createLineParser({ zone: createZone('UTC') });

function line(timeMs: number, host = 'mx'): string {
  return `${new Date(timeMs).toISOString()} ${host} postfix/smtpd[1]: connect from unknown[192.0.2.7]`;
}

/** A line each ten seconds; some are of a second host, some are changed. */
function lines(count: number, change: (n: number, timeMs: number) => string | undefined): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const timeMs = START_MS + n * 10 * SECOND_MS;
    return change(n, timeMs) ?? line(timeMs);
  });
}

/** What becomes of a log that is cut into chunks at these places. */
function outcomesOf(all: readonly string[], places: readonly number[] = []) {
  const progress = new Progress('log', AGGREGATE.outOfOrdernessMs);
  const deps = { parse, identity: identityOf([{ id: 'mx', hosts: ['mx', 'mx2'] }]), config: AGGREGATE };
  let offset = 0;
  for (const part of cut(all, places)) {
    const bytes = Buffer.from(textOf(part));
    const origin = { origin: 'log:12ab', path: 'log', writtenMs: NOW_MS, before: undefined, leftOutBytes: 0 };
    const chunk = { bytes, offset, byte: offset, ...origin };
    const reference = { yearMs: NOW_MS, nowMs: NOW_MS };
    progress.take(foldChunk({ chunk, lead: NO_LEAD, reference, defaultResolver: 'ns' }, deps, progress.highest).totals);
    offset += bytes.length;
  }
  const { counted, dead } = progress.outcomes;
  return { counted, future: dead.future, late: dead.late };
}

describe('a host whose clock is a day ahead', () => {
  test.each([2, 3, 10])('makes no line of another one late where each %s-th line is its own', (share) => {
    const all = lines(6000, (n, timeMs) => (n % share === 0 ? line(timeMs + DAY_MS, 'mx2') : undefined));
    const ahead = Math.ceil(6000 / share);

    for (const places of [[], [1000, 2500, 5980]])
      expect(outcomesOf(all, places)).toEqual({ counted: 6000 - ahead, future: ahead, late: 0 });
  });

  test('for a while makes none of its later lines late', () => {
    const all = lines(6000, (n, timeMs) => (n >= 3000 && n < 3060 ? line(timeMs + DAY_MS) : undefined));

    expect(outcomesOf(all)).toEqual({ counted: 5940, future: 60, late: 0 });
  });

  test('is right where nobody writes anything else', () => {
    expect(outcomesOf(lines(3000, (_, timeMs) => line(timeMs + DAY_MS)))).toEqual({
      counted: 3000,
      future: 0,
      late: 0,
    });
  });
});

describe('a log that goes on after a break', () => {
  const after = (timeMs: number): string => line(timeMs + 9 * HOUR_MS);

  test.each([1, 100, 2999])('of some hours has none of its %s lines after it left out', (count) => {
    const all = lines(3000, (n, timeMs) => (n >= 3000 - count ? after(timeMs) : undefined));

    for (const places of [[], [3000 - count], [3000 - count + 1]])
      expect(outcomesOf(all, places)).toEqual({ counted: 3000, future: 0, late: 0 });
  });

  test('has none left out either where two lines come from before it', () => {
    const isStraggler = (n: number): boolean => n === 1003 || n === 1040;
    const all = lines(3000, (n, timeMs) => (n >= 1000 && !isStraggler(n) ? after(timeMs) : undefined));

    expect(outcomesOf(all)).toEqual({ counted: 2998, future: 0, late: 2 });
  });
});

test('a log that runs backwards has nothing from the future', () => {
  const backwards = lines(3000, () => undefined).toReversed();

  expect(outcomesOf(backwards).future).toBe(0);
});
