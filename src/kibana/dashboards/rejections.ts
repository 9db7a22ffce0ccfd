import type { FieldOf } from '../../core/documents/fields.js';
import { is } from '../condition.js';
import { leadingTo } from '../dashboard.js';
import type { Dashboard } from '../dashboard.js';
import { chart, figure, found, list } from '../panels.js';
import type { Panel } from '../panels.js';
import type { Metric } from '../lens-columns.js';
import { OURS, OVER_TIME, REJECTIONS, clientControl, linksRow, serverControl } from './common.js';

type Field = FieldOf['rejection'];

const N: Metric<Field> = { op: 'count', label: 'Rejections', format: 'whole' };

/** Who is refused, why, and whom they wanted. */
export function rejections(): Dashboard {
  const number = (id: string, title: string, metric: Metric<Field>): Panel =>
    figure({ id: `rejections-${id}`, title }, { kind: 'rejection', where: OURS, metrics: { [id]: metric } });
  const distinct = (field: Field, label: string): Metric<Field> => ({
    op: 'unique_count',
    field,
    label,
    format: 'whole',
  });
  return {
    name: 'rejections',
    description: 'Reject lines, failed log-ins, protocol errors and rate limits: by reason, client, sender, recipient',
    where: OURS,
    controls: [
      serverControl('rejection'),
      clientControl('rejection'),
      { id: 'reason', title: 'Reason', kind: 'rejection', field: 'mxwarden.rejection.reason' },
    ],
    rows: [
      linksRow(
        'rejections',
        'Each reason has a saved search as well, by the phrase of Postfix: Relay access denied ... Of a flood each client has so many documents and no more; the first number counts all.',
      ),
      {
        height: 7,
        panels: [
          [number('total', 'Rejections', REJECTIONS), 12],
          [number('clients', 'Clients', distinct('source.address', 'clients')), 12],
          [number('domains', 'Sender domains', distinct('mxwarden.rejection.sender_domain', 'sender domains')), 12],
          [
            number('guesses', 'Failed log-ins', {
              op: 'count',
              where: is('mxwarden.rejection.kind', 'auth_failure'),
              label: 'failed log-ins',
              format: 'whole',
            }),
            12,
          ],
        ],
      },
      {
        height: 14,
        panels: [
          [overTime('reasons', 'By reason', 'mxwarden.rejection.reason'), 24],
          [leadingTo(overTime('sources', 'By client', 'source.address'), 'clients'), 24],
        ],
      },
      {
        height: 14,
        panels: [
          [leadingTo(clients(), 'clients'), 24],
          [top('sender', 'Sender domains', 'mxwarden.rejection.sender_domain'), 12],
          [top('recipient', 'Recipient domains', 'mxwarden.rejection.recipient_domain'), 12],
        ],
      },
      {
        height: 12,
        panels: [
          [top('helo', 'Names in HELO', 'mxwarden.rejection.helo'), 12],
          [top('codes', 'Status codes', 'mxwarden.rejection.enhanced_code'), 12],
          [top('services', 'Services', 'mxwarden.rejection.service'), 12],
          [top('hosts', 'Hosts', 'host.name'), 12],
        ],
      },
      { height: 18, panels: [[found({ id: 'rejections-lines', title: 'Rejections' }, 'rejections'), 48]] },
    ],
  };
}

function overTime(id: string, title: string, field: Field): Panel {
  return chart({ id: `rejections-${id}`, title }, 'bar_stacked', {
    kind: 'rejection',
    where: OURS,
    buckets: { ...OVER_TIME, split: { by: 'value', field, label: title, size: 10, top: 'n' } },
    metrics: { n: N },
  });
}

function top(id: string, title: string, field: Field): Panel {
  return list(
    { id: `rejections-${id}`, title },
    {
      kind: 'rejection',
      where: OURS,
      buckets: { value: { by: 'value', field, label: title, size: 30, top: 'n' } },
      metrics: { n: N },
    },
    'n',
  );
}

function clients(): Panel {
  return list(
    { id: 'rejections-top', title: 'Clients' },
    {
      kind: 'rejection',
      where: OURS,
      buckets: { client: { by: 'value', field: 'source.ip', label: 'Client', size: 50, top: 'n' } },
      metrics: {
        name: { op: 'last_value', field: 'source.domain', label: 'Name' },
        n: N,
        reasons: {
          op: 'unique_count',
          field: 'mxwarden.rejection.reason',
          label: 'Different reasons',
          format: 'whole',
        },
        last: { op: 'last_value', field: '@timestamp', label: 'Last' },
      },
    },
    'n',
  );
}
