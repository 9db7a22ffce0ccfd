import { setTimeout } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import type { KafkaSettings } from '../config/kafka.js';
import { entries } from '../core/tally/counters.js';
import { durationMs } from '../core/time.js';
import { explain, topicsText } from './errors.js';

/** A topic as setup makes it. */
export interface WantedTopic {
  readonly name: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** A topic as it is. */
export interface FoundTopic extends Omit<WantedTopic, 'name'> {
  /** Copies in sync of the partition that has fewest, 0 where one has no leader. */
  readonly inSyncCount: number;
}

/** What is in a cluster of what setup makes. */
export interface FoundTopics {
  readonly brokerCount: number;
  readonly topics: ReadonlyMap<string, FoundTopic>;
}

/** What of a topic is not as it is to be: its partitions, or a setting. */
export interface Difference {
  readonly what: string;
  readonly is: string | undefined;
  readonly wanted: string;
}

/** What setup does about a topic, or leaves to others. */
export interface TopicStep {
  readonly action: 'create' | 'keep' | 'leave';
  readonly topic: WantedTopic;
  /** How one that is there differs. */
  readonly differences: readonly Difference[];
}

export interface TopicPlan {
  readonly steps: readonly TopicStep[];
  readonly problems: readonly string[];
}

type TopicKind = keyof KafkaSettings['topics'];

/** How each topic is to be, by the names that settings have for it. */
const KINDS: Readonly<Record<TopicKind, keyof KafkaSettings['partitions']>> = {
  mail_events: 'events',
  dns_events: 'events',
  partials: 'partials',
  snapshots: 'partials',
  correlations: 'results',
  clients: 'results',
  alerts: 'results',
  rejections: 'results',
  dead_letters: 'events',
};

const MAX_REPLICATION = 3;
/** As Kafka has it by default; what a dead letter holds besides is the reason. */
const MESSAGE_BYTES = 1_048_588;
const DEAD_LETTER_BYTES = 2 * MESSAGE_BYTES;
/** The names and recipients of a pane, up to the client cap of each, may be longer than a record is by default. */
const PARTIAL_BYTES = 8 * MESSAGE_BYTES;

/** Of a difference that is in no setting. */
export const PARTITIONS = 'partitions';

const KNOWN_TRIES = 50;
const KNOWN_DELAY_MS = 100;

/** All topics that setup makes, in a cluster of so many brokers. */
export function wantedTopics(settings: KafkaSettings, brokerCount: number): readonly WantedTopic[] {
  const replicationFactor = settings.replication_factor ?? Math.min(MAX_REPLICATION, brokerCount);
  return entries(KINDS).map(([kind, group]) => {
    const isDeadLetters = kind === 'dead_letters';
    const retention = settings.retention[isDeadLetters ? 'results' : group];
    return {
      name: settings.topics[kind],
      partitionCount: settings.partitions[group],
      replicationFactor,
      settings: {
        'cleanup.policy': 'delete',
        'max.message.bytes': String(
          isDeadLetters ? DEAD_LETTER_BYTES : group === 'partials' ? PARTIAL_BYTES : MESSAGE_BYTES,
        ),
        // By the stamps of events, old logs would be deleted as soon as they are read in again.
        'message.timestamp.type': 'LogAppendTime',
        'retention.ms': String(durationMs(retention)),
        ...(replicationFactor >= MAX_REPLICATION ? { 'min.insync.replicas': '2' } : {}),
      },
    };
  });
}

/** Looks at a cluster. */
export async function inspectTopics(
  admin: Admin,
  settings: KafkaSettings,
): Promise<FoundTopics | { readonly problems: readonly string[] }> {
  try {
    const { brokers } = await admin.describeCluster();
    const wanted = wantedTopics(settings, brokers.length);
    const all = await admin.listTopics();
    const there = wanted.filter(({ name }) => all.includes(name)).map(({ name }) => name);
    return { brokerCount: brokers.length, topics: there.length === 0 ? new Map() : await describe(admin, there) };
  } catch (error) {
    return { problems: [explain(error, rightToLook(settings))] };
  }
}

function rightToLook({ topics }: KafkaSettings): string {
  return `Describe and DescribeConfigs of the ${topicsText(Object.values(topics))}`;
}

async function describe(admin: Admin, names: readonly string[]): Promise<FoundTopics['topics']> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const { resources } = await admin.describeConfigs({
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    includeSynonyms: false,
  });
  const settingsOf = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return new Map(
    topics.map(({ name, partitions }) => [
      name,
      {
        partitionCount: partitions.length,
        replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        inSyncCount: Math.min(...partitions.map(({ leader, isr }) => (leader < 0 ? 0 : isr.length))),
        settings: settingsOf.get(name) ?? {},
      },
    ]),
  );
}

/** What is to be done in a cluster where this was found. A topic that is there is never changed. */
export function planTopics(found: FoundTopics, settings: KafkaSettings): TopicPlan {
  const problems: string[] = [];
  const steps = wantedTopics(settings, found.brokerCount).map((topic): TopicStep => {
    const there = found.topics.get(topic.name);
    if (there === undefined) return { action: 'create', topic, differences: [] };
    const { name, partitionCount } = topic;
    if (there.partitionCount < partitionCount)
      problems.push(tooFewPartitions(name, there.partitionCount, partitionCount));
    const differences = Object.entries(topic.settings)
      .map(([what, wanted]): Difference => ({ what, is: there.settings[what], wanted }))
      .filter(({ is, wanted }) => is !== wanted);
    if (there.partitionCount !== partitionCount)
      differences.unshift({ what: PARTITIONS, is: String(there.partitionCount), wanted: String(partitionCount) });
    return { action: differences.length > 0 ? 'leave' : 'keep', topic, differences };
  });
  return { steps, problems };
}

/** A difference in words. */
export function differenceText({ what, is, wanted }: Difference): string {
  if (what === PARTITIONS) return `it has ${is ?? 'no'} partitions, not ${wanted}`;
  return `${what} is ${is ?? 'not known'}, not ${wanted}`;
}

/** What to tell of a topic that has not enough partitions: more of them later would part what belongs together. */
export function tooFewPartitions(name: string, has: number, wanted: number): string {
  return (
    `The topic ${name} has ${has} partitions, but is to have ${wanted}: ` +
    'set kafka.partitions to what it has, or delete it and run mxwarden setup.'
  );
}

/** Makes the topics that are to be made, or has the brokers only look whether they could; returns what is in the way. */
export async function createTopics(
  admin: Admin,
  { steps }: TopicPlan,
  onlyCheck: boolean,
): Promise<{ readonly made: readonly TopicStep[]; readonly problems: readonly string[] }> {
  const made: TopicStep[] = [];
  const problems: string[] = [];
  for (const step of steps) {
    if (step.action !== 'create') continue;
    const { name, partitionCount, replicationFactor, settings } = step.topic;
    const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    const topic = { topic: name, numPartitions: partitionCount, replicationFactor, configEntries };
    try {
      const isNew = await admin.createTopics({ topics: [topic], validateOnly: onlyCheck, waitForLeaders: false });
      if (isNew) made.push(step);
      else problems.push(`The topic ${name} has been made in the meantime: run setup again to have it looked at.`);
    } catch (error) {
      problems.push(`The topic ${name} cannot be made: ${explain(error, `Create of the topic ${name}`)}`);
    }
  }
  try {
    if (!onlyCheck) await untilKnown(admin, made);
  } catch (error) {
    problems.push(explain(error));
  }
  return { made, problems };
}

/** A broker that has made a topic may not know it for a moment. */
async function untilKnown(admin: Admin, made: readonly TopicStep[]): Promise<void> {
  for (let tries = 0; tries < KNOWN_TRIES; tries += 1) {
    const there = await admin.listTopics();
    if (made.every(({ topic }) => there.includes(topic.name))) return;
    await setTimeout(KNOWN_DELAY_MS);
  }
}
