import type { Ms } from '../event.js';
import type { Subject } from '../identity.js';
import { HOUR_MS } from '../time.js';
import { mapValues } from '../map-values.js';
import type { Effect } from '../respond/effect.js';
import type { Span } from '../windows/calendar.js';
import type { Finding } from './finding.js';
import type { Kind } from './kinds.js';
import { distanceFromUsual } from './score.js';

export const INCIDENT_STATES = ['provisional', 'confirmed', 'withdrawn', 'closed'] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];
/** What can happen to an incident. */
export const INCIDENT_ACTIONS = [
  'incident-opened',
  'incident-confirmed',
  'incident-changed',
  'incident-closed',
  'incident-withdrawn',
] as const;
export type IncidentAction = (typeof INCIDENT_ACTIONS)[number];

/** Something that is wrong with a subject, over one window or several. */
export interface Incident {
  readonly subject: Subject;
  readonly kind: Kind;
  /** The client, user or log that it is about. */
  readonly who: string | undefined;
  /** Start of the first abnormal window. */
  readonly startedMs: Ms;
  /** End of the last abnormal window. */
  readonly lastSeenMs: Ms;
  readonly state: IncidentState;
  /** That of the worst window so far. */
  readonly finding: Finding;
  /** What came of it that its client is refused, once that is known. */
  readonly effect?: Effect | undefined;
}

/** One event of an incident, at the end of a window. */
export interface IncidentEvent {
  readonly action: IncidentAction;
  readonly endMs: Ms;
  readonly incident: Incident;
}

/** A book of incidents as plain data. */
export interface PackedIncidents {
  readonly confirmed: ReadonlyMap<string, OpenIncident>;
  readonly provisional: ReadonlyMap<string, OpenIncident>;
}

type OpenIncident = { -readonly [K in keyof Incident]: Incident[K] } & { toldMs: Ms; told: number };

/** Windows without a finding after which an incident is over. */
const CLEAN_WINDOWS = 2;
/** An incident changes at most once in this time. */
const CHANGE_MS = HOUR_MS;
/** So many times as far off as when it was last told an incident has changed. */
const CHANGE_FACTOR = 2;
/** An incident that lasts this long is how the subject is now, and may be learnt from. */
const LASTING_MS = 24 * HOUR_MS;

/** The incidents of a subject, from what the rules find in its windows of one size, one after the other. */
export class IncidentBook {
  /** Of sealed windows. */
  private readonly confirmed: Map<string, OpenIncident>;
  /** Of windows that wait for their seal: they change nothing about the others. */
  private readonly provisional: Map<string, OpenIncident>;

  constructor(
    private readonly subject: Subject,
    { confirmed, provisional }: PackedIncidents = { confirmed: new Map(), provisional: new Map() },
  ) {
    this.confirmed = copyOf(confirmed);
    this.provisional = copyOf(provisional);
  }

  pack(): PackedIncidents {
    return { confirmed: copyOf(this.confirmed), provisional: copyOf(this.provisional) };
  }

  /** Whether nothing was wrong in sealed windows, or what is wrong has been so for a day. */
  isQuiet(endMs: Ms): boolean {
    for (const { startedMs } of this.confirmed.values()) if (endMs - startedMs < LASTING_MS) return false;
    return true;
  }

  /** Takes a window that was fired but is not sealed: what it opens is provisional. */
  fire(findings: readonly Finding[], span: Span): readonly IncidentEvent[] {
    const events: IncidentEvent[] = [];
    for (const finding of findings) {
      const key = keyOf(finding);
      if (this.confirmed.has(key) || this.provisional.has(key)) continue;
      const incident = this.begin(finding, span);
      this.provisional.set(key, incident);
      events.push(eventOf('incident-opened', incident, span.endMs));
    }
    return events;
  }

  /** Takes a sealed window: confirms what it finds, and ends what it does not. */
  seal(findings: readonly Finding[], span: Span): readonly IncidentEvent[] {
    const events: IncidentEvent[] = [];
    const found = new Set<string>();
    for (const finding of findings) {
      const key = keyOf(finding);
      if (found.has(key)) continue;
      found.add(key);
      let incident = this.confirmed.get(key) ?? this.takeProvisional(key, span);
      if (incident === undefined) {
        incident = this.begin(finding, span);
        events.push(eventOf('incident-opened', incident, span.endMs));
      }
      this.confirmed.set(key, incident);
      events.push(...confirm(incident, finding, span));
    }
    return [...events, ...this.withdraw(span), ...this.close(found, span)];
  }

  /** The incidents that sealed windows confirmed, and that are not over. */
  get open(): readonly Incident[] {
    return [...this.confirmed.values()].map(incidentOf);
  }

  private begin(finding: Finding, { startMs, endMs }: Span): OpenIncident {
    return {
      subject: this.subject,
      kind: finding.kind,
      who: whoOf(finding),
      startedMs: startMs,
      lastSeenMs: endMs,
      state: 'provisional',
      finding,
      toldMs: endMs,
      told: distanceFromUsual(finding),
    };
  }

  /** The provisional incident that this very window opened: another start is another incident. */
  private takeProvisional(key: string, { startMs }: Span): OpenIncident | undefined {
    const incident = this.provisional.get(key);
    if (incident?.startedMs !== startMs) return undefined;
    this.provisional.delete(key);
    return incident;
  }

  /** Withdraws what a window opened, and its seal neither found nor found to be new. */
  private withdraw({ startMs, endMs }: Span): readonly IncidentEvent[] {
    const events: IncidentEvent[] = [];
    for (const [key, incident] of this.provisional) {
      if (incident.startedMs > startMs) continue;
      this.provisional.delete(key);
      incident.state = 'withdrawn';
      events.push(eventOf('incident-withdrawn', incident, endMs));
    }
    return events;
  }

  /** Closes incidents that were not found for long enough. */
  private close(found: ReadonlySet<string>, { startMs, endMs }: Span): readonly IncidentEvent[] {
    const events: IncidentEvent[] = [];
    for (const [key, incident] of this.confirmed) {
      if (found.has(key) || endMs - incident.lastSeenMs < CLEAN_WINDOWS * (endMs - startMs)) continue;
      this.confirmed.delete(key);
      incident.state = 'closed';
      events.push(eventOf('incident-closed', incident, endMs));
    }
    return events;
  }
}

function copyOf(incidents: ReadonlyMap<string, OpenIncident>): Map<string, OpenIncident> {
  return mapValues(incidents, (incident) => ({ ...incident }));
}

function confirm(incident: OpenIncident, finding: Finding, { endMs }: Span): readonly IncidentEvent[] {
  incident.lastSeenMs = endMs;
  const isConfirmed = incident.state === 'confirmed';
  if (!isConfirmed || distanceFromUsual(finding) > distanceFromUsual(incident.finding)) incident.finding = finding;
  const distance = distanceFromUsual(finding);
  const isWorse = distance >= CHANGE_FACTOR * incident.told && endMs - incident.toldMs >= CHANGE_MS;
  if (isConfirmed && !isWorse) return [];
  incident.state = 'confirmed';
  incident.toldMs = endMs;
  incident.told = distance;
  return [eventOf(isConfirmed ? 'incident-changed' : 'incident-confirmed', incident, endMs)];
}

function whoOf({ client, user, side }: Finding): string | undefined {
  return client ?? user ?? side;
}

function keyOf(finding: Finding): string {
  return `${finding.kind}|${whoOf(finding) ?? ''}`;
}

function eventOf(action: IncidentAction, incident: OpenIncident, endMs: Ms): IncidentEvent {
  return { action, endMs, incident: incidentOf(incident) };
}

/** An incident as it is now. */
function incidentOf({ subject, kind, who, startedMs, lastSeenMs, state, finding }: OpenIncident): Incident {
  return { subject, kind, who, startedMs, lastSeenMs, state, finding };
}
