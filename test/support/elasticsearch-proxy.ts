import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server meets a bulk request. */
export type ProxyMood =
  | { readonly kind: 'well' }
  /** It is not there: the connection ends at once. */
  | { readonly kind: 'away' }
  /** It refuses the whole request. */
  | { readonly kind: 'refuses'; readonly status: 429 | 503 }
  /** It writes everything, and the answer ends in the middle. */
  | { readonly kind: 'cut' }
  /** It writes every other item, and refuses the others. */
  | { readonly kind: 'half'; readonly status: 429 | 503 };

/** Stands before a real Elasticsearch, and has moods; after the last one all is well. */
export class ElasticsearchProxy {
  /** The moods that bulk requests have met, and while one is for all requests these. */
  readonly met: ProxyMood['kind'][] = [];
  /** The mood of all requests, whatever moods are to come. */
  always: ProxyMood | undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
    private readonly moods: ProxyMood[],
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  static async open(target: string, moods: readonly ProxyMood[] = []): Promise<ElasticsearchProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ElasticsearchProxy(server, target, [...moods]);
  }

  get address(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${String(isAddressInfo(address) ? address.port : 0)}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) if (piece instanceof Buffer) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const isBulk = request.url?.includes('/_bulk') === true;
    const mood = this.always ?? (isBulk ? this.moods.shift() : undefined) ?? { kind: 'well' };
    if (isBulk || this.always !== undefined) this.met.push(mood.kind);
    if (mood.kind === 'away') {
      request.socket.destroy();
      return;
    }
    if (mood.kind === 'refuses') {
      response.writeHead(mood.status, HEADERS).end(JSON.stringify({ error: { type: 'refused' }, status: mood.status }));
      return;
    }
    const items = mood.kind === 'half' ? itemsOf(body) : [];
    const sent = mood.kind === 'half' ? Buffer.from(items.filter((_, place) => place % 2 === 0).join('')) : body;
    const { status, text } = await this.forward(request, sent);
    if (mood.kind === 'cut') {
      response.writeHead(status, { ...HEADERS, 'content-length': String(text.length) });
      response.write(text.subarray(0, text.length >> 1), () => response.destroy());
      return;
    }
    response.writeHead(status, HEADERS).end(mood.kind === 'half' ? halfOf(text, items.length, mood.status) : text);
  }

  private async forward(request: IncomingMessage, body: Buffer): Promise<{ status: number; text: Buffer }> {
    const { method = 'GET', url = '/', headers } = request;
    const answer = await fetch(`${this.target}${url}`, {
      method,
      headers: { 'content-type': headers['content-type'] ?? 'application/json', accept: headers.accept ?? '*/*' },
      ...(body.length > 0 ? { body: Uint8Array.from(body) } : {}),
    });
    return { status: answer.status, text: Buffer.from(await answer.arrayBuffer()) };
  }
}

const HEADERS = {
  'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
  'x-elastic-product': 'Elasticsearch',
};

function isAddressInfo(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/** Each item of a bulk request: two lines. */
function itemsOf(body: Buffer): readonly string[] {
  const lines = body.toString().split('\n');
  const items: string[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) items.push(`${lines[at] ?? ''}\n${lines[at + 1] ?? ''}\n`);
  return items;
}

/** The answer of a server that has looked at every other item only. */
function halfOf(text: Buffer, count: number, status: number): string {
  const answer: unknown = JSON.parse(text.toString());
  const given: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'items') : undefined;
  const written: readonly unknown[] = Array.isArray(given) ? given : [];
  const refused = { index: { status, error: { type: 'es_rejected_execution_exception', reason: 'refused' } } };
  const items = Array.from({ length: count }, (_, place) => (place % 2 === 0 ? written[place >> 1] : refused));
  return JSON.stringify({ took: 1, errors: true, items });
}
