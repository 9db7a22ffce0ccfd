import type { Needs } from '../../src/elasticsearch/privileges.js';

/** An action of Elasticsearch, and for one on an index its name. */
export interface NeededAction {
  readonly action: string;
  readonly index?: string;
}

/** Which actions the privileges grant that we use, as Elasticsearch declares them. */
const CLUSTER: Readonly<Record<string, readonly string[]>> = {
  monitor: ['cluster:monitor/*'],
  manage_index_templates: [
    'indices:admin/template/*',
    'indices:admin/index_template/*',
    'cluster:admin/component_template/*',
  ],
  manage_ilm: ['cluster:admin/ilm/*'],
};
const INDEX: Readonly<Record<string, readonly string[]>> = {
  manage: ['indices:monitor/*', 'indices:admin/*'],
  auto_configure: ['indices:admin/auto_create', 'indices:admin/mapping/auto_put'],
  index: ['indices:data/write/index*', 'indices:data/write/bulk*'],
  create_doc: [
    'indices:data/write/index',
    'indices:data/write/index[*',
    'indices:data/write/index:op_type/create',
    'indices:data/write/bulk*',
  ],
  read: ['indices:data/read/*'],
  maintenance: ['indices:admin/refresh*', 'indices:admin/flush*', 'indices:admin/forcemerge*'],
};

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function actionsOf(table: Readonly<Record<string, readonly string[]>>, privilege: string): readonly string[] {
  const actions = table[privilege];
  if (actions === undefined) throw new Error(`It is not known what ${privilege} grants.`);
  return actions;
}

/** Whether a role allows an action. A name such as `a-*` must be covered whole. */
export function isAllowed({ action, index }: NeededAction, { cluster, indices }: Needs): boolean {
  const grants = (table: typeof INDEX, privileges: readonly string[]): boolean =>
    privileges.some((privilege) => actionsOf(table, privilege).some((pattern) => matches(pattern, action)));
  if (index === undefined) return grants(CLUSTER, cluster);
  return indices.some(
    ({ names, privileges }) => names.some((pattern) => matches(pattern, index)) && grants(INDEX, privileges),
  );
}

/** A request as Elasticsearch splits it into actions; none where everybody may. */
export function actionsOfRequest(method: string, path: string, body: string): readonly NeededAction[] {
  const [place = ''] = path.split('?');
  const [, first = '', ...rest] = place.split('/');
  const index = decodeURIComponent(first);
  const verb = method === 'GET' ? 'get' : 'put';
  if (place === '/') return [{ action: 'cluster:monitor/main' }];
  if (place === '/_index_template/_simulate') return [{ action: 'indices:admin/index_template/simulate' }];
  if (first === '_index_template') return [{ action: `indices:admin/index_template/${verb}` }];
  if (first === '_component_template') return [{ action: `cluster:admin/component_template/${verb}` }];
  if (first === '_ilm') return [{ action: `cluster:admin/ilm/${verb}` }];
  if (first === '_nodes') return [{ action: 'cluster:monitor/nodes/stats' }];
  if (first === '_security') return [];
  if (first === '_resolve') return [{ action: 'indices:admin/resolve/index', index: rest.at(-1) ?? '' }];
  if (first === '_aliases')
    return [...body.matchAll(/"(?:index|alias)":"([^"]+)"/g)].map(([, name = '']) => ({
      action: 'indices:admin/aliases',
      index: name,
    }));
  if (first === '_bulk') return bulkActions(body);
  if (rest[0] === '_mapping') return [{ action: 'indices:admin/mapping/put', index }];
  if (rest[0] === '_refresh') return [{ action: 'indices:admin/refresh', index }];
  if (rest[0] === '_search') return [{ action: 'indices:data/read/search', index }];
  if (rest.length === 0 && method === 'GET') return [{ action: 'indices:admin/get', index }];
  throw new Error(`It is not known what ${method} ${path} needs.`);
}

function bulkActions(body: string): readonly NeededAction[] {
  return [...body.matchAll(/^\{"(index|create)":\{"_index":"([^"]+)"/gm)].flatMap(([, kind = '', index = '']) => [
    { action: 'indices:data/write/bulk[s]', index },
    {
      action: kind === 'create' ? 'indices:data/write/index:op_type/create' : 'indices:data/write/index:op_type/index',
      index,
    },
    // It may be the first document of its index.
    { action: 'indices:admin/auto_create', index },
    { action: 'indices:admin/mapping/auto_put', index },
  ]);
}
