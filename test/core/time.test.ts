import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DAY_MS,
  HOUR_MS,
  createTimeWriter,
  createZone,
  isZoneName,
  nearestYear,
  parseDuration,
} from '../../src/core/time.js';

test.each([
  ['1s', 1000],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['9999999d', 9_999_999 * 86_400_000],
  ['10000000d', undefined],
  ['0s', undefined],
  ['05m', undefined],
  ['5', undefined],
  ['m', undefined],
  ['5M', undefined],
  ['5 m', undefined],
  [' 5m', undefined],
  ['5m\n', undefined],
  ['5m5s', undefined],
  ['-5m', undefined],
  ['1.5h', undefined],
  ['1w', undefined],
  ['5ms', undefined],
  ['', undefined],
])('the duration %j is %s ms', (text, lengthMs) => {
  expect(parseDuration(text)).toBe(lengthMs);
});

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Europe/Atlantis', false],
  ['', false],
])('%j is the name of a zone: %s', (name, expected) => {
  expect(isZoneName(name)).toBe(expected);
});

test('an unknown zone cannot be made', () => {
  expect(() => createZone('Europe/Atlantis')).toThrow(RangeError);
  expect(createZone('Europe/Berlin').name).toBe('Europe/Berlin');
});

test.each([
  // Berlin changes at the edge of an hour, Lord Howe in the middle of one, by half an hour.
  ['Europe/Berlin', '2003-03-30T01:00', 60, 120],
  ['Europe/Berlin', '2003-10-26T01:00', 120, 60],
  ['Australia/Lord_Howe', '2003-10-25T15:30', 630, 660],
  ['Australia/Lord_Howe', '2003-03-29T15:00', 660, 630],
])('in %s the offset changes at %s, whatever was asked before', (name, at, before, after) => {
  const changeMs = Date.parse(`${at}Z`);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }), { maxLength: 20 }), (distances) => {
      const { offsetMs } = createZone(name);
      for (const distance of [...distances, -1, 0])
        expect(offsetMs(changeMs + distance)).toBe((distance < 0 ? before : after) * 60_000);
    }),
  );
});

describe('a wall clock', () => {
  test.each([
    ['Europe/Berlin', '2003-01-01T12:00', '2003-01-01T11:00'],
    ['Europe/Berlin', '2003-07-01T12:00', '2003-07-01T10:00'],
    // From 02:00 to 03:00: the hour between never was.
    ['Europe/Berlin', '2003-03-30T01:59', '2003-03-30T00:59'],
    ['Europe/Berlin', '2003-03-30T02:00', '2003-03-30T01:00'],
    ['Europe/Berlin', '2003-03-30T02:30', '2003-03-30T01:30'],
    ['Europe/Berlin', '2003-03-30T03:00', '2003-03-30T01:00'],
    // From 03:00 back to 02:00: the first of two.
    ['Europe/Berlin', '2003-10-26T01:59', '2003-10-25T23:59'],
    ['Europe/Berlin', '2003-10-26T02:00', '2003-10-26T00:00'],
    ['Europe/Berlin', '2003-10-26T02:59', '2003-10-26T00:59'],
    ['Europe/Berlin', '2003-10-26T03:00', '2003-10-26T02:00'],
    ['America/New_York', '2003-10-26T01:30', '2003-10-26T05:30'],
    ['America/New_York', '2003-10-26T02:00', '2003-10-26T07:00'],
    // From 00:01 to 01:01.
    ['America/St_Johns', '2011-03-13T01:05', '2011-03-13T03:35'],
    ['Asia/Kolkata', '2003-07-05T00:00', '2003-07-04T18:30'],
    ['Pacific/Kiritimati', '2003-07-05T00:00', '2003-07-04T10:00'],
    ['Pacific/Pago_Pago', '2003-07-05T00:00', '2003-07-05T11:00'],
    ['UTC', '1969-12-31T23:59', '1969-12-31T23:59'],
    ['Europe/Berlin', '1969-12-31T23:59', '1969-12-31T22:59'],
  ])('in %s that shows %s is at %s', (name, wallClock, instant) => {
    const found = createZone(name).toInstant(Date.parse(`${wallClock}Z`));

    expect(new Date(found).toISOString().slice(0, 16)).toBe(instant);
  });

  test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana', 'Pacific/Kiritimati'])(
    'in %s shows what it is read from, and a repeated hour is read as the first',
    (name) => {
      const zone = createZone(name);
      const changes: number[] = [];
      for (let time = Date.UTC(2003, 0); time < Date.UTC(2004, 0); time += HOUR_MS)
        if (zone.offsetMs(time) !== zone.offsetMs(time + HOUR_MS)) changes.push(time);
      const anyInstant = fc
        .tuple(fc.constantFrom(Date.UTC(2003, 6, 5), ...changes), fc.integer({ min: -4 * HOUR_MS, max: 4 * HOUR_MS }))
        .map(([time, byMs]) => time + byMs);
      fc.assert(
        fc.property(anyInstant, (instant) => {
          const wallClock = instant + zone.offsetMs(instant);
          const read = zone.toInstant(wallClock);
          expect(read + zone.offsetMs(read)).toBe(wallClock);
          expect(read <= instant && read > instant - DAY_MS).toBe(true);
        }),
      );
    },
  );
});

describe('a stamp without a year', () => {
  const stampOf = (month: number, day: number) => (year: number) => Date.UTC(year, month - 1, day);

  test.each([
    [12, 31, '2004-01-01', 2003],
    [1, 1, '2003-12-31', 2004],
    [4, 13, '2003-04-13', 2003],
    [7, 5, '2003-01-05', 2003],
    [7, 6, '2003-01-05', 2003],
    [7, 7, '2003-01-05', 2002],
    [6, 30, '2003-12-31', 2004],
    [7, 2, '2003-12-31', 2003],
  ])('of month %i, day %i, read on %s, is of %i', (month, day, reference, year) => {
    expect(nearestYear(stampOf(month, day), Date.parse(reference))).toBe(year);
  });

  test('is never more than about half a year away', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
        fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
        (month, day, reference) => {
          const stamp = stampOf(month, day);
          const distance = Math.abs(stamp(nearestYear(stamp, reference.getTime())) - reference.getTime());
          expect(distance).toBeLessThanOrEqual(184 * DAY_MS);
        },
      ),
    );
  });
});

test('times are written in RFC 3339, whatever was written before', () => {
  const write = createTimeWriter();

  expect([0, 0, 1, 999, 1000, 0, -1].map(write)).toEqual([
    '1970-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.001Z',
    '1970-01-01T00:00:00.999Z',
    '1970-01-01T00:00:01.000Z',
    '1970-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
  ]);
});
