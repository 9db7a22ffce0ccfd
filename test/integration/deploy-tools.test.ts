import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { ELASTICSEARCH_VERSIONS } from '../servers/elasticsearch.js';
import { KAFKA_VERSION } from '../servers/kafka-broker.js';
import { ROOT, deployed, withNames } from '../support/deploy.js';
import { composeCommand, programPath, rsyslogWithKafka, say } from '../support/deploy-tools.js';
import { objectOf } from '../support/ship-site.js';

/** The tools look at all units of a machine, or are written in Python. */
jest.setTimeout(60_000);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-deploy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('rsyslog', () => {
  const check = async (text: string): Promise<number | null> => {
    const dropIn = join(folder, '60-mxwarden.conf');
    await writeFile(dropIn, text);
    const main = join(folder, 'rsyslog.conf');
    await writeFile(main, `global(workDirectory="${folder}")\ninclude(file="${dropIn}")\n`);
    const { code } = say([rsyslogWithKafka(), '-N1', '-f', main]);
    return code;
  };

  test('takes its configuration', async () => {
    expect(await check(deployed('rsyslog.conf'))).toBe(0);
  });

  test('would not take another one', async () => {
    expect(await check(withNames(deployed('rsyslog.conf'), { 'partitions.auto': 'partitions.some' }))).not.toBe(0);
  });
});

const UNITS = ['mxwarden-stream.service', 'mxwarden-ship.service'];
/** As README says it. */
const EXPOSURE = 1.1;

describe.each(UNITS)('%s', (unit) => {
  test('is understood by systemd, and needs nothing that is not there', async () => {
    const text = withNames(deployed(join('systemd', unit)), { '/usr/local/bin/mxwarden': await ownProgram() });
    const path = join(folder, unit);
    await writeFile(path, text);
    expect(say([programPath('systemd-analyze'), 'verify', path])).toEqual({ code: 0, stdout: '', stderr: '' });

    await writeFile(path, text.replace('ProtectSystem=strict', 'ProtectSystm=strict'));
    expect(say([programPath('systemd-analyze'), 'verify', path]).stderr).toContain('ProtectSystm');
  });

  test(`has an exposure of ${String(EXPOSURE)}`, () => {
    const path = join(ROOT, 'deploy', 'systemd', unit);
    const { stdout } = say([programPath('systemd-analyze'), 'security', '--offline=true', path]);
    expect(Number(/Overall exposure level for \S+: (\S+)/.exec(stdout)?.[1])).toBe(EXPOSURE);
  });
});

test('README says the exposure', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  expect(readme.match(/exposure of \d+\.\d+/g)).toEqual([`exposure of ${String(EXPOSURE)}`]);
});

/** Something that can be executed, in the place of mxwarden. */
async function ownProgram(): Promise<string> {
  const path = join(folder, 'bin', 'mxwarden');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
  return path;
}

describe('the Compose file', () => {
  const compose = join(ROOT, 'deploy', 'compose.yaml');
  const example = join(ROOT, 'deploy', 'compose.env.example');
  const config = (variables: readonly string[]) => say([...composeCommand(), ...variables, '-f', compose, 'config']);
  let services: Readonly<Record<string, unknown>> = {};
  beforeAll(() => {
    const { stdout, stderr } = config(['--env-file', example]);
    if (stdout === '') throw new Error(stderr);
    services = objectOf(objectOf(parse(stdout))['services']);
  });
  const service = (name: string) => objectOf(services[name]);

  test('is taken by Compose, with the variables of the example', () => {
    expect(config(['--env-file', example])).toMatchObject({ code: 0, stderr: '' });
    expect(Object.keys(services).sort()).toEqual([
      'elasticsearch',
      'kafka',
      'kibana',
      'kibana-user',
      'setup',
      'ship',
      'stream',
    ]);
  });

  test('does not start without secrets, and says where to look', async () => {
    const none = join(folder, 'none.env');
    await writeFile(none, '');
    const { code, stderr } = config(['--env-file', none]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('compose.env.example');
  });

  test('has the versions that the tests run', async () => {
    const { version } = objectOf(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
    const newest = ELASTICSEARCH_VERSIONS.at(-1)?.number ?? '';
    expect(Object.fromEntries(Object.entries(services).map(([name, each]) => [name, objectOf(each)['image']]))).toEqual(
      {
        kafka: `apache/kafka:${KAFKA_VERSION}`,
        elasticsearch: `docker.elastic.co/elasticsearch/elasticsearch:${newest}`,
        'kibana-user': `docker.elastic.co/elasticsearch/elasticsearch:${newest}`,
        kibana: `docker.elastic.co/kibana/kibana:${newest}`,
        setup: `mxwarden:${String(version)}`,
        stream: `mxwarden:${String(version)}`,
        ship: `mxwarden:${String(version)}`,
      },
    );
  });

  test('opens ports to this machine alone', () => {
    const ports = Object.values(services).flatMap((each) => {
      const given = objectOf(each)['ports'];
      return Array.isArray(given) ? given.map((port) => JSON.stringify(port)) : [];
    });
    expect(ports.length).toBe(2);
    for (const port of ports) expect(port).toContain('127.0.0.1');
  });

  test('waits for what is ready, not for what has begun', () => {
    const conditionsOf = (name: string) => objectOf(service(name)['depends_on']);
    expect(conditionsOf('setup')).toMatchObject({
      kafka: { condition: 'service_healthy' },
      elasticsearch: { condition: 'service_healthy' },
      kibana: { condition: 'service_healthy' },
    });
    for (const name of ['stream', 'ship'])
      expect(conditionsOf(name)).toMatchObject({ setup: { condition: 'service_completed_successfully' } });
    for (const name of ['kafka', 'elasticsearch', 'kibana'])
      expect(objectOf(service(name)['healthcheck'])['test']).toBeDefined();
  });

  test.each(['setup', 'stream', 'ship'])('%s cannot write to its image, nor become root', (name) => {
    expect(service(name)).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('what it is configured with has all that is needed', async () => {
    const settings = await loadConfig({ name: 'demo.yaml', text: deployed('demo.yaml') }, {}, 'UTC');
    expect(settings.kafka?.brokers).toEqual(['kafka:9092']);
    expect(settings.elasticsearch).toMatchObject({ nodes: ['http://elasticsearch:9200'], username: 'elastic' });
    expect(settings.stream.listen).toBe('0.0.0.0:9469');
  });
});
