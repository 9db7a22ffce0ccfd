import { createHash } from 'node:crypto';
import { isAddress } from '../address.js';
import type { Enrich } from '../enrich.js';
import { INCIDENT_ACTIONS } from '../detect/incidents.js';
import type { Incident, IncidentEvent } from '../detect/incidents.js';
import { KINDS } from '../detect/kinds.js';
import type { Kind } from '../detect/kinds.js';
import { rounded } from '../measure/rounding.js';
import { effectText } from '../respond/effect.js';
import type { Effect } from '../respond/effect.js';
import { expiryMs } from '../respond/proposal.js';
import type { Proposal } from '../respond/proposal.js';
import { DNS, ECS_VERSION, INFO, MAIL, VENDOR, relatedObject } from './ecs.js';
import type { EcsCategory, Host } from './ecs.js';
import { RISK } from './fields-alert.js';
import { addFields } from './fields.js';
import type { AlertField, FieldValue, JsonObject } from './fields.js';

export type AlertDocument = JsonObject;

/** Mail addresses in full, or their domains only. */
export const NAMINGS = ['domain', 'address'] as const;
export type Naming = (typeof NAMINGS)[number];

/** A mail address has no more characters: 64, the sign, 255 (RFC 5321). */
const NAME_LENGTH = 320;
/** In an identity, of which Elasticsearch takes 512 bytes, and in a sentence. */
const SHORT_NAME_LENGTH = 80;
const HASH_LENGTH = 16;

/** How alerts name whom they are about. */
export interface AlertConfig {
  readonly recipients: Naming;
  /** What else is known of a client. */
  readonly enrich: Enrich;
}

/** What is somebody's doing, rather than a fault: the intrusions of ECS. */
const INTRUSIONS: ReadonlySet<Kind> = new Set<Kind>([
  'address_harvest',
  'auth_flood',
  'relay_probe',
  'distributed_dictionary',
  'connect_flood',
  'single_client_flood',
  'outbound_mass_mailing',
  'infected_host',
  'dns_server_flood',
]);

/** The alert document of an event of an incident at a host. */
export function alertDocument(
  { action, endMs, incident }: IncidentEvent,
  host: Host,
  { recipients, enrich }: AlertConfig,
): AlertDocument {
  const { subject, kind, who, finding, state, startedMs, lastSeenMs, effect } = incident;
  const { name, category, severity, advice } = KINDS[kind];
  const id = incidentId(incident);
  const end = new Date(endMs).toISOString();
  const { baseline, proposal } = finding;
  const fields: Fields = {
    // An incident may be opened and confirmed at the end of one window: what sorts by time is to find the last of it.
    '@timestamp': new Date(endMs + INCIDENT_ACTIONS.indexOf(action)).toISOString(),
    'ecs.version': ECS_VERSION,
    'event.kind': 'alert',
    'event.category': categoriesOf(incident),
    'event.type': INFO,
    'event.module': VENDOR,
    'event.dataset': 'mxwarden.alert',
    'event.id': `${id}|${action}|${end}`,
    'event.action': action,
    'event.start': new Date(startedMs).toISOString(),
    'event.severity': RISK[severity],
    'event.risk_score': RISK[severity],
    'host.name': host.name,
    'host.ip': host.addresses.length > 0 ? host.addresses : undefined,
    message: sentence(incident),
    'observer.vendor': VENDOR,
    'rule.id': kind,
    'rule.name': name,
    'rule.category': category,
    'source.ip': who !== undefined && isAddress(who) ? who : undefined,
    'source.address': shortened(finding.client),
    'source.domain': shortened(finding.clientName),
    ...(finding.client === undefined ? {} : enrich(finding.client, finding.clientName)),
    'user.name': shortened(finding.user),
    'mxwarden.subject': subject,
    'mxwarden.incident.id': id,
    'mxwarden.incident.kind': kind,
    'mxwarden.incident.state': state,
    'mxwarden.incident.started': new Date(startedMs).toISOString(),
    'mxwarden.incident.ended': state === 'closed' ? new Date(lastSeenMs).toISOString() : undefined,
    'mxwarden.incident.last_seen': new Date(lastSeenMs).toISOString(),
    'mxwarden.incident.advice': advice,
    'mxwarden.incident.side': finding.side,
    'mxwarden.incident.recipients': finding.recipients && named(finding.recipients, recipients),
    'mxwarden.evidence.text': finding.text,
    'mxwarden.evidence.n': rounded(finding.n),
    'mxwarden.evidence.observed': rounded(finding.observed),
    'mxwarden.evidence.expected': rounded(finding.expected),
    'mxwarden.evidence.baseline_median': rounded(baseline?.median),
    'mxwarden.evidence.baseline_spread': rounded(baseline?.spread),
    'mxwarden.evidence.baseline_n': baseline?.n,
    ...(proposal === undefined ? {} : proposalFields(proposal, incident)),
    ...(effect === undefined ? {} : effectFields(effect)),
  };
  const document: JsonObject = {};
  addFields(document, fields);
  document['related'] = relatedObject({
    hosts: [...host.names, shortened(finding.clientName)],
    addresses: [...host.addresses, who],
    users: [shortened(finding.user)],
  });
  return document;
}

function categoriesOf({ subject, kind }: Incident): readonly EcsCategory[] {
  const of = subject.startsWith('dns:') ? DNS : MAIL;
  if (!INTRUSIONS.has(kind)) return of;
  return kind === 'auth_flood' ? ['authentication', 'intrusion_detection', ...of] : ['intrusion_detection', ...of];
}

type Fields = Partial<Record<AlertField, FieldValue>>;

function proposalFields(proposal: Proposal, { who, lastSeenMs }: Incident): Fields {
  const { client, collateral, now, goesOn, givesUp } = proposal;
  return {
    'mxwarden.proposal.layer': proposal.layer,
    'mxwarden.proposal.key': shortened(who),
    'mxwarden.proposal.refusal': proposal.refusal,
    'mxwarden.proposal.cautious': proposal.cautious,
    'mxwarden.proposal.firm': proposal.firm,
    'mxwarden.proposal.expires': new Date(expiryMs(lastSeenMs)).toISOString(),
    'mxwarden.proposal.minutes': rounded(proposal.minutes),
    'mxwarden.proposal.client.connects': client?.connects,
    'mxwarden.proposal.client.queries': client?.queries,
    'mxwarden.proposal.collateral.messages': collateral?.messages,
    'mxwarden.proposal.collateral.recipients': collateral?.recipients,
    'mxwarden.proposal.collateral.share': rounded(collateral?.share),
    'mxwarden.proposal.collateral.day_messages': collateral?.dayMessages,
    'mxwarden.proposal.collateral.day_share': rounded(collateral?.dayShare),
    'mxwarden.proposal.collateral.day_hours': collateral?.dayHours,
    'mxwarden.proposal.now.connects': now.connects,
    'mxwarden.proposal.now.queries': rounded(now.queries),
    'mxwarden.proposal.now.mee': rounded(now.mee),
    'mxwarden.proposal.goes_on.connects': goesOn?.connects,
    'mxwarden.proposal.goes_on.queries': rounded(goesOn?.queries),
    'mxwarden.proposal.goes_on.mee': rounded(goesOn?.mee),
    'mxwarden.proposal.gives_up.connects': givesUp?.connects,
    'mxwarden.proposal.gives_up.queries': rounded(givesUp?.queries),
    'mxwarden.proposal.gives_up.mee': rounded(givesUp?.mee),
    'mxwarden.proposal.writers': proposal.writers?.map((writer) => shortened(writer)),
    'mxwarden.proposal.temporary': proposal.temporary,
  };
}

function effectFields(effect: Effect): Fields {
  const { before, after } = effect;
  return {
    'mxwarden.effect.verdict': effect.verdict,
    'mxwarden.effect.text': effectText(effect),
    'mxwarden.effect.since': new Date(effect.sinceMs).toISOString(),
    'mxwarden.effect.attempts': effect.attempts,
    'mxwarden.effect.refused': effect.refused,
    'mxwarden.effect.before.connects': rounded(before.connects),
    'mxwarden.effect.before.client_queries': rounded(before.clientQueries),
    'mxwarden.effect.before.queries': rounded(before.queries),
    'mxwarden.effect.before.mee': rounded(before.mee),
    'mxwarden.effect.after.connects': rounded(after.connects),
    'mxwarden.effect.after.client_queries': rounded(after.clientQueries),
    'mxwarden.effect.after.queries': rounded(after.queries),
    'mxwarden.effect.after.mee': rounded(after.mee),
  };
}

/** The identity of an incident: subject | kind | client, user or nothing | start. */
export function incidentId({ subject, kind, who = '', startedMs }: Incident): string {
  return `${subject}|${kind}|${shortened(who, SHORT_NAME_LENGTH)}|${new Date(startedMs).toISOString()}`;
}

/** `Password guessing at mail:mx1 by 192.0.2.7 since 2026-11-23T02:05Z: 30 failed log-ins ...; refuse the client ...` */
function sentence({ subject, kind, who, finding, startedMs, effect }: Incident): string {
  const { name, advice } = KINDS[kind];
  const by = who === undefined ? '' : ` by ${shortened(who, SHORT_NAME_LENGTH).replace(/[\p{Cc}\u2028\u2029]/gu, ' ')}`;
  const since = new Date(startedMs).toISOString();
  const told = effect === undefined ? '' : ` What came of it: ${effectText(effect)}.`;
  return `${name} at ${subject}${by} since ${since}: ${finding.text}. What to do: ${advice}.${told}`;
}

/** Recipients in full, or each of their domains once; a local name has none. */
function named(recipients: readonly string[], naming: Naming): readonly string[] {
  const names =
    naming === 'address' ? recipients : recipients.flatMap((recipient) => recipient.split('@').slice(1).slice(-1));
  return [...new Set(names.map((name) => shortened(name)))];
}

/** A name as it is, or its beginning and what tells it from others that begin alike: whoever logs in chooses it. */
function shortened(name: string, length?: number): string;
function shortened(name: string | undefined, length?: number): string | undefined;
function shortened(name: string | undefined, length = NAME_LENGTH): string | undefined {
  if (name === undefined || name.length <= length) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, length - HASH_LENGTH - 1)}…${hash}`;
}
