import { readFileSync } from 'node:fs';
import { Server as HttpServer, createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { EventEncoder, createEventDecoder } from '../../src/avro/events.js';
import { createRegistry } from '../../src/avro/registry.js';
import type { Registry, RegistryConfig } from '../../src/avro/registry.js';
import { SCHEMAS } from '../../src/avro/schemas.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { connect } from '../support/events.js';

const TLS = join(import.meta.dirname, '..', 'support', 'tls');
/** Made for these tests, and good for nothing else. */
const CERTIFICATE = readFileSync(join(TLS, 'certificate.pem'), 'utf8');
const KEY = readFileSync(join(TLS, 'key.pem'), 'utf8');
const ABSENT_MS = 60_000;
const WAIT_MS = 1000;
const SECRET = 'k33p-th1s';

const open: Server[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

interface Site {
  readonly registry: Registry;
  /** What was asked so far. */
  readonly asked: string[];
  readonly authorizations: (string | undefined)[];
  nowMs: number;
}

type Answering = (asked: string, body: string) => Answer | undefined;

/** A registry that answers so; without an answer it keeps silent. */
async function siteOf(answering: Answering, over: Partial<RegistryConfig> = {}, isTls = false): Promise<Site> {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const listener: RequestListener = (question, response) => {
    asked.push(`${question.method ?? ''} ${question.url ?? ''}`);
    authorizations.push(question.headers.authorization);
    void reply(question, response, answering);
  };
  const server = isTls ? createTlsServer({ cert: CERTIFICATE, key: KEY }, listener) : createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const url = `${isTls ? 'https' : 'http'}://127.0.0.1:${port}/api/`;
  const config = { url, timeoutMs: 5000, absentMs: ABSENT_MS, waitMs: 0, ...over };
  const site: Site = { asked, authorizations, nowMs: 0, registry: createRegistry(config, { nowMs: () => site.nowMs }) };
  return site;
}

async function reply(question: IncomingMessage, response: ServerResponse, answering: Answering): Promise<void> {
  let text = '';
  for await (const piece of question) text += String(piece);
  const answer = answering(`${question.method ?? ''} ${question.url ?? ''}`, text);
  if (answer === undefined) return;
  response.statusCode = answer.status ?? 200;
  response.setHeader('connection', 'close');
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
}

const LONG: Answer = { body: { schema: '"long"' } };
const NONE: Answer = { status: 404, body: { error_code: 40403, message: 'Schema not found' } };

describe('a schema', () => {
  test('is asked for once, also by many at a time, and never again', async () => {
    const { registry, asked } = await siteOf(() => LONG);

    const answers = await Promise.all([registry.schemaOf(7), registry.schemaOf(7), registry.schemaOf(7)]);
    answers.push(await registry.schemaOf(7));

    expect(answers).toEqual(new Array(4).fill({ kind: 'found', text: '"long"' }));
    expect(asked).toEqual(['GET /api/schemas/ids/7']);
  });

  test('that the registry does not have is not asked for again until some time is over', async () => {
    const site = await siteOf(() => NONE);

    const first = await site.registry.schemaOf(9);
    site.nowMs = ABSENT_MS - 1;
    await site.registry.schemaOf(9);
    const askedBefore = site.asked.length;
    site.nowMs = ABSENT_MS;
    await site.registry.schemaOf(9);

    expect(first).toEqual({ kind: 'absent', why: 'the registry has no schema 9' });
    expect([askedBefore, site.asked.length]).toEqual([1, 2]);
  });

  test('that the registry does not have may still come: it is waited for, and asked for again each time', async () => {
    let answer = NONE;
    const site = await siteOf(() => answer, { waitMs: WAIT_MS });

    const first = await site.registry.schemaOf(9);
    site.nowMs = WAIT_MS - 1;
    const last = await site.registry.schemaOf(9);
    answer = LONG;

    expect(first).toEqual({ kind: 'unavailable', why: 'the registry has no schema 9 yet' });
    expect(last).toEqual(first);
    expect(await site.registry.schemaOf(9)).toEqual({ kind: 'found', text: '"long"' });
  });

  test('that was waited for in vain is absent, and others that turn up soon after are not waited for', async () => {
    const site = await siteOf(() => NONE, { waitMs: WAIT_MS });
    const kindOf = async (id: number): Promise<string> => (await site.registry.schemaOf(id)).kind;

    const kinds = [await kindOf(1)];
    site.nowMs = WAIT_MS / 2;
    kinds.push(await kindOf(2));
    site.nowMs = WAIT_MS;
    kinds.push(await kindOf(1), await kindOf(2), await kindOf(3));
    site.nowMs = WAIT_MS + ABSENT_MS;
    kinds.push(await kindOf(1), await kindOf(3), await kindOf(4));

    const [waits, gone] = ['unavailable', 'absent'];
    expect(kinds).toEqual([waits, waits, gone, waits, gone, gone, gone, waits]);
  });

  test('of another form than Avro is absent', async () => {
    const { registry } = await siteOf(() => ({ body: { schema: '{}', schemaType: 'JSON' } }), { waitMs: WAIT_MS });

    expect(await registry.schemaOf(7)).toMatchObject({ kind: 'absent' });
  });

  test('is found once the registry is there again', async () => {
    let answer: Answer = { status: 503, body: '' };
    const { registry } = await siteOf(() => answer);

    const before = await registry.schemaOf(7);
    answer = LONG;

    expect(before).toMatchObject({ kind: 'unavailable' });
    expect(await registry.schemaOf(7)).toMatchObject({ kind: 'found' });
  });
});

describe('without a good answer the registry is unavailable, and the message says what to do', () => {
  test.each<[string, Answer, string]>([
    ['an error', { status: 500, body: { message: 'disk full' } }, 'status 500, disk full; look into its log'],
    ['wrong credentials', { status: 401, body: '' }, 'status 401; check its user, password or token'],
    ['another server', { status: 404, body: { error_code: 0 } }, 'status 404; check that its address leads to'],
    ['a redirection', { status: 302, body: '' }, 'status 302; check that its address leads to'],
    ['no JSON', { body: '<html>' }, 'the answer is no JSON'],
    ['an endless answer', { body: 'x'.repeat(2 ** 20 + 1) }, 'the answer is too long'],
  ])('%s', async (_what, answer, expected) => {
    const { registry } = await siteOf(() => answer);

    const { kind, why } = { why: '', ...(await registry.schemaOf(7)) };

    expect(kind).toBe('unavailable');
    expect(why).toContain('GET /api/schemas/ids/7: ');
    expect(why).toContain(expected);
  });

  test('no answer in time', async () => {
    const { registry } = await siteOf(() => undefined, { timeoutMs: 50 });

    const answer = await registry.schemaOf(7);
    for (const server of open) if (server instanceof HttpServer) server.closeAllConnections();

    expect(answer).toMatchObject({ kind: 'unavailable', why: expect.stringContaining('within 50 ms') });
  });

  test('nobody there', async () => {
    const { registry } = await siteOf(() => LONG, { url: 'http://127.0.0.1:1' });

    expect(await registry.schemaOf(7)).toMatchObject({ why: expect.stringContaining('ECONNREFUSED; check that') });
  });
});

describe('credentials', () => {
  test.each([
    [{ kind: 'basic', username: 'mxwarden', password: SECRET } as const, 'Basic bXh3YXJkZW46azMzcC10aDFz'],
    [{ kind: 'bearer', token: SECRET } as const, `Bearer ${SECRET}`],
    [undefined, undefined],
  ])('%j are sent, and not told', async (auth, expected) => {
    const { registry, authorizations } = await siteOf(() => ({ status: 403, body: { message: 'no' } }), { auth });

    const answer = await registry.schemaOf(7);

    expect(authorizations).toEqual([expected]);
    expect(JSON.stringify(answer)).not.toContain(SECRET);
  });
});

describe('over TLS', () => {
  test('a registry with a certificate of its own authority is believed if that is known', async () => {
    const { registry } = await siteOf(() => LONG, { ca: CERTIFICATE }, true);

    expect(await registry.schemaOf(7)).toMatchObject({ kind: 'found' });
  });

  test('else it is not', async () => {
    const { registry } = await siteOf(() => LONG, {}, true);

    expect(await registry.schemaOf(7)).toMatchObject({
      why: expect.stringContaining('check its certificate authority'),
    });
  });
});

describe('a schema is registered', () => {
  test('once, under its subject', async () => {
    const bodies: string[] = [];
    const { registry, asked } = await siteOf((_asked, body) => {
      bodies.push(body);
      return { body: { id: 12 } };
    });

    const answers = [await registry.register('a/b-value', '"long"'), await registry.register('a/b-value', '"long"')];

    expect(answers).toEqual(new Array(2).fill({ kind: 'registered', id: 12 }));
    expect(asked).toEqual(['POST /api/subjects/a%2Fb-value/versions']);
    expect(bodies).toEqual(['{"schema":"\\"long\\""}']);
  });

  test('unless the registry refuses it', async () => {
    const { registry } = await siteOf(() => ({ status: 409, body: { message: 'incompatible' } }));

    expect(await registry.register('s', '"long"')).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('status 409, incompatible'),
    });
  });
});

describe('where a schema stands', () => {
  const NO_SUBJECT: Answer = { status: 404, body: { error_code: 40401, message: 'Subject not found' } };
  const fits = (isCompatible: boolean): Answer => ({ body: { is_compatible: isCompatible } });
  test.each<[string, Answer, Answer, object]>([
    ['it is there', { body: { id: 7 } }, NONE, { kind: 'registered', id: 7 }],
    ['the subject is not there', NO_SUBJECT, NONE, { kind: 'new' }],
    ['it goes with the versions there', NONE, fits(true), { kind: 'new' }],
    ['it does not', NONE, fits(false), { kind: 'refused', why: 'the schema does not go with the versions of a/b' }],
    ['all versions were deleted', NONE, NO_SUBJECT, { kind: 'new' }],
    ['nobody may ask', { status: 401, body: {} }, NONE, { kind: 'unavailable', why: expect.stringContaining('401') }],
    ['it is no registry', { status: 404, body: {} }, NONE, { kind: 'unavailable' }],
    ['it fails half-way', NONE, { status: 500, body: {} }, { kind: 'unavailable' }],
  ])('is asked without changing anything: %s', async (_, lookUp, compatibility, standing) => {
    const answering: Answering = (asked) => (asked.includes('/compatibility/') ? compatibility : lookUp);
    const { registry, asked } = await siteOf(answering);

    expect(await registry.standingOf('a/b', '"long"')).toMatchObject(standing);
    const [first, second = 'POST /api/compatibility/subjects/a%2Fb/versions/latest'] = asked;
    expect([first, second]).toEqual([
      'POST /api/subjects/a%2Fb',
      'POST /api/compatibility/subjects/a%2Fb/versions/latest',
    ]);
  });
});

describe('a record with a number that is not known', () => {
  const bytes = new EventEncoder({ mail: 7 }).encode({ ...connect(), origin: 'a:b:1' });
  const schema: Answer = { body: { schema: JSON.stringify(SCHEMAS.mail_event) } };

  test('is read once its schema is learned, and goes on to be when the registry is down', async () => {
    let answer: Answer | undefined = schema;
    const { registry, asked } = await siteOf(() => answer);
    const schemas = new WriterSchemas([], registry);
    const decoder = createEventDecoder(schemas, 'all');

    const before = decoder.decode(bytes);
    const learned = await schemas.learn(7);
    answer = undefined;

    expect(before).toEqual({ kind: 'unknown_schema', id: 7 });
    expect(learned).toEqual({ kind: 'known' });
    expect(decoder.decode(bytes)).toEqual({ ...connect(), origin: 'a:b:1' });
    expect(await schemas.learn(7)).toEqual({ kind: 'known' });
    expect(asked).toHaveLength(1);
  });

  test.each<[string, Answer, string]>([
    ['waits while the registry is down', { status: 503, body: '' }, 'unavailable'],
    ['is never read if there is no such schema', NONE, 'absent'],
    ['is never read if that is no schema', { body: { schema: '{"type":"recor' } }, 'absent'],
    ['is never read if that needs other schemas', { body: { schema: '["null","other.Name"]' } }, 'absent'],
  ])('%s', async (_what, answer, kind) => {
    const { registry } = await siteOf(() => answer);

    expect(await new WriterSchemas([], registry).learn(7)).toMatchObject({ kind });
  });

  test('of records of something else is a dead letter', async () => {
    const { registry } = await siteOf(() => ({ body: { schema: '{"type":"record","name":"a.b","fields":[]}' } }));
    const schemas = new WriterSchemas([], registry);
    await schemas.learn(7);

    expect(createEventDecoder(schemas, 'all').decode(bytes)).toMatchObject({ kind: 'dead', reason: 'unreadable' });
  });

  test('is a dead letter where there is no registry', () => {
    expect(createEventDecoder(new WriterSchemas(), 'all').decode(bytes)).toMatchObject({ reason: 'no_schema' });
  });
});
