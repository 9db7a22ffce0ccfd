import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { givenOrNewConfig, writeNewConfig } from '../../src/commands/new-config.js';
import type { NewConfigOptions } from '../../src/commands/new-config.js';
import { ConfigError, loadConfig } from '../../src/config/load.js';
import { SinkError } from '../../src/files/errors.js';
import { FIXTURES, NOW_MS, inFolder } from '../support/analysis.js';

const LOGS = ['mail.log.gz', 'query.log.gz'].map((name) => join(FIXTURES, 'dept', name));
const ADDRESSES: NewConfigOptions = {
  kafka: 'kafka1.example:9092,kafka2.example:9092',
  elasticsearch: 'https://mx@es1.example:9200,https://mx@es2.example:9200',
  kibana: 'https://elastic@kibana.example:5601/base',
  caFile: '/etc/mxwarden/ca.pem',
};

const make = (logs: readonly string[], options: NewConfigOptions): ReturnType<typeof givenOrNewConfig> =>
  givenOrNewConfig(logs, options, {
    stdin: Readable.from([]),
    nowMs: NOW_MS,
    machineTimezone: 'UTC',
    signal: new AbortController().signal,
  });

describe('a new configuration', () => {
  test('has the addresses that are given and the mail servers of the logs, and is one', async () => {
    await inFolder(async (folder) => {
      const { file, isNew } = await make(LOGS, { ...ADDRESSES, config: join(folder, 'mx.yaml') });

      expect(isNew).toBe(true);
      expect(file?.text).toMatch(/# asks DNS from 127\.0\.0\.1@gpo: explains \d+ % of /);
      expect(await loadConfig(file, {}, 'Asia/Tokyo')).toMatchObject({
        timezone: 'UTC',
        servers: [{ id: 'gpo', addresses: ['127.0.0.1@gpo'] }],
        kafka: { brokers: ['kafka1.example:9092', 'kafka2.example:9092'] },
        elasticsearch: {
          nodes: ['https://es1.example:9200', 'https://es2.example:9200'],
          username: 'mx',
          ca_file: '/etc/mxwarden/ca.pem',
        },
        kibana: { url: 'https://kibana.example:5601/base', username: 'elastic', ca_file: '/etc/mxwarden/ca.pem' },
      });
    });
  });

  test('is the same again from the file that it was written to, which nothing overwrites', async () => {
    await inFolder(async (folder) => {
      const options = { ...ADDRESSES, config: join(folder, 'mx.yaml') };
      const { file } = await make(LOGS, options);
      if (file === undefined) throw new Error('There is none.');
      await writeNewConfig(file);

      expect(await make(LOGS, options)).toEqual({ file, isNew: false });
      await expect(writeNewConfig(file)).rejects.toThrow(SinkError);
      expect(readFileSync(options.config, 'utf8')).toBe(file.text);
    });
  });

  test('without logs says how servers are found', async () => {
    await inFolder(async (folder) => {
      const { file } = await make([], { ...ADDRESSES, config: join(folder, 'mx.yaml') });

      expect(file?.text).toContain('mxwarden doctor --discover');
      expect((await loadConfig(file, {}, 'UTC')).servers).toEqual([]);
    });
  });

  test.each([
    ['SSL://kafka1.example:9093', {}, { ssl: { ca_file: 'ca.pem' } }],
    ['SASL_SSL://mx@kafka1.example:9093', {}, { ssl: { ca_file: 'ca.pem' }, sasl: { mechanism: 'scram-sha-512' } }],
    [
      'SASL_PLAINTEXT://mx@kafka1.example:9093',
      { saslMechanism: 'plain' },
      { sasl: { mechanism: 'plain', username: 'mx' } },
    ],
  ])('knows how %s is reached, %j, also when it is there', async (kafka, more, expected) => {
    await inFolder(async (folder) => {
      const options = { kafka, caFile: 'ca.pem', ...more, config: join(folder, 'mx.yaml') };
      const { file } = await make([], options);
      if (file === undefined) throw new Error('There is none.');
      const config = await loadConfig(file, {}, 'UTC');
      await writeNewConfig(file);

      expect(config.kafka).toMatchObject({ brokers: ['kafka1.example:9093'], ...expected });
      expect('ssl' in (config.kafka ?? {})).toBe('ssl' in expected);
      expect((await make([], options)).isNew).toBe(false);
    });
  });

  test.each([
    [
      'a password before a broker',
      { kafka: 'SASL_SSL://mx:s3cret@kafka1.example:9093' },
      /^(?!.*s3cret).*kafka\.brokers/s,
    ],
    ['another mechanism', { kafka: 'mx@kafka1.example:9093', saslMechanism: 'gssapi' }, /kafka\.sasl\.mechanism/],
    ['a password in an address', { elasticsearch: 'https://mx:secret@es1.example:9200' }, /has a user in it/],
    ['no port', { kafka: 'kafka1.example' }, /kafka\.brokers/],
  ])('with %s is refused as any other', async (_, options, message) => {
    await inFolder(async (folder) => {
      const { file } = await make([], { ...options, config: join(folder, 'mx.yaml') });

      await expect(loadConfig(file, {}, 'UTC')).rejects.toThrow(message);
    });
  });

  test('of logs without a mail server is none', async () => {
    await inFolder(async (folder) => {
      const log = join(folder, 'syslog');
      writeFileSync(log, 'Nov 23 01:57:14 gpo cron[1]: run\n');

      await expect(make([log], { config: join(folder, 'mx.yaml') })).rejects.toThrow(/^No mail server is in .*syslog/);
    });
  });
});

describe('a configuration that is there', () => {
  test('is taken as it is', async () => {
    await inFolder(async (folder) => {
      const config = join(folder, 'mx.yaml');
      writeFileSync(config, 'kafka: { brokers: ["kafka1.example:9092"] }\n');

      expect((await make(LOGS, { config, kafka: 'kafka1.example:9092' })).file?.text).toContain('kafka1');
      expect((await make([], { config })).isNew).toBe(false);
    });
  });

  test('with other addresses is refused, each named', async () => {
    await inFolder(async (folder) => {
      const config = join(folder, 'mx.yaml');
      writeFileSync(config, 'kafka: { brokers: ["other.example:9092"] }\n');
      const failure = await make(LOGS, { ...ADDRESSES, config }).catch((error: unknown) => error);

      expect(failure instanceof ConfigError ? failure.problems : []).toEqual([
        expect.stringContaining('kafka.brokers is not ["kafka1.example:9092","kafka2.example:9092"]'),
        expect.stringContaining('elasticsearch.nodes'),
        expect.stringContaining('elasticsearch.username'),
        expect.stringContaining('elasticsearch.ca_file'),
        expect.stringContaining('kibana.url'),
        expect.stringContaining('kibana.username'),
        expect.stringContaining('kibana.ca_file'),
      ]);
    });
  });

  test('is not made where only its name is given', async () => {
    await inFolder(async (folder) => {
      await expect(make([], { config: join(folder, 'mx.yaml') })).rejects.toThrow(/ENOENT/);
    });
  });
});
