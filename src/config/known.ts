import type { KnownIncident } from '../core/documents/known.js';
import { createZone } from '../core/time.js';
import type { Config } from './schema.js';

/** The incidents that a configuration knows about, each to the end of its last day in the general zone. */
export function configuredKnown({ known, timezone }: Config): readonly KnownIncident[] {
  const zone = createZone(timezone);
  return known.map(({ until, ...entry }) => ({
    ...entry,
    untilMs: zone.startOfNextDay(zone.toInstant(Date.parse(until))),
  }));
}
