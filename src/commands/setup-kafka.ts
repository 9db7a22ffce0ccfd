import { askKafka } from '../kafka/admin.js';
import { createClient } from '../kafka/client.js';
import type { ClientConfig } from '../kafka/client.js';
import { KafkaError } from '../kafka/errors.js';
import { createTopics, differenceText, inspectTopics, planTopics } from '../kafka/topics.js';
import type { TopicPlan, TopicStep } from '../kafka/topics.js';
import { escapeControls } from '../report/escape-controls.js';
import type { SetupDeps, SetupOptions } from './setup.js';

/** Makes the topics that are missing; returns what is in the way, as sentences. */
export async function setUpKafka(
  config: ClientConfig,
  { dryRun = false }: SetupOptions,
  { print }: Pick<SetupDeps, 'print'>,
): Promise<readonly string[]> {
  const { settings } = config;
  // What is said of it on the way comes back as a problem, if it is one.
  const kafka = createClient(config, { log: () => undefined });
  try {
    return await askKafka(kafka, async (admin) => {
      const found = await inspectTopics(admin, settings);
      if ('problems' in found) return found.problems;
      const planned = planTopics(found, settings);
      const { made, problems } = await createTopics(admin, planned, dryRun);
      const brokers = found.brokerCount === 1 ? '1 broker' : `${found.brokerCount} brokers`;
      const lines = dryRun ? dryRunLines(planned, settings.brokers) : doneLines(planned, made);
      for (const line of [`Kafka, ${brokers}`, ...lines]) await print(`${escapeControls(line)}\n`);
      return [...planned.problems, ...problems];
    });
  } catch (error) {
    if (error instanceof KafkaError) return [error.message];
    throw error;
  }
}

function doneLines({ steps }: TopicPlan, made: readonly TopicStep[]): readonly string[] {
  return steps.filter((step) => step.action !== 'create' || made.includes(step)).map(lineOf);
}

function lineOf({ action, topic, differences }: TopicStep): string {
  const what = `topic ${topic.name}`;
  if (action === 'create') return `${what}: made`;
  if (action === 'keep') return `${what}: is as it should be`;
  return `${what}: left alone: ${differences.map(differenceText).join(', ')}`;
}

/** For each topic what would be said of it, or the command that makes it. */
function dryRunLines({ steps }: TopicPlan, brokers: readonly string[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.action !== 'create') return [`# ${lineOf(step)}`];
    const { name, partitionCount, replicationFactor, settings } = step.topic;
    const counts = `--partitions ${partitionCount} --replication-factor ${replicationFactor}`;
    const configs = Object.entries(settings).map(([setting, value]) => ` --config ${setting}=${value}`);
    return [
      `# topic ${name}: would be made`,
      `kafka-topics.sh --bootstrap-server ${brokers.join(',')} --create --topic ${name} ${counts}${configs.join('')}`,
    ];
  });
}
