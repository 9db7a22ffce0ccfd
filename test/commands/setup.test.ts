import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runSetup } from '../../src/commands/setup.js';
import type { Environment } from '../../src/config/elasticsearch.js';
import { ConfigError } from '../../src/config/load.js';
import { SinkError } from '../../src/files/errors.js';
import { inFolder } from '../support/analysis.js';
import { runProgram } from '../support/program.js';
import { setupDeps } from '../support/setup.js';

/** What setup fails with for a file of this text. */
async function failureOf(text: string, environment: Environment = {}): Promise<unknown> {
  return inFolder(async (folder) => {
    const config = join(folder, 'mx.yaml');
    writeFileSync(config, text);
    return runSetup([], { config }, setupDeps({ environment })).catch((error: unknown) => error);
  });
}

const NO_BROKER = 'kafka: { brokers: ["127.0.0.1:1"] }\n';
const NOBODY = 'elasticsearch: { nodes: ["http://127.0.0.1:1"] }\n';

describe('setup', () => {
  test('without settings for Elasticsearch or Kafka has nothing to do, and says so', async () => {
    const failure = await failureOf('year: 2026\n');

    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure).toHaveProperty('message', expect.stringContaining('Nothing to set up'));
  });

  test('tells all that is wrong with secrets and files at once', async () => {
    const text =
      'elasticsearch: { nodes: ["https://127.0.0.1:1"], username: mx, ca_file: /nowhere/ca.pem }\n' +
      'kafka: { brokers: ["127.0.0.1:1"], sasl: { mechanism: plain, username: mx }, ssl: { ca_file: /nowhere/ca.pem } }\n';
    const failure = await failureOf(text, { MXWARDEN_ELASTICSEARCH_TOKEN: 'a b' });

    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure instanceof ConfigError ? failure.problems : []).toHaveLength(5);
  });

  test('says that nobody answers, of all that it asks', async () => {
    const failure = await failureOf(NOBODY + NO_BROKER);

    expect(failure).toBeInstanceOf(SinkError);
    expect(failure).toHaveProperty('message', expect.stringContaining('Elasticsearch does not answer'));
    expect(failure).toHaveProperty('message', expect.stringContaining('Kafka at 127.0.0.1:1 cannot be reached'));
  }, 30_000);
});

describe('the program', () => {
  test.each<[readonly string[], string, number, RegExp]>([
    [['setup'], NOBODY, 4, /^mxwarden: GET \/: Elasticsearch does not answer: .*ECONNREFUSED/],
    [['setup'], NO_BROKER, 4, /^mxwarden: Kafka at 127.0.0.1:1 cannot be reached: .*ECONNREFUSED/],
    [['config', 'check'], 'kafka: {}\n', 2, /kafka.brokers: /],
    [['setup', '--dry-run'], 'year: 2026\n', 2, /^mxwarden: Nothing to set up/],
    [['config', 'check'], 'elasticsearch: {}\n', 2, /needs either nodes or cloud_id/],
    [['config', 'check'], NOBODY, 0, /^$/],
  ])(
    '%j with %j ends with %d',
    async (args, text, code, message) => {
      const ended = await inFolder(async (folder) => {
        const config = join(folder, 'mx.yaml');
        writeFileSync(config, text);
        return runProgram([...args, '--config', config]);
      });

      expect(ended.stderr).toMatch(message);
      expect(ended.code).toBe(code);
    },
    60_000,
  );
});
