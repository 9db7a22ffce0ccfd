import type { Ms } from '../event.js';
import { MINIMUM_SESSIONS } from '../measure/mee.js';
import type { Subject } from '../identity.js';
import { HOUR_MS } from '../time.js';
import type { Span, WindowSize } from '../windows/calendar.js';
import { Baseline } from './baseline.js';
import type { PackedBaseline } from './baseline.js';
import type { DayType } from './day-type.js';
import type { Finding } from './finding.js';
import { IncidentBook } from './incidents.js';
import type { PackedIncidents } from './incidents.js';
import type { Kind } from './kinds.js';
import type { MailMeasure, MailSight } from './mail-sight.js';
import { singleClientFlood } from './rules/clients.js';
import { efficiencyDrop } from './rules/protocol.js';

/** What is known of a subject's windows of one size. */
export interface Level {
  readonly size: WindowSize;
  readonly book: IncidentBook;
  readonly mail: Baseline<MailMeasure>;
  /** What was found in the windows of the last hour, by their start. */
  readonly found: Map<Ms, readonly Finding[]>;
}

/** A level as plain data, but for its size. */
export interface PackedLevel {
  readonly book: PackedIncidents;
  readonly mail: PackedBaseline<MailMeasure>;
  readonly found: ReadonlyMap<Ms, readonly Finding[]>;
}

/** A level of which nothing is known, or what was packed. */
export function createLevel(size: WindowSize, subject: Subject, packed?: PackedLevel): Level {
  return {
    size,
    book: new IncidentBook(subject, packed?.book),
    mail: new Baseline(packed?.mail),
    found: new Map(packed?.found),
  };
}

export function packLevel({ book, mail, found }: Level): PackedLevel {
  return { book: book.pack(), mail: mail.pack(), found: new Map(found) };
}

/** Whether windows of this size usually have too few sessions for a verdict on MEE; false as long as nobody knows. */
export function isTooSmall({ mail }: Level, dayType: DayType): boolean {
  const usual = mail.usual('sessions', dayType);
  return usual !== undefined && usual.median < MINIMUM_SESSIONS;
}

/** Kinds of incidents that the rules on MEE find. */
const ON_MEE: ReadonlySet<Kind> = new Set(['single_client_flood', 'efficiency_drop']);

/** What the rules on MEE find, but for what was found in the smaller windows within this one. */
export function findingsOnMee(sight: MailSight, before: readonly Finding[]): readonly Finding[] {
  if (before.some(({ kind }) => ON_MEE.has(kind))) return [];
  const named = new Set(before.map(({ client }) => client));
  const floods = singleClientFlood(sight).filter(({ client }) => !named.has(client));
  return floods.length > 0 || before.length > 0 ? floods : efficiencyDrop(sight);
}

/** What was found within a span of time. */
export function foundIn({ found }: Level, { startMs, endMs }: Span): readonly Finding[] {
  return [...found].flatMap(([time, findings]) => (time >= startMs && time < endMs ? findings : []));
}

/** Keeps what was found in a window for as long as a larger one may ask for it, that is sealed with its last part. */
export function keepFound({ found }: Level, { startMs }: Span, findings: readonly Finding[], isFinal: boolean): void {
  found.set(startMs, findings);
  if (findings.length === 0) found.delete(startMs);
  if (isFinal) for (const time of found.keys()) if (time < startMs - HOUR_MS) found.delete(time);
}
