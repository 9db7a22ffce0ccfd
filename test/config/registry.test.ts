import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../src/config/elasticsearch.js';
import { REGISTRY_SECRETS, readRegistryLogin } from '../../src/config/registry.js';
import { checkConfig } from '../../src/config/schema.js';

const URL = 'https://registry.example.org:8081/apis/ccompat/v7';

/** What is wrong with the section, as paths within it and messages. */
function problemsIn(registry: unknown): readonly string[] {
  const checked = checkConfig({ timezone: 'UTC', kafka: { brokers: ['127.0.0.1:9092'], registry } });
  if ('config' in checked) return [];
  return checked.problems.map(({ path, message }) => `${path.slice(2).join('.')}: ${message}`);
}

test.each<[unknown, readonly RegExp[]]>([
  [{ url: URL }, []],
  [{ url: 'http://127.0.0.1:8081', username: 'mx', request_timeout: '1s' }, []],
  [{ url: URL, ca_file: 'ca.pem' }, []],
  [URL, [/^: must be settings/]],
  [{}, [/^url: /]],
  [{ url: 'registry:8081' }, [/^url: begins neither/]],
  [{ url: 'https://mx:s3cret@registry' }, [/^url: has a user in it: .*MXWARDEN_REGISTRY_PASSWORD$/]],
  [{ url: `${URL}?a=b` }, [/^url: ends with a query/]],
  [{ url: URL, username: 'mx:a' }, [/^username: has a colon/]],
  [{ url: URL, password: 's3cret' }, [/^password: is a secret: .*MXWARDEN_REGISTRY_PASSWORD/]],
  [{ url: URL, token: 's3cret' }, [/^token: is a secret: .*MXWARDEN_REGISTRY_TOKEN/]],
  [{ url: 'http://127.0.0.1:8081', ca_file: 'ca.pem' }, [/^: has a ca_file/]],
  [{ url: URL, request_timeout: '0s' }, [/^request_timeout: /]],
  [{ url: URL, subject: 'a' }, [/^subject: is no setting/]],
])('settings %j: %j', (settings, problems) => {
  const found = problemsIn(settings);

  expect(found).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  expect(found.join()).not.toContain('s3cret');
});

describe('the login', () => {
  const { password, token } = REGISTRY_SECRETS;
  const user = { username: 'mx' };
  test.each<[Environment, { readonly username?: string }, unknown]>([
    [{}, {}, undefined],
    [{ [password]: 'p w: \u00e4' }, user, { kind: 'basic', username: 'mx', password: 'p w: \u00e4' }],
    [{ [token]: 'abc' }, {}, { kind: 'bearer', token: 'abc' }],
    [{}, user, 1],
    [{ [password]: '' }, user, 1],
    [{ [password]: 'p' }, {}, 1],
    [{ [token]: 'a b' }, {}, 1],
    [{ [token]: '' }, {}, 1],
    [{ [token]: 'abc' }, user, 2],
    [{ [password]: 'p', [token]: 'abc' }, user, 1],
  ])('of %j with %j', (environment, settings, expected) => {
    const read = readRegistryLogin(settings, environment);

    expect('problems' in read ? read.problems.length : read.login).toEqual(expected);
  });
});
