import type { SpecialDays } from '../core/detect/day-type.js';
import { DAY_MS } from '../core/time.js';
import type { Config } from './schema.js';

/** Settings that say which days are special. */
type Calendar = Pick<Config, 'country' | 'holidays' | 'working_days'>;

const DATE_LENGTH = '2026-12-24'.length;
/** Years whose holidays are kept: a forged line may be of any. */
const YEARS_KEPT = 50;

/** The special days of a configuration: the operator's own lists, then the public holidays of the country. */
export async function specialDaysOf({ country, holidays, working_days: workingDays }: Calendar): Promise<SpecialDays> {
  const isPublic = country === undefined ? () => false : await publicHolidays(country);
  const isIn = (list: readonly string[]): ((date: string) => boolean) => {
    const dates = new Set(list);
    return (date) => dates.has(date) || dates.has(date.slice('2026-'.length));
  };
  const isOwnHoliday = isIn(holidays);
  const isOwnWorkingDay = isIn(workingDays);
  return (date) => {
    if (isOwnWorkingDay(date)) return 'working_day';
    return isOwnHoliday(date) || isPublic(date) ? 'holiday' : undefined;
  };
}

/** What is wrong with a country; `undefined` if nothing is. */
export async function countryProblem(country: string): Promise<string | undefined> {
  const { default: Holidays } = await import('date-holidays');
  const [code = '', state, region, ...others] = country.split('-');
  const library = new Holidays();
  if (!isAmong(library.getCountries(), code)) return 'is no country of ISO 3166 such as AT whose holidays are known';
  const isKnown =
    (state === undefined || isAmong(library.getStates(code), state)) &&
    (state === undefined || region === undefined || isAmong(library.getRegions(code, state), region));
  return isKnown && others.length === 0 ? undefined : `is no part of ${code} whose holidays are known`;
}

/** Whether a code is one of those that the library knows; it has nothing at all of a country without parts. */
function isAmong(codes: object | undefined, code: string): boolean {
  return codes !== undefined && Object.hasOwn(codes, code);
}

/** Tells the public holidays of a country, or of a part of it. */
async function publicHolidays(country: string): Promise<(date: string) => boolean> {
  // Loading it costs some 200 ms, and most sites name no country.
  const { default: Holidays } = await import('date-holidays');
  const library = new Holidays(country, { types: ['public'] });
  const years = new Map<string, ReadonlySet<string>>();
  const datesOf = (year: string): ReadonlySet<string> => {
    const dates = new Set<string>();
    for (const { date, start, end } of library.getHolidays(year)) {
      // Half a holiday is none.
      const days = Math.round((end.getTime() - start.getTime()) / DAY_MS);
      const first = Date.parse(date.slice(0, DATE_LENGTH));
      for (let day = 0; day < days; day += 1)
        dates.add(new Date(first + day * DAY_MS).toISOString().slice(0, DATE_LENGTH));
    }
    return dates;
  };
  return (date) => {
    const year = date.slice(0, 4);
    let dates = years.get(year);
    if (dates === undefined) {
      if (years.size >= YEARS_KEPT) years.clear();
      years.set(year, (dates = datesOf(year)));
    }
    return dates.has(date);
  };
}
