import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ClientConfig } from '../../src/kafka/client.js';
import { explain } from '../../src/kafka/errors.js';
import { startSecuredKafka } from '../servers/kafka.js';
import type { SecuredKafka } from '../servers/kafka-security.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { kafkaClient, withAdmin } from '../support/kafka.js';
import { tokenUntil } from '../support/token.js';

const TIMEOUT_MS = 60_000;

let server: SecuredKafka;
beforeAll(async () => {
  server = await startSecuredKafka();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

/** What comes of a connection: the number of topics, or what went wrong in words. */
async function connect(
  address: string,
  settings: object,
  { secret, ...tls }: { readonly secret?: string } & ClientConfig['tls'] = {},
): Promise<{ readonly outcome: number | string; readonly log: string }> {
  const { kafka, lines } = kafkaClient(address, { request_timeout: '5s', ...settings }, { secret, tls });
  const outcome = await withAdmin(kafka, async (admin) => (await admin.listTopics()).length).catch(explain);
  return { outcome, log: JSON.stringify(lines) };
}

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'];

test.each(MECHANISMS)(
  'the broker knows us by %s, with TLS and without, and says so if the password is wrong',
  async (mechanism) => {
    const { username, password, certificate, saslAddress, saslTlsAddress } = server;
    const sasl = { mechanism, username };

    expect((await connect(saslAddress, { sasl }, { secret: password })).outcome).toBe(0);
    const encrypted = await connect(saslTlsAddress, { sasl, ssl: {} }, { secret: password, ca: certificate });
    expect(encrypted.outcome).toBe(0);

    const wrong = await connect(saslAddress, { sasl }, { secret: 'not-this-one' });
    expect(wrong.outcome).toMatch(/does not let us in: .*Check kafka.sasl, and MXWARDEN_KAFKA_PASSWORD/);
    expect(`${wrong.outcome}${wrong.log}`).not.toContain('not-this-one');
    expect(wrong.log).toContain(saslAddress);
  },
  TIMEOUT_MS,
);

test(
  'the broker knows us by a token, unless it has expired',
  async () => {
    const sasl = { mechanism: 'oauthbearer' };
    const [good, expired] = [tokenUntil(Date.now() + 300_000), tokenUntil(Date.now() - 300_000)];

    expect((await connect(server.saslAddress, { sasl }, { secret: good })).outcome).toBe(0);
    const refused = await connect(server.saslAddress, { sasl }, { secret: expired });
    expect(refused.outcome).toMatch(/token that has expired.*MXWARDEN_KAFKA_TOKEN/);
    expect(`${refused.outcome}${refused.log}`).not.toContain(expired);
  },
  TIMEOUT_MS,
);

test(
  'the broker knows us by our certificate, and without one says what to give',
  async () => {
    const { mutualTlsAddress, certificate: ca, client } = server;

    expect((await connect(mutualTlsAddress, { ssl: {} }, { ca, ...client })).outcome).toBe(0);
    const { outcome } = await connect(mutualTlsAddress, { ssl: {} }, { ca });
    expect(outcome).toMatch(/^Kafka at \S+:\d+ .*kafka\.ssl\.cert_file and key_file/);
  },
  TIMEOUT_MS,
);

test.each<[string, () => [string, object], RegExp]>([
  ['without TLS, where it is needed,', () => [server.tlsAddress, {}], /kafka.ssl/],
  ['with TLS, where there is none,', () => [server.address, { ssl: {} }], /kafka.ssl/],
  [
    'with TLS and a certificate that nobody vouches for',
    () => [server.tlsAddress, { ssl: {} }],
    /Give kafka.ssl.ca_file/,
  ],
  ['without a password, where it is needed,', () => [server.saslAddress, {}], /kafka.sasl/],
  [
    'to a name that is not there',
    () => ['nobody.invalid:9092', {}],
    /nobody.invalid:9092 cannot be reached: .*Check the name/,
  ],
])(
  'a connection %s tells what to do',
  async (_, target, advice) => {
    const { outcome } = await connect(...target());

    expect(outcome).toMatch(/^Kafka at \S+:\d+ /);
    expect(outcome).toMatch(advice);
  },
  TIMEOUT_MS,
);
