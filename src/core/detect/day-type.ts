import type { Ms } from '../event.js';
import type { Zone } from '../time.js';

/** Days whose traffic is alike. */
export type DayType = 'working_day' | 'weekend';

const SUNDAY = 0;
const SATURDAY = 6;

/** The type of the day, in local time, on which a window starts. */
export function dayTypeAt(startMs: Ms, zone: Zone): DayType {
  const day = new Date(startMs + zone.offsetMs(startMs)).getUTCDay();
  return day === SATURDAY || day === SUNDAY ? 'weekend' : 'working_day';
}
