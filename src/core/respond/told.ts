import type { Finding } from '../detect/finding.js';
import { INCIDENT_STATES } from '../detect/incidents.js';
import type { Incident } from '../detect/incidents.js';
import { KINDS } from '../detect/kinds.js';
import type { Kind } from '../detect/kinds.js';
import { numberAt, textAt, textsAt, timeAt } from '../documents/value.js';
import type { Ms } from '../event.js';
import type { Subject } from '../identity.js';
import { entries } from '../tally/counters.js';
import { VERDICTS } from './effect.js';
import type { Effect, Load } from './effect.js';
import { ACTIONS, LAYERS, REFUSALS } from './proposal.js';
import type { Collateral, Outlook, Proposal } from './proposal.js';

/** What an alert document told: an incident as it was then. */
export interface Told {
  readonly id: string;
  /** When it was told: the end of a window, and up to 4 ms more. */
  readonly timeMs: Ms;
  readonly incident: Incident;
  /** Why the operator knows about it, who then need do nothing. */
  readonly known: string | undefined;
}

/** What alert documents told; others are passed over. */
export function toldBy(documents: readonly unknown[]): readonly Told[] {
  return documents.map(readAlert).filter((told) => told !== undefined);
}

/** What an alert document told; `undefined` for any other value, from wherever it comes. */
export function readAlert(document: unknown): Told | undefined {
  const id = textAt(document, 'mxwarden.incident.id');
  const subject = textAt(document, 'mxwarden.subject');
  const kind = oneOf(KIND_NAMES, textAt(document, 'mxwarden.incident.kind'));
  const state = oneOf(INCIDENT_STATES, textAt(document, 'mxwarden.incident.state'));
  const timeMs = timeAt(document, '@timestamp');
  const startedMs = timeAt(document, 'mxwarden.incident.started');
  const lastSeenMs = timeAt(document, 'mxwarden.incident.last_seen');
  if (id === undefined || kind === undefined || state === undefined || !isSubject(subject)) return undefined;
  if (timeMs === undefined || startedMs === undefined || lastSeenMs === undefined) return undefined;
  const finding = findingOf(document, kind);
  const who = finding.client ?? finding.user;
  const effect = effectOf(document);
  const known = textAt(document, 'mxwarden.known.reason');
  return { id, timeMs, known, incident: { subject, kind, who, startedMs, lastSeenMs, state, finding, effect } };
}

/** The last that was told of each incident that was not withdrawn, in the order in which they were last told. */
export function incidentsTold(told: readonly Told[]): readonly Told[] {
  const byId = new Map<string, Told>();
  for (const each of [...told].sort((a, b) => a.timeMs - b.timeMs)) {
    byId.delete(each.id);
    byId.set(each.id, each);
  }
  return [...byId.values()].filter(({ incident }) => incident.state !== 'withdrawn');
}

const KIND_NAMES: readonly Kind[] = entries(KINDS).map(([kind]) => kind);
const REFUSAL_NAMES = entries(REFUSALS).map(([name]) => name);
const VERDICT_NAMES = entries(VERDICTS).map(([name]) => name);

function findingOf(document: unknown, kind: Kind): Finding {
  const median = numberAt(document, 'mxwarden.evidence.baseline_median');
  const spread = numberAt(document, 'mxwarden.evidence.baseline_spread');
  const n = numberAt(document, 'mxwarden.evidence.baseline_n');
  const isKnown = median !== undefined && spread !== undefined && n !== undefined;
  const recipients = textsAt(document, 'mxwarden.incident.recipients');
  return {
    kind,
    client: textAt(document, 'source.address'),
    clientName: textAt(document, 'source.domain'),
    user: textAt(document, 'user.name'),
    observed: numberAt(document, 'mxwarden.evidence.observed') ?? 0,
    n: numberAt(document, 'mxwarden.evidence.n') ?? 0,
    expected: numberAt(document, 'mxwarden.evidence.expected'),
    baseline: isKnown ? { median, spread, n } : undefined,
    text: textAt(document, 'mxwarden.evidence.text') ?? '',
    ...(recipients === undefined ? {} : { recipients }),
    proposal: proposalOf(document),
  };
}

function proposalOf(document: unknown): Proposal | undefined {
  const at = (name: string): number | undefined => numberAt(document, `mxwarden.proposal.${name}`);
  const text = (name: string): string | undefined => textAt(document, `mxwarden.proposal.${name}`);
  const layer = oneOf(LAYERS, text('layer'));
  const cautious = oneOf(ACTIONS, text('cautious'));
  const firm = oneOf(ACTIONS, text('firm'));
  const minutes = at('minutes');
  const now = outlookAt(at, 'now');
  if (layer === undefined || cautious === undefined || firm === undefined) return undefined;
  if (minutes === undefined || !(minutes > 0) || now === undefined) return undefined;
  const connects = at('client.connects');
  return {
    layer,
    // A reason that is not known is a reason.
    refusal: text('refusal') === undefined ? undefined : (oneOf(REFUSAL_NAMES, text('refusal')) ?? 'accepted_mail'),
    cautious,
    firm,
    minutes,
    client: connects === undefined ? undefined : { connects, queries: at('client.queries') },
    collateral: collateralAt(at),
    now,
    goesOn: outlookAt(at, 'goes_on'),
    givesUp: outlookAt(at, 'gives_up'),
    writers: textsAt(document, 'mxwarden.proposal.writers'),
    temporary: at('temporary'),
  };
}

type NumberAt = (name: string) => number | undefined;

function outlookAt(at: NumberAt, name: string): Outlook | undefined {
  const connects = at(`${name}.connects`);
  return connects === undefined ? undefined : { connects, queries: at(`${name}.queries`), mee: at(`${name}.mee`) };
}

function collateralAt(at: NumberAt): Collateral | undefined {
  const messages = at('collateral.messages');
  if (messages === undefined) return undefined;
  return {
    messages,
    recipients: at('collateral.recipients'),
    share: at('collateral.share'),
    dayMessages: at('collateral.day_messages'),
    dayShare: at('collateral.day_share'),
    dayHours: at('collateral.day_hours'),
  };
}

function effectOf(document: unknown): Effect | undefined {
  const at = (name: string): number | undefined => numberAt(document, `mxwarden.effect.${name}`);
  const verdict = oneOf(VERDICT_NAMES, textAt(document, 'mxwarden.effect.verdict'));
  const sinceMs = timeAt(document, 'mxwarden.effect.since');
  const before = loadAt(at, 'before');
  const after = loadAt(at, 'after');
  if (verdict === undefined || sinceMs === undefined || before === undefined || after === undefined) return undefined;
  return { verdict, sinceMs, attempts: at('attempts') ?? 0, refused: at('refused') ?? 0, before, after };
}

function loadAt(at: NumberAt, name: string): Load | undefined {
  const connects = at(`${name}.connects`);
  if (connects === undefined) return undefined;
  const clientQueries = at(`${name}.client_queries`);
  return { connects, clientQueries, queries: at(`${name}.queries`), mee: at(`${name}.mee`) };
}

function isSubject(text: string | undefined): text is Subject {
  return text?.startsWith('mail:') === true || text?.startsWith('dns:') === true;
}

function oneOf<T extends string>(names: readonly T[], text: string | undefined): T | undefined {
  return names.find((name) => name === text);
}
