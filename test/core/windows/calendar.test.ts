import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS, createZone } from '../../../src/core/time.js';
import { Calendar, paneStart, windowSizes } from '../../../src/core/windows/calendar.js';

const SIZES = windowSizes(['5m', '10m', '15m', '1h', '1d']);
const [PANE, TEN, QUARTER, HOUR, DAY] = SIZES;

/** A size by its name. */
function size(name: string) {
  const found = SIZES.find((other) => other.name === name);
  if (found === undefined) throw new RangeError(name);
  return found;
}

const utc = (time: number): string => new Date(time).toISOString().slice(0, 16);

test('sizes come smallest first', () => {
  expect(windowSizes(['1d', '30s', '1h', '15m']).map(({ name }) => name)).toEqual(['30s', '15m', '1h', '1d']);
  expect([PANE, TEN, QUARTER, HOUR, DAY].map((given) => given?.lengthMs)).toEqual(
    [5, 10, 15, 60, 1440].map((minutes) => minutes * MINUTE_MS),
  );
  expect(() => windowSizes(['5m', 'often'])).toThrow(RangeError);
});

test.each([
  [0, 0],
  [299_999, 0],
  [300_000, 300_000],
  [-1, -300_000],
  [-300_000, -300_000],
  [-300_001, -600_000],
])('the pane of %i begins at %i', (time, start) => {
  expect(paneStart(time, 5 * MINUTE_MS)).toBe(start);
});

describe('a day', () => {
  test.each([
    ['Europe/Berlin', '2003-03-30T12:00Z', '2003-03-29T23:00', '2003-03-30T22:00', 23],
    ['Europe/Berlin', '2003-10-26T12:00Z', '2003-10-25T22:00', '2003-10-26T23:00', 25],
    ['Europe/Berlin', '2003-07-05T12:00Z', '2003-07-04T22:00', '2003-07-05T22:00', 24],
    ['America/New_York', '2003-04-06T12:00Z', '2003-04-06T05:00', '2003-04-07T04:00', 23],
    ['America/New_York', '2003-10-26T12:00Z', '2003-10-26T04:00', '2003-10-27T05:00', 25],
    ['Australia/Lord_Howe', '2003-10-26T06:00Z', '2003-10-25T13:30', '2003-10-26T13:00', 23.5],
    ['Australia/Lord_Howe', '2003-03-30T06:00Z', '2003-03-29T13:00', '2003-03-30T13:30', 24.5],
    // Midnight is skipped: the day begins at 01:00.
    ['America/Havana', '2003-04-06T12:00Z', '2003-04-06T05:00', '2003-04-07T04:00', 23],
    ['Asia/Beirut', '2003-03-30T12:00Z', '2003-03-29T22:00', '2003-03-30T21:00', 23],
    // Midnight comes twice: the day begins with the first.
    ['America/Havana', '2003-10-26T12:00Z', '2003-10-26T04:00', '2003-10-27T05:00', 25],
    ['Atlantic/Azores', '2003-10-26T12:00Z', '2003-10-26T00:00', '2003-10-27T01:00', 25],
    // From 24:00 back to 23:00: the hour is the old day's.
    ['Asia/Beirut', '2003-10-25T12:00Z', '2003-10-24T21:00', '2003-10-25T22:00', 25],
    // From 00:01 back to 23:01: what comes after the first midnight is the new day's.
    ['America/St_Johns', '2003-10-26T03:00Z', '2003-10-26T02:30', '2003-10-27T03:30', 25],
    // A day was left out.
    ['Pacific/Apia', '2011-12-29T12:00Z', '2011-12-29T10:00', '2011-12-30T10:00', 24],
    ['Pacific/Apia', '2011-12-31T00:00Z', '2011-12-30T10:00', '2011-12-31T10:00', 24],
    ['UTC', '1969-12-31T23:59Z', '1969-12-31T00:00', '1970-01-01T00:00', 24],
    ['Europe/Berlin', '1969-12-31T12:00Z', '1969-12-30T23:00', '1969-12-31T23:00', 24],
    ['Asia/Kolkata', '2003-07-05T12:00Z', '2003-07-04T18:30', '2003-07-05T18:30', 24],
  ])('in %s that holds %s is from %s to %s: %i h', (zone, time, start, end, hours) => {
    const day = new Calendar(createZone(zone)).windowAt(size('1d'), Date.parse(time));

    expect([utc(day.startMs), utc(day.endMs)]).toEqual([start, end]);
    expect((day.endMs - day.startMs) / HOUR_MS).toBe(hours);
  });

  test('in which midnight comes twice is the same at every time in it', () => {
    const zone = createZone('America/Havana');
    for (let time = Date.parse('2003-10-26T04:00Z'); time < Date.parse('2003-10-27T05:00Z'); time += 30 * MINUTE_MS)
      expect(utc(new Calendar(zone).windowAt(size('1d'), time).startMs)).toBe('2003-10-26T04:00');
  });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Havana',
  'Asia/Beirut',
  'Atlantic/Azores',
  'Asia/Amman',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Pacific/Apia',
  'Antarctica/Casey',
];

describe.each(ZONES)('in %s', (name) => {
  const zone = createZone(name);
  /** A time within two days of a change of the clocks, or any. */
  const changes: number[] = [];
  for (let time = Date.UTC(2002, 0); time < Date.UTC(2013, 0); time += DAY_MS)
    if (zone.offsetMs(time) !== zone.offsetMs(time + DAY_MS)) changes.push(time);
  const anyTime = fc
    .tuple(
      fc.constantFrom(Date.UTC(1969, 11, 31), Date.UTC(2003, 6, 5), ...changes),
      fc.integer({ min: -2 * DAY_MS, max: 3 * DAY_MS }),
    )
    .map(([time, byMs]) => time + byMs);

  test('windows hold their time, follow one another, and those of a day cover it exactly', () => {
    fc.assert(
      fc.property(anyTime, fc.constantFrom(...SIZES), (time, any) => {
        const calendar = new Calendar(zone);
        const day = calendar.windowAt(size('1d'), time);
        const span = calendar.windowAt(any, time);
        expect(span.startMs <= time && time < span.endMs).toBe(true);
        expect(span.startMs >= day.startMs && span.endMs <= day.endMs).toBe(true);
        expect(calendar.windowAt(any, span.startMs)).toEqual(span);
        expect(calendar.windowAt(any, span.endMs - 1)).toEqual(span);
        expect(calendar.windowAt(any, span.endMs).startMs).toBe(span.endMs);
        expect(new Calendar(zone).windowAt(any, span.startMs - 1).endMs).toBe(span.startMs);
        if (any.name !== '1d' && span.endMs !== day.endMs) expect(span.endMs - span.startMs).toBe(any.lengthMs);
      }),
      { numRuns: 60 },
    );
  });

  test('panes of the calendar are those that are aligned to the epoch', () => {
    fc.assert(
      fc.property(anyTime, (time) => {
        expect(new Calendar(zone).windowAt(size('5m'), time).startMs).toBe(paneStart(time, 5 * MINUTE_MS));
      }),
      { numRuns: 40 },
    );
  });

  test('the hours of any day cover it exactly', () => {
    fc.assert(
      fc.property(anyTime, (time) => {
        const calendar = new Calendar(zone);
        const day = calendar.windowAt(size('1d'), time);
        let at = day.startMs;
        for (let hours = 0; at < day.endMs && hours < 30; hours += 1) {
          const hour = calendar.windowAt(size('1h'), at);
          expect(hour.startMs).toBe(at);
          at = hour.endMs;
        }
        expect(at).toBe(day.endMs);
      }),
      { numRuns: 25 },
    );
  });
});
