import type { JsonObject } from '../core/documents/fields.js';
import { isObject, numberAt, textAt, valueAt } from './document-value.js';
import type { PageIncident, PageMonth } from './page-data.js';

/** Incidents that the page tells of: the last ones. */
const KEPT = 1000;

/** The incidents of a run, from the alerts about them. */
export class PageIncidents {
  private readonly incidents = new Map<string, PageIncident>();
  private readonly months = new Map<string, Map<string, number>>();
  leftOut = 0;

  add(alert: JsonObject): void {
    const incident = incidentOf(alert);
    const action = textAt(alert, 'event.action');
    if (action === 'incident-confirmed') this.count(incident);
    this.incidents.delete(incident.id);
    if (action === 'incident-withdrawn') return;
    this.incidents.set(incident.id, incident);
    if (this.incidents.size <= KEPT) return;
    for (const oldest of this.incidents.keys()) {
      this.incidents.delete(oldest);
      this.leftOut += 1;
      return;
    }
  }

  /** In the order in which they started. */
  all(): readonly PageIncident[] {
    return [...this.incidents.values()].sort((a, b) => a.startedMs - b.startedMs || (a.id < b.id ? -1 : 1));
  }

  byMonth(): readonly PageMonth[] {
    return [...this.months]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([month, counts]) => ({ month, counts: Object.fromEntries(counts) }));
  }

  private count({ name, startedMs }: PageIncident): void {
    const month = new Date(startedMs).toISOString().slice(0, 7);
    const counts = this.months.get(month) ?? new Map<string, number>();
    this.months.set(month, counts);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}

function incidentOf(alert: JsonObject): PageIncident {
  const text = (path: string): string => textAt(alert, path) ?? '';
  const time = (path: string): number => Date.parse(text(path));
  const recipients = valueAt(alert, 'mxwarden.incident.recipients');
  return {
    id: text('mxwarden.incident.id'),
    subject: text('mxwarden.subject'),
    kind: text('mxwarden.incident.kind'),
    name: text('rule.name'),
    category: text('rule.category'),
    severity: numberAt(alert, 'event.severity') ?? 0,
    who: textAt(alert, 'source.address') ?? textAt(alert, 'user.name'),
    startedMs: time('mxwarden.incident.started'),
    lastSeenMs: time('mxwarden.incident.last_seen'),
    isOver: text('mxwarden.incident.state') === 'closed',
    evidence: text('mxwarden.evidence.text'),
    advice: text('mxwarden.incident.advice'),
    recipients: Array.isArray(recipients) ? recipients.map((recipient) => textOf(recipient) ?? '') : [],
    known: knownOf(alert),
    proposal: leavesOf(alert, 'mxwarden.proposal'),
    effect: leavesOf(alert, 'mxwarden.effect'),
  };
}

/** Why an incident is muted: in words where the configuration gives any. */
function knownOf(alert: JsonObject): string | undefined {
  const known = valueAt(alert, 'mxwarden.incident.known');
  if (known === undefined || known === false) return undefined;
  if (typeof known === 'string') return known;
  return textAt(alert, 'mxwarden.incident.known.reason') ?? 'expected';
}

/** Every text and number within an object, with its name in words. */
function leavesOf(alert: JsonObject, path: string): readonly (readonly [string, string])[] {
  const object = valueAt(alert, path);
  if (!isObject(object)) return [];
  return Object.entries(object).flatMap(([name, value]): readonly (readonly [string, string])[] => {
    if (isObject(value)) return leavesOf(alert, `${path}.${name}`);
    const text = textOf(value);
    return text === undefined ? [] : [[name.replaceAll('_', ' '), text]];
  });
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? value.map(textOf).join(', ') : undefined;
}
