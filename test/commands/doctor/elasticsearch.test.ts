import { describe, expect, test } from '@jest/globals';
import { elasticsearchFindings } from '../../../src/commands/doctor/elasticsearch.js';
import { registryFindings } from '../../../src/commands/doctor/registry.js';
import type { Finding } from '../../../src/commands/doctor/finding.js';
import type { Registry, Standing } from '../../../src/avro/registry.js';
import { digestOf } from '../../../src/core/content.js';
import { DAY_MS } from '../../../src/core/time.js';
import type { Answer } from '../../../src/elasticsearch/answer.js';
import { resources } from '../../../src/elasticsearch/templates.js';
import { ALL_ABILITIES, givenBack, resourceOf } from '../../support/elasticsearch-resources.js';
import { NOW, contextOf, findingOf, troubles } from '../../support/doctor.js';

const context = await contextOf();
const RETENTION = { correlation: DAY_MS, client: DAY_MS, alert: DAY_MS, rejection: DAY_MS };
const answer = (status: number, body: unknown = {}): Answer => ({ kind: 'answer', status, body });
const NO_HANDLER = answer(400, { error: 'no handler found for uri [/_security/user/_has_privileges]' });
const NOT_THERE = answer(404, { error: { type: 'index_not_found_exception' } });

/** What `_has_privileges` answers of a user who lacks some, each as `name` of the cluster or `names privilege`. */
function privileges(lacking: readonly string[] = []): Answer {
  const grants = (names: readonly string[], of = ''): object =>
    Object.fromEntries(names.map((name) => [name, !lacking.includes(`${of}${name}`)]));
  const ofIndex = ['index', 'create_doc', 'auto_configure', 'read', 'maintenance', 'manage'];
  const index = Object.fromEntries(
    ['mxwarden-*', 'logs-mxwarden.*'].map((pattern) => [pattern, grants(ofIndex, `${pattern} `)]),
  );
  const cluster = grants(['manage_index_templates', 'manage_ilm', 'monitor']);
  return answer(200, { username: 'mxwarden', has_all_requested: lacking.length === 0, cluster, index });
}

/** The whole of a server that setup has been run on, but for what is changed: by method and path. */
async function findingsOf(change: Readonly<Record<string, Answer>> = {}): Promise<readonly Finding[]> {
  const made = new Map(resources(ALL_ABILITIES, RETENTION).map((resource) => [resource.path, resource]));
  return elasticsearchFindings(
    async (method, path) => {
      for (const [start, given] of Object.entries(change)) if (`${method} ${path}`.startsWith(start)) return given;
      const resource = made.get(path);
      if (path === '/') return answer(200, { version: { number: '9.1.0' } });
      if (path.startsWith('/_security')) return privileges();
      if (path.startsWith('/_nodes')) return answer(200, { nodes: { a: { name: 'es1', timestamp: NOW } } });
      if (method !== 'GET') return answer(200, { acknowledged: true });
      if (path.includes('?filter_path=')) return answer(200);
      if (resource === undefined) return NOT_THERE;
      return givenBack(resource);
    },
    RETENTION,
    context,
  );
}

test('a server that has been set up is ok', async () => {
  const findings = await findingsOf();

  expect(findings.map(({ level, area, text }) => `${level} ${area}: ${text}`)).toEqual([
    'ok elasticsearch: Elasticsearch 9.1.0 answers.',
    'ok privileges: mxwarden may write documents.',
    'ok clocks: The clocks of 1 node of Elasticsearch go with ours.',
    'ok templates: 15 of 15 templates, policies and mappings are current; 0 indices hold documents.',
  ]);
});

describe('it is told, with what to do,', () => {
  const version = (number: string): Answer => answer(200, { version: { number } });
  const settings = (change: Parameters<typeof givenBack>[1]): Answer =>
    givenBack(resourceOf('component template', 'mxwarden@settings', RETENTION), change);
  const OTHER = { settings: { index: { codec: 'default' } } };
  const OURS_ONCE = { content: OTHER, meta: { digest: digestOf(OTHER) } };
  const SETTINGS = 'GET /_component_template/mxwarden@settings';
  test.each<[string, Readonly<Record<string, Answer>>, string, RegExp]>([
    [
      'that nobody answers',
      { 'GET /': { kind: 'silence', text: 'connect ECONNREFUSED' } },
      'failure: GET /: Elasticsearch does not answer: connect ECONNREFUSED.',
      /^Check that it runs/,
    ],
    [
      'that the password is wrong',
      { 'GET /': answer(401, { error: { type: 'security_exception' } }) },
      'failure: GET /: Elasticsearch refuses: HTTP 401 security_exception.',
      /MXWARDEN_ELASTICSEARCH_PASSWORD/,
    ],
    [
      'that it is too old',
      { 'GET /': version('7.17.0') },
      'failure: GET /: Elasticsearch 7.17.0 is too old: 8 is needed.',
      /^Update it/,
    ],
    [
      'that a right to write is missing',
      { 'POST /_security': privileges(['mxwarden-* index']) },
      'failure: mxwarden may not write documents: it lacks index on mxwarden-*.',
      /^Give mxwarden the role in deploy\/roles\/run\.json/,
    ],
    [
      'that this user does not set up',
      { 'POST /_security': privileges(['manage_ilm', 'mxwarden-* manage']) },
      'warning: This user may not look at templates (it lacks manage_ilm, manage on mxwarden-*).',
      /^Run mxwarden doctor --config mx.yaml once more/,
    ],
    [
      'that rights are not known',
      { 'POST /_security': answer(503) },
      'warning: What we may do there is not known: HTTP 503.',
      /log of the server/,
    ],
    [
      'that a clock is behind',
      { 'GET /_nodes': answer(200, { nodes: { a: { name: 'es1', timestamp: NOW - 90_000 } } }) },
      'warning: The clock of the node es1 is 90 s behind ours.',
      /NTP/,
    ],
    [
      'that a template is not there',
      { [SETTINGS]: NOT_THERE },
      'failure: 1 of 15 are not there: component template mxwarden@settings.',
      /^mxwarden setup --config mx.yaml$/,
    ],
    [
      'that a template is old',
      { [SETTINGS]: settings(OURS_ONCE) },
      'warning: 1 of them is not as this mxwarden makes it with these settings: component template mxwarden@settings.',
      /^mxwarden setup/,
    ],
    [
      'that a template is newer',
      { [SETTINGS]: settings({ meta: { version: 99 } }) },
      'warning: A newer mxwarden has made component template mxwarden@settings.',
      /^Update this mxwarden/,
    ],
    [
      'that somebody changed a template',
      { [SETTINGS]: settings({ content: { settings: { index: { number_of_shards: '3' } } } }) },
      'warning: Somebody changed the component template mxwarden@settings, and setup leaves it alone: ours has settings.index.number_of_shards: "3" -> "1"; settings.index.auto_expand_replicas: nothing -> "0-1"; settings.index.codec: nothing -> "best_compression".',
      /^Leave it so, or .* mxwarden@custom and run mxwarden setup .* --overwrite$/,
    ],
    [
      'that an index has the name of an alias',
      { 'GET /_resolve/index/mxwarden-client': answer(200, { indices: [{ name: 'mxwarden-client' }] }) },
      'failure: GET /_resolve/index/mxwarden-client: mxwarden-client is an index, but is to be the alias of all indices of its kind.',
      /POST \/_reindex.* DELETE \/mxwarden-client /,
    ],
  ])('%s', async (_, change, text, next) => {
    const findings = await findingsOf(change);

    expect(troubles(findings)).toEqual([text]);
    expect(findingOf(findings, text.startsWith('failure') ? 'failure' : 'warning', '').next).toMatch(next);
  });
});

test('OpenSearch, and a server without security, are said to be so', async () => {
  const findings = await findingsOf({
    'GET /_nodes': answer(403),
    'GET /': answer(200, { version: { number: '3.1.0', distribution: 'opensearch' } }),
    'POST /_security': NO_HANDLER,
  });

  findingOf(findings, 'ok', /^OpenSearch 3\.1\.0 answers/);
  findingOf(findings, 'ok', 'The server tells nobody apart');
});

test('a version that nobody has tested is a warning', async () => {
  expect(troubles(await findingsOf({ 'GET /': answer(200, { version: { number: '10.0.0' } }) }))).toContain(
    'warning: Elasticsearch 10.0.0 answers, and is newer than all that mxwarden was tested with.',
  );
});

describe('a registry', () => {
  const unused = async (): Promise<never> => {
    throw new Error('Nothing is to be changed there.');
  };
  const of = async (standing: Standing): Promise<Finding | undefined> => {
    const registry: Registry = { schemaOf: unused, register: unused, standingOf: async () => standing };
    return (await registryFindings(registry, context.kafka.topics))[0];
  };

  test.each<[Standing, string, string, string | undefined]>([
    [{ kind: 'registered', id: 7 }, 'ok', 'mxwarden.mail-events-value has our schema, as number 7.', undefined],
    [
      { kind: 'new' },
      'ok',
      'mxwarden.mail-events-value takes our schema: mxwarden ship registers it when it starts.',
      undefined,
    ],
    [
      { kind: 'refused', why: 'it differs' },
      'failure',
      'mxwarden.mail-events-value refuses our schema: it differs.',
      'Compare it with the versions there, or set the compatibility of mxwarden.mail-events-value to NONE.',
    ],
    [
      { kind: 'unavailable', why: 'POST /a: status 401; check its user, password or token' },
      'failure',
      'The schema registry (kafka.registry) cannot be asked: POST /a: status 401.',
      'Check its user, password or token.',
    ],
  ])('that says %j', async (standing, level, text, next) => {
    expect(await of(standing)).toEqual({ area: 'registry', level, text, ...(next === undefined ? {} : { next }) });
  });
});
