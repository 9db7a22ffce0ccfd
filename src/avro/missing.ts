import type { Ms } from '../core/event.js';
import type { Absent, RegistryConfig, Unavailable } from './registry.js';

/** Numbers without a schema that are remembered. */
const KEPT = 1000;
/** Since when a schema is missing that was waited for in vain. */
const PROVED = -Infinity;

interface Missed {
  readonly answer: Absent;
  readonly sinceMs: Ms;
  /** When it may be asked for again. */
  readonly untilMs: Ms;
}

/** What is known of schemas that the registry does not have. */
export interface Missing {
  /** What to say of a schema without asking; `undefined` if it is to be asked for. */
  find(id: number): Absent | undefined;
  /** What to say of one that the registry did not have just now. */
  note(id: number, answer: Absent): Absent | Unavailable;
  /** It is there; or the registry cannot say, and has to be given time once more when it can. */
  forget(id: number): void;
}

/**
 * A schema that the registry does not have may come in a moment, so what is of it waits, but not for ever. Numbers are the
 * writer's word: once one of them has proved to be none, others that turn up soon after are not waited for, or else a partition
 * full of noise would stand still for each of its records.
 */
export function createMissing(
  { waitMs, absentMs }: Pick<RegistryConfig, 'waitMs' | 'absentMs'>,
  nowMs: () => Ms,
): Missing {
  const missed = new Map<number, Missed>();
  let provedMs: Ms = -Infinity;
  const remember = (id: number, entry: Missed): void => {
    // They must not pile up. The first one is the oldest.
    missed.delete(id);
    for (const oldest of missed.keys()) {
      if (missed.size < KEPT) break;
      missed.delete(oldest);
    }
    missed.set(id, entry);
  };
  return {
    find: (id) => {
      const entry = missed.get(id);
      return entry !== undefined && nowMs() < entry.untilMs ? entry.answer : undefined;
    },
    note: (id, answer) => {
      const now = nowMs();
      const known = missed.get(id)?.sinceMs;
      const sinceMs = known ?? now;
      const isNoise = known === undefined && now < provedMs + absentMs;
      if (!isNoise && now < sinceMs + waitMs) {
        remember(id, { answer, sinceMs, untilMs: now });
        return { kind: 'unavailable', why: `${answer.why} yet` };
      }
      if (known !== undefined && known !== PROVED) provedMs = now;
      remember(id, { answer, sinceMs: PROVED, untilMs: now + absentMs });
      return answer;
    },
    forget: (id) => void missed.delete(id),
  };
}
