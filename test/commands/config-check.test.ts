import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { runConfigCheck } from '../../src/commands/config-check.js';
import type { Environment } from '../../src/config/elasticsearch.js';
import { loadConfig } from '../../src/config/load.js';
import { inFolder } from '../support/analysis.js';
import { MMDB } from '../support/mmdb.js';

/** What is printed for a file of this text. */
async function printed(text: string, environment: Environment = {}): Promise<string> {
  return inFolder(async (folder) => {
    const config = join(folder, 'mx.yaml');
    writeFileSync(config, text);
    let output = '';
    const print = async (piece: string): Promise<void> => {
      output += piece;
    };
    await runConfigCheck({ config }, { machineTimezone: 'UTC', environment, print });
    return output;
  });
}

const ELASTICSEARCH = 'elasticsearch: { nodes: ["http://127.0.0.1:9200"], retention: { alerts: 7d } }\n';

const KAFKA = 'kafka: { brokers: ["127.0.0.1:9092"], sasl: { mechanism: plain, username: mx } }\n';
const BROKERS = 'kafka: { brokers: ["127.0.0.1:9092"]';
const TLS = join(import.meta.dirname, '..', 'support', 'tls');
const PAIR = { cert: join(TLS, 'certificate.pem'), key: join(TLS, 'key.pem') };
const PASSWORD = { MXWARDEN_KAFKA_PASSWORD: 's3cret' };

describe('the configuration that is printed', () => {
  test.each(['', 'year: 2026\n', ELASTICSEARCH, 'kafka: { brokers: ["127.0.0.1:9092"] }\n'])(
    'of %j gives the same configuration again, with all defaults',
    async (text) => {
      const again = await printed(text);

      expect(parse(again)).toEqual(await loadConfig({ name: 'a', text }, {}, 'UTC'));
      expect(await printed(again)).toBe(again);
    },
  );

  test('says which secrets are set, and not what they are', async () => {
    const output = await printed(ELASTICSEARCH, { MXWARDEN_ELASTICSEARCH_API_KEY: 's3cret' });

    expect(output).toContain('# MXWARDEN_ELASTICSEARCH_API_KEY: set\n# MXWARDEN_ELASTICSEARCH_PASSWORD: not set\n');
    expect(output).not.toContain('s3cret');

    const both = await printed(ELASTICSEARCH + KAFKA, PASSWORD);
    expect(both).toContain('# MXWARDEN_ELASTICSEARCH_TOKEN: not set\n# MXWARDEN_KAFKA_PASSWORD: set\n');
    expect(both).not.toContain('s3cret');
  });

  test('names those of a schema registry where there is one', async () => {
    const registry = 'kafka: { brokers: ["127.0.0.1:9092"], registry: { url: "http://127.0.0.1:8081" } }\n';
    const output = await printed(registry, { MXWARDEN_REGISTRY_TOKEN: 's3cret' });

    expect(output).toContain('# MXWARDEN_REGISTRY_PASSWORD: not set\n# MXWARDEN_REGISTRY_TOKEN: set\n');
    expect(output).not.toContain('s3cret');
    await expect(printed(registry, { MXWARDEN_REGISTRY_PASSWORD: 's3cret' })).rejects.toThrow(
      'no kafka.registry.username',
    );
  });
});

test('files that are looked into are told with their kind and digest', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'asn.mmdb');
    writeFileSync(path, MMDB.asn);
    const output = await printed(`enrichment: { asn_file: ${path} }\n`);

    expect(parse(output)).toMatchObject({ enrichment: { asn_file: path } });
    const digest = createHash('sha256').update(MMDB.asn).digest('hex');
    expect(output).toContain(`# enrichment.asn_file: "GeoLite2-ASN", SHA-256 ${digest}\n`);
    expect(output).not.toContain('country_file');
  });
});

test.each([
  ['windows: [7m]\n', {}, 'must divide 1h'],
  [ELASTICSEARCH, { MXWARDEN_ELASTICSEARCH_PASSWORD: 's3cret' }, 'no elasticsearch.username'],
  [KAFKA, {}, 'MXWARDEN_KAFKA_PASSWORD is not set'],
  [`${BROKERS}, ssl: { ca_file: /nowhere/ca.pem } }\n`, {}, 'kafka.ssl.ca_file: Error: ENOENT'],
  [`${BROKERS}, ssl: { ca_file: ${PAIR.key} } }\n`, {}, 'kafka.ssl.ca_file: ' + PAIR.key + ' holds no certificate'],
  [`${BROKERS}, ssl: { cert_file: ${PAIR.cert}, key_file: ${PAIR.cert} } }\n`, {}, 'kafka.ssl.key_file: '],
  [
    `${BROKERS}, sasl: { mechanism: oauthbearer, token_file: /nowhere/token } }\n`,
    {},
    'kafka.sasl.token_file: Error: ENOENT',
  ],
  [`${BROKERS}, sasl: { mechanism: oauthbearer, token_file: /dev/null } }\n`, {}, '/dev/null holds no token'],
  [
    `${BROKERS}, registry: { url: "https://a.example", ca_file: /nowhere/a } }\n`,
    {},
    'kafka.registry.ca_file: Error: ENOENT',
  ],
  [
    'elasticsearch: { nodes: ["https://a.example"], ca_file: /nowhere/a }\n',
    {},
    'elasticsearch.ca_file: Error: ENOENT',
  ],
  ['kibana: { url: "https://a.example", ca_file: /nowhere/a }\n', {}, 'kibana.ca_file: Error: ENOENT'],
  ['enrichment: { asn: a.mmdb }\n', {}, 'enrichment.asn: is no setting'],
  ['enrichment: { asn_file: "" }\n', {}, 'names no file'],
  ['enrichment: [a.mmdb]\n', {}, 'must be files such as {asn_file: GeoLite2-ASN.mmdb}'],
  ['enrichment: { asn_file: /nowhere/a.mmdb }\n', {}, 'enrichment.asn_file: Cannot read /nowhere/a.mmdb'],
])('of %j with %j is told what is wrong', async (text, environment, problem) => {
  await expect(printed(text, environment)).rejects.toThrow(problem);
});

test('a file that is not there is told', async () => {
  const deps = { machineTimezone: 'UTC', environment: {}, print: () => Promise.resolve() };
  await expect(runConfigCheck({ config: '/nowhere/mx.yaml' }, deps)).rejects.toThrow('Cannot read /nowhere/mx.yaml');
});
