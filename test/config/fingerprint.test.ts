import { describe, expect, test } from '@jest/globals';
import { fingerprintOfConfig } from '../../src/config/fingerprint.js';
import { loadConfig } from '../../src/config/load.js';
import { configEntries } from '../../src/config/schema.js';

/** A value of each setting that changes numbers or documents, which is not its default. */
const EFFECTIVE: Readonly<Record<string, unknown>> = {
  windows: ['5m', '1h'],
  timezone: 'Europe/Berlin',
  dns_host: 'ns1',
  dns_duplicates: 'drop',
  out_of_orderness: '31s',
  allowed_lateness: '2h',
  future_skew: '6m',
  gap_fill: '12h',
  client_cap: 100,
  servers: [{ id: 'mx1' }],
  profile: 'paper',
  country: 'AT',
  holidays: ['2026-12-24'],
  working_days: ['2026-12-05'],
  recipients: 'address',
};
/** The same of those that may differ between processes, and be changed at any time. */
const WITHOUT_EFFECT: Readonly<Record<string, unknown>> = {
  year: 2026,
  threads: 2,
  known: [{ kind: 'auth_flood', until: '2026-12-31', reason: 'audit' }],
  enrichment: { asn_file: '/var/lib/asn.mmdb' },
  elasticsearch: { nodes: ['http://127.0.0.1:9200'] },
  kafka: { brokers: ['127.0.0.1:9092'] },
  kibana: { url: 'http://127.0.0.1:5601' },
  stream: { epoch: 3, group: 'other', idle: '5s', max_skew: '2h', session_timeout: '40s', log_level: 'debug' },
};

async function fingerprintOf(settings: object, others: readonly string[] = []): Promise<string> {
  const file = { name: 'mxwarden.yaml', text: JSON.stringify(settings) };
  return fingerprintOfConfig(await loadConfig(file, {}, 'UTC'), others);
}

test('of each setting it is known whether it changes numbers or documents', () => {
  expect([...Object.keys(EFFECTIVE), ...Object.keys(WITHOUT_EFFECT)].sort()).toEqual(Object.keys(configEntries).sort());
});

describe('the fingerprint', () => {
  test('is a short name', async () => {
    expect(await fingerprintOf({})).toMatch(/^[\da-f]{16}$/);
  });

  test.each(Object.entries(EFFECTIVE))('changes with %s', async (name, value) => {
    expect(await fingerprintOf({ [name]: value })).not.toBe(await fingerprintOf({}));
  });

  test.each(Object.entries(WITHOUT_EFFECT))('does not change with %s', async (name, value) => {
    expect(await fingerprintOf({ [name]: value })).toBe(await fingerprintOf({}));
  });

  test('changes with topics of events and their formats', async () => {
    const inputs = [{ topic: 'postfix', format: 'ecs' }];
    const ofInputs = await fingerprintOf({ stream: { inputs } });

    expect(ofInputs).not.toBe(await fingerprintOf({}));
    expect(await fingerprintOf({ stream: { inputs: [{ topic: 'postfix', format: 'syslog' }] } })).not.toBe(ofInputs);
  });

  test('changes with facts from elsewhere', async () => {
    expect(await fingerprintOf({}, ['asn_file abc'])).not.toBe(await fingerprintOf({}, ['asn_file abd']));
  });

  test('does not depend on the order in which settings are written', async () => {
    const server = { id: 'mx1', services: { 'postfix/smtpd': 'mx', 'postfix/10025/smtpd': 'reinject' } };
    const turned = { services: { 'postfix/10025/smtpd': 'reinject', 'postfix/smtpd': 'mx' }, id: 'mx1' };

    expect(await fingerprintOf({ client_cap: 100, servers: [server] })).toBe(
      await fingerprintOf({ servers: [turned], client_cap: 100 }),
    );
  });

  test('is that of what stands there by default, written or not', async () => {
    expect(await fingerprintOf({ client_cap: 4096, windows: ['5m', '1h', '1d'] })).toBe(await fingerprintOf({}));
  });
});
