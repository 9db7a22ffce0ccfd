import type { FieldOf } from '../../core/documents/fields.js';
import { all, is, isThere } from '../condition.js';
import { leadingTo } from '../dashboard.js';
import type { Dashboard } from '../dashboard.js';
import type { Metric } from '../lens-columns.js';
import { chart, list } from '../panels.js';
import type { Panel } from '../panels.js';
import { OURS, OVER_TIME, clientControl, incidents, linksRow, ofDns, ofMail, serverControl } from './common.js';

type Field = FieldOf['client'];

const sum = (field: Field, label: string): Metric<Field> => ({ op: 'sum', field, label, format: 'whole' });
const last = (field: Field, label: string): Metric<Field> => ({ op: 'last_value', field, label });

const CONNECTS = sum('mxwarden.client.connects', 'Connections');
const QUERIES = sum('mxwarden.client.dns_queries', 'DNS queries');

/** The top clients of each window: who they are, what they do. */
export function clients(windowSize: string): Dashboard {
  const where = ofMail(windowSize);
  const curves = (id: string, title: string, metric: Metric<Field>): Panel =>
    chart({ id: `clients-${id}`, title }, 'bar_stacked', {
      kind: 'client',
      where,
      buckets: { ...OVER_TIME, split: { by: 'value', field: 'source.address', label: 'Client', size: 10, top: id } },
      metrics: { [id]: metric },
    });
  return {
    name: 'clients',
    description: 'The top clients of mail and DNS servers: connections, mail, rejections, log-ins, DNS queries',
    where: OURS,
    controls: [serverControl('client'), clientControl('client')],
    rows: [
      linksRow(
        'clients',
        `The top 20 clients of each window of ${windowSize}; addresses lead to their page in Security.`,
      ),
      {
        height: 14,
        panels: [
          [curves('connects', 'Connections', CONNECTS), 24],
          [curves('rejects', 'Rejections', sum('mxwarden.client.rejects', 'Rejections')), 24],
        ],
      },
      { height: 18, panels: [[leadingTo(mailClients(windowSize), 'rejections'), 48]] },
      {
        height: 12,
        panels: [
          [
            curves('failures', 'Failed log-ins', sum('mxwarden.client.auth_failures', 'Failed log-ins to send mail')),
            16,
          ],
          [curves('pop3', 'POP3 sessions', sum('mxwarden.client.pop3_sessions', 'POP3 sessions')), 16],
          [curves('queries', 'DNS queries about them', QUERIES), 16],
        ],
      },
      { height: 14, panels: domainPanels(windowSize) },
      {
        height: 14,
        panels: [[incidents('clients-incidents', 'Incidents of clients', all(OURS, isThere('source.address'))), 48]],
      },
    ],
  };
}

function mailClients(windowSize: string): Panel {
  return list(
    { id: 'clients-top', title: 'SMTP and POP3 clients' },
    {
      kind: 'client',
      where: ofMail(windowSize),
      buckets: { client: { by: 'value', field: 'source.ip', label: 'Client', size: 100, top: 'connects' } },
      metrics: {
        name: last('source.domain', 'Name'),
        connects: CONNECTS,
        share: { op: 'max', field: 'mxwarden.client.share', label: 'Highest share', format: 'percent' },
        accepted: sum('mxwarden.client.accepted', 'Messages accepted'),
        rejects: sum('mxwarden.client.rejects', 'Rejections'),
        relay: sum('mxwarden.client.relay_denied', 'Relay access denied'),
        unknown: sum('mxwarden.client.user_unknown', 'User unknown'),
        failures: sum('mxwarden.client.auth_failures', 'Failed log-ins'),
        aborted: sum('mxwarden.client.aborted', 'Broken off'),
        without: {
          op: 'average',
          field: 'mxwarden.client.mee_without',
          label: 'MEE without it',
          format: 'two decimals',
        },
        own: last('mxwarden.client.is_own', 'Own'),
        probe: last('mxwarden.client.is_probe', 'Probe'),
      },
    },
    'connects',
  );
}

function domainPanels(windowSize: string): readonly (readonly [Panel, number])[] {
  const domains = list(
    { id: 'clients-domains', title: 'Domains of SMTP clients' },
    {
      kind: 'client',
      where: ofMail(windowSize),
      buckets: {
        domain: { by: 'value', field: 'source.registered_domain', label: 'Domain', size: 50, top: 'connects' },
      },
      metrics: {
        clients: { op: 'unique_count', field: 'source.address', label: 'Clients', format: 'whole' },
        connects: CONNECTS,
        accepted: sum('mxwarden.client.accepted', 'Messages accepted'),
      },
    },
    'connects',
  );
  const resolvers = list(
    { id: 'clients-dns', title: 'Clients of DNS servers' },
    {
      kind: 'client',
      where: ofDns(windowSize),
      buckets: { client: { by: 'value', field: 'source.ip', label: 'Client', size: 50, top: 'queries' } },
      metrics: {
        queries: QUERIES,
        mx: sum('mxwarden.client.mx_queries', 'of them for mail exchangers'),
        share: { op: 'max', field: 'mxwarden.client.share', label: 'Highest share', format: 'percent' },
      },
    },
    'queries',
  );
  const probes = list(
    { id: 'clients-probes', title: 'Health probes' },
    {
      kind: 'client',
      where: all<Field>(is('mxwarden.window.size', windowSize), is('mxwarden.client.is_probe', true)),
      buckets: { client: { by: 'value', field: 'source.address', label: 'Client', size: 20, top: 'connects' } },
      metrics: { connects: CONNECTS },
    },
    'connects',
  );
  return [
    [domains, 18],
    [resolvers, 18],
    [probes, 12],
  ];
}
