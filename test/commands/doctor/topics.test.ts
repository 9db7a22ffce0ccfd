import { describe, expect, test } from '@jest/globals';
import { topicFindings } from '../../../src/commands/doctor/topics.js';
import { wantedTopics } from '../../../src/kafka/topics.js';
import type { FoundTopic, FoundTopics } from '../../../src/kafka/topics.js';
import { contextOf, troubles } from '../../support/doctor.js';

const context = await contextOf();

/** A cluster of three brokers in which all is well, but for one topic. */
function cluster(name: string, change: Partial<FoundTopic> | undefined): FoundTopics {
  const topics = new Map(
    wantedTopics(context.kafka, 3).map((topic): [string, FoundTopic] => [topic.name, { ...topic, inSyncCount: 3 }]),
  );
  const topic = topics.get(name);
  if (topic === undefined || change === undefined) topics.delete(name);
  else topics.set(name, { ...topic, ...change, settings: { ...topic.settings, ...change.settings } });
  return { brokerCount: 3, topics };
}

test('as setup makes them they are ok', () => {
  const findings = topicFindings(cluster('', {}), [], context);

  expect(findings).toEqual([
    { area: 'topics', level: 'ok', text: '9 of 9 topics that setup makes are as they should be.' },
  ]);
});

describe('a topic', () => {
  const set = (settings: Readonly<Record<string, string>>): Partial<FoundTopic> => ({ settings });
  test.each<[string, Partial<FoundTopic> | undefined, string, string]>([
    [
      'mxwarden.alerts',
      undefined,
      'failure: 1 topic is not there, or we may not see it: mxwarden.alerts.',
      'mxwarden setup --config mx.yaml',
    ],
    [
      'mxwarden.partials',
      { partitionCount: 3 },
      'failure: mxwarden.partials has 3 partitions, but is to have 12.',
      'Set kafka.partitions in mx.yaml to what it has',
    ],
    [
      'mxwarden.partials',
      set({ 'cleanup.policy': 'compact' }),
      'failure: mxwarden.partials: cleanup.policy is compact, not delete.',
      '--entity-name mxwarden.partials --add-config cleanup.policy=delete',
    ],
    [
      'mxwarden.alerts',
      set({ 'cleanup.policy': 'compact' }),
      'warning: mxwarden.alerts: cleanup.policy is compact, not delete.',
      '--add-config cleanup.policy=delete',
    ],
    [
      'mxwarden.partials',
      set({ 'retention.ms': '1000' }),
      'warning: mxwarden.partials: retention.ms is 1000, not 604800000.',
      '--add-config retention.ms=604800000',
    ],
    [
      'mxwarden.mail-events',
      set({ 'message.timestamp.type': 'CreateTime' }),
      'warning: mxwarden.mail-events: message.timestamp.type is CreateTime, not LogAppendTime.',
      'message.timestamp.type=LogAppendTime',
    ],
    [
      'mxwarden.snapshots',
      set({ 'max.message.bytes': '1000' }),
      'failure: mxwarden.snapshots: max.message.bytes is 1000, not 8388704.',
      'max.message.bytes=8388704',
    ],
    [
      'mxwarden.alerts',
      set({ 'min.insync.replicas': '1' }),
      'warning: mxwarden.alerts: min.insync.replicas is 1, not 2.',
      'min.insync.replicas=2',
    ],
    [
      'mxwarden.alerts',
      { inSyncCount: 1 },
      'failure: mxwarden.alerts takes no records: of a partition 1 copy is in sync, and min.insync.replicas is 2.',
      'Start the brokers',
    ],
    [
      'mxwarden.alerts',
      { inSyncCount: 0 },
      'failure: mxwarden.alerts has a partition without a leader.',
      'Start the brokers',
    ],
    [
      'mxwarden.alerts',
      { replicationFactor: 2, inSyncCount: 2 },
      'warning: mxwarden.alerts has 2 copies, not 3.',
      'kafka-reassign-partitions.sh',
    ],
  ])('%s that is %j: %s', (name, change, text, next) => {
    const findings = topicFindings(cluster(name, change), [], context);

    expect(troubles(findings)).toEqual([text]);
    expect(findings.find(({ level }) => level !== 'ok')?.next).toContain(next);
  });

  test.each<[string, Partial<FoundTopic>]>([
    ['mxwarden.mail-events', { partitionCount: 9 }],
    ['mxwarden.alerts', set({ 'retention.ms': '-1' })],
    ['mxwarden.alerts', set({ 'max.message.bytes': '99999999' })],
  ])('%s that has more than it needs is ok', (name, change) => {
    expect(troubles(topicFindings(cluster(name, change), [], context))).toEqual([]);
  });
});

test('partials with more partitions than snapshots cannot keep their snapshots', () => {
  const found = cluster('mxwarden.partials', { partitionCount: 24 });

  expect(troubles(topicFindings(found, [], context))).toEqual([
    'failure: mxwarden.snapshots has 12 partitions, and mxwarden.partials has 24: they need the same number.',
  ]);
});

test('other inputs must be there, and the topics of events are only missed then', async () => {
  const inputs = [{ topic: 'postfix', format: 'ecs' }];
  const other = await contextOf({ stream: { inputs } });
  const found = cluster('mxwarden.mail-events', undefined);

  expect(troubles(topicFindings(found, [], other))).toEqual([
    'warning: 1 topic is not there, or we may not see it: mxwarden.mail-events.',
    'failure: postfix, which stream.inputs names, is not there, or we may not see it.',
  ]);
  expect(troubles(topicFindings(cluster('', {}), ['postfix'], other))).toEqual([]);
});

test('who logs in needs a file for the commands of Kafka as well', async () => {
  const ssl = { kafka: { brokers: ['a:1'], ssl: {} } };
  const found = cluster('mxwarden.alerts', { settings: { 'cleanup.policy': 'compact' } });

  const [, finding] = topicFindings(found, [], await contextOf(ssl));

  expect(finding?.next).toMatch(/^kafka-configs.sh --bootstrap-server a:1 --command-config client.properties --alter/);
});
