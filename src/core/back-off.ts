import type { Ms } from './event.js';

export interface BackOffConfig {
  /** The longest delay of the first try again; doubled for each further one. */
  readonly firstDelayMs: Ms;
  readonly maxDelayMs: Ms;
}

/**
 * How long to wait after so many tries again. Full jitter: any delay up to the limit, which doubles each time, so that
 * clients do not come back all at once. `random` gives a number from 0 up to 1.
 */
export function backOffMs({ firstDelayMs, maxDelayMs }: BackOffConfig, retries: number, random: () => number): Ms {
  return Math.floor(random() * Math.min(maxDelayMs, firstDelayMs * 2 ** retries));
}
