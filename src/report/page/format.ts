import { isGap } from './fit.js';

/** A number as a person reads it: whole ones with separators, others with as many decimals as tell something. */
export function numberText(value: number | null | undefined): string {
  if (isGap(value)) return 'none';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  return value.toLocaleString('en-US', { maximumFractionDigits: size < 10 ? 2 : size < 1000 ? 1 : 0 });
}

/** A ratio such as MEE: always two decimals, so that several below one another can be compared. */
export function ratioText(value: number | null | undefined): string {
  return isGap(value) ? 'none' : value.toFixed(2);
}

export function shareText(value: number | null | undefined): string {
  return isGap(value) ? 'none' : `${(100 * value).toLocaleString('en-US', { maximumFractionDigits: 1 })} %`;
}

/** `1 incident`, `2 incidents`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** A name of the documents as words: `user unknown`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

/** `45 s`, `25 min`, `3 h 20 min`, `2 d 4 h`. */
export function durationText(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  const [big, small, unit, rest] = s < 86_400 ? [3600, 60, 'h', 'min'] : [86_400, 3600, 'd', 'h'];
  const parts = Math.round(s / small);
  const left = parts % (big / small);
  const count = Math.floor(parts / (big / small));
  return left === 0 ? `${count} ${unit}` : `${count} ${unit} ${left} ${rest}`;
}

/** Times of a zone: formatters are dear, so that each is made once. */
export class Clock {
  private readonly formats = new Map<string, Intl.DateTimeFormat>();

  constructor(readonly zone: string) {}

  /** `2026-11-23 02:01`, with seconds where the windows are shorter than a minute. */
  at(seconds: number, withSeconds = false): string {
    return `${this.day(seconds)} ${this.time(seconds, withSeconds)}`;
  }

  /** `2026-11-23`. */
  day(seconds: number): string {
    return this.format('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }, seconds);
  }

  time(seconds: number, withSeconds = false): string {
    const second = withSeconds ? ({ second: '2-digit' } as const) : {};
    return this.format('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...second }, seconds);
  }

  /** `Nov 23`. */
  shortDay(seconds: number): string {
    return this.format('en-US', { month: 'short', day: 'numeric' }, seconds);
  }

  /** `Nov 2026`. */
  month(seconds: number): string {
    return this.format('en-US', { month: 'short', year: 'numeric' }, seconds);
  }

  /** Both ends, the day of the second only where it is another. */
  span(from: number, to: number, withSeconds = false): string {
    const end = this.day(from) === this.day(to) ? this.time(to, withSeconds) : this.at(to, withSeconds);
    return `${this.at(from, withSeconds)} to ${end}`;
  }

  private format(locale: string, options: Intl.DateTimeFormatOptions, seconds: number): string {
    const key = `${locale}${JSON.stringify(options)}`;
    let format = this.formats.get(key);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(locale, { timeZone: this.zone, ...options });
      this.formats.set(key, format);
    }
    return format.format(seconds * 1000);
  }
}
