import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import { FakeRules } from './fake-rules.js';
import { FakeStore, formsOf } from './fake-store.js';
import { objectOf, objectsOf, parsedOf, textOf } from './objects.js';

/** A request, with the privilege of Kibana that it needed. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly space: string;
  readonly needs: string | undefined;
}

export interface FakeOptions {
  readonly version?: string;
  readonly spaces?: readonly string[];
  /** Privileges by the header `authorization`; without it everybody may do all. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  readonly hasSecurity?: boolean;
  /** What everything is answered with instead. */
  readonly instead?: {
    readonly status: number;
    readonly body: object | string;
    readonly headers?: Record<string, string>;
  };
  /** What stands between removes it, or has another content type. */
  readonly proxy?: 'without-xsrf' | 'other-type';
}

const OBJECTS = 'feature_savedObjectsManagement.all';
const RULES = 'feature_siem.all';

interface Reply {
  readonly status: number;
  readonly body: object | string;
  readonly type?: string;
}

/** A server that answers as Kibana does, as far as setup asks it, and refuses what Kibana refuses. */
export class FakeKibana {
  readonly asked: Asked[] = [];
  readonly store: FakeStore;
  readonly rules: FakeRules;
  private options: FakeOptions;

  private constructor(
    private readonly server: Server,
    options: FakeOptions,
  ) {
    this.options = options;
    const version = options.version ?? '9.1.0';
    this.store = new FakeStore(formsOf(version));
    const [major = 0, minor = 0] = version.split('.').map(Number);
    this.rules = new FakeRules(major > 8 || minor >= 11);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.serve(request, response).catch(() => response.destroy());
    });
  }

  static async open(options: FakeOptions = {}): Promise<FakeKibana> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeKibana(server, options);
  }

  get address(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** From now on it is otherwise. */
  become(change: FakeOptions): void {
    this.options = { ...this.options, ...change };
  }

  /** All is as it should be again. */
  recover(): void {
    const { version, spaces } = this.options;
    this.options = { ...(version === undefined ? {} : { version }), ...(spaces === undefined ? {} : { spaces }) };
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) if (piece instanceof Buffer) pieces.push(piece);
    const { instead } = this.options;
    const reply: Reply = instead ?? this.reply(request, Buffer.concat(pieces).toString());
    const isText = typeof reply.body === 'string';
    response.writeHead(reply.status, {
      'kbn-name': 'fake',
      'content-type': reply.type ?? (isText ? 'text/html' : 'application/json; charset=utf-8'),
      ...instead?.headers,
    });
    response.end(isText ? reply.body : JSON.stringify(reply.body));
  }

  private reply(request: IncomingMessage, text: string): Reply {
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', 'http://kibana');
    const [, space = 'default', path = ''] = /^(?:\/s\/([^/]+))?(\/.*)$/.exec(url.pathname) ?? [];
    const note = (needs?: string): void => {
      this.asked.push({ method, path: path + url.search, space, needs });
    };
    const granted = this.options.users === undefined ? undefined : this.options.users[headers.authorization ?? ''];
    // Whoever has not logged in, or not as somebody that there is, is told how it is and no more.
    if (path === '/api/status' && method === 'GET') {
      note();
      return this.status(this.options.users === undefined || granted !== undefined);
    }
    if (this.options.users !== undefined && granted === undefined) {
      note();
      return refused(401, 'Unauthorized', '[security_exception]: unable to authenticate user');
    }
    const hasXsrf = headers['kbn-xsrf'] !== undefined && this.options.proxy !== 'without-xsrf';
    if (method !== 'GET' && !hasXsrf) return refused(400, 'Bad Request', 'Request must contain a kbn-xsrf header.');
    const may = (privilege: string): boolean => granted?.includes(privilege) ?? true;
    const type = this.options.proxy === 'other-type' ? 'text/plain' : (headers['content-type'] ?? '');
    const asked = { method, path, space, url, type, text };
    if (path.startsWith('/api/spaces/space/')) {
      note();
      return this.space(path.slice('/api/spaces/space/'.length));
    }
    if (path === '/api/saved_objects/_export' && method === 'POST') {
      note(OBJECTS);
      return this.export(asked, may(OBJECTS));
    }
    if (path === '/api/saved_objects/_import' && method === 'POST') {
      note(OBJECTS);
      return this.import(asked, may(OBJECTS));
    }
    if (path === '/api/detection_engine/rules' && this.options.hasSecurity !== false) {
      note(RULES);
      if (!may(RULES)) {
        const words = `API [${method} ${path}] is unauthorized for user, this action is granted by the Kibana privileges [rules-all]`;
        return refused(403, 'Forbidden', words);
      }
      if (method !== 'GET' && !type.startsWith('application/json')) return UNSUPPORTED;
      const id = url.searchParams.get('rule_id') ?? '';
      return this.rules.answer(method, { space, id, body: objectOf(parsedOf(text)) });
    }
    note();
    return refused(404, 'Not Found', 'Not Found');
  }

  private status(isKnown: boolean): Reply {
    if (!isKnown) return { status: 200, body: { status: { overall: { level: 'available' } } } };
    const { version = '9.1.0' } = this.options;
    const overall = { level: 'available', summary: 'All services and plugins are available' };
    return {
      status: 200,
      body: { name: 'fake', version: { number: version, build_flavor: 'traditional' }, status: { overall } },
    };
  }

  private space(id: string): Reply {
    if (!['default', ...(this.options.spaces ?? [])].includes(id)) return refused(404, 'Not Found', 'Not Found');
    return { status: 200, body: { id, name: id, disabledFeatures: [] } };
  }

  private export({ space, type, text }: Parsed, may: boolean): Reply {
    if (!type.startsWith('application/json')) return UNSUPPORTED;
    const names = objectsOf(objectOf(parsedOf(text)).objects);
    const [other] = names.filter(({ type: kind }) => !formsOf('9.0.0').types.has(textOf(kind)));
    if (other !== undefined)
      return refused(400, 'Bad Request', `Trying to export object(s) with non-exportable types: ${textOf(other.type)}`);
    const found = names.map(({ type: kind, id }) => this.store.get(textOf(kind), textOf(id), space));
    const errors = names.flatMap((name, place): readonly JsonObject[] => {
      const label = `${textOf(name.type)}/${textOf(name.id)}`;
      const error = may
        ? { statusCode: 404, error: 'Not Found', message: `Saved object [${label}] not found` }
        : { statusCode: 403, error: 'Forbidden', message: `Unable to bulk_get ${textOf(name.type)}` };
      return may && found[place] !== undefined ? [] : [{ ...name, error }];
    });
    if (errors.length > 0) {
      const body = { statusCode: 400, error: 'Bad Request', message: 'Error fetching objects to export' };
      return { status: 400, body: { ...body, attributes: { objects: errors } } };
    }
    const lines = found.flatMap((kept) => (kept === undefined ? [] : [this.store.line(kept)]));
    return { status: 200, body: lines.join('\n'), type: 'application/ndjson' };
  }

  private import({ space, type, text, url }: Parsed, may: boolean): Reply {
    const [, boundary] = /^multipart\/form-data; boundary=(\S+)$/.exec(type) ?? [];
    if (boundary === undefined) return UNSUPPORTED;
    const [, part = ''] = text.split(`--${boundary}`);
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const [, field = '', name = ''] = /name="([^"]*)"; filename="([^"]*)"/.exec(head) ?? [];
    if (field !== 'file') return refused(400, 'Bad Request', '[request body.file]: expected value of type [Stream]');
    if (!name.endsWith('.ndjson'))
      return refused(400, 'Bad Request', `Invalid file extension ${name.replace(/.*(?=\.)/, '')}`);
    const file = rest.join('\r\n\r\n').replace(/\r\n$/, '');
    const types = [...new Set(file.split('\n').flatMap((line) => textOf(objectOf(parsedOf(line)).type) || []))];
    if (!may) return refused(403, 'Forbidden', `Unable to bulk_create ${types.sort().join()}`);
    const result = this.store.import(file, { space, overwrite: url.searchParams.get('overwrite') === 'true' });
    return typeof result === 'string' ? refused(400, 'Bad Request', result) : { status: 200, body: result };
  }
}

interface Parsed {
  readonly method: string;
  readonly path: string;
  readonly space: string;
  readonly url: URL;
  readonly type: string;
  readonly text: string;
}

const UNSUPPORTED = refused(415, 'Unsupported Media Type', 'Unsupported Media Type');

function refused(statusCode: number, error: string, message: string): Reply {
  return { status: statusCode, body: { statusCode, error, message } };
}
