import { describe, expect, test } from '@jest/globals';
import { countryProblem, specialDaysOf } from '../../src/config/special-days.js';

const NONE = { country: undefined, holidays: [], working_days: [] };

describe('the days of a country', () => {
  test.each([
    ['AT', '2026-10-26', 'holiday'],
    ['AT', '2026-10-27', undefined],
    ['AT', '1990-10-26', 'holiday'],
    // A Sunday that is none of its holidays is a weekend like any other.
    ['AT', '2026-10-25', undefined],
    // Easter Monday moves.
    ['DE', '2026-04-06', 'holiday'],
    ['DE', '2027-03-29', 'holiday'],
    ['DE', '2027-04-06', undefined],
    // Bavaria has more holidays than Germany as a whole.
    ['DE', '2026-01-06', undefined],
    ['DE-BY', '2026-01-06', 'holiday'],
    ['DE-BE', '2026-01-06', undefined],
    // Banks are closed, people work; and half a day is no holiday.
    ['DE', '2026-12-24', undefined],
    // It lasts four days.
    ['SA', '2026-05-29', 'holiday'],
    ['SA', '2026-05-30', undefined],
  ])('in %s %s is %j', async (country, date, type) => {
    const specialDays = await specialDaysOf({ ...NONE, country });

    expect(specialDays(date)).toBe(type);
  });

  test.each([
    ['AT', undefined],
    ['AT-9', undefined],
    ['DE-BY', undefined],
    ['US-LA-NO', undefined],
    ['XX', 'is no country of ISO 3166 such as AT whose holidays are known'],
    ['DE-XX', 'is no part of DE whose holidays are known'],
    ['AT-9-X', 'is no part of AT whose holidays are known'],
    ['US-LA-NO-X', 'is no part of US whose holidays are known'],
  ])('of %s: %j', async (country, problem) => {
    expect(await countryProblem(country)).toBe(problem);
  });
});

test('the lists of the operator win', async () => {
  const country = 'AT';
  const holidays = ['2026-12-24', '12-31', '2026-12-07'];
  const specialDays = await specialDaysOf({ country, holidays, working_days: ['2026-12-08', '12-26', '2026-12-07'] });

  expect(specialDays('2026-12-24')).toBe('holiday');
  expect(specialDays('2027-12-24')).toBeUndefined();
  expect(specialDays('2026-12-31')).toBe('holiday');
  expect(specialDays('2030-12-31')).toBe('holiday');
  // A holiday of the country on which this site works.
  expect(specialDays('2026-12-08')).toBe('working_day');
  expect(specialDays('2027-12-08')).toBe('holiday');
  expect(specialDays('2030-12-26')).toBe('working_day');
  // Of what stands in both lists people work.
  expect(specialDays('2026-12-07')).toBe('working_day');
});

test('without settings no day is special', async () => {
  expect((await specialDaysOf(NONE))('2026-12-25')).toBeUndefined();
});
