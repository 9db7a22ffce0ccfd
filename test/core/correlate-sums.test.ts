import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { Ms } from '../../src/core/event.js';
import type { Reading } from '../../src/core/measure/reading.js';
import { COUNTERS } from '../../src/core/tally/counters.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/time.js';
import { paneStart, windowSizes } from '../../src/core/windows/calendar.js';
import type { Span } from '../../src/core/windows/calendar.js';
import { anyLog } from '../support/arbitraries.js';
import { at, leaves } from '../support/documents.js';
import { NOON } from '../support/events.js';
import { identityOf, run } from '../support/runs.js';
import { merged, plain } from '../support/tallies.js';

const LONG = { maxLength: 70, maxGapMs: 75 * MINUTE_MS, jitterMs: 20 * MINUTE_MS };

interface Case {
  readonly sizes: readonly string[];
  readonly timezone: string;
  readonly start: string;
}
const CASES: readonly Case[] = [
  { sizes: ['5m', '1h', '1d'], timezone: 'UTC', start: '2003-07-05T10:00Z' },
  { sizes: ['5m', '10m', '15m', '1h', '1d'], timezone: 'Europe/Berlin', start: '2003-03-29T10:00Z' },
  { sizes: ['5m', '10m', '15m', '1h', '1d'], timezone: 'Europe/Berlin', start: '2003-10-25T10:00Z' },
  { sizes: ['5m', '1h', '1d'], timezone: 'America/New_York', start: '2003-10-25T18:00Z' },
  { sizes: ['10m', '20m', '1h', '1d'], timezone: 'Australia/Lord_Howe', start: '2003-10-25T00:00Z' },
  { sizes: ['5m', '1h', '1d'], timezone: 'America/Havana', start: '2003-10-25T18:00Z' },
  { sizes: ['30m', '1h', '1d'], timezone: 'Asia/Kolkata', start: '2003-07-05T10:00Z' },
];

/** Final readings by subject and size, each with its tally. */
function readingsOf({ sizes, timezone, start }: Case, gapFillMs: Ms, log: Parameters<typeof run>[0][number]['chunks']) {
  const identity = identityOf([{ timezone }], timezone);
  const all = windowSizes(sizes);
  const paneMs = all[0]?.lengthMs ?? 0;
  const shift = Date.parse(start) - NOON;
  const chunks = log.map((events) => events.map((event) => ({ ...event, time: event.time + shift })));
  const config = { identity, aggregate: { paneMs }, correlate: { sizes: all, gapFillMs } };
  return run([{ name: 'log', chunks }], config).readings;
}

/** Windows of a size that do not equal the merged windows of another that lie in them. */
function unequal(readings: readonly Reading[], small: string, large: string): readonly string[] {
  const of = (name: string) => readings.map(({ result }) => result).filter(({ size }) => size.name === name);
  const parts = of(small);
  return of(large).flatMap(({ subject, span, tally }) => {
    const inside = parts.filter((part) => part.subject === subject && isWithin(part.span, span));
    const sum = JSON.stringify(plain(merged(...inside.map((part) => part.tally))));
    return sum === JSON.stringify(plain(tally)) ? [] : [`${subject} ${large} ${String(span.startMs)}`];
  });
}

const isWithin = (part: Span, whole: Span): boolean => part.startMs >= whole.startMs && part.endMs <= whole.endMs;

test.each(CASES)('a day is the sum of its hours and of its panes: %j', (given) => {
  fc.assert(
    fc.property(anyLog(LONG), (events) => {
      const readings = readingsOf(given, HOUR_MS / 2, [events]);
      const [pane = ''] = given.sizes;
      for (const larger of given.sizes.slice(1)) expect(unequal(readings, pane, larger)).toEqual([]);
      expect(unequal(readings, '1h', '1d')).toEqual([]);
    }),
    { numRuns: 3 },
  );
});

test('a quiet day is the sum of its zero windows, in documents as well', () => {
  const [given] = CASES;
  const readings =
    given === undefined
      ? []
      : readingsOf(given, 24 * HOUR_MS, [fc.sample(anyLog(LONG), { numRuns: 1, seed: 3 })[0] ?? []]);

  expect(unequal(readings, '5m', '1d')).toEqual([]);
});

describe('in documents', () => {
  const [events = []] = fc.sample(anyLog({ ...LONG, maxLength: 400 }), { numRuns: 1, seed: 7 });
  const { correlations } = run([{ name: 'log', chunks: [events] }], { identity: identityOf() });
  const sumsOf = (size: string): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const document of correlations.filter((other) => at(other, 'mxwarden.window.size') === size))
      addCounters(sums, document);
    return sums;
  };

  test('every counter of the days is the sum of the hours, and of the panes', () => {
    const panes = sumsOf('5m');

    expect(Object.keys(panes).length).toBeGreaterThan(60);
    expect(panes['mxwarden.role.mx.connects']).toBeGreaterThan(0);
    expect(sumsOf('1h')).toEqual(panes);
    expect(sumsOf('1d')).toEqual(panes);
  });
});

/** Adds up the fields that are counters, and those that are sums of them. */
function addCounters(sums: Record<string, number>, document: JsonObject): void {
  const counters = new Set(COUNTERS.map(([name]) => `mxwarden.${name}`));
  const derived = ['smtp.connects', 'smtp.sessions', 'smtp.opened', 'qmgr.backlog_delta'].map(
    (name) => `mxwarden.${name}`,
  );
  for (const name of derived) counters.add(name);
  for (const [path, value] of leaves(document))
    if (counters.has(path)) sums[path] = (sums[path] ?? 0) + (typeof value === 'number' ? value : NaN);
}

test('panes of 30 s add up to hours and days', () => {
  const given = { sizes: ['30s', '1h', '1d'], timezone: 'Europe/Berlin', start: '2003-10-25T21:00Z' };
  const dense = { maxLength: 150, maxGapMs: 4 * MINUTE_MS, jitterMs: 60 * SECOND_MS };
  const events = fc.sample(anyLog(dense), { numRuns: 5, seed: 5 }).sort((a, b) => b.length - a.length)[0] ?? [];
  const readings = readingsOf(given, 10 * MINUTE_MS, [events]);

  expect(unequal(readings, '30s', '1h')).toEqual([]);
  expect(unequal(readings, '30s', '1d')).toEqual([]);
  const panes = readings.filter(({ result }) => result.size.name === '30s').map(({ result }) => result.span.startMs);
  expect(panes.length).toBeGreaterThan(100);
  expect(panes.every((startMs) => paneStart(startMs, 30 * SECOND_MS) === startMs)).toBe(true);
});
