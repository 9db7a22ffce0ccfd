import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs } from '../core/back-off.js';
import { untilAborted } from './until-aborted.js';

/** A broker did not do what it was asked for, and will be asked again. */
export interface Retry {
  readonly text: string;
  readonly delayMs: number;
}

export interface RetryDeps {
  readonly signal: AbortSignal;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Told of each failure. @throws where to try again is in vain */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

const DELAYS = { firstDelayMs: 200, maxDelayMs: 5000 };

/** Acts until it succeeds: a broker that is away comes back. @throws the signal's reason once that is aborted */
export async function retry<T>(act: () => Promise<T>, { signal, random, onFailure }: RetryDeps): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    signal.throwIfAborted();
    try {
      return await untilAborted(act(), signal);
    } catch (error) {
      signal.throwIfAborted();
      const delayMs = backOffMs(DELAYS, retries, random);
      onFailure(error, delayMs);
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
