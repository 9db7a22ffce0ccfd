import type { FieldOf } from '../../core/documents/fields.js';
import { leadingTo } from '../dashboard.js';
import type { Dashboard } from '../dashboard.js';
import type { Metric } from '../lens-columns.js';
import { chart, found, list, picture } from '../panels.js';
import type { Panel } from '../panels.js';
import { scatterSpec } from '../scatter.js';
import { COUNTS, MEE, OURS, OVER_TIME, linksRow, ofMail, serverControl } from './common.js';

type Field = FieldOf['correlation'];

const sum = (field: Field, label: string): Metric<Field> => ({ op: 'sum', field, label, format: 'whole' });
const average = (field: Field, label: string): Metric<Field> => ({
  op: 'average',
  field,
  label,
  format: 'two decimals',
});

/** Dq = 8.8 Nc + Np and Nf = 0.95 Nc, as measured there. */
const DQ_SLOPE = 8.8;
const NF_SLOPE = 0.95;

/** The pictures of the paper, for one server. */
export function server(windowSize: string): Dashboard {
  const where = ofMail(windowSize);
  const curves = (
    id: string,
    title: string,
    metrics: Readonly<Record<string, Metric<Field>>>,
    series: 'line' | 'bar_stacked' = 'line',
  ): Panel => chart({ id: `server-${id}`, title }, series, { kind: 'correlation', where, buckets: OVER_TIME, metrics });
  const connects = { field: 'mxwarden.smtp.connects', title: 'Nc: connections' } as const;
  return {
    name: 'server',
    description: "The paper's pictures of a mail server: choose it at the top",
    where: OURS,
    controls: [serverControl('correlation')],
    rows: [
      linksRow('server', 'Choose one server above. Points far below the line: MEE has fallen, or a coefficient has.'),
      {
        height: 14,
        panels: [
          [curves('curves', 'DNS queries follow connections and mail', COUNTS), 24],
          [
            curves('efficiency', 'Mail exchanging efficiency, with its interval', {
              ...MEE,
              lower: average('mxwarden.mee.lower', 'lower end'),
              upper: average('mxwarden.mee.upper', 'upper end'),
            }),
            24,
          ],
        ],
      },
      {
        height: 16,
        panels: [
          [
            picture(
              { id: 'server-queries', title: 'Dq over Nc' },
              scatterSpec({
                x: connects,
                y: { field: 'mxwarden.dns.queries', title: 'Dq: DNS queries' },
                where,
                paper: { slope: DQ_SLOPE, title: 'of the paper: Dq = 8.8 Nc (+ Np)' },
              }),
            ),
            24,
          ],
          [
            picture(
              { id: 'server-mail', title: 'Nf over Nc' },
              scatterSpec({
                x: connects,
                y: { field: 'mxwarden.qmgr.from', title: 'Nf: mail exchanges' },
                where,
                paper: { slope: NF_SLOPE, title: 'of the paper: Nf = 0.95 Nc' },
              }),
            ),
            24,
          ],
        ],
      },
      {
        height: 14,
        panels: [
          [
            curves(
              'parts',
              'What DNS queries are for',
              {
                receive: sum('mxwarden.demand.receive', 'SMTP sessions'),
                transmit: sum('mxwarden.demand.transmit', 'transmissions'),
                deferred: sum('mxwarden.demand.deferred', 'deferred transmissions'),
                pop3: sum('mxwarden.demand.pop3', 'POP3 sessions'),
                rest: sum('mxwarden.demand.rest', 'nothing explains'),
              },
              'bar_stacked',
            ),
            24,
          ],
          [
            curves('coefficient', 'Linear coefficient of SMTP: m', {
              m: average('mxwarden.demand.m', 'm = (Dq - Np) / Nc'),
              expected: average('mxwarden.demand.m_expected', 'expected'),
              k2: average('mxwarden.demand.m_paper_k2', 'of the paper, k = 2'),
              k4: average('mxwarden.demand.m_paper_k4', 'of the paper, k = 4'),
            }),
            24,
          ],
        ],
      },
      { height: 14, panels: clientPanels(windowSize) },
      {
        height: 12,
        panels: [
          [
            curves('queue', 'Queue', {
              backlog: sum('mxwarden.qmgr.backlog_delta', 'growth of the queue'),
              deferred: sum('mxwarden.delivery.deferred', 'deferred'),
              bounced: sum('mxwarden.delivery.bounced', 'bounced'),
            }),
            24,
          ],
          [
            curves('correlation', 'Correlation of DNS queries over the day before', {
              connects: average('mxwarden.correlation.day.r_connects', 'r with connections'),
              from: average('mxwarden.correlation.day.r_from', 'r with mail exchanges'),
            }),
            24,
          ],
        ],
      },
      { height: 14, panels: [[found({ id: 'server-abnormal', title: 'Abnormal windows' }, 'abnormal'), 48]] },
    ],
  };
}

function clientPanels(windowSize: string): readonly (readonly [Panel, number])[] {
  const where = ofMail(windowSize);
  const connects = { op: 'sum', field: 'mxwarden.client.connects', label: 'Nc(A)', format: 'whole' } as const;
  const overTime = chart({ id: 'server-clients', title: 'Nc(A): connections of the top clients' }, 'bar_stacked', {
    kind: 'client',
    where,
    buckets: {
      ...OVER_TIME,
      split: { by: 'value', field: 'source.address', label: 'Client', size: 10, top: 'connects' },
    },
    metrics: { connects },
  });
  const without = list(
    { id: 'server-without', title: 'MEE without one client' },
    {
      kind: 'client',
      where,
      buckets: { client: { by: 'value', field: 'source.address', label: 'Client', size: 50, top: 'connects' } },
      metrics: {
        connects,
        share: { op: 'max', field: 'mxwarden.client.share', label: 'Highest share', format: 'percent' },
        accepted: { op: 'sum', field: 'mxwarden.client.accepted', label: 'Messages accepted', format: 'whole' },
        rejects: { op: 'sum', field: 'mxwarden.client.rejects', label: 'Rejections', format: 'whole' },
        without: {
          op: 'average',
          field: 'mxwarden.client.mee_without',
          label: 'MEE without it',
          format: 'two decimals',
        },
      },
    },
    'connects',
  );
  return [
    [leadingTo(overTime, 'clients'), 24],
    [leadingTo(without, 'clients'), 24],
  ];
}
