import type { JsonObject } from '../core/documents/fields.js';
import { REFUSALS } from '../core/respond/proposal.js';
import { entries } from '../core/tally/counters.js';
import { numberAt, textAt, textsAt } from '../core/documents/value.js';
import type { PageIncident, PageOutlook } from './page-data.js';

/** Incidents that the page tells of: the last ones. */
const KEPT = 1000;

/** The incidents of a run, from the alerts about them. */
export class PageIncidents {
  /** The last alert about each. */
  private readonly last = new Map<string, JsonObject>();
  leftOut = 0;

  add(alert: JsonObject): void {
    const { id } = incidentOf(alert);
    this.last.delete(id);
    if (textAt(alert, 'event.action') === 'incident-withdrawn') return;
    this.last.set(id, alert);
    if (this.last.size <= KEPT) return;
    for (const oldest of this.last.keys()) {
      this.last.delete(oldest);
      this.leftOut += 1;
      return;
    }
  }

  /** The last alert about each incident. */
  alerts(): readonly JsonObject[] {
    return [...this.last.values()];
  }

  /** In the order in which they started. */
  all(): readonly PageIncident[] {
    return this.alerts()
      .map(incidentOf)
      .sort((a, b) => a.startedMs - b.startedMs || (a.id < b.id ? -1 : 1));
  }
}

function incidentOf(alert: JsonObject): PageIncident {
  const text = (path: string): string => textAt(alert, path) ?? '';
  const time = (path: string): number => Date.parse(text(path));
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
    recipients: textsAt(alert, 'mxwarden.incident.recipients') ?? [],
    known: knownOf(alert),
    proposal: proposalOf(alert),
    outlooks: outlooksOf(alert),
    effect: textAt(alert, 'mxwarden.effect.text'),
  };
}

/** Why the operator knows about an incident, and until when; `undefined` where nobody does. */
function knownOf(alert: JsonObject): string | undefined {
  const reason = textAt(alert, 'mxwarden.known.reason');
  const until = textAt(alert, 'mxwarden.known.until');
  return reason === undefined || until === undefined ? reason : `${reason} (until ${until.slice(0, 10)})`;
}

/** `At smtpd: begin with warn, then reject; take it out again after 2026-11-30.`, or why not to. */
function proposalOf(alert: JsonObject): string | undefined {
  const text = (field: string): string | undefined => textAt(alert, `mxwarden.proposal.${field}`);
  const refusal = text('refusal');
  if (refusal !== undefined) {
    const [, why = refusal] = entries(REFUSALS).find(([name]) => name === refusal) ?? [];
    return `Do not block it: ${why}.`;
  }
  const layer = text('layer');
  const cautious = text('cautious');
  if (layer === undefined || cautious === undefined) return undefined;
  const firm = text('firm');
  const then = firm === undefined || firm === cautious ? '' : `, then ${firm}`;
  const expires = text('expires');
  const end = expires === undefined ? '' : `; take it out again after ${expires.slice(0, 10)}`;
  if (layer === 'recipients') return `Nobody is blocked: entries for the recipients answer 550${end}.`;
  return `At ${layer}: begin with ${cautious}${then}${end}.`;
}

const OUTLOOKS = { now: 'as it was', goes_on: 'refused, if it goes on', gives_up: 'refused, if it gives up' } as const;

function outlooksOf(alert: JsonObject): readonly PageOutlook[] {
  return entries(OUTLOOKS).flatMap(([field, name]) => {
    const number = (of: string): number | undefined => numberAt(alert, `mxwarden.proposal.${field}.${of}`);
    const outlook = { name, connects: number('connects'), queries: number('queries'), mee: number('mee') };
    return outlook.connects === undefined ? [] : [outlook];
  });
}
