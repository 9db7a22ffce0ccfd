import { describe, expect, test } from '@jest/globals';
import { KIBANA_SECRETS, readKibanaCredentials } from '../../src/config/kibana.js';
import { checkConfig } from '../../src/config/schema.js';

const URL = 'https://kibana.example.org:5601';

function messagesOf(kibana: unknown): readonly string[] {
  const checked = checkConfig({ timezone: 'UTC', kibana });
  return 'config' in checked ? [] : checked.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('the defaults are those of a Kibana beside Elasticsearch', () => {
  const checked = checkConfig({ timezone: 'UTC', kibana: { url: URL } });

  expect('config' in checked && checked.config.kibana).toEqual({ url: URL, space: 'default', request_timeout: '60s' });
});

test.each([
  [{ url: URL }],
  [{ url: 'http://127.0.0.1:5601/base', space: 'soc_1-a', username: 'mx' }],
  [{ url: URL, ca_file: '/etc/ca.pem', ca_fingerprint: 'aa'.repeat(32) }],
])('%j can be used', (kibana) => {
  expect(messagesOf(kibana)).toEqual([]);
});

test.each<[unknown, readonly RegExp[]]>([
  ['here', [/^kibana: must be settings such as/]],
  [{}, [/^kibana\.url: /]],
  [{ url: 'kibana:5601' }, [/^kibana\.url: begins neither with https/]],
  [{ url: 'not at all' }, [/^kibana\.url: is not the URL of Kibana, such as https:\/\/kibana\.example\.org:5601/]],
  [{ url: 'https://mx:s3cret@a.example' }, [/^kibana\.url: has a user in it: .*MXWARDEN_KIBANA_PASSWORD/]],
  [{ url: URL, space: 'My Space' }, [/^kibana\.space: is not the identifier of a space/]],
  [{ url: URL, password: 's3cret' }, [/^kibana\.password: is a secret: .*MXWARDEN_KIBANA_PASSWORD/]],
  [{ url: URL, api_key: 's3cret' }, [/^kibana\.api_key: is a secret: .*MXWARDEN_KIBANA_API_KEY/]],
  [{ url: URL, ca_fingerprint: 'ab:cd' }, [/^kibana\.ca_fingerprint: is not the SHA-256/]],
  [{ url: URL, request_timeout: 'long' }, [/^kibana\.request_timeout: is no duration/]],
  [{ url: URL, spaces: 'a' }, [/^kibana\.spaces: is no setting/]],
  [
    { url: 'http://a.example', ca_file: 'a', ca_fingerprint: 'aa'.repeat(32) },
    [/has a ca_file, but no https/, /has a ca_fingerprint, but no https/],
  ],
])('%j cannot, and it is said why', (kibana, expected) => {
  const messages = messagesOf(kibana);

  expect(messages).toHaveLength(expected.length);
  for (const [place, message] of expected.entries()) expect(messages[place]).toMatch(message);
  expect(messages.join()).not.toContain('s3cret');
});

describe('who we are to Kibana', () => {
  test.each([
    [{}, {}, undefined],
    [{ [KIBANA_SECRETS.apiKey]: 'a2V5' }, {}, { apiKey: 'a2V5' }],
    [{ [KIBANA_SECRETS.token]: 'abc' }, {}, { bearer: 'abc' }],
    [{ [KIBANA_SECRETS.password]: 'p w' }, { username: 'mx' }, { username: 'mx', password: 'p w' }],
  ])('%j with %j', (environment, settings, credentials) => {
    expect(readKibanaCredentials({ username: undefined, ...settings }, environment)).toEqual({ credentials });
  });

  test('is told by the section and the variable where it cannot be', () => {
    expect(readKibanaCredentials({ username: 'mx' }, {})).toEqual({
      problems: [`kibana.username is given, but ${KIBANA_SECRETS.password} is not set.`],
    });
    expect(readKibanaCredentials({ username: undefined }, { [KIBANA_SECRETS.password]: 'p' })).toEqual({
      problems: [`${KIBANA_SECRETS.password} is set, but no kibana.username.`],
    });
  });
});
