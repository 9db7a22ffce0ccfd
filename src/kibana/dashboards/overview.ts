import { all, is } from '../condition.js';
import { leadingTo } from '../dashboard.js';
import type { Dashboard } from '../dashboard.js';
import { chart, figure, list } from '../panels.js';
import type { Panel } from '../panels.js';
import { COUNTS, MEE, OURS, OVER_TIME, incidents, linksRow, ofMail, serverControl } from './common.js';

/** Are the servers well, and if not, which, since when and why. */
export function overview(windowSize: string): Dashboard {
  const where = ofMail(windowSize);
  const count = (name: keyof typeof COUNTS, title: string): Panel =>
    figure({ id: `overview-${name}`, title }, { kind: 'correlation', where, metrics: { [name]: COUNTS[name] } });
  return {
    name: 'overview',
    description: 'DNS queries, connections, mail and MEE of all mail servers, their incidents and their state',
    where: OURS,
    controls: [serverControl('correlation')],
    rows: [
      linksRow(
        'overview',
        `MEE = messages / connections. MEE that falls while DNS queries rise is trouble. All numbers are of windows of ${windowSize}.`,
      ),
      {
        height: 7,
        panels: [
          [count('dq', 'DNS queries'), 8],
          [count('nc', 'Connections'), 8],
          [count('nf', 'Mail exchanges'), 8],
          [count('np', 'POP3 sessions'), 8],
          [
            figure(
              { id: 'overview-mee', title: 'MEE and what is expected' },
              { kind: 'correlation', where, metrics: { adjusted: MEE.adjusted, expected: MEE.expected } },
            ),
            8,
          ],
          [openIncidents(), 8],
        ],
      },
      {
        height: 13,
        panels: [
          [
            chart({ id: 'overview-curves', title: 'DNS queries follow connections and mail' }, 'line', {
              kind: 'correlation',
              where,
              buckets: OVER_TIME,
              metrics: COUNTS,
            }),
            24,
          ],
          [
            chart({ id: 'overview-efficiency', title: 'Mail exchanging efficiency' }, 'line', {
              kind: 'correlation',
              where,
              buckets: OVER_TIME,
              metrics: MEE,
            }),
            24,
          ],
        ],
      },
      { height: 12, panels: [[leadingTo(servers(windowSize), 'server', 'coverage'), 48]] },
      {
        height: 16,
        panels: [
          [incidents('overview-incidents', 'Incidents', OURS), 32],
          [leadingTo(clients(), 'clients', 'rejections'), 16],
        ],
      },
      {
        height: 12,
        panels: [
          [
            chart({ id: 'overview-opened', title: 'Incidents that began' }, 'bar_stacked', {
              kind: 'alert',
              where: is('event.action', 'incident-opened'),
              buckets: { ...OVER_TIME, split: { by: 'value', field: 'rule.name', label: 'What', size: 18, top: 'n' } },
              metrics: { n: { op: 'count', label: 'Incidents', format: 'whole' } },
            }),
            24,
          ],
          [leadingTo(rejections(), 'rejections'), 24],
        ],
      },
    ],
  };
}

/** Each incident is opened once, and closed or withdrawn once. */
function openIncidents(): Panel {
  return figure(
    { id: 'overview-open', title: 'Incidents that began less those that ended' },
    {
      kind: 'alert',
      where: OURS,
      metrics: {
        open: {
          op: 'subtract',
          left: { op: 'count', where: is('event.action', 'incident-opened') },
          right: { op: 'count', where: is('event.action', 'incident-closed', 'incident-withdrawn') },
          label: 'Open',
          format: 'whole',
        },
        all: { op: 'unique_count', field: 'mxwarden.incident.id', label: 'of', format: 'whole' },
      },
    },
  );
}

function clients(): Panel {
  return list(
    { id: 'overview-clients', title: 'Clients in incidents' },
    {
      kind: 'alert',
      where: OURS,
      buckets: { client: { by: 'value', field: 'source.ip', label: 'Client', size: 50, top: 'severity' } },
      metrics: {
        severity: { op: 'max', field: 'event.severity', label: 'Severity' },
        what: { op: 'last_value', field: 'rule.name', label: 'Last of all' },
        state: { op: 'last_value', field: 'mxwarden.incident.state', label: 'State' },
      },
    },
    'severity',
  );
}

function rejections(): Panel {
  return chart({ id: 'overview-rejections', title: 'Rejections by reason' }, 'bar_stacked', {
    kind: 'rejection',
    where: OURS,
    buckets: {
      ...OVER_TIME,
      split: { by: 'value', field: 'mxwarden.rejection.reason', label: 'Reason', size: 12, top: 'n' },
    },
    metrics: { n: { op: 'count', label: 'Rejections', format: 'whole' } },
  });
}

function servers(windowSize: string): Panel {
  return list(
    { id: 'overview-servers', title: 'Servers by state' },
    {
      kind: 'correlation',
      where: all(is('mxwarden.window.size', windowSize)),
      buckets: { server: { by: 'value', field: 'mxwarden.subject', label: 'Server', size: 100, top: 'dq' } },
      metrics: {
        host: { op: 'last_value', field: 'host.name', label: 'Host' },
        state: { op: 'last_value', field: 'mxwarden.anomaly.is_anomaly', label: 'Abnormal in the last window' },
        score: { op: 'last_value', field: 'mxwarden.anomaly.score', label: 'Score', format: 'whole' },
        abnormal: {
          op: 'count',
          where: is('mxwarden.anomaly.is_anomaly', true),
          label: 'Abnormal windows',
          format: 'whole',
        },
        ...COUNTS,
        adjusted: MEE.adjusted,
        expected: MEE.expected,
        heard: { op: 'last_value', field: 'event.end', label: 'Last window' },
      },
    },
    'abnormal',
  );
}
