import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../src/config/elasticsearch.js';
import { KAFKA_SECRETS, readKafkaSecret } from '../../src/config/kafka.js';
import { ConfigError, loadConfig } from '../../src/config/load.js';
import { checkConfig } from '../../src/config/schema.js';
import { kafkaSettings } from '../support/kafka.js';

const BROKERS = ['kafka1.example.org:9092'];

/** What is wrong with the section, as paths within it and messages. */
function problemsIn(kafka: unknown): readonly string[] {
  const checked = checkConfig({ timezone: 'UTC', kafka });
  if ('config' in checked) return [];
  return checked.problems.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`);
}

test('nothing but brokers is needed', () => {
  expect(kafkaSettings({ brokers: BROKERS })).toEqual({
    brokers: BROKERS,
    client_id: 'mxwarden',
    request_timeout: '30s',
    compression: 'lz4',
    topics: {
      mail_events: 'mxwarden.mail-events',
      dns_events: 'mxwarden.dns-events',
      partials: 'mxwarden.partials',
      snapshots: 'mxwarden.snapshots',
      correlations: 'mxwarden.correlations',
      clients: 'mxwarden.clients',
      alerts: 'mxwarden.alerts',
      rejections: 'mxwarden.rejections',
      dead_letters: 'mxwarden.dead-letters',
    },
    partitions: { events: 4, partials: 12, results: 4 },
    retention: { events: '7d', partials: '7d', results: '30d' },
  });
});

describe('settings', () => {
  const plain = { mechanism: 'plain', username: 'mx' };
  test.each<[object, readonly RegExp[]]>([
    [{ brokers: ['127.0.0.1:1', '[2001:db8::1]:65535', 'kafka_1:9092'] }, []],
    [{}, [/^brokers: /]],
    [{ brokers: [] }, [/^brokers: names no broker/]],
    [{ brokers: ['kafka1'] }, [/^brokers.0: is not HOST:PORT/]],
    [{ brokers: ['kafka1:0'] }, [/^brokers.0: is not HOST:PORT/]],
    [{ brokers: ['kafka1:65536'] }, [/^brokers.0: is not HOST:PORT/]],
    [{ brokers: ['http://kafka1:9092'] }, [/^brokers.0: is not HOST:PORT/]],
    [{ brokers: ['2001:db8::1:9092'] }, [/^brokers.0: is not HOST:PORT/]],
    [{ brokers: BROKERS, ssl: {} }, []],
    [{ brokers: BROKERS, ssl: true }, [/^ssl: must be settings/]],
    [{ brokers: BROKERS, ssl: { cert_file: 'a', key_file: 'b' } }, []],
    [{ brokers: BROKERS, ssl: { key_file: 'b' } }, [/^ssl: needs both/]],
    [{ brokers: BROKERS, sasl: plain }, []],
    [{ brokers: BROKERS, sasl: { mechanism: 'oauthbearer' } }, []],
    [{ brokers: BROKERS, sasl: { mechanism: 'oauthbearer', username: 'mx' } }, [/^sasl: needs a username, but/]],
    [{ brokers: BROKERS, sasl: { mechanism: 'oauthbearer', token_file: 'a' } }, []],
    [{ brokers: BROKERS, sasl: { mechanism: 'oauthbearer', token_file: '' } }, [/^sasl.token_file: /]],
    [{ brokers: BROKERS, sasl: { ...plain, token_file: 'a' } }, [/^sasl: has a token_file, which is for oauthbearer/]],
    [{ brokers: BROKERS, sasl: { mechanism: 'scram-sha-256' } }, [/^sasl: needs a username/]],
    [{ brokers: BROKERS, sasl: { ...plain, mechanism: 'gssapi' } }, [/^sasl.mechanism: must be one of/]],
    [{ brokers: BROKERS, compression: 'brotli' }, [/^compression: /]],
    [{ brokers: BROKERS, request_timeout: '0s' }, [/^request_timeout: /]],
    [{ brokers: BROKERS, topics: { alerts: 'a'.repeat(249) } }, []],
    [{ brokers: BROKERS, topics: { alerts: 'a'.repeat(250) } }, [/^topics.alerts: is no name/]],
    [{ brokers: BROKERS, topics: { alerts: '..' } }, [/^topics.alerts: is no name/]],
    [{ brokers: BROKERS, topics: { alerts: 'a b', logs: 'a' } }, [/^topics.alerts: /, /^topics.logs: is no setting/]],
    [{ brokers: BROKERS, topics: { alerts: 'mxwarden.clients' } }, [/^topics: names a topic twice/]],
    [{ brokers: BROKERS, partitions: { events: 1, partials: 1000 } }, []],
    [
      { brokers: BROKERS, partitions: { events: 0, partials: 1001 } },
      [/^partitions.events: /, /^partitions.partials: /],
    ],
    [{ brokers: BROKERS, replication_factor: 0 }, [/^replication_factor: must be/]],
    [{ brokers: BROKERS, retention: { results: '1' } }, [/^retention.results: /]],
  ])('%j: %j', (settings, problems) => {
    expect(problemsIn(settings)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });
});

test('a secret in the file is refused, with where it belongs, and is in no message', async () => {
  const text =
    'kafka: { brokers: ["a:1"], sasl: { mechanism: plain, username: mx, password: s3cret, token: s3cret } }\n';
  const error: unknown = await loadConfig({ name: 'mx.yaml', text }, {}, 'UTC').catch((reason: unknown) => reason);

  const { problems } = error instanceof ConfigError ? error : { problems: [] };
  expect(problems).toHaveLength(2);
  expect(problems.join('\n')).not.toContain('s3cret');
  for (const name of Object.values(KAFKA_SECRETS)) expect(problems.join('\n')).toContain(name);
});

describe('the secret', () => {
  const { password, token } = KAFKA_SECRETS;
  const scram = { mechanism: 'scram-sha-512', username: 'mx' };
  test.each<[Environment, object, unknown]>([
    [{}, {}, undefined],
    [{ [password]: 'p w: ä' }, { sasl: scram }, 'p w: ä'],
    [{ [token]: 'abc' }, { sasl: { mechanism: 'oauthbearer' } }, 'abc'],
    [{}, { sasl: { mechanism: 'oauthbearer', token_file: 'a' } }, undefined],
    [{ [token]: 'abc' }, { sasl: { mechanism: 'oauthbearer', token_file: 'a' } }, 1],
    [{ [token]: 'a b' }, { sasl: { mechanism: 'oauthbearer' } }, 1],
    [{ [token]: '' }, { sasl: { mechanism: 'oauthbearer' } }, 1],
    [{}, { sasl: scram }, 1],
    [{ [password]: '' }, { sasl: scram }, 1],
    [{ [password]: 'p' }, {}, 1],
    [{ [token]: 'abc' }, { sasl: scram }, 2],
    [{ [password]: 'p', [token]: 'abc' }, { sasl: scram }, 1],
  ])('of %j with %j', (environment, settings, expected) => {
    const read = readKafkaSecret(kafkaSettings({ brokers: BROKERS, ...settings }), environment);

    expect('problems' in read ? read.problems.length : read.secret).toEqual(expected);
  });
});
