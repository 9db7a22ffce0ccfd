import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { inFolder } from '../support/analysis.js';
import { diagnose, findingOf } from '../support/doctor.js';
import { runProgram } from '../support/program.js';

const TIMEOUT_MS = 60_000;
const NOBODY = 'elasticsearch: { nodes: ["http://127.0.0.1:1"] }\nkafka: { brokers: ["127.0.0.1:1"] }\n';

test.each<[string, readonly string[], number, RegExp, RegExp]>([
  ['a bad configuration', [], 6, /^failure {2}configuration {2}\S+mx\.yaml:1: windows\.0: /, /^$/],
  [NOBODY, [], 6, /failure {2}brokers .*\n +next: Check that it runs[^]*failure {2}elasticsearch .*\n +next: /, /^$/],
  ['year: 2026\n', [], 6, /There are no settings for kafka and elasticsearch.*\n +next: Give --config FILE/, /^$/],
  [NOBODY, ['--json'], 6, /^\{"findings":\[\{"area":"configuration","level":"ok"/, /^$/],
  [NOBODY, ['--discover'], 4, /^$/, /^mxwarden: Kafka at 127\.0\.0\.1:1 cannot be reached/],
  ['year: 2026\n', ['--discover'], 2, /^$/, /^mxwarden: kafka: is needed/],
  [NOBODY, ['--discover', '--json'], 2, /^$/, /cannot be used with option '--json'/],
])(
  '%j with %j ends with %d',
  async (text, args, code, stdout, stderr) => {
    const ended = await inFolder(async (folder) => {
      const config = join(folder, 'mx.yaml');
      writeFileSync(config, text.startsWith('a bad') ? 'windows: [often]\nyear: 1\n' : text);
      return runProgram(['doctor', ...args, '--config', config]);
    });

    expect(ended.stdout).toMatch(stdout);
    expect(ended.stderr).toMatch(stderr);
    expect(ended.code).toBe(code);
  },
  TIMEOUT_MS,
);

test(
  'without --config, or with a file that is not there, it says what to give',
  async () => {
    const { stdout, code } = await runProgram(['doctor', '--config', '/nowhere/mx.yaml']);
    const none = await runProgram(['doctor']);

    expect([code, none.code]).toEqual([6, 6]);
    expect(stdout).toContain('Cannot read /nowhere/mx.yaml');
    expect(none.stdout).toContain('next: Give --config FILE');
  },
  TIMEOUT_MS,
);

test('all that is wrong with secrets and files is told, and the rest is looked at', async () => {
  const settings = {
    kafka: { brokers: ['127.0.0.1:1'], sasl: { mechanism: 'plain', username: 'mx' } },
    elasticsearch: { nodes: ['http://127.0.0.1:1'] },
    enrichment: { asn_file: '/nowhere/asn.mmdb' },
  };

  const { findings, isWell } = await diagnose(settings);

  expect(isWell).toBe(false);
  findingOf(findings, 'failure', 'kafka.sasl is given, but MXWARDEN_KAFKA_PASSWORD is not set.');
  findingOf(findings, 'failure', 'enrichment.asn_file: ');
  findingOf(findings, 'failure', 'Elasticsearch does not answer');
  expect(findings.map(({ area }) => area)).not.toContain('brokers');
});
