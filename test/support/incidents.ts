import { alertDocument } from '../../src/core/documents/alert.js';
import { hostOf } from '../../src/core/documents/ecs.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { Finding } from '../../src/core/detect/finding.js';
import type { Incident, IncidentAction } from '../../src/core/detect/incidents.js';
import type { Proposal } from '../../src/core/respond/proposal.js';
import { isObject } from '../../src/core/documents/value.js';
import { readAlert } from '../../src/core/respond/told.js';
import type { Told } from '../../src/core/respond/told.js';
import { MINUTE_MS } from '../../src/core/time.js';
import { expectDocuments } from './documents.js';

/** When the incidents below start. */
export const STARTED = Date.parse('2026-11-23T02:05:00Z');

export const PROPOSAL: Proposal = {
  layer: 'smtpd',
  refusal: undefined,
  cautious: 'warn',
  firm: 'reject',
  minutes: 5,
  client: { connects: 80, queries: 80 },
  collateral: { messages: 0, recipients: 0, share: 0, dayMessages: 0, dayShare: 0, dayHours: 3 },
  now: { connects: 200, queries: 500, mee: 0.4 },
  goesOn: { connects: 200, queries: 500, mee: 0.4 },
  givesUp: { connects: 120, queries: 420, mee: 0.7 },
  writers: undefined,
  temporary: undefined,
};

/** An incident of five minutes; `proposal` stands for the parts in which its proposal differs from the one above. */
export function incidentOf(
  finding: Partial<Finding> = {},
  proposal: Partial<Proposal> | undefined = {},
  rest: Partial<Incident> = {},
): Incident {
  const whole: Finding = {
    kind: 'auth_flood',
    client: finding.user === undefined ? '192.0.2.66' : undefined,
    observed: 60,
    n: 80,
    text: '60 failed log-ins in 80 sessions',
    proposal: { ...PROPOSAL, ...proposal },
    ...finding,
  };
  return {
    subject: 'mail:mx',
    kind: whole.kind,
    who: whole.client ?? whole.user,
    startedMs: STARTED,
    lastSeenMs: STARTED + 5 * MINUTE_MS,
    state: 'confirmed',
    finding: whole,
    ...rest,
  };
}

/** Its alert document as it comes back from a file. */
export function alertOf(incident: Incident, action: IncidentAction = 'incident-confirmed', endMs?: number): JsonObject {
  const document: unknown = JSON.parse(
    JSON.stringify(
      alertDocument({ action, endMs: endMs ?? incident.lastSeenMs, incident }, hostOf(incident.subject, undefined), {
        recipients: 'address',
        enrich: () => ({}),
      }),
    ),
  );
  if (!isObject(document)) throw new Error('An alert is an object.');
  expectDocuments({ alert: [document] });
  return document;
}

/** What its alert document told. */
export function toldOf(...given: Parameters<typeof alertOf>): Told {
  const told = readAlert(alertOf(...given));
  if (told === undefined) throw new Error('An alert tells of an incident.');
  return told;
}
