import type { DocumentKind, FieldOf } from '../core/documents/fields.js';
import { entries } from '../core/tally/counters.js';
import { savedObject } from './saved-object.js';
import type { Reference, SavedObject } from './saved-object.js';

/** What Kibana searches for each kind of document, and what it is called there. */
export const DATA_VIEWS: Readonly<Record<DocumentKind, { readonly indices: string; readonly name: string }>> = {
  correlation: { indices: 'mxwarden-correlation-*', name: 'mxwarden: windows' },
  client: { indices: 'mxwarden-client-*', name: 'mxwarden: clients' },
  rejection: { indices: 'logs-mxwarden.rejection-*', name: 'mxwarden: rejections' },
  alert: { indices: 'logs-mxwarden.alert-*', name: 'mxwarden: alerts' },
};

/** Relative to Kibana's own base path and space. */
const HOST_PAGE = '../app/security/hosts/name/{{value}}';
const ADDRESS_PAGE = '../app/security/network/ip/{{value}}/source';

type Format = Readonly<{ id: string; params: Readonly<Record<string, unknown>> }>;

function link(urlTemplate: string): Format {
  return { id: 'url', params: { type: 'a', urlTemplate, labelTemplate: '{{value}}', openLinkInCurrentTab: false } };
}
const PERCENT: Format = { id: 'percent', params: { pattern: '0.0%' } };

/** How values are shown: hosts and addresses lead to their page in Security. */
const FORMATS: { readonly [K in DocumentKind]: Readonly<Partial<Record<FieldOf[K], Format>>> } = {
  correlation: {
    'host.name': link(HOST_PAGE),
    'mxwarden.smtp.yield': PERCENT,
    'mxwarden.dns.refused_share': PERCENT,
    'mxwarden.coverage.mail.share': PERCENT,
    'mxwarden.coverage.pop3.share': PERCENT,
    'mxwarden.coverage.dns.share': PERCENT,
  },
  client: { 'host.name': link(HOST_PAGE), 'source.ip': link(ADDRESS_PAGE), 'mxwarden.client.share': PERCENT },
  rejection: { 'host.name': link(HOST_PAGE), 'source.ip': link(ADDRESS_PAGE) },
  alert: {
    'host.name': link(HOST_PAGE),
    'source.ip': link(ADDRESS_PAGE),
    'mxwarden.proposal.collateral.share': PERCENT,
  },
};

function idOf(kind: DocumentKind): string {
  return `mxwarden-${kind}`;
}

/** A reference to the data view of a kind. */
export function dataViewReference(kind: DocumentKind, name: string): Reference {
  return { name, type: 'index-pattern', id: idOf(kind) };
}

export function dataViews(): readonly SavedObject[] {
  return entries(DATA_VIEWS).map(([kind, { indices, name }]) =>
    savedObject(
      { type: 'index-pattern', id: idOf(kind) },
      {
        title: indices,
        name,
        timeFieldName: '@timestamp',
        fieldFormatMap: JSON.stringify(FORMATS[kind]),
        // It may be imported before the first document is there.
        allowNoIndex: true,
      },
    ),
  );
}
