import { describe, expect, test } from '@jest/globals';
import { Clock, counted, durationText, numberText, ratioText, shareText } from '../../../src/report/page/format.js';

test.each([
  [null, 'none'],
  [undefined, 'none'],
  [0, '0'],
  [1234567, '1,234,567'],
  [0.217, '0.22'],
  [12.345, '12.3'],
  [1234.5, '1,235'],
  [-3.25, '-3.25'],
])('the number %p is written %p', (value, text) => {
  expect(numberText(value)).toBe(text);
});

test('a ratio has two decimals', () => {
  expect([ratioText(1), ratioText(0.386), ratioText(null)]).toEqual(['1.00', '0.39', 'none']);
});

test('a share is written in per cent', () => {
  expect([shareText(0.9996), shareText(1), shareText(null)]).toEqual(['100 %', '100 %', 'none']);
});

test.each([
  [45, '45 s'],
  [90, '1 min 30 s'],
  [1500, '25 min'],
  [12_000, '3 h 20 min'],
  [86_400, '1 d'],
  [187_200, '2 d 4 h'],
  [7199, '2 h'],
])('%p seconds are %p', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test('one is no plural', () => {
  expect([counted(1, 'incident'), counted(0, 'incident'), counted(1200, 'incident')]).toEqual([
    '1 incident',
    '0 incidents',
    '1,200 incidents',
  ]);
});

describe('times', () => {
  const clock = new Clock('Europe/Berlin');
  const at = Date.UTC(2026, 6, 5, 22, 30, 5) / 1000;

  test('are of the zone of the server', () => {
    expect(clock.at(at)).toBe('2026-07-06 00:30');
    expect(clock.at(at, true)).toBe('2026-07-06 00:30:05');
  });

  test('of one day name it once', () => {
    expect(clock.span(at, at + 3600)).toBe('2026-07-06 00:30 to 01:30');
    expect(clock.span(at, at + 86_400)).toBe('2026-07-06 00:30 to 2026-07-07 00:30');
  });
});
