import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runStream } from '../../src/commands/stream.js';
import type { StreamCommandDeps, StreamOptions } from '../../src/commands/stream.js';
import { ConfigError } from '../../src/config/load.js';
import { runProgram } from '../support/program.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-stream-'));
});
afterAll(() => rm(folder, { recursive: true }));

const DEPS: StreamCommandDeps = {
  machineTimezone: 'UTC',
  environment: {},
  version: '0.0.0',
  node: 'here',
  writeLog: () => undefined,
  onReload: () => undefined,
  signal: new AbortController().signal,
};

async function configured(text: string): Promise<string> {
  const file = join(folder, 'mxwarden.yaml');
  await writeFile(file, text);
  return file;
}

/** What is wrong with a command line and a configuration; nothing is listening anywhere. */
async function problemsOf(text: string, options: StreamOptions = {}): Promise<readonly string[]> {
  const running = runStream({ ...options, config: await configured(text) }, DEPS);
  const error: unknown = await running.catch((reason: unknown) => reason);
  if (error instanceof ConfigError) return error.problems;
  throw new Error('It can be used.', { cause: error });
}

const SERVERS = 'servers: [{id: mx1}]\n';
const KAFKA = 'kafka: {brokers: [127.0.0.1:1]}\n';
const ELASTICSEARCH = 'elasticsearch: {nodes: [http://127.0.0.1:1]}\n';

describe('what cannot be used is told before anything is connected', () => {
  test.each<[string, string, StreamOptions, RegExp]>([
    [
      'a stage that is none',
      SERVERS + KAFKA + ELASTICSEARCH,
      { stages: 'aggregate,count' },
      /^--stages: count is no stage/,
    ],
    ['no stage', SERVERS + KAFKA + ELASTICSEARCH, { stages: '' }, /^--stages: {2}is no stage/],
    ['no Kafka', SERVERS + ELASTICSEARCH, {}, /^kafka: is needed/],
    ['no servers', KAFKA + ELASTICSEARCH, {}, /^servers: is empty/],
    ['no Elasticsearch for the stage index', SERVERS + KAFKA, {}, /^elasticsearch: is needed for the stage index/],
    ['no time', SERVERS + KAFKA + ELASTICSEARCH, { from: 'yesterday' }, /^--from: yesterday is neither/],
    [
      'a file that is not there',
      `${SERVERS}${KAFKA}${ELASTICSEARCH}enrichment: {asn_file: /nowhere/asn.mmdb}\n`,
      {},
      /asn_file/,
    ],
  ])('%s', async (_, text, options, problem) => {
    expect(await problemsOf(text, options)).toEqual([expect.stringMatching(problem)]);
  });

  test('all of it at once', async () => {
    const problems = await problemsOf('enrichment: {country_file: /nowhere/c.mmdb}\n', { stages: 'x,y', from: 'z' });

    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      '--stages',
      '--from',
      'kafka',
      'servers',
      expect.stringContaining('country_file'),
    ]);
    expect(problems[0]).toContain('x, y is no stage; they are aggregate, correlate, index.');
  });

  test('Elasticsearch is not needed where nothing is indexed', async () => {
    expect(await problemsOf(SERVERS, { stages: 'correlate, aggregate' })).toEqual([expect.stringMatching(/^kafka:/)]);
  });
});

test('the program ends with 2 and says why', async () => {
  const file = await configured(KAFKA);
  const { code, stderr } = await runProgram(['stream', '--config', file, '--from', 'x', '--stages', 'aggregate']);

  expect(code).toBe(2);
  expect(stderr).toContain('--from: x is neither');
  expect(stderr).toContain('servers: is empty');
});

test('a configuration that is not there is told as well', async () => {
  const error: unknown = await runStream({ config: join(folder, 'none.yaml') }, DEPS).catch(
    (reason: unknown) => reason,
  );

  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).toContain('none.yaml');
});
