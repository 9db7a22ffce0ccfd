import type { DayType } from './day-type.js';

/** The numbers that the paper measured. */
export const PAPER = {
  /** MEE on weekdays and on holidays; in 2003 a weekend was one. */
  mee: { working_day: 0.7, weekend: 0.35, holiday: 0.35 } satisfies Record<DayType, number>,
  /** It calls 0.21 and 0.11 abnormal, both on days of 0.35: the higher one is this share of what was expected. */
  lowShare: 0.6,
  /** Dq = 8.8 Nc + Np. */
  queriesPerSession: 8.8,
  /** Nf = 0.95 Nc. */
  messagesPerSession: 0.95,
} as const;
