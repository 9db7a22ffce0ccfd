import { SIDES } from '../../core/event.js';
import type { Side } from '../../core/event.js';
import type { FieldOf } from '../../core/documents/fields.js';
import { is, isThere } from '../condition.js';
import type { Dashboard } from '../dashboard.js';
import type { Metric } from '../lens-columns.js';
import { chart, figure, list } from '../panels.js';
import type { Panel } from '../panels.js';
import { OURS, OVER_TIME, linksRow, serverControl } from './common.js';

type Field = FieldOf['correlation'];

const SIDE_NAMES: Readonly<Record<Side, string>> = { mail: 'mail', pop3: 'POP3', dns: 'DNS' };

function ofSides(metric: (side: Side) => Metric<Field>): Readonly<Record<string, Metric<Field>>> {
  return Object.fromEntries(SIDES.map((side) => [side, metric(side)]));
}

/** How much of the logs was understood, what is missing, what came late. */
export function coverage(windowSize: string): Dashboard {
  const where = is<Field>('mxwarden.window.size', windowSize);
  const number = (id: string, title: string, metric: Metric<Field>): Panel =>
    figure({ id: `coverage-${id}`, title }, { kind: 'correlation', where, metrics: { [id]: metric } });
  const overTime = (id: string, title: string, metrics: Readonly<Record<string, Metric<Field>>>): Panel =>
    chart({ id: `coverage-${id}`, title }, 'line', { kind: 'correlation', where, buckets: OVER_TIME, metrics });
  return {
    name: 'coverage',
    description: 'Which share of the logs was recognised, which log fell silent, what came late, what is estimated',
    where: OURS,
    controls: [serverControl('correlation')],
    rows: [
      linksRow('coverage', 'No verdict is given on half of the data: look here first when numbers surprise.'),
      {
        height: 7,
        panels: [
          [number('windows', 'Windows', { op: 'count', label: 'windows', format: 'whole' }), 12],
          [
            number('provisional', 'Windows not sealed yet', {
              op: 'count',
              where: is('mxwarden.window.final', false),
              label: 'provisional',
              format: 'whole',
            }),
            12,
          ],
          [
            number('late', 'Events that came late', {
              op: 'sum',
              field: 'mxwarden.window.late_events',
              label: 'late events',
              format: 'whole',
            }),
            12,
          ],
          [
            number('written', 'Last written', { op: 'last_value', field: 'event.ingested', label: 'to Elasticsearch' }),
            12,
          ],
        ],
      },
      {
        height: 13,
        panels: [
          [
            overTime(
              'share',
              'Share of lines that was recognised',
              ofSides((side) => ({
                op: 'average',
                field: `mxwarden.coverage.${side}.share`,
                label: SIDE_NAMES[side],
                format: 'percent',
              })),
            ),
            24,
          ],
          [
            overTime(
              'unrecognised',
              'Lines that no grammar takes',
              ofSides((side) => ({
                op: 'sum',
                field: `mxwarden.coverage.${side}.unrecognised`,
                label: SIDE_NAMES[side],
                format: 'whole',
              })),
            ),
            24,
          ],
        ],
      },
      {
        height: 13,
        panels: [
          [
            overTime(
              'used',
              'Lines that were counted: a log that falls silent is seen here',
              ofSides((side) => ({
                op: 'sum',
                field: `mxwarden.coverage.${side}.used`,
                label: SIDE_NAMES[side],
                format: 'whole',
              })),
            ),
            24,
          ],
          [
            overTime('revisions', 'Revisions of windows', {
              revision: { op: 'max', field: 'mxwarden.window.revision', label: 'highest revision', format: 'whole' },
              late: { op: 'sum', field: 'mxwarden.window.late_events', label: 'late events', format: 'whole' },
            }),
            24,
          ],
        ],
      },
      { height: 12, panels: [[sources(windowSize), 48]] },
    ],
  };
}

function sources(windowSize: string): Panel {
  return list(
    { id: 'coverage-sources', title: 'When each log was last heard' },
    {
      kind: 'correlation',
      where: is<Field>('mxwarden.window.size', windowSize),
      buckets: { server: { by: 'value', field: 'mxwarden.subject', label: 'Server', size: 100, top: 'windows' } },
      metrics: {
        ...ofSides((side) => ({
          op: 'last_value',
          field: `mxwarden.coverage.${side}.last_heard`,
          label: `${SIDE_NAMES[side]} last heard`,
        })),
        vantage: { op: 'last_value', field: 'mxwarden.dns.vantage', label: 'DNS log sees' },
        windows: { op: 'count', label: 'Windows', format: 'whole' },
        estimated: {
          op: 'count',
          where: isThere('mxwarden.window.estimated'),
          label: 'of them with estimates',
          format: 'whole',
        },
      },
    },
    'windows',
  );
}
