import type { SpecialDays } from './day-type.js';

/** With what MEE and DNS queries are compared: with what is usual at this server, or with the paper's fixed numbers. */
export const PROFILES = ['learned', 'paper'] as const;
export type Profile = (typeof PROFILES)[number];

export interface DetectConfig {
  readonly profile: Profile;
  /** Days that are holidays, and those that are not although they seem to be. */
  readonly specialDays: SpecialDays;
}
