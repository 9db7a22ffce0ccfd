import { describe, expect, test } from '@jest/globals';
import { testedVersions } from './elasticsearch.js';
import { KAFKA_NEEDS } from './kafka.js';
import { chooseNewOrigin, chooseOrigin } from './origin.js';
import type { Machine } from './origin.js';

const JDK_11 = { home: '/opt/jdk-11', major: 11 };
const JDK_17 = { home: '/opt/jdk-17', major: 17 };
const JDK_25 = { home: '/opt/jdk-25', major: 25 };

function machine(
  jdks: readonly (typeof JDK_17)[],
  hasEngine = false,
  environment: Machine['environment'] = {},
): Machine {
  return { environment, engineAnswers: () => Promise.resolve(hasEngine), jdks: () => jdks };
}

describe('a server comes from', () => {
  const named = { MXWARDEN_KAFKA: '192.0.2.9:9092' };

  test.each([
    ['the environment before all else', machine([JDK_17], true, named), { kind: 'named', address: '192.0.2.9:9092' }],
    ['a container where a Docker engine answers', machine([JDK_17], true), { kind: 'container' }],
    ['a process otherwise', machine([JDK_17]), { kind: 'local', jdk: JDK_17 }],
    ['an empty name is none', machine([JDK_17], false, { MXWARDEN_KAFKA: '' }), { kind: 'local', jdk: JDK_17 }],
    ['a process of the oldest Java that runs it', machine([JDK_25, JDK_11, JDK_17]), { kind: 'local', jdk: JDK_17 }],
  ])('%s', async (_, from, expected) => {
    expect(await chooseOrigin(KAFKA_NEEDS, from)).toEqual(expected);
  });

  test('this machine where it must be one of its own', async () => {
    expect(await chooseNewOrigin(KAFKA_NEEDS, machine([JDK_17], false, named))).toEqual({ kind: 'local', jdk: JDK_17 });
  });
});

test.each([
  ['none', []],
  ['11', [JDK_11]],
])('without a Java that is new enough (%s) it is said what to install', async (found, jdks) => {
  await expect(chooseOrigin(KAFKA_NEEDS, machine(jdks))).rejects.toThrow(
    'Kafka cannot be started here: install a JDK of version 17 or newer (Debian: apt-get install ' +
      `openjdk-17-jdk-headless maven); found: ${found}. Or start a Docker engine, or name a running server in ` +
      'MXWARDEN_KAFKA=127.0.0.1:9092.',
  );
});

describe('Elasticsearch is tested with', () => {
  test.each([
    ['what the Java of the machine runs', machine([JDK_17]), ['8.19.21']],
    ['both versions where there is a newer one', machine([JDK_17, JDK_25]), ['8.19.21', '9.5.3']],
    ['both in containers', machine([], true), ['8.19.21', '9.5.3']],
    ['both in an automatic build', machine([JDK_17], false, { CI: 'true' }), ['8.19.21', '9.5.3']],
  ])('%s', async (_, on, expected) => {
    expect((await testedVersions(on)).map(({ number }) => number)).toEqual(expected);
  });

  test('no version where there is no Java', async () => {
    await expect(testedVersions(machine([]))).rejects.toThrow('Elasticsearch 8.19.21 cannot be started here');
  });
});
