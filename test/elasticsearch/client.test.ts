import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../src/config/elasticsearch.js';
import type { Answer } from '../../src/elasticsearch/answer.js';
import { Connection } from '../../src/elasticsearch/client.js';
import { judge } from '../../src/elasticsearch/verdict.js';
import { settingsFor } from '../support/elasticsearch-writer.js';

const PRODUCT = { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' };
const BULK = Buffer.from('{"index":{"_index":"a","_id":"1"}}\n{}\n');
const WRITTEN = JSON.stringify({ items: [{ index: { status: 201 } }] });

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Asked {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

/** A connection to a server that answers so. */
async function connectionTo(
  respond: (response: ServerResponse) => void,
  { settings = {}, credentials }: { settings?: object; credentials?: Credentials } = {},
): Promise<{ connection: Connection; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      asked.push({ request, body: Buffer.concat(pieces) });
      respond(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connection = new Connection({
    settings: settingsFor(`http://127.0.0.1:${portOf(server.address())}`, settings),
    credentials,
    ca: undefined,
  });
  cleanups.push(async () => {
    await connection.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { connection, asked };
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function responds(status: number, headers: Record<string, string>, body = ''): (response: ServerResponse) => void {
  return (response) => response.writeHead(status, headers).end(body);
}

/** What came back, and the verdict on it. */
async function bulk(respond: (response: ServerResponse) => void, settings: object = {}): Promise<[Answer, unknown]> {
  const { connection } = await connectionTo(respond, { settings });
  const answer = await connection.bulk(BULK);
  return [answer, judge(answer, 1)];
}

describe('a bulk request', () => {
  test('is packed, unless it is to be plain, and asks for no more than it needs', async () => {
    const packed = await connectionTo(responds(200, PRODUCT, WRITTEN));
    const plain = await connectionTo(responds(200, PRODUCT, WRITTEN), { settings: { compression: false } });

    await packed.connection.bulk(BULK);
    await plain.connection.bulk(BULK);

    expect(packed.asked.map(({ body }) => gunzipSync(body))).toEqual([BULK]);
    expect(plain.asked.map(({ body }) => body)).toEqual([BULK]);
    const { url, headers } = plain.asked[0]?.request ?? {};
    expect(url).toContain('/_bulk?filter_path=');
    expect(headers?.['content-type']).toBe('application/vnd.elasticsearch+x-ndjson; compatible-with=8');
  });

  test.each<[string, (response: ServerResponse) => void, object]>([
    ['written', responds(200, PRODUCT, WRITTEN), { kind: 'items', verdicts: [{ kind: 'settled' }] }],
    ['413 with nothing', responds(413, {}), { kind: 'halve', reason: 'too_large' }],
    ['429', responds(429, PRODUCT, '{"error":{"type":"a"}}'), { kind: 'retry', reason: 'overloaded' }],
    [
      '503 of a proxy',
      responds(503, { 'content-type': 'text/html' }, '<html>'),
      { kind: 'retry', reason: 'server_error' },
    ],
    ['a page', responds(200, { 'content-type': 'text/html' }, '<html>'), { kind: 'retry', reason: 'strange_answer' }],
    ['broken JSON', responds(200, PRODUCT, '{"items":['), { kind: 'retry', reason: 'no_answer' }],
    ['a reset', (response) => response.destroy(), { kind: 'retry', reason: 'no_answer' }],
    [
      'a reset in the answer',
      (response) => {
        response.writeHead(200, { ...PRODUCT, 'content-length': '100' }).write('{');
        setImmediate(() => response.destroy());
      },
      { kind: 'retry', reason: 'no_answer' },
    ],
  ])('%s', async (_, respond, expected) => {
    expect((await bulk(respond))[1]).toMatchObject(expected);
  });

  test('of which no answer comes in time is sent again', async () => {
    expect((await bulk(() => undefined, { request_timeout: '1s' }))[1]).toMatchObject({
      kind: 'retry',
      reason: 'no_answer',
    });
  });
});

test('OpenSearch, which does not say that it is Elasticsearch, is taken where it is to be', async () => {
  const { connection, asked } = await connectionTo(responds(200, { 'content-type': 'application/json' }, WRITTEN), {
    settings: { distribution: 'opensearch' },
  });

  expect(judge(await connection.bulk(BULK), 1)).toEqual({ kind: 'items', verdicts: [{ kind: 'settled' }] });
  expect(asked[0]?.request.headers['content-type']).toBe('application/x-ndjson');
});

describe('credentials', () => {
  test.each<[Credentials, string]>([
    [{ apiKey: 's3cret' }, 'ApiKey s3cret'],
    [{ bearer: 's3cret' }, 'Bearer s3cret'],
    [{ username: 'mx', password: 's3cret' }, `Basic ${Buffer.from('mx:s3cret').toString('base64')}`],
  ])('%j are sent, and stand in no answer', async (credentials, header) => {
    const { connection, asked } = await connectionTo(
      responds(401, PRODUCT, '{"error":{"type":"security_exception"}}'),
      {
        credentials,
      },
    );
    const refused = await connection.request('GET', '/');
    await connection.close();
    const failed = await connection.request('GET', '/');

    expect(asked[0]?.request.headers.authorization).toBe(header);
    expect(refused).toMatchObject({ kind: 'answer', status: 401 });
    expect(JSON.stringify([refused, failed])).not.toContain('s3cret');
  });
});

test('where nobody listens there is no answer', async () => {
  const connection = new Connection({
    settings: settingsFor('http://127.0.0.1:1'),
    credentials: undefined,
    ca: undefined,
  });

  expect(await connection.request('GET', '/')).toMatchObject({ kind: 'silence' });
  await connection.close();
});
