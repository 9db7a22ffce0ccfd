import { describe, expect, test } from '@jest/globals';
import { digestOf } from '../../src/core/content.js';
import { DAY_MS } from '../../src/core/time.js';
import { isAbsent } from '../../src/elasticsearch/answer.js';
import type { Answer } from '../../src/elasticsearch/answer.js';
import type { Request } from '../../src/elasticsearch/client.js';
import { inspect } from '../../src/elasticsearch/inspect.js';
import type { Found } from '../../src/elasticsearch/inspect.js';
import { apply, plan } from '../../src/elasticsearch/setup.js';
import { TEMPLATES_VERSION, mappings, resources } from '../../src/elasticsearch/templates.js';
import { ALL_ABILITIES, givenBack, resourceOf } from '../support/elasticsearch-resources.js';
import type { Abilities, Resource, Retention } from '../../src/elasticsearch/templates.js';

const RETENTION: Retention = {
  correlation: 400 * DAY_MS,
  client: 90 * DAY_MS,
  alert: 90 * DAY_MS,
  rejection: 30 * DAY_MS,
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
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result;
}

async function problems(change: Readonly<Record<string, Answer>>): Promise<readonly string[]> {
  const result = await inspect(server(change).request, RETENTION);
  return 'problems' in result ? result.problems.map(({ text, remedy }) => `${text} ${remedy}`) : [];
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
    'create component template mxwarden-correlation@lifecycle',
    'create component template mxwarden-client@lifecycle',
    'create component template mxwarden-alert@lifecycle',
    'create component template mxwarden-rejection@lifecycle',
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

    expect(looked.abilities).toEqual({ ...ALL_ABILITIES, [ability]: false });
    expect(plan(looked, RETENTION).lacks).toHaveLength(1);
  });
});

test("the operator's own component template is seen", async () => {
  const looked = await found({ 'GET /_component_template/mxwarden@custom': answer(200) });

  expect(looked.abilities).toEqual({ ...ALL_ABILITIES, customComponent: true });
});

const asGiven = (name: string, what: Resource['what'], change: Parameters<typeof givenBack>[1] = {}): Answer =>
  givenBack(resourceOf(what, name, RETENTION), change);

describe('of what is there', () => {
  const NEWER = { version: TEMPLATES_VERSION + 1 };
  const OTHER = { settings: { index: { number_of_shards: '3' } } };
  const made = (content: object): object => ({ digest: digestOf(content) });
  test.each<[string, { meta?: object; content?: object }, string]>([
    ['is kept, if it is the same', {}, 'keep'],
    ['is updated, if an older mxwarden made it otherwise', { content: OTHER, meta: made(OTHER) }, 'update'],
    ['is left alone, if it is newer', { content: OTHER, meta: { ...made(OTHER), ...NEWER } }, 'newer'],
    ['is left alone, if somebody changed it', { content: OTHER }, 'edited'],
    ['is left alone, if somebody changed a newer one', { content: OTHER, meta: NEWER }, 'newer'],
    ['is left alone, if it is not ours', { meta: { version: undefined, digest: undefined } }, 'edited'],
  ])('a component template %s', async (_, change, action) => {
    const given = asGiven('mxwarden@settings', 'component template', change);
    const { steps } = plan(await found({ 'GET /_component_template/mxwarden@settings': given }), RETENTION);

    expect(steps.find(({ what }) => what === 'component template mxwarden@settings')?.action).toBe(action);
  });

  test.each([
    [{}, 'update'],
    [NEWER, 'newer'],
  ])('what somebody changed of %j is made anew if that is wanted, but no newer one', async (meta, action) => {
    const given = asGiven('mxwarden@settings', 'component template', { content: OTHER, meta });
    const looked = await found({ 'GET /_component_template/mxwarden@settings': given });
    const { steps } = plan(looked, RETENTION, { overwrite: true });

    expect(steps.find(({ what }) => what === 'component template mxwarden@settings')?.action).toBe(action);
  });

  test('what OpenSearch adds to a data stream is no change', async () => {
    const content = { data_stream: { timestamp_field: { name: '@timestamp' } } };
    const given = asGiven('logs-mxwarden.alert', 'index template', { content });
    const { steps } = plan(await found({ 'GET /_index_template/logs-mxwarden.alert': given }), RETENTION);

    expect(steps.find(({ what }) => what === 'index template logs-mxwarden.alert')?.action).toBe('keep');
  });

  test('it is said in what ours differs', async () => {
    const given = asGiven('mxwarden@settings', 'component template', { content: OTHER, meta: made(OTHER) });
    const { steps } = plan(await found({ 'GET /_component_template/mxwarden@settings': given }), RETENTION);

    expect(steps.find(({ action }) => action === 'update')?.changes).toEqual([
      'settings.index.number_of_shards: "3" -> "1"',
      'settings.index.auto_expand_replicas: nothing -> "0-1"',
      'settings.index.codec: nothing -> "best_compression"',
    ]);
  });

  test('what a server adds to templates and to a policy is no change', async () => {
    const LIFECYCLE = 'mxwarden-alert@lifecycle';
    const content = { data_stream: { hidden: false, allow_custom_routing: false }, created_date: 1 };
    const kept = { content: { lifecycle: { enabled: true, data_retention: '90d' } } };
    const { steps } = plan(
      await found({
        'GET /_index_template/logs-mxwarden.alert': asGiven('logs-mxwarden.alert', 'index template', { content }),
        [`GET /_component_template/${LIFECYCLE}`]: asGiven(LIFECYCLE, 'component template', kept),
        'GET /_ilm/policy/mxwarden-client': asGiven('mxwarden-client', 'lifecycle policy'),
      }),
      RETENTION,
    );

    expect(steps.filter(({ action }) => action === 'keep').map(({ what }) => what)).toEqual([
      'lifecycle policy mxwarden-client',
      `component template ${LIFECYCLE}`,
      'index template logs-mxwarden.alert',
    ]);
  });

  test('an index without its alias or with an older mapping gets them', async () => {
    const { _meta } = mappings('client', ALL_ABILITIES);
    const { steps } = plan(
      await found({
        'GET /mxwarden-client-*?': answer(200, {
          'mxwarden-client-2026.10.01': { aliases: {}, mappings: {} },
          'mxwarden-client-2026.11.01': { aliases: { 'mxwarden-client': {} }, mappings: { _meta } },
        }),
      }),
      RETENTION,
    );

    expect(steps.slice(15).map(({ action, what, request: { path } }) => [action, what, path])).toEqual([
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
      [
        'GET /: Elasticsearch does not answer: connect ECONNREFUSED. Check that it runs, and elasticsearch.nodes, ca_file and ca_fingerprint.',
      ],
    ],
    [
      'no right at all',
      { 'GET / ': answer(401, { error: { type: 'security_exception' } }) },
      [expect.stringMatching(/^GET \/: Elasticsearch refuses: HTTP 401 security_exception\. Check .*PASSWORD/)],
    ],
    ['something else', { 'GET / ': answer(200, '<html>') }, [expect.stringContaining('is not Elasticsearch')]],
    [
      'too old',
      { 'GET / ': answer(200, { version: { number: '7.17.0' } }) },
      ['GET /: Elasticsearch 7.17.0 is too old: 8 is needed. Update it, or name another one in elasticsearch.nodes.'],
    ],
    [
      'OpenSearch too old',
      { 'GET / ': answer(200, { version: { number: '1.3.0', distribution: 'opensearch' } }) },
      ['GET /: OpenSearch 1.3.0 is too old: 2 is needed. Update it, or name another one in elasticsearch.nodes.'],
    ],
    [
      'too new',
      {
        'GET / ': answer(400, {
          error: { type: 'media_type_header_exception', reason: 'Accept version' },
          status: 400,
        }),
      },
      [expect.stringMatching(/^GET \/: Elasticsearch is too new: .*Accept version\)\. Update mxwarden/)],
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
        'GET /_ilm/policy/mxwarden-client: HTTP 503. Look into the log of Elasticsearch; then run this again.',
        'GET /_component_template/mxwarden@settings: HTTP 403 security_exception: no. ' +
          'Give this user or API key the privileges of deploy/roles/setup.json; then run this again.',
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

    expect(asked).toHaveLength(15);
    expect(done).toHaveLength(13);
    expect(refused.map(({ text }) => text)).toEqual([
      'PUT /_component_template/mxwarden@settings (component template mxwarden@settings): HTTP 400 a: b.',
      'PUT /_index_template/mxwarden-client (index template mxwarden-client): HTTP 403 c: d.',
    ]);
    expect(refused[1]?.remedy).toContain('deploy/roles/setup.json');
  });

  test('what is there is not asked for', async () => {
    const keys = resources(ALL_ABILITIES, RETENTION).map(
      ({ path, meta, content }) => [path, { ...meta, content }] as const,
    );
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
