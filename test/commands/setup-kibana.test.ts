import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { detectionRules, ruleDigest } from '../../src/kibana/rules.js';
import { kibanaObjects } from '../../src/kibana/objects.js';
import { marked } from '../../src/kibana/made.js';
import { exported } from '../../src/kibana/saved-object.js';
import type { SavedObject } from '../../src/kibana/saved-object.js';
import { FakeKibana } from '../support/kibana/fake-kibana.js';
import type { FakeOptions } from '../support/kibana/fake-kibana.js';
import { objectOf, objectsOf, parsedOf, textOf } from '../support/kibana/objects.js';
import { countOf, setUpWith } from '../support/setup.js';
import type { SetUp } from '../support/setup.js';

const OBJECTS = kibanaObjects();
const RULES = detectionRules();
const ALL = OBJECTS.length + RULES.length;
const OVERVIEW = 'mxwarden-overview';

let kibana: FakeKibana;
beforeEach(async () => {
  kibana = await FakeKibana.open();
});
afterEach(() => kibana.close());

async function another(options: FakeOptions): Promise<void> {
  await kibana.close();
  kibana = await FakeKibana.open(options);
}

function setUp(settings: object = {}, run: Parameters<typeof setUpWith>[1] = {}): Promise<SetUp> {
  return setUpWith({ kibana: { url: kibana.address, ...settings } }, run);
}

async function expectMended(): Promise<void> {
  const { printed, problems } = await setUp();
  expect(problems).toEqual([]);
  expect(countOf(printed, 'made') + countOf(printed, 'updated') + countOf(printed, 'is as it should be')).toBe(ALL);
  expect(kibana.store.kept.size).toBe(OBJECTS.length);
  expect(kibana.rules.kept.size).toBe(RULES.length);
}

/** Puts an object there as an older mxwarden made it: otherwise, and with its mark. */
function makeOlder(id: string, change: (attributes: SavedObject['attributes']) => SavedObject['attributes']): void {
  const object = OBJECTS.find((it) => it.id === id);
  if (object === undefined) throw new Error(`There is no ${id}.`);
  const { description } = object.attributes;
  const plain = { ...object.attributes, description: textOf(description).replace(/ \(mxwarden setup .*\)$/, '') };
  const older = marked({ ...object, attributes: change(plain) });
  const result = kibana.store.import(exported([older]), { space: 'default', overwrite: true });
  expect(result).toMatchObject({ success: true });
}

describe.each(['8.9.0', '8.12.2', '8.19.4', '9.0.1', '9.5.3', '9.6.0'])('in Kibana %s', (version) => {
  beforeEach(() => another({ version }));
  const isOld = ['8.9.0', '8.12.2'].includes(version);
  const rules = isOld ? RULES.filter(({ type }) => type !== 'esql') : RULES;

  test('everything is made, and what it lacks is said', async () => {
    const { printed, problems } = await setUp();

    expect(problems).toEqual([]);
    expect(printed).toContain(`Kibana ${version}, space default\n`);
    expect(countOf(printed, 'made')).toBe(OBJECTS.length + rules.length);
    expect(
      printed.includes('It cannot read our rules in ES|QL, before 8.13: mxwarden-efficiency, mxwarden-dns-surge.'),
    ).toBe(isOld);
    expect(printed).not.toContain('in another form');
    expect([...kibana.rules.kept.values()].map(({ enabled }) => enabled)).toEqual(rules.map(() => false));
  });

  test('a second run has nothing to do', async () => {
    await setUp();
    const before = kibana.asked.length;
    const { printed, problems } = await setUp();

    expect(problems).toEqual([]);
    expect(countOf(printed, 'is as it should be')).toBe(OBJECTS.length + rules.length);
    const changing = kibana.asked
      .slice(before)
      .filter(({ method, path }) => method !== 'GET' && !path.includes('_export'));
    expect(changing).toEqual([]);
  });
});

test('a dry run changes nothing, and prints each request and what it would change', async () => {
  await setUp();
  makeOlder(OVERVIEW, (attributes) => ({ ...attributes, timeFrom: 'now-7d' }));
  kibana.store.kept.delete('search/mxwarden-dnsbl');
  kibana.rules.kept.delete('default/mxwarden-incident');
  const before = [kibana.store.kept.size, kibana.rules.kept.size];
  const { printed, problems } = await setUp({}, { dryRun: true });

  expect(problems).toEqual([]);
  expect([kibana.store.kept.size, kibana.rules.kept.size]).toEqual(before);
  expect(printed).toContain(
    `# dashboard ${OVERVIEW}: would be updated\n#   attributes.timeFrom: "now-7d" -> "now-24h"\n`,
  );
  expect(printed).toContain('# POST /api/saved_objects/_import with a file of 1: saved search mxwarden-dnsbl\n');
  expect(printed).toContain(
    `# POST /api/saved_objects/_import?overwrite=true with a file of 1: dashboard ${OVERVIEW}\n`,
  );
  expect(printed).toMatch(/^POST kbn:\/api\/detection_engine\/rules\n\{"rule_id":"mxwarden-incident"/m);
  expect(countOf(printed, 'is as it should be')).toBe(ALL - 3);
});

test('what an older mxwarden made is updated', async () => {
  await setUp();
  makeOlder('mxwarden-relay-denied', (attributes) => ({ ...attributes, columns: ['host.name'] }));
  const { printed, problems } = await setUp();

  expect(problems).toEqual([]);
  expect(printed).toContain('saved search mxwarden-relay-denied: updated\n');
  expect(kibana.store.get('search', 'mxwarden-relay-denied', 'default')?.attributes.columns).not.toEqual(['host.name']);
});

describe('what somebody edited is left alone and named', () => {
  const EDITS: readonly [string, string, (attributes: JsonObject) => JsonObject][] = [
    ['dashboard', OVERVIEW, (it) => ({ ...it, title: 'Ours' })],
    ['dashboard', OVERVIEW, (it) => ({ ...it, panelsJSON: textOf(it['panelsJSON']).replace('"w":24', '"w":12') })],
    ['dashboard', OVERVIEW, (it) => ({ ...it, description: 'Ours' })],
    ['search', 'mxwarden-dnsbl', (it) => ({ ...it, rowHeight: 3 })],
    ['search', 'mxwarden-dnsbl', (it) => ({ ...it, tabs: [...objectsOf(it['tabs']), { id: 'b', attributes: {} }] })],
    ['index-pattern', 'mxwarden-alert', (it) => ({ ...it, runtimeFieldMap: '{"a":{"type":"long"}}' })],
    ['index-pattern', 'mxwarden-alert', (it) => ({ ...it, fieldFormatMap: '{}' })],
    ['index-pattern', 'mxwarden-alert', (it) => ({ ...it, fieldAttrs: '{"source.ip":{"customLabel":"Who"}}' })],
  ];
  test.each(EDITS)('%s %s, %#', async (type, id, change) => {
    await setUp();
    kibana.store.edit(type, id, change);
    const { attributes } = kibana.store.get(type, id, 'default') ?? {};
    const { printed, problems } = await setUp();

    expect(problems).toEqual([]);
    expect(printed).toMatch(
      new RegExp(`${id}: left alone: somebody changed it .*; to have ours again: setup --overwrite`),
    );
    expect(countOf(printed, 'is as it should be')).toBe(ALL - 1);
    expect(kibana.store.get(type, id, 'default')?.attributes).toEqual(attributes);

    expect((await setUp({}, { overwrite: true })).printed).toContain(`${id}: updated\n`);
    await expectMended();
  });

  test('also where a search is nothing but its tabs', async () => {
    await another({ version: '9.6.0' });
    await setUp();
    kibana.store.edit('search', 'mxwarden-dnsbl', ({ tabs, ...it }) => {
      const [tab] = objectsOf(tabs);
      return { ...it, tabs: [{ ...tab, attributes: { ...objectOf(tab?.attributes), columns: ['host.name'] } }] };
    });
    kibana.store.edit('search', 'mxwarden-helo', ({ tabs, ...it }) => ({
      ...it,
      tabs: [...objectsOf(tabs), { id: 'b', label: 'Ours', attributes: {} }],
    }));
    const { printed } = await setUp();

    expect(printed).toMatch(
      /saved search mxwarden-dnsbl: left alone: somebody changed it \(ours has attributes\.columns/,
    );
    expect(printed).toContain('saved search mxwarden-helo: left alone: somebody changed it');
    expect(countOf(printed, 'is as it should be')).toBe(ALL - 2);
  });

  test('but not that fields of a data view were looked at, which Kibana counts', async () => {
    await setUp();
    kibana.store.edit('index-pattern', 'mxwarden-alert', (it) => ({ ...it, fieldAttrs: '{"source.ip":{"count":3}}' }));

    await expectMended();
  });

  test('an object of the same id that is not ours, too', async () => {
    const own = OBJECTS.find(({ id }) => id === OVERVIEW);
    const attributes = { ...own?.attributes, title: 'Not ours', description: '', panelsJSON: '[]' };
    if (own === undefined) throw new Error('It is not there.');
    kibana.store.import(exported([{ ...own, attributes, references: [] }]), { space: 'default', overwrite: false });

    expect((await setUp()).printed).toContain(`dashboard ${OVERVIEW}: left alone: somebody changed it (ours has `);
  });

  test('and a rule', async () => {
    await setUp();
    kibana.rules.edit('default', 'mxwarden-auth-failed', { threshold: { field: ['source.ip'], value: 7 } });
    const { printed, problems } = await setUp();

    expect(problems).toEqual([]);
    expect(printed).toMatch(
      /detection rule mxwarden-auth-failed: left alone: somebody changed it \(ours has threshold\./,
    );
    expect(objectOf(kibana.rules.kept.get('default/mxwarden-auth-failed')?.threshold).value).toBe(7);
  });

  test('and what a newer mxwarden made', async () => {
    await setUp();
    const newer = (text: unknown): string => textOf(text).replace('(mxwarden setup 1-', '(mxwarden setup 2-');
    makeOlder(OVERVIEW, (attributes) => ({ ...attributes, timeFrom: 'now-7d' }));
    kibana.store.edit('dashboard', OVERVIEW, (it) => ({ ...it, description: newer(it['description']) }));

    expect((await setUp()).printed).toContain(`dashboard ${OVERVIEW}: left alone: a newer mxwarden made it\n`);
  });
});

test('that a rule is enabled or has actions is no edit, and stays so when it is updated', async () => {
  await setUp();
  const id = 'mxwarden-incident';
  const actions = [{ id: 'mail', group: 'default', params: {} }];
  kibana.rules.use('default', id, { enabled: true, actions });
  await expectMended();

  // As an older mxwarden made it.
  const [older] = detectionRules().filter((rule) => rule.rule_id === id);
  const other = { ...older, interval: '10m' };
  kibana.rules.use('default', id, { interval: '10m', meta: { mxwarden: { version: 1, digest: ruleDigest(other) } } });
  const { printed } = await setUp();

  expect(printed).toContain(`detection rule ${id}: updated\n`);
  expect(kibana.rules.kept.get(`default/${id}`)).toMatchObject({ interval: '5m', enabled: true, actions });
});

describe('in a space of its own', () => {
  beforeEach(() => another({ spaces: ['soc'] }));

  test('objects have other ids, and lead to each other', async () => {
    await setUp();
    const { problems } = await setUp({ space: 'soc' });

    expect(problems).toEqual([]);
    const own = [...kibana.store.kept.values()].filter(({ space }) => space === 'soc');
    expect(own.map(({ id }) => id)).toEqual(OBJECTS.map(({ id }) => `${id}-soc`));
    for (const { attributes, references } of own) {
      for (const { id } of references) expect(id).toMatch(/-soc$/);
      const ids = JSON.stringify(attributes).match(/(?<=\\"id\\+":\\+"|#\/view\/)mxwarden-[\w-]+/g) ?? [];
      expect(ids.filter((id) => !id.endsWith('-soc'))).toEqual([]);
    }
    const links = JSON.stringify(own.map(({ attributes }) => attributes)).match(/#\/view\/mxwarden-server-soc\)/g);
    expect(links?.length).toBeGreaterThan(3);
    expect((await setUp({ space: 'soc' })).problems).toEqual([]);
    expect(new Set(kibana.asked.slice(-5).map(({ space }) => space))).toEqual(new Set(['soc']));
  });

  test('indices are called as elsewhere', () => {
    const patterns = (space?: string): unknown[] =>
      kibanaObjects('5m', space).flatMap(({ type, attributes }) =>
        type === 'index-pattern' ? [attributes['title']] : [],
      );

    expect(patterns('soc')).toEqual(patterns());
  });

  test('one that is not there is said, and mended by making it', async () => {
    const { problems } = await setUp({ space: 'sales' });
    expect(problems).toEqual([
      'GET /api/spaces/space/sales: there is no space sales. Make it in Kibana (Stack Management, Spaces), or change kibana.space; then run this again.',
    ]);
    expect(kibana.store.kept.size).toBe(0);

    kibana.become({ spaces: ['sales'] });
    expect((await setUp({ space: 'sales' })).problems).toEqual([]);
  });
});

describe('it says the request and the remedy, and a second run mends it:', () => {
  const json = (statusCode: number, error: string, message: string): FakeOptions => ({
    instead: { status: statusCode, body: { statusCode, error, message } },
  });
  test.each<[string, FakeOptions, RegExp]>([
    [
      'Kibana is starting',
      { instead: { status: 503, body: 'Kibana server is not ready yet.' } },
      /^GET \/api\/status: Kibana is not ready \(HTTP 503 Kibana server is not ready yet\)\. Wait a while/,
    ],
    [
      'nobody is let in',
      json(401, 'Unauthorized', 'no'),
      /^GET \/api\/status: HTTP 401 Unauthorized: no\. Check kibana\.username and MXWARDEN_KIBANA_PASSWORD/,
    ],
    [
      'nobody has logged in, or not as somebody that there is',
      { users: {} },
      /^GET \/api\/status: Kibana tells its version to nobody who has not logged in\. Check kibana\.username and MXWARDEN_KIBANA_PASSWORD/,
    ],
    [
      'a proxy has another page',
      { instead: { status: 404, body: '<html>nginx</html>' } },
      /^GET \/api\/status: HTTP 404\. Check kibana\.url: .*base path/,
    ],
    [
      'a page answers',
      { instead: { status: 200, body: '<html>hello</html>' } },
      /^GET \/api\/status: what answers is not Kibana\. Check kibana\.url/,
    ],
    [
      'Kibana is too old',
      { instead: { status: 200, body: { version: { number: '8.8.2' }, status: {} } } },
      /^GET \/api\/status: Kibana 8\.8\.2 is too old: 8\.9 is needed\. Update it/,
    ],
    [
      'it is OpenSearch Dashboards',
      { instead: { status: 200, body: { version: { number: '2.19.1' } }, headers: { 'osd-name': 'x' } } },
      /^GET \/api\/status: what answers is OpenSearch Dashboards 2\.19\.1, .* Leave the section kibana out/,
    ],
    [
      'it is OpenSearch',
      { instead: { status: 400, body: { error: 'no handler found for uri [/api/status] and method [GET]' } } },
      /^GET \/api\/status: what answers is Elasticsearch or OpenSearch, not Kibana\. Set kibana\.url/,
    ],
    [
      'it is Elasticsearch',
      {
        instead: {
          status: 405,
          body: { error: 'Incorrect HTTP method' },
          headers: { 'x-elastic-product': 'Elasticsearch' },
        },
      },
      /^GET \/api\/status: what answers is Elasticsearch or OpenSearch/,
    ],
    [
      'a proxy takes the header',
      { proxy: 'without-xsrf' },
      /^POST \/api\/saved_objects\/_export: HTTP 400 Bad Request: Request must contain a kbn-xsrf header\. Something between removes/,
    ],
    [
      'a proxy changes the type',
      { proxy: 'other-type' },
      /^POST \/api\/saved_objects\/_export: HTTP 415 .* Something between changes the content type/,
    ],
    [
      'too much is refused',
      json(413, 'Request Entity Too Large', 'Payload'),
      /HTTP 413 .* Raise savedObjects\.maxImportPayloadBytes/,
    ],
    [
      'it fails',
      json(500, 'Internal Server Error', 'An internal server error occurred'),
      /HTTP 500 .* Look into the log of Kibana; then run this again/,
    ],
  ])('%s', async (_, trouble, expected) => {
    kibana.become(trouble);
    const { problems } = await setUp();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
    expect(kibana.store.kept.size).toBe(0);

    kibana.recover();
    await expectMended();
  });

  test('nobody is there', async () => {
    const { address } = kibana;
    await kibana.close();
    const { problems } = await setUpWith({ kibana: { url: address } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^GET \/api\/status: connect ECONNREFUSED .* Check that Kibana runs, and kibana\.url/);

    kibana = await FakeKibana.open();
    await expectMended();
  });

  test('an answer does not come in time', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { problems } = await setUpWith({ kibana: { url: `http://127.0.0.1:${port}`, request_timeout: '1s' } });
    server.closeAllConnections();
    server.close();

    expect(problems[0]).toMatch(/^GET \/api\/status: .*[Tt]imed? ?out.* Check that Kibana runs/);
  });

  const KEY = 'ApiKey a2V5';
  test.each<[string, readonly string[], RegExp, number]>([
    [
      'objects',
      ['feature_siem.all'],
      /^POST \/api\/saved_objects\/_export: HTTP 403 Forbidden: Unable to bulk_get .* deploy\/roles\/setup\.json in the space default/,
      0,
    ],
    [
      'rules',
      ['feature_savedObjectsManagement.all'],
      /^GET \/api\/detection_engine\/rules\?rule_id=mxwarden-incident: HTTP 403 .* deploy\/roles\/setup\.json/,
      0,
    ],
  ])('the privilege for %s is missing', async (_, privileges, expected, kept) => {
    kibana.become({ users: { [KEY]: privileges } });
    const run = (): Promise<SetUp> =>
      setUpWith({ kibana: { url: kibana.address } }, { environment: { MXWARDEN_KIBANA_API_KEY: 'a2V5' } });
    const { problems } = await run();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
    expect(kibana.store.kept.size).toBe(kept);

    kibana.become({ users: { [KEY]: ['feature_savedObjectsManagement.all', 'feature_siem.all'] } });
    expect((await run()).problems).toEqual([]);
  });

  test('Elastic Security is not there', async () => {
    kibana.become({ hasSecurity: false });
    const { printed, problems } = await setUp();
    expect(problems).toEqual([]);
    expect(printed).toContain('It has no Elastic Security, and so no detection rules.\n');

    kibana.become({ hasSecurity: true });
    await expectMended();
  });

  test('the set-up is half done', async () => {
    await setUp();
    for (const { type, id } of OBJECTS.slice(0, 20)) kibana.store.kept.delete(`${type}/${id}`);
    for (const { rule_id: id } of RULES.slice(0, 3)) kibana.rules.kept.delete(`default/${id}`);

    await expectMended();
  });
});

describe('an import that Kibana answers with 200 and refuses', () => {
  test('for an object that somebody made meanwhile is told; a second run mends it', async () => {
    await setUp();
    const { store } = kibana;
    const whole = store.get.bind(store);
    let looks = 0;
    // It comes after the first look.
    store.get = (type, id, space) => (id === OVERVIEW && (looks += 1) === 1 ? undefined : whole(type, id, space));
    const { problems } = await setUp();

    expect(problems).toEqual([
      `POST /api/saved_objects/_import: dashboard ${OVERVIEW} was made by somebody else meanwhile, or there are several of it (conflict). Run this again; if it stays so, delete that one.`,
    ]);
    await expectMended();
  });

  test('since its id is of another space is told', async () => {
    await another({ spaces: ['soc'] });
    kibana.store.import(exported(OBJECTS.slice(0, 1)), { space: 'soc', overwrite: false });
    const { problems } = await setUp();

    expect(problems[0]).toMatch(
      /_import: index-pattern mxwarden-correlation is in another space already, .* Delete both in Kibana/,
    );
  });

  test('in a form that Kibana keeps otherwise is told', async () => {
    const put = kibana.store.import.bind(kibana.store);
    kibana.store.import = (text, options) =>
      put(text.replaceAll('"timeFrom":"now-24h"', '"timeFrom":"now-1d"'), options);
    const { printed, problems } = await setUp();

    expect(problems).toEqual([]);
    expect(printed).toContain(`This Kibana keeps dashboard ${OVERVIEW}, `);
    expect(printed).toContain('later runs take that for an edit, and leave them alone.');
  });
});

test('a newer Kibana than was tried is said, and set up', async () => {
  await another({ version: '10.0.0' });
  const { printed, problems } = await setUp();

  expect(problems).toEqual([]);
  expect(printed).toContain('It is newer than all that mxwarden was tried with');
});

test('without settings for Kibana it is skipped, and it is said how not to', async () => {
  const { printed } = await setUpWith({ elasticsearch: { nodes: ['http://127.0.0.1:1'] } });

  expect(printed).toContain('Kibana: skipped, as there is no section kibana. With "kibana: {url: ');
});

test('no secret is printed, and words of Kibana obey no terminal', async () => {
  kibana.become({ instead: { status: 500, body: { error: 'a\u001b[31mb', message: 'x' } } });
  const { problems } = await setUpWith(
    { kibana: { url: kibana.address, username: 'mx' } },
    { environment: { MXWARDEN_KIBANA_PASSWORD: 's3cret' } },
  );

  expect(problems[0]).toContain(String.raw`a\u001b[31mb`);
  expect(JSON.stringify(problems)).not.toContain('s3cret');
});

test('what is in a file for the importer can be read as what was meant', () => {
  expect(exported(OBJECTS).trimEnd().split('\n').map(parsedOf)).toHaveLength(OBJECTS.length + 1);
});
