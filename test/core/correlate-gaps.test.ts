import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Event, Ms } from '../../src/core/event.js';
import { DAY_MS, HOUR_MS } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { anyPlaces, picker } from '../support/arbitraries.js';
import { at } from '../support/documents.js';
import { NOON, connect } from '../support/events.js';
import { cut, finalOf, identityOf, run } from '../support/runs.js';
import type { Run } from '../support/runs.js';

const HOURLY = { aggregate: { paneMs: HOUR_MS }, correlate: { sizes: windowSizes(['1h', '1d']) } };
const identity = identityOf();
const hoursAfterNoon = (hours: number, host = 'mx') => connect({ time: NOON + hours * HOUR_MS, host });

function runOf(chunks: readonly (readonly Event[])[], other: readonly Event[] = []): Run {
  const sources = [
    { name: 'log', chunks },
    { name: 'other', chunks: [other] },
  ];
  return run(sources, { identity, ...HOURLY });
}

/** Starts of the hours of a server that have documents, in hours after noon. */
function hoursOf({ correlations }: Run, subject = 'mail:mx'): readonly number[] {
  return correlations
    .filter((document) => at(document, 'mxwarden.window.size') === '1h' && at(document, 'mxwarden.subject') === subject)
    .map((document) => (Date.parse(String(at(document, '@timestamp'))) - NOON) / HOUR_MS)
    .sort((a, b) => a - b);
}

const upTo = (end: number): readonly number[] => Array.from({ length: end }, (_, hour) => hour);

describe('a quiet server', () => {
  test('gets zero windows for a day after its last event, then none until it returns', () => {
    const result = runOf([[hoursAfterNoon(0), hoursAfterNoon(30)]]);

    expect(hoursOf(result)).toEqual([...upTo(24), 30]);
  });

  test('gets the window that begins less than a day after its last event, and not the next', () => {
    const result = runOf([[hoursAfterNoon(0.5), hoursAfterNoon(30)]]);

    expect(hoursOf(result)).toEqual([...upTo(25), 30]);
  });

  test('gets none past the latest event of all sources', () => {
    expect(hoursOf(runOf([[hoursAfterNoon(0)]]))).toEqual([0]);
    expect(hoursOf(runOf([[hoursAfterNoon(0)]], [hoursAfterNoon(2, 'stranger')]))).toEqual([0, 1, 2]);
    expect(hoursOf(runOf([[hoursAfterNoon(0)]], [hoursAfterNoon(1.99, 'stranger')]))).toEqual([0, 1]);
  });

  test('gets windows of zeros, with a day that is the sum of them', () => {
    const { correlations } = runOf([[hoursAfterNoon(0)]], [hoursAfterNoon(13, 'stranger')]);
    const connects = correlations.map((document) => at(document, 'mxwarden.smtp.connects'));

    expect(connects.filter((count) => count === 0)).toHaveLength(13 + 1);
    expect(connects.filter((count) => count === 1)).toHaveLength(2);
  });
});

describe('lines of other hosts tell how late it is, and zero windows follow', () => {
  const strangers = [20, 20, 20].map((hours) => hoursAfterNoon(hours, 'stranger'));
  const first = [hoursAfterNoon(0), ...strangers];
  const second = [hoursAfterNoon(22)];

  test.each([
    ['in one chunk', [[...first, ...second]]],
    ['in two chunks', [first, second]],
    ['in chunks of one line', [...first, ...second].map((event) => [event])],
  ])('%s', (_, chunks) => {
    expect(hoursOf(runOf(chunks))).toEqual(upTo(23));
  });
});

test('a late event that comes after zero windows began moves their end', () => {
  const early = [hoursAfterNoon(0), hoursAfterNoon(1.9, 'stranger'), hoursAfterNoon(1.9, 'stranger')];
  const late = [hoursAfterNoon(0.9), hoursAfterNoon(40, 'stranger')];

  expect(hoursOf(runOf([[...early, ...early], late]))).toEqual(upTo(25));
});

describe('any order and chunks give the same windows', () => {
  const step = fc.tuple(fc.nat({ max: 30 }), fc.constantFrom('mx', 'stranger', 'stranger'));
  const anySparse = fc.array(step, { maxLength: 14, size: 'max' }).map((steps) => {
    let time: Ms = NOON;
    // Small steps make enough lines for a watermark, large ones the gaps.
    return steps.map(([hours, host]) => connect({ time: (time += hours > 20 ? hours * HOUR_MS : 60_000), host }));
  });
  const anyLogs = fc.array(anySparse, { minLength: 1, maxLength: 3 });
  const anyCuts = fc.array(anyPlaces(14), { minLength: 3, maxLength: 3 });
  const anyTurns = fc.array(fc.nat({ max: 5 }), { maxLength: 30, size: 'max' });

  test('of logs with days between their lines, of mapped and other hosts', () => {
    fc.assert(
      fc.property(anyLogs, anyCuts, anyTurns, (logs, places, turns) => {
        const sources = (cuts: readonly (readonly number[])[]) =>
          logs.map((events, index) => ({ name: `log${String(index)}`, chunks: cut(events, cuts[index] ?? []) }));
        const once = run(sources([]), { identity, ...HOURLY });
        const mixed = run(sources(places), { identity, ...HOURLY, pick: picker(turns) });
        expect(finalOf(mixed.correlations)).toEqual(finalOf(once.correlations));
        const hours = hoursOf(once);
        expect(new Set(hours).size).toBe(hours.length);
      }),
      { numRuns: 20 },
    );
  });
});

test('lines of long ago get the windows of a day, and not those of all years since', () => {
  const longAgo = [0, 0, 0].map((time) => connect({ time }));
  const hours = hoursOf(runOf([[...longAgo, hoursAfterNoon(0), hoursAfterNoon(1)]]));

  expect(hours).toHaveLength(24 + 2);
  expect(hours.slice(-2)).toEqual([0, 1]);
});

test('a gap is filled no further than configured, also where the server is back within the allowed lateness', () => {
  const correlate = { gapFillMs: 10 * 60_000 };
  const connects = [0, 50].map((minutes) => connect({ time: NOON + minutes * 60_000 }));
  const { correlations } = run([{ name: 'log', chunks: [connects] }], { identity, correlate });
  const panes = correlations.filter((document) => at(document, 'mxwarden.window.size') === '5m');

  expect(panes.map((document) => String(at(document, '@timestamp')).slice(11, 16))).toEqual([
    '12:00',
    '12:05',
    '12:50',
  ]);
});

test('a gap is filled for as long as configured', () => {
  const correlate = { ...HOURLY.correlate, gapFillMs: DAY_MS / 8 };
  const chunks = [[hoursAfterNoon(0), hoursAfterNoon(9, 'stranger')]];

  expect(hoursOf(run([{ name: 'log', chunks }], { identity, ...HOURLY, correlate }))).toEqual([0, 1, 2]);
});
