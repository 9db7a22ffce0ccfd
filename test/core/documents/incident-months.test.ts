import { expect, test } from '@jest/globals';
import { IncidentMonths } from '../../../src/core/documents/incident-months.js';

test('incidents are counted by the month in which they began, and months without any are told', () => {
  const months = new IncidentMonths();
  months.add('auth_flood', Date.UTC(2025, 11, 31, 23, 59, 59, 999));
  months.add('auth_flood', Date.UTC(2026, 1, 1));
  months.add('auth_flood', Date.UTC(2026, 1, 28));
  months.add('pop3_storm', Date.UTC(2026, 1, 28));

  expect(months.between(Date.UTC(2025, 11, 31), Date.UTC(2026, 1, 28, 12))).toEqual([
    { month: '2025-12', counts: { auth_flood: 1 } },
    { month: '2026-01', counts: {} },
    { month: '2026-02', counts: { auth_flood: 2, pop3_storm: 1 } },
  ]);
});

test.each([
  ['at its start', Date.UTC(2026, 1, 1), 1],
  ['a millisecond later', Date.UTC(2026, 1, 1) + 1, 2],
])('a run that ends %s has no month more', (_, endMs, count) => {
  expect(new IncidentMonths().between(Date.UTC(2026, 0, 31), endMs)).toHaveLength(count);
});

test('a run of nothing has no months', () => {
  expect(new IncidentMonths().between(Infinity, -Infinity)).toEqual([]);
});
