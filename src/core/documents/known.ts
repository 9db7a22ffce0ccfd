import { createNetworkTest } from '../address.js';
import type { Incident } from '../detect/incidents.js';
import type { Kind } from '../detect/kinds.js';
import type { Ms } from '../event.js';
import type { AlertDocument } from './alert.js';
import { isObject, textAt } from './value.js';

/** Incidents that the operator knows about: they are recorded, and nobody need do anything. */
export interface KnownIncident {
  readonly kind: Kind;
  /** Address or network of the client; absent for any, and for nobody. */
  readonly client?: string | undefined;
  readonly user?: string | undefined;
  /** The mail server or resolver, without what stands before its colon. */
  readonly server?: string | undefined;
  /** An incident that goes on for longer is news again. */
  readonly untilMs: Ms;
  readonly reason: string;
}

/** What tells whether an incident is known. */
type Asked = Pick<Incident, 'who' | 'lastSeenMs'> & { readonly subject: string; readonly kind: string };

/** The entry, the first of several, that an incident is known by. */
export type FindKnown = (incident: Asked) => KnownIncident | undefined;

export function createKnown(entries: readonly KnownIncident[]): FindKnown {
  const tests = entries.map((entry) => {
    const isClient = entry.client === undefined ? undefined : createNetworkTest([entry.client]);
    return { entry, isClient };
  });
  return (incident) => tests.find(({ entry, isClient }) => isOf(incident, entry, isClient))?.entry;
}

function isOf(
  { subject, kind, who, lastSeenMs }: Asked,
  entry: KnownIncident,
  isClient: ((client: string) => boolean) | undefined,
): boolean {
  if (kind !== entry.kind || lastSeenMs > entry.untilMs) return false;
  if (entry.server !== undefined && nameOf(subject) !== entry.server) return false;
  if (entry.user !== undefined && who !== entry.user) return false;
  return isClient === undefined || (who !== undefined && isClient(who));
}

function nameOf(subject: string): string {
  return subject.slice(subject.indexOf(':') + 1);
}

/** An alert with what it is known by, if it is. */
export function markKnown(alert: AlertDocument, find: FindKnown): AlertDocument {
  const subject = textAt(alert, 'mxwarden.subject');
  const kind = textAt(alert, 'mxwarden.incident.kind');
  const lastSeen = textAt(alert, 'mxwarden.incident.last_seen');
  if (subject === undefined || kind === undefined || lastSeen === undefined) return alert;
  const who = textAt(alert, 'source.address') ?? textAt(alert, 'user.name');
  const known = find({ subject, kind, who, lastSeenMs: Date.parse(lastSeen) });
  if (known === undefined) return alert;
  const { mxwarden } = alert;
  const fields = { reason: known.reason, until: new Date(known.untilMs).toISOString() };
  return { ...alert, mxwarden: { ...(isObject(mxwarden) ? mxwarden : {}), known: fields } };
}
