import { describe, expect, test } from '@jest/globals';
import { DAY_MS } from '../../src/core/time.js';
import type { Answer } from '../../src/elasticsearch/answer.js';
import type { Request } from '../../src/elasticsearch/client.js';
import { apply, inspect, isAbsent, plan } from '../../src/elasticsearch/setup.js';
import type { Found } from '../../src/elasticsearch/setup.js';
import { TEMPLATES_VERSION, mappings, resources } from '../../src/elasticsearch/templates.js';
import type { Abilities, Retention } from '../../src/elasticsearch/templates.js';

const RETENTION: Retention = {
  correlation: 400 * DAY_MS,
  client: 90 * DAY_MS,
  alert: 90 * DAY_MS,
  rejection: 30 * DAY_MS,
};
const ALL: Abilities = {
  policies: true,
  retention: true,
  constantKeyword: true,
  matchOnlyText: true,
  missingComponents: true,
  customComponent: false,
};

const answer = (status: number, body: unknown = {}): Answer => ({ kind: 'answer', status, body });
const NOT_THERE = answer(404, { error: { type: 'index_not_found_exception', reason: 'no such index' }, status: 404 });
const NO_HANDLER = answer(400, { error: 'no handler found for uri [/_ilm/policy/x] and method [GET]' });
const VERSION = { version: { number: '8.19.2' } };

/** A server on which nothing is, that answers some paths in its own way; and what it was asked. */
function server(change: Readonly<Record<string, Answer>> = {}): { request: Request; asked: string[] } {
  const asked: string[] = [];
  const request: Request = async (method, path, body) => {
    asked.push(`${method} ${path}`);
    const text = JSON.stringify(body);
    for (const [key, given] of Object.entries(change)) if (`${method} ${path} ${text}`.includes(key)) return given;
    if (path === '/') return answer(200, VERSION);
    if (method !== 'GET') return answer(200, { acknowledged: true });
    return path.includes('?filter_path=') ? answer(200) : NOT_THERE;
  };
  return { request, asked };
}

async function found(change: Readonly<Record<string, Answer>> = {}): Promise<Found> {
  const result = await inspect(server(change).request, RETENTION);
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result;
}

async function problems(change: Readonly<Record<string, Answer>>): Promise<readonly string[]> {
  const result = await inspect(server(change).request, RETENTION);
  return 'problems' in result ? result.problems : [];
}

test('of an empty server with all abilities all is to be made', async () => {
  const { steps, lacks } = plan(await found(), RETENTION);

  expect(lacks).toEqual([]);
  expect(steps.map(({ action, what }) => `${action} ${what}`)).toEqual([
    'create lifecycle policy mxwarden-correlation',
    'create lifecycle policy mxwarden-client',
    'create component template mxwarden@settings',
    'create component template mxwarden-correlation@mappings',
    'create component template mxwarden-client@mappings',
    'create component template mxwarden-alert@mappings',
    'create component template mxwarden-rejection@mappings',
    'create index template mxwarden-correlation',
    'create index template mxwarden-client',
    'create index template logs-mxwarden.alert',
    'create index template logs-mxwarden.rejection',
  ]);
});

describe('an interface is absent', () => {
  test.each<[Answer, boolean]>([
    [NO_HANDLER, true],
    [answer(405, { error: 'Incorrect HTTP method for uri [...]', status: 405 }), true],
    [answer(410, { error: { type: 'api_not_available_exception' } }), true],
    [answer(400, { error: { type: 'illegal_argument_exception' } }), false],
    [NOT_THERE, false],
    [answer(200), false],
    [{ kind: 'silence', text: '' }, false],
  ])('after %j: %s', (given, expected) => {
    expect(isAbsent(given)).toBe(expected);
  });
});

describe('what a server lacks', () => {
  test.each<[string, Record<string, Answer>, keyof Abilities]>([
    ['the setting of policies', { 'index.lifecycle.name': answer(400) }, 'policies'],
    ['policies', { '/_ilm/policy/mxwarden': NO_HANDLER }, 'policies'],
    ['retention of data streams', { data_retention: answer(400) }, 'retention'],
    ['constant_keyword', { constant_keyword: answer(400) }, 'constantKeyword'],
    ['match_only_text', { match_only_text: answer(400) }, 'matchOnlyText'],
    ['missing components', { ignore_missing: answer(400) }, 'missingComponents'],
  ])('%s, is found and said', async (_, change, ability) => {
    const looked = await found(change);

    expect(looked.abilities).toEqual({ ...ALL, [ability]: false });
    expect(plan(looked, RETENTION).lacks).toHaveLength(1);
  });
});

test("the operator's own component template is seen", async () => {
  const looked = await found({ 'GET /_component_template/mxwarden@custom': answer(200) });

  expect(looked.abilities).toEqual({ ...ALL, customComponent: true });
});

describe('of what is there', () => {
  const resource = resources(ALL, RETENTION)[2];
  test.each([
    ['is kept, if it is the same', {}, 'keep'],
    ['is updated, if it is another', { digest: 'other' }, 'update'],
    ['is updated, if it is older', { digest: 'other', version: 0 }, 'update'],
    ['is left alone, if it is newer', { digest: 'other', version: TEMPLATES_VERSION + 1 }, 'leave'],
    ['is updated, if it is not ours', { digest: undefined, version: undefined }, 'update'],
  ])('a component template %s', async (_, change, action) => {
    const _meta = { ...resource?.meta, ...change };
    const body = { component_templates: [{ name: 'mxwarden@settings', component_template: { _meta } }] };
    const { steps } = plan(await found({ 'GET /_component_template/mxwarden@settings': answer(200, body) }), RETENTION);

    expect(steps.find(({ what }) => what === 'component template mxwarden@settings')?.action).toBe(action);
  });

  test('an index template and a policy are kept', async () => {
    const metaOf = (name: string, kind: string) =>
      resources(ALL, RETENTION).find((each) => each.name === name && each.what === kind)?.meta;
    const template = { index_template: { _meta: metaOf('mxwarden-client', 'index template') } };
    const policy = { policy: { _meta: metaOf('mxwarden-client', 'lifecycle policy') } };
    const { steps } = plan(
      await found({
        'GET /_index_template/mxwarden-client': answer(200, { index_templates: [template] }),
        'GET /_ilm/policy/mxwarden-client': answer(200, { 'mxwarden-client': policy }),
      }),
      RETENTION,
    );

    expect(steps.filter(({ action }) => action === 'keep').map(({ what }) => what)).toEqual([
      'lifecycle policy mxwarden-client',
      'index template mxwarden-client',
    ]);
  });

  test('an index without its alias or with an older mapping gets them', async () => {
    const { _meta } = mappings('client', ALL);
    const { steps } = plan(
      await found({
        'GET /mxwarden-client-*?': answer(200, {
          'mxwarden-client-2026.10.01': { aliases: {}, mappings: {} },
          'mxwarden-client-2026.11.01': { aliases: { 'mxwarden-client': {} }, mappings: { _meta } },
        }),
      }),
      RETENTION,
    );

    expect(steps.slice(11).map(({ action, what, request: { path } }) => [action, what, path])).toEqual([
      ['update', 'mapping of index mxwarden-client-2026.10.01', '/mxwarden-client-2026.10.01/_mapping'],
      ['create', 'alias mxwarden-client of index mxwarden-client-2026.10.01', '/_aliases'],
      ['keep', 'mapping of index mxwarden-client-2026.11.01', '/mxwarden-client-2026.11.01/_mapping'],
    ]);
  });
});

describe('it cannot be set up', () => {
  test.each<[string, Record<string, Answer>, readonly unknown[]]>([
    [
      'no answer',
      { 'GET / ': { kind: 'silence', text: 'connect ECONNREFUSED' } },
      ['Elasticsearch does not answer: connect ECONNREFUSED.'],
    ],
    [
      'no right at all',
      { 'GET / ': answer(401, { error: { type: 'security_exception' } }) },
      ['Elasticsearch refuses: HTTP 401 security_exception.'],
    ],
    ['something else', { 'GET / ': answer(200, '<html>') }, [expect.stringContaining('is not Elasticsearch')]],
    [
      'too old',
      { 'GET / ': answer(200, { version: { number: '7.17.0' } }) },
      ['Elasticsearch 7.17.0 is too old: 8 is needed.'],
    ],
    [
      'OpenSearch too old',
      { 'GET / ': answer(200, { version: { number: '1.3.0', distribution: 'opensearch' } }) },
      ['OpenSearch 1.3.0 is too old: 2 is needed.'],
    ],
    [
      'rights that lack',
      {
        'GET /_component_template/mxwarden@settings': answer(403, {
          error: { type: 'security_exception', reason: 'no' },
        }),
        'GET /_ilm/policy/mxwarden-client': answer(503),
      },
      [
        'GET /_ilm/policy/mxwarden-client: HTTP 503.',
        'GET /_component_template/mxwarden@settings: HTTP 403 security_exception: no.',
      ],
    ],
    [
      'indices in the place of an alias and a data stream',
      {
        '/_resolve/index/mxwarden-client ': answer(200, { indices: [{ name: 'mxwarden-client' }] }),
        '/_resolve/index/logs-mxwarden.alert-default ': answer(200, {
          indices: [{ name: 'logs-mxwarden.alert-default' }],
        }),
      },
      [expect.stringContaining('mxwarden-client is an index'), expect.stringContaining('alert-default is an index')],
    ],
  ])('%s', async (_, change, expected) => {
    expect(await problems(change)).toEqual(expected);
  });
});

describe('applied', () => {
  test('each step is asked for, those after a refused one too, and all refusals are told', async () => {
    const planned = plan(await found(), RETENTION);
    const { request, asked } = server({
      'PUT /_component_template/mxwarden@settings': answer(400, { error: { type: 'a', reason: 'b' } }),
      'PUT /_index_template/mxwarden-client': answer(403, { error: { type: 'c', reason: 'd' } }),
    });

    const { done, problems: refused } = await apply(planned, request);

    expect(asked).toHaveLength(11);
    expect(done).toHaveLength(9);
    expect(refused).toEqual([
      'The component template mxwarden@settings was refused: HTTP 400 a: b.',
      'The index template mxwarden-client was refused: HTTP 403 c: d.',
    ]);
  });

  test('what is there is not asked for', async () => {
    const keys = resources(ALL, RETENTION).map(({ path, meta }) => [path, meta] as const);
    const { request, asked } = server();

    await apply(plan({ ...(await found()), resources: new Map(keys) }, RETENTION), request);

    expect(asked).toEqual([]);
  });

  test('a mapping that an index cannot have any more is no problem', async () => {
    const index = { name: 'mxwarden-client-2026.10.01', kind: 'client', isRead: true, version: 0, digest: '' } as const;
    const planned = plan({ ...(await found()), indices: [index] }, RETENTION);
    const { request } = server({ _mapping: answer(400, { error: { type: 'a', reason: 'cannot be changed' } }) });

    const { notes, problems: refused } = await apply(planned, request);

    expect(refused).toEqual([]);
    expect(notes).toEqual([
      'The mapping of index mxwarden-client-2026.10.01 stays as it is, and the next index gets the new one: HTTP 400 a: cannot be changed.',
    ]);
  });
});
