import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Needs } from '../../src/elasticsearch/privileges.js';
import { isObject } from '../../src/core/documents/value.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { actionsOfRequest, isAllowed } from './elasticsearch-privileges.js';
import type { NeededAction } from './elasticsearch-privileges.js';
import { objectOf, objectsOf, parsedOf, textsOf } from './kibana/objects.js';

interface Reply {
  readonly status: number;
  readonly body: object;
}

/**
 * A server that answers as Elasticsearch with all its free parts does, as far as setup, doctor and the writer ask it: with
 * lifecycle policies, and with privileges, which the servers of the tests lack.
 */
export class FakeElasticsearch {
  /** Every action that was asked for. */
  readonly actions: NeededAction[] = [];
  readonly kept = new Map<string, JsonObject>();
  readonly indices = new Map<string, { readonly aliases: JsonObject; readonly mappings: JsonObject }>();
  /** What who asks may do; `undefined`: all. */
  role: Needs | undefined;
  /** What everything is answered with instead. */
  instead: { readonly status: number; readonly body: object } | undefined;

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.serve(request, response).catch(() => response.destroy());
    });
  }

  static async open(): Promise<FakeElasticsearch> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeElasticsearch(server);
  }

  get address(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) if (piece instanceof Buffer) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    const { status, body } = this.reply(request.method ?? 'GET', request.url ?? '/', text);
    response.writeHead(status, { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  private reply(method: string, url: string, text: string): Reply {
    const actions = actionsOfRequest(method, url, text);
    this.actions.push(...actions);
    if (this.instead !== undefined) return this.instead;
    const { role } = this;
    const refused = role && actions.find((action) => !isAllowed(action, role));
    if (refused !== undefined) {
      const on = refused.index === undefined ? '' : ` on indices [${refused.index}]`;
      return error(403, 'security_exception', `action [${refused.action}] is unauthorized for user [mx]${on}`);
    }
    const [path = ''] = url.split('?');
    const body = objectOf(parsedOf(text));
    if (path === '/') return { status: 200, body: { version: { number: '9.1.0' }, tagline: 'You Know, for Search' } };
    if (path === '/_index_template/_simulate')
      return this.templateError(body) ?? { status: 200, body: { template: {} } };
    if (/^\/_(?:ilm\/policy|component_template|index_template)\//.test(path)) return this.resource(method, path, body);
    if (path === '/_aliases') return this.addAlias(body);
    if (path.startsWith('/_security/')) return this.hasPrivileges(body);
    if (path.startsWith('/_nodes/')) return { status: 200, body: { nodes: {} } };
    if (path === '/_bulk') return this.bulk(text);
    if (path.endsWith('/_mapping')) return ACKNOWLEDGED;
    if (path.endsWith('/_refresh')) return { status: 200, body: { _shards: { failed: 0 } } };
    if (path.endsWith('/_search')) return { status: 200, body: { hits: { hits: [] }, _shards: { failed: 0 } } };
    if (path.startsWith('/_resolve/')) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      if (this.indices.has(name)) return { status: 200, body: { indices: [{ name }] } };
      return error(404, 'index_not_found_exception', `no such index [${name}]`);
    }
    const start = path.slice(1).replace(/\*$/, '');
    return { status: 200, body: Object.fromEntries([...this.indices].filter(([name]) => name.startsWith(start))) };
  }

  private resource(method: string, path: string, body: JsonObject): Reply {
    const [, kind = '', ...rest] = path.split('/');
    const name = rest.at(-1) ?? '';
    const there = this.kept.get(path);
    if (method === 'GET') {
      if (there === undefined) return error(404, 'resource_not_found_exception', `${name} is not there`);
      if (kind === '_ilm') return { status: 200, body: { [name]: { version: 1, ...there } } };
      const inner = kind.slice(1);
      return { status: 200, body: { [`${inner}s`]: [{ name, [inner]: asKept(there) }] } };
    }
    const wrong = kind === '_index_template' ? this.templateError(body) : undefined;
    if (wrong !== undefined) return wrong;
    this.kept.set(path, body);
    return ACKNOWLEDGED;
  }

  /** A template must not name another one that is not there, nor another one for the same names with the same priority. */
  private templateError(body: JsonObject): Reply | undefined {
    const ignored = textsOf(body.ignore_missing_component_templates);
    const missing = textsOf(body.composed_of).filter(
      (name) => !ignored.includes(name) && !this.kept.has(`/_component_template/${name}`),
    );
    if (missing.length === 0) return undefined;
    return error(
      400,
      'invalid_index_template_exception',
      `component templates ${missing.join(', ')} that do not exist`,
    );
  }

  private addAlias(body: JsonObject): Reply {
    const [, index = '', alias = ''] = /"index":"([^"]+)","alias":"([^"]+)"/.exec(JSON.stringify(body)) ?? [];
    const there = this.indices.get(index);
    if (there === undefined) return error(404, 'index_not_found_exception', `no such index [${index}]`);
    this.indices.set(index, { ...there, aliases: { ...there.aliases, [alias]: {} } });
    return ACKNOWLEDGED;
  }

  private hasPrivileges({ cluster, index }: JsonObject): Reply {
    const { role } = this;
    const ofIndex = (name: string, privilege: string): boolean =>
      role === undefined ||
      role.indices.some(({ names, privileges }) => names.includes(name) && privileges.includes(privilege));
    const granted: Record<string, Record<string, boolean>> = {};
    for (const { names, privileges } of objectsOf(index))
      for (const name of textsOf(names))
        granted[name] = {
          ...granted[name],
          ...Object.fromEntries(textsOf(privileges).map((privilege) => [privilege, ofIndex(name, privilege)])),
        };
    const ofCluster = textsOf(cluster).map((name): [string, boolean] => [name, role?.cluster.includes(name) ?? true]);
    return { status: 200, body: { username: 'mx', cluster: Object.fromEntries(ofCluster), index: granted } };
  }

  /** An index whose policy reads the day in its name must have one there. */
  private bulk(text: string): Reply {
    const items = [...text.matchAll(/^\{"(index|create)":\{"_index":"([^"]+)"/gm)].map(([, kind = '', index = '']) => {
      const isDated = kind === 'create' || /^.*-\d{4}\.\d\d\.\d\d(?:-\d+)?$/.test(index);
      const reason = `index name [${index}] does not match pattern`;
      return {
        [kind]: isDated ? { status: 201 } : { status: 400, error: { type: 'illegal_argument_exception', reason } },
      };
    });
    return { status: 200, body: { errors: false, items } };
  }
}

const ACKNOWLEDGED: Reply = { status: 200, body: { acknowledged: true } };

function error(status: number, type: string, reason: string): Reply {
  return { status, body: { error: { type, reason }, status } };
}

/** What Elasticsearch adds to a template. */
function asKept(body: JsonObject): JsonObject {
  const template = objectOf(body.template);
  const { lifecycle } = template;
  return {
    ...body,
    ...(body.data_stream === undefined ? {} : { data_stream: { hidden: false, allow_custom_routing: false } }),
    ...(isObject(lifecycle) ? { template: { ...template, lifecycle: { enabled: true, ...lifecycle } } } : {}),
  };
}
