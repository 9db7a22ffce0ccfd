import { expect, test } from '@jest/globals';
import { dayTypeAt } from '../../../src/core/detect/day-type.js';
import type { DayType } from '../../../src/core/detect/day-type.js';
import { createZone } from '../../../src/core/time.js';

test.each([
  ['a Friday', 'UTC', '2026-11-27T23:59:59Z', 'working_day'],
  ['a Saturday', 'UTC', '2026-11-28T00:00:00Z', 'weekend'],
  ['a Sunday', 'UTC', '2026-11-29T23:59:59Z', 'weekend'],
  ['a Monday', 'UTC', '2026-11-30T00:00:00Z', 'working_day'],
  ['a Friday in UTC that is a Saturday in Tokyo', 'Asia/Tokyo', '2026-11-27T15:00:00Z', 'weekend'],
  ['the last second of a Friday in Tokyo', 'Asia/Tokyo', '2026-11-27T14:59:59Z', 'working_day'],
  ['a Monday in UTC that is a Sunday in Honolulu', 'Pacific/Honolulu', '2026-11-30T09:59:59Z', 'weekend'],
  // Clocks went forward on Sunday, 2026-03-29, from UTC+1 to UTC+2.
  ['the last hour of a Saturday in winter time', 'Europe/Berlin', '2026-03-28T22:59:59Z', 'weekend'],
  ['the last hour of a Sunday of 23 hours', 'Europe/Berlin', '2026-03-29T21:59:59Z', 'weekend'],
  ['the Monday after it', 'Europe/Berlin', '2026-03-29T22:00:00Z', 'working_day'],
  // And back on Sunday, 2026-10-25.
  ['the last hour of a Sunday of 25 hours', 'Europe/Berlin', '2026-10-25T22:59:59Z', 'weekend'],
  ['the Monday after that', 'Europe/Berlin', '2026-10-25T23:00:00Z', 'working_day'],
])('%s in %s', (_, zone, time, type) => {
  expect(dayTypeAt(Date.parse(time), createZone(zone), () => undefined)).toBe(type);
});

test.each([
  ['UTC', '2026-12-23T23:59:59Z', 'working_day'],
  ['UTC', '2026-12-24T00:00:00Z', 'holiday'],
  ['Asia/Tokyo', '2026-12-23T15:00:00Z', 'holiday'],
  ['Asia/Tokyo', '2026-12-24T15:00:00Z', 'working_day'],
  // A Saturday on which people work, and a Sunday that is a holiday.
  ['UTC', '2026-11-28T12:00:00Z', 'working_day'],
  ['UTC', '2026-11-29T12:00:00Z', 'holiday'],
])('in %s %s is by a calendar a %s', (zone, time, type) => {
  const special = new Map<string, DayType>([
    ['2026-12-24', 'holiday'],
    ['2026-11-28', 'working_day'],
    ['2026-11-29', 'holiday'],
  ]);

  expect(dayTypeAt(Date.parse(time), createZone(zone), (date) => special.get(date))).toBe(type);
});
