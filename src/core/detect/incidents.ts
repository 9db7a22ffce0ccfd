import type { Ms } from '../event.js';
import type { Subject } from '../identity.js';
import { HOUR_MS } from '../time.js';
import type { Span } from '../windows/calendar.js';
import type { Finding } from './finding.js';
import type { Kind } from './kinds.js';

export type IncidentState = 'provisional' | 'confirmed' | 'withdrawn' | 'closed';
export type IncidentAction = `incident-${'opened' | 'confirmed' | 'changed' | 'closed' | 'withdrawn'}`;

/** Something that is wrong with a subject, over one window or several. */
export interface Incident {
  readonly subject: Subject;
  readonly kind: Kind;
  /** The client, or user, that it is about. */
  readonly who: string | undefined;
  /** Start of the first abnormal window. */
  readonly startedMs: Ms;
  /** End of the last abnormal window. */
  readonly lastSeenMs: Ms;
  readonly state: IncidentState;
  /** That of the worst window so far. */
  readonly finding: Finding;
}

/** One event of an incident, at the end of a window. */
export interface IncidentEvent {
  readonly action: IncidentAction;
  readonly endMs: Ms;
  readonly incident: Incident;
}

type OpenIncident = { -readonly [K in keyof Incident]: Incident[K] } & { toldMs: Ms; told: number };

/** Windows without a finding after which an incident is over. */
const CLEAN_WINDOWS = 2;
/** An incident changes at most once in this time. */
const CHANGE_MS = HOUR_MS;
/** By so much more than when it was last told an incident has changed. */
const CHANGE_FACTOR = 2;
/** An incident that lasts this long is how the subject is now, and may be learnt from. */
const LASTING_MS = 24 * HOUR_MS;

/** The incidents of a subject, from what the rules find in its windows of one size, one after the other. */
export class IncidentBook {
  private readonly open = new Map<string, OpenIncident>();

  constructor(private readonly subject: Subject) {}

  /** Whether nothing is wrong, or what is wrong has been so for a day. */
  isQuiet(endMs: Ms): boolean {
    for (const { startedMs } of this.open.values()) if (endMs - startedMs < LASTING_MS) return false;
    return true;
  }

  /** Takes a window that was fired but is not sealed: what it opens is provisional. */
  fire(findings: readonly Finding[], span: Span): readonly IncidentEvent[] {
    return findings.flatMap((finding) => {
      const key = keyOf(finding);
      if (this.open.has(key)) return [];
      return [this.begin(finding, span, key)];
    });
  }

  /** Takes a sealed window: confirms what it finds, and ends what it does not. */
  seal(findings: readonly Finding[], span: Span): readonly IncidentEvent[] {
    const events: IncidentEvent[] = [];
    const found = new Set<string>();
    for (const finding of findings) {
      const key = keyOf(finding);
      if (found.has(key)) continue;
      found.add(key);
      const known = this.open.get(key);
      // Of an earlier window than it seemed: another start is another incident.
      if (known?.state === 'provisional' && known.startedMs > span.startMs)
        events.push(this.withdraw(key, known, span));
      if (!this.open.has(key)) events.push(this.begin(finding, span, key));
      const incident = this.open.get(key);
      if (incident !== undefined) events.push(...confirm(incident, finding, span));
    }
    for (const [key, incident] of this.open) if (!found.has(key)) events.push(...this.pass(key, incident, span));
    return events;
  }

  private begin(finding: Finding, { startMs, endMs }: Span, key: string): IncidentEvent {
    const incident: OpenIncident = {
      subject: this.subject,
      kind: finding.kind,
      who: finding.client ?? finding.user,
      startedMs: startMs,
      lastSeenMs: endMs,
      state: 'provisional',
      finding,
      toldMs: endMs,
      told: finding.observed,
    };
    this.open.set(key, incident);
    return eventOf('incident-opened', incident, endMs);
  }

  private withdraw(key: string, incident: OpenIncident, { endMs }: Span): IncidentEvent {
    this.open.delete(key);
    incident.state = 'withdrawn';
    return eventOf('incident-withdrawn', incident, endMs);
  }

  /** A sealed window without a finding for an incident. */
  private pass(key: string, incident: OpenIncident, { startMs, endMs }: Span): readonly IncidentEvent[] {
    if (incident.state === 'provisional') {
      // Of later windows the seal is still to come.
      if (startMs < incident.startedMs) return [];
      return [this.withdraw(key, incident, { startMs, endMs })];
    }
    if (endMs - incident.lastSeenMs < CLEAN_WINDOWS * (endMs - startMs)) return [];
    this.open.delete(key);
    incident.state = 'closed';
    return [eventOf('incident-closed', incident, endMs)];
  }
}

function confirm(incident: OpenIncident, finding: Finding, { endMs }: Span): readonly IncidentEvent[] {
  incident.lastSeenMs = endMs;
  const isConfirmed = incident.state === 'confirmed';
  if (!isConfirmed || finding.observed > incident.finding.observed) incident.finding = finding;
  const isWorse = finding.observed >= CHANGE_FACTOR * incident.told && endMs - incident.toldMs >= CHANGE_MS;
  if (isConfirmed && !isWorse) return [];
  incident.state = 'confirmed';
  incident.toldMs = endMs;
  incident.told = finding.observed;
  return [eventOf(isConfirmed ? 'incident-changed' : 'incident-confirmed', incident, endMs)];
}

function keyOf({ kind, client, user }: Finding): string {
  return `${kind}|${client ?? user ?? ''}`;
}

function eventOf(action: IncidentAction, incident: OpenIncident, endMs: Ms): IncidentEvent {
  const { subject, kind, who, startedMs, lastSeenMs, state, finding } = incident;
  return { action, endMs, incident: { subject, kind, who, startedMs, lastSeenMs, state, finding } };
}
