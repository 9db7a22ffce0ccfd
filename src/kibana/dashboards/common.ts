import type { DocumentKind, FieldOf } from '../../core/documents/fields.js';
import { all, beginsWith, is } from '../condition.js';
import type { Condition } from '../condition.js';
import { links } from '../dashboard.js';
import type { Control, Row } from '../dashboard.js';
import type { Bucket, Metric, Table } from '../lens-columns.js';
import { list, text } from '../panels.js';
import type { Panel } from '../panels.js';

type Windows = FieldOf['correlation'];
type Clients = FieldOf['client'];

/** Dashboards have documents of ours alone. */
export const OURS = is('event.module', 'mxwarden');

/** Windows and rows of clients of mail servers, of one size. */
export function ofMail(windowSize: string): Condition<Windows & Clients> {
  return all(is('mxwarden.window.size', windowSize), beginsWith('mxwarden.subject', 'mail:'));
}

/** The same of DNS servers. */
export function ofDns(windowSize: string): Condition<Windows & Clients> {
  return all(is('mxwarden.window.size', windowSize), beginsWith('mxwarden.subject', 'dns:'));
}

export const OVER_TIME = { x: { by: 'time' } } as const satisfies Record<string, Bucket<string>>;

/** The numbers of the paper, summed up. */
export const COUNTS = {
  dq: { op: 'sum', field: 'mxwarden.dns.queries', label: 'Dq: DNS queries', format: 'whole' },
  nc: { op: 'sum', field: 'mxwarden.smtp.connects', label: 'Nc: connections', format: 'whole' },
  nf: { op: 'sum', field: 'mxwarden.qmgr.from', label: 'Nf: mail exchanges', format: 'whole' },
  np: { op: 'sum', field: 'mxwarden.pop3.sessions', label: 'Np: POP3 sessions', format: 'whole' },
} as const satisfies Record<string, Metric<Windows>>;

/** MEE of any number of windows: sums over sums, not a mean of quotients. */
export const MEE = {
  adjusted: {
    op: 'divide',
    left: { op: 'sum', field: 'mxwarden.mee.accepted' },
    right: { op: 'sum', field: 'mxwarden.mee.sessions' },
    label: 'MEE, adjusted',
    format: 'two decimals',
  },
  expected: { op: 'average', field: 'mxwarden.mee.expected', label: 'MEE, expected', format: 'two decimals' },
  paper: {
    op: 'divide',
    left: { op: 'sum', field: 'mxwarden.qmgr.from' },
    right: { op: 'sum', field: 'mxwarden.smtp.connects' },
    label: 'MEE of the paper: Nf / Nc',
    format: 'two decimals',
  },
} as const satisfies Record<string, Metric<Windows>>;

/** Rejections with those that got no document of their own. */
export const REJECTIONS = {
  op: 'add',
  left: {
    op: 'count',
    where: [{ field: 'mxwarden.rejection.left_out', is: 'there', values: [], isNot: true }],
  },
  right: { op: 'sum', field: 'mxwarden.rejection.left_out' },
  label: 'Rejections',
  format: 'whole',
} as const satisfies Metric<FieldOf['rejection']>;

/** Every document says whom it is about, so that the choice holds for all panels. */
export function serverControl(kind: DocumentKind): Control {
  return { id: 'server', title: 'Server', kind, field: 'mxwarden.subject' };
}

/** For dashboards without windows: those are of all clients together. */
export function clientControl(kind: Exclude<DocumentKind, 'correlation'>): Control {
  return { id: 'client', title: 'Client', kind, field: 'source.address' };
}

export function linksRow(dashboard: string, words: string): Row {
  const named = { id: `${dashboard}-links`, title: 'Dashboards' };
  return { height: 4, panels: [[text(named, `${links()}\n\n${words}`), 48]] };
}

/** The last state of each incident. */
export function incidents(id: string, title: string, where: Condition<FieldOf['alert']>): Panel {
  const last = (field: FieldOf['alert'], label: string): Metric<FieldOf['alert']> => ({
    op: 'last_value',
    field,
    label,
  });
  const table: Table<'alert'> = {
    kind: 'alert',
    where,
    buckets: {
      incident: { by: 'value', field: 'mxwarden.incident.id', label: 'Incident', size: 100, top: 'severity' },
    },
    metrics: {
      seen: last('mxwarden.incident.last_seen', 'Last seen'),
      what: last('rule.name', 'What'),
      subject: last('mxwarden.subject', 'Server'),
      client: last('source.address', 'Client'),
      state: last('mxwarden.incident.state', 'State'),
      advice: last('mxwarden.incident.advice', 'What to do'),
      severity: { op: 'max', field: 'event.severity', label: 'Severity' },
    },
  };
  return list({ id, title }, table, 'seen');
}
