import type { Ms } from '../event.js';
import type { Zone } from '../time.js';

/** Days whose traffic is alike. */
export type DayType = 'working_day' | 'weekend' | 'holiday';

/** What type a day such as `2026-12-24` is, whatever day of the week it is; `undefined` for one like any other. */
export type SpecialDays = (date: string) => DayType | undefined;

/** The types of days that one may be compared with, the nearest first: a year has few holidays. */
export const COMPARABLE: Readonly<Record<DayType, readonly DayType[]>> = {
  working_day: ['working_day'],
  weekend: ['weekend'],
  holiday: ['holiday', 'weekend'],
};

const SUNDAY = 0;
const SATURDAY = 6;
const DATE_LENGTH = '2026-12-24'.length;

/** The type of the day, in local time, on which a window starts. */
export function dayTypeAt(startMs: Ms, zone: Zone, specialDays: SpecialDays): DayType {
  const local = new Date(startMs + zone.offsetMs(startMs));
  const special = specialDays(local.toISOString().slice(0, DATE_LENGTH));
  if (special !== undefined) return special;
  const day = local.getUTCDay();
  return day === SATURDAY || day === SUNDAY ? 'weekend' : 'working_day';
}
