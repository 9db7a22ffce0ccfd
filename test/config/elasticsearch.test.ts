import { describe, expect, test } from '@jest/globals';
import { SECRETS, readCredentials } from '../../src/config/elasticsearch.js';
import type { Environment } from '../../src/config/elasticsearch.js';
import { ConfigError, loadConfig } from '../../src/config/load.js';
import { checkConfig } from '../../src/config/schema.js';

const NODES = ['https://es1.example.org:9200'];

/** What is wrong with the section, as paths within it and messages. */
function problemsIn(elasticsearch: unknown): readonly string[] {
  const checked = checkConfig({ timezone: 'UTC', elasticsearch });
  if ('config' in checked) return [];
  return checked.problems.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`);
}

test('nothing but nodes is needed', () => {
  const checked = checkConfig({ timezone: 'UTC', elasticsearch: { nodes: NODES } });

  expect(checked).toHaveProperty('config.elasticsearch', {
    nodes: NODES,
    distribution: 'elasticsearch',
    request_timeout: '30s',
    compression: true,
    batch_bytes: 1_000_000,
    batch_age: '1s',
    queue_bytes: 16_000_000,
    retention: { correlations: '800d', clients: '100d', alerts: '800d', rejections: '30d' },
  });
});

describe('settings', () => {
  test.each<[object, readonly (string | RegExp)[]]>([
    [{ nodes: ['http://127.0.0.1:9200', 'https://[2001:db8::1]:9200/path'] }, []],
    [{ nodes: [] }, [/^nodes: names no node/]],
    [{ nodes: ['es1:9200'] }, [/^nodes.0: begins neither/]],
    [{ nodes: ['es1'] }, [/^nodes.0: is not the URL/]],
    [{ nodes: ['ftp://es1'] }, [/^nodes.0: begins neither/]],
    [{ nodes: ['https://es1/?a=b'] }, [/^nodes.0: ends with a query/]],
    [{}, [/^: needs either/]],
    [{ nodes: NODES, cloud_id: 'a:YSRi' }, [/^: needs either/]],
    [{ cloud_id: 'a:YSRi' }, []],
    [{ cloud_id: 'YSRi' }, [/^cloud_id: is not/]],
    [{ nodes: NODES, distribution: 'opensearch' }, []],
    [{ nodes: NODES, distribution: 'solr' }, [/^distribution: /]],
    [{ nodes: NODES, ca_fingerprint: 'ab'.repeat(32) }, []],
    [{ nodes: NODES, ca_fingerprint: Array(32).fill('AB').join(':') }, []],
    [{ nodes: NODES, ca_fingerprint: 'ab'.repeat(31) }, [/^ca_fingerprint: /]],
    [{ nodes: ['http://es1'], ca_fingerprint: 'ab'.repeat(32) }, [/^: has a ca_fingerprint/]],
    [{ nodes: NODES, batch_bytes: 10_000 }, []],
    [{ nodes: NODES, batch_bytes: 9_999 }, [/^batch_bytes: must be/]],
    [{ nodes: NODES, batch_bytes: 8_000_000 }, []],
    [{ nodes: NODES, batch_bytes: 8_000_001 }, [/^: has a queue_bytes/]],
    [{ nodes: NODES, batch_age: '0s' }, [/^batch_age: /]],
    [{ nodes: NODES, request_timeout: 30 }, [/^request_timeout: /]],
    [{ nodes: NODES, compression: 'yes' }, [/^compression: /]],
    [{ nodes: NODES, retention: { alerts: '1d' } }, []],
    [
      { nodes: NODES, retention: { alerts: 'long', windows: '1d' } },
      [/^retention.alerts: /, /^retention.windows: is no setting/],
    ],
    [{ nodes: NODES, index: 'a' }, [/^index: is no setting/]],
  ])('%j: %j', (settings, problems) => {
    expect(problemsIn(settings)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });

  test.each(['http://127.0.0.1:9200', 7, ['a']])('%j is no section', (section) => {
    expect(problemsIn(section)).toEqual([expect.stringContaining('must be settings such as')]);
  });
});

test('a secret in the file is refused, with where it belongs, and is in no message', async () => {
  const text = `elasticsearch:
  nodes: [https://elastic:s3cret@es1.example.org]
  password: s3cret
  api_key: s3cret
  token: s3cret
`;
  const error: unknown = await loadConfig({ name: 'mx.yaml', text }, {}, 'UTC').catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(ConfigError);
  const { problems } = error instanceof ConfigError ? error : { problems: [] };
  expect(problems).toHaveLength(4);
  expect(problems.join('\n')).not.toContain('s3cret');
  for (const name of Object.values(SECRETS)) expect(problems.join('\n')).toContain(name);
});

describe('credentials', () => {
  function credentialsOf(environment: Environment, settings: object = {}): unknown {
    const checked = checkConfig({ timezone: 'UTC', elasticsearch: { nodes: NODES, ...settings } });
    if (!('config' in checked) || checked.config.elasticsearch === undefined) throw new Error('wrong settings');
    const read = readCredentials(checked.config.elasticsearch, environment);
    return 'problems' in read ? read.problems.length : read.credentials;
  }

  test.each<[Environment, object, unknown]>([
    [{}, {}, undefined],
    [{ [SECRETS.apiKey]: 'a2V5' }, {}, { apiKey: 'a2V5' }],
    [{ [SECRETS.token]: 'abc' }, {}, { bearer: 'abc' }],
    [{ [SECRETS.password]: 'p w: ä' }, { username: 'mx' }, { username: 'mx', password: 'p w: ä' }],
    [{ [SECRETS.password]: 'p' }, {}, 1],
    [{}, { username: 'mx' }, 1],
    [{ [SECRETS.apiKey]: 'a', [SECRETS.token]: 'b' }, {}, 1],
    [{ [SECRETS.apiKey]: 'a' }, { username: 'mx' }, 1],
    [{ [SECRETS.apiKey]: '' }, {}, 1],
    [{ [SECRETS.apiKey]: 'a\n' }, {}, 1],
    [{ [SECRETS.apiKey]: 'a b', [SECRETS.token]: '' }, { username: 'mx' }, 4],
  ])('of %j with %j', (environment, settings, expected) => {
    expect(credentialsOf(environment, settings)).toEqual(expected);
  });
});
