import type { DocumentKind, FieldOf } from '../core/documents/fields.js';
import { entries } from '../core/tally/counters.js';
import { all, is, isThere, kql } from './condition.js';
import type { Condition } from './condition.js';
import { dataViewReference } from './data-views.js';
import { savedObject } from './saved-object.js';
import type { Reference, SavedObject } from './saved-object.js';
import { BY_KIND, BY_REASON } from './signatures.js';
import type { Signature } from './signatures.js';

/** A search of documents of one kind, as Discover shows it. */
export interface Search<K extends DocumentKind> {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly kind: K;
  readonly condition: Condition<FieldOf[K]>;
  readonly columns: readonly FieldOf[K][];
  /** The order is by these, the first above all; always the highest or the latest at the top. */
  readonly order: readonly FieldOf[K][];
}

const REFERENCE = 'kibanaSavedObjectMeta.searchSourceJSON.index';

function searchObject<K extends DocumentKind>(search: Search<K>): SavedObject {
  const { id, title, description, kind, condition, columns, order } = search;
  const source = { query: { language: 'kuery', query: kql(condition) }, filter: [], indexRefName: REFERENCE };
  return savedObject(
    { type: 'search', id },
    {
      title: `[mxwarden] ${title}`,
      description,
      columns,
      sort: order.map((field) => [field, 'desc']),
      grid: {},
      hideChart: false,
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(source) },
    },
    [dataViewReference(kind, REFERENCE)],
  );
}

/** Who did it, to whom, and what Postfix said. */
const REJECTION_COLUMNS = [
  'host.name',
  'source.address',
  'source.domain',
  'mxwarden.rejection.helo',
  'mxwarden.rejection.sender_domain',
  'mxwarden.rejection.recipient_domain',
  'mxwarden.rejection.action',
  'mxwarden.rejection.stage',
  'mxwarden.rejection.text',
] as const satisfies readonly FieldOf['rejection'][];

function rejections({ id, phrase, hint }: Signature, condition: Condition<FieldOf['rejection']>): SavedObject {
  return searchObject<'rejection'>({
    id: `mxwarden-${id}`,
    title: phrase,
    description: hint,
    kind: 'rejection',
    condition,
    columns: REJECTION_COLUMNS,
    order: ['@timestamp'],
  });
}

/** Refers to the search of all rejections, or of abnormal windows. */
export const SEARCH_IDS = { rejections: 'mxwarden-rejections', abnormal: 'mxwarden-abnormal-windows' } as const;

export function searchReference(search: keyof typeof SEARCH_IDS, name: string): Reference {
  return { name, type: 'search', id: SEARCH_IDS[search] };
}

/** All saved searches, for windows of one size: those of larger ones tell of the same traffic again. */
export function searches(windowSize: string): readonly SavedObject[] {
  return [
    ...entries(BY_REASON).map(([reason, signature]) => rejections(signature, is('mxwarden.rejection.reason', reason))),
    ...Object.entries(BY_KIND).map(([kind, signature]) => rejections(signature, is('mxwarden.rejection.kind', kind))),
    rejections(
      {
        id: 'not-enforced',
        phrase: 'reject_warning, warn, hold, filter, redirect',
        hint: 'What Postfix only logged: look here before a warn_if_reject is taken away.',
      },
      is('mxwarden.rejection.enforced', false),
    ),
    rejections(
      {
        id: 'left-out',
        phrase: 'rejections that were left out',
        hint: 'There were more of one client and reason than get a document each; the column says how many. Windows count all.',
      },
      isThere('mxwarden.rejection.left_out'),
    ),
    rejections(
      {
        id: 'rejections',
        phrase: 'All rejections',
        hint: 'Reject lines, failed log-ins, protocol errors, rate limits.',
      },
      is('event.dataset', 'mxwarden.rejection'),
    ),
    abnormalWindows(windowSize),
    openIncidents(),
    allIncidents(),
  ];
}

function abnormalWindows(windowSize: string): SavedObject {
  return searchObject<'correlation'>({
    id: SEARCH_IDS.abnormal,
    title: 'Abnormal windows',
    description: `Windows of ${windowSize} in which a rule found something, with the numbers of the paper.`,
    kind: 'correlation',
    condition: all<FieldOf['correlation']>(
      is('mxwarden.anomaly.is_anomaly', true),
      is('mxwarden.window.size', windowSize),
    ),
    columns: [
      'mxwarden.subject',
      'mxwarden.anomaly.score',
      'mxwarden.anomaly.kinds',
      'mxwarden.anomaly.reasons',
      'mxwarden.dns.queries',
      'mxwarden.smtp.connects',
      'mxwarden.qmgr.from',
      'mxwarden.pop3.sessions',
      'mxwarden.mee.adjusted',
      'mxwarden.mee.expected',
      'mxwarden.window.final',
    ],
    order: ['@timestamp', 'mxwarden.anomaly.score'],
  });
}

const INCIDENT_COLUMNS = [
  'mxwarden.subject',
  'rule.name',
  'source.address',
  'mxwarden.incident.state',
  'event.severity',
  'mxwarden.evidence.text',
  'mxwarden.incident.advice',
  'mxwarden.incident.started',
  'mxwarden.known.reason',
] as const satisfies readonly FieldOf['alert'][];

function openIncidents(): SavedObject {
  return searchObject<'alert'>({
    id: 'mxwarden-open-incidents',
    title: 'Open incidents',
    description:
      'What was said of incidents while they were open. What closed since has a later document, of state closed or withdrawn: the table on the Overview has the last state of each.',
    kind: 'alert',
    condition: is('mxwarden.incident.state', 'provisional', 'confirmed'),
    columns: INCIDENT_COLUMNS,
    order: ['@timestamp'],
  });
}

function allIncidents(): SavedObject {
  return searchObject<'alert'>({
    id: 'mxwarden-incidents',
    title: 'History of incidents',
    description: 'Every change of every incident: opened, confirmed, changed, closed, withdrawn.',
    kind: 'alert',
    condition: is('event.dataset', 'mxwarden.alert'),
    columns: [...INCIDENT_COLUMNS, 'event.action'],
    order: ['@timestamp'],
  });
}
