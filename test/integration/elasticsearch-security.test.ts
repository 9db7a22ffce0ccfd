import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Credentials } from '../../src/config/elasticsearch.js';
import type { DocumentKind } from '../../src/core/documents/fields.js';
import { textAt } from '../../src/core/documents/value.js';
import type { BulkItem } from '../../src/elasticsearch/request.js';
import { startSecuredElasticsearch, testedVersions } from '../servers/elasticsearch.js';
import type { SecuredElasticsearch } from '../servers/elasticsearch-security.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { Writer, bulkItemOf, openWriter, setUp } from '../support/elasticsearch-writer.js';

jest.setTimeout(START_TIMEOUT_MS);

const PASSWORD = 'pass-phrase of tests';
const WRONG = { MXWARDEN_ELASTICSEARCH_PASSWORD: 'n0t-th1s-one' };
const SECRETS = /pass-phrase|n0t-th1s-one/;
/** What README says that a user needs who sets up, and one who writes. */
const SETUP_ROLE = {
  cluster: ['manage_index_templates', 'manage_ilm', 'monitor'],
  indices: [{ names: ['mxwarden-*', 'logs-mxwarden.*'], privileges: ['manage', 'create_index'] }],
};
const WRITER_ROLE = {
  indices: [
    { names: ['mxwarden-*'], privileges: ['index', 'create_index'] },
    { names: ['logs-mxwarden.*'], privileges: ['create_doc', 'auto_configure', 'read'] },
  ],
};
const READER_ROLE = { indices: [{ names: ['mxwarden-*'], privileges: ['read'] }] };

function itemOf(kind: DocumentKind, id: string): BulkItem {
  const document = { '@timestamp': '2003-07-05T00:00:00.000Z', event: { id }, mxwarden: { window: { version: 1 } } };
  const item = bulkItemOf(kind, document, Date.UTC(2026, 11, 1));
  if ('reason' in item) throw new Error(item.reason);
  return item;
}

describe.each([...(await testedVersions())])('Elasticsearch $number with security', (version) => {
  let server: SecuredElasticsearch;
  beforeAll(async () => {
    server = await startSecuredElasticsearch(version);
    console.log(server.description);
  }, START_TIMEOUT_MS);
  afterAll(() => server.stop(), START_TIMEOUT_MS);

  let writer: Writer | undefined;
  beforeEach(() => {
    writer = undefined;
  });
  afterEach(async () => {
    const said = JSON.stringify([writer?.retries, writer?.outcomes]);
    await writer?.close();
    expect(said).not.toMatch(SECRETS);
  });

  function writerOf(credentials: Credentials): Writer {
    writer = new Writer(server.address, {}, { credentials });
    return writer;
  }

  /** Asks as the user who may do everything. */
  async function operate(method: string, path: string, body?: object): Promise<unknown> {
    const authorization = `Basic ${Buffer.from(`${server.username}:${server.password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(server.address + path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async function createUser(name: string, role: object): Promise<Credentials> {
    await operate('PUT', `/_security/role/${name}`, role);
    await operate('PUT', `/_security/user/${name}`, { password: PASSWORD, roles: [name] });
    return { username: name, password: PASSWORD };
  }

  async function createKey(name: string, role: object): Promise<{ readonly id: string; readonly apiKey: string }> {
    const made = await operate('POST', '/_security/api_key', { name, role_descriptors: { [name]: role } });
    return { id: textAt(made, 'id') ?? '', apiKey: textAt(made, 'encoded') ?? '' };
  }

  async function untilRetried(own: Writer, count = 1): Promise<void> {
    while (own.retries.length < count) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  test('setup says which right is missing, and does its work for a user who has what it needs', async () => {
    await createUser('looker', READER_ROLE);
    await createUser('setter', SETUP_ROLE);
    const environment = { MXWARDEN_ELASTICSEARCH_PASSWORD: PASSWORD };

    const refused = setUp(server.address, { username: 'looker' }, { environment });
    await expect(refused).rejects.toThrow(/403 security_exception: action \[.*\] is unauthorized for user \[looker\]/);
    const wrong = setUp(server.address, { username: 'setter' }, { environment: WRONG });
    await expect(wrong).rejects.toThrow(/Elasticsearch refuses: HTTP 401 security_exception: unable to authenticate/);
    const printed = await setUp(server.address, { username: 'setter' }, { environment });
    expect(printed).toContain('index template logs-mxwarden.alert: made');
    expect(printed).not.toMatch(SECRETS);
  });

  test('a user and an API key with the rights to write get all kinds of documents through', async () => {
    const kinds: readonly DocumentKind[] = ['correlation', 'client', 'alert', 'rejection'];
    const user = await createUser('writer', WRITER_ROLE);
    const { apiKey } = await createKey('writer', WRITER_ROLE);
    for (const [name, credentials] of Object.entries({ user, key: { apiKey } })) {
      const own = writerOf(credentials);

      await own.write(kinds.map((kind) => itemOf(kind, `by ${name}`)));

      expect([own.counts(), own.retries]).toEqual([{ settled: 4 }, []]);
      const { writer: documents, close } = openWriter(server.address, {}, credentials);
      const { signal } = new AbortController();
      await operate('POST', '/logs-mxwarden.alert-default/_refresh');
      expect(await documents.existing('alert', [`by ${name}`, 'by nobody'], signal)).toEqual(new Set([`by ${name}`]));
      // It may not do that, and need not.
      await documents.refresh('alert', signal);
      await close();
      await own.close();
    }
  });

  test('what an API key may not write waits until the key may, while what it may write is written', async () => {
    const [toWindows] = WRITER_ROLE.indices;
    const { id, apiKey } = await createKey('half', { indices: [toWindows] });
    const own = writerOf({ apiKey });

    await own.add([itemOf('correlation', 'half'), itemOf('alert', 'half')]);
    await untilRetried(own, 2);

    const text = expect.stringMatching(/^403 security_exception: action \[indices:data\/write\/bulk\[s\]\]/);
    expect(own.retries[0]).toMatchObject({ reason: 'forbidden', count: 1, text });
    expect(own.counts()).toEqual({ settled: 1 });
    await operate('PUT', `/_security/api_key/${id}`, { role_descriptors: { half: WRITER_ROLE } });
    await own.batcher.drain();
    expect(own.counts()).toEqual({ settled: 2 });
  });

  test('with an API key that is invalidated all waits, and nothing is dead', async () => {
    const { id, apiKey } = await createKey('revoked', WRITER_ROLE);
    const own = writerOf({ apiKey });
    await own.write([itemOf('client', 'before')]);
    await operate('DELETE', '/_security/api_key', { ids: [id] });

    await own.add([itemOf('client', 'after')]);
    await untilRetried(own, 2);

    const text = expect.stringMatching(/^HTTP 401 security_exception: unable to authenticate/);
    expect(own.retries).toContainEqual(expect.objectContaining({ reason: 'forbidden', text }));
    expect(own.counts()).toEqual({ settled: 1 });
  });

  test('with a wrong password all waits until it is the right one', async () => {
    await createUser('changing', WRITER_ROLE);
    const own = writerOf({ username: 'changing', password: 'n0t-th1s-one' });
    await own.add([itemOf('client', 'late')]);
    await untilRetried(own);

    const text = expect.stringMatching(/^HTTP 401 security_exception: unable to authenticate user \[changing\]/);
    expect(own.retries[0]).toMatchObject({ reason: 'forbidden', text });
    expect(own.outcomes).toEqual([]);
    await operate('POST', '/_security/user/changing/_password', { password: 'n0t-th1s-one' });
    await own.batcher.drain();
    expect(own.counts()).toEqual({ settled: 1 });
  });
});
