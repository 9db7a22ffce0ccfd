import { PARTITIONS, differenceText, planTopics } from '../../kafka/topics.js';
import type { Difference, FoundTopic, FoundTopics, TopicStep } from '../../kafka/topics.js';
import { inputTopics } from '../stream-inputs.js';
import { command } from './context.js';
import type { KafkaContext } from './context.js';
import { count, failure, listed, ok, warning } from './finding.js';
import type { Finding, Level } from './finding.js';

const AREA = 'topics';
/** Settings of which more does no harm; retention without limit is -1. */
const AT_LEAST = ['max.message.bytes', 'retention.ms', 'min.insync.replicas', PARTITIONS];

/** Whether the topics are as setup makes them; `names` are all that the brokers have. */
export function topicFindings(found: FoundTopics, names: readonly string[], context: KafkaContext): Finding[] {
  const { steps } = planTopics(found, context.kafka);
  const missing = steps.filter(({ action }) => action === 'create').map(({ topic }) => topic.name);
  const bySteps = steps.map((step) => findingsOf(step, found.topics.get(step.topic.name), context));
  const fine = bySteps.filter((findings) => findings.length === 0).length - missing.length;
  const findings = [...missingFindings(missing, context), ...bySteps.flat()];
  const made = steps.map(({ topic }) => topic.name);
  for (const { topic } of inputTopics(context.config, context.kafka)) {
    if (made.includes(topic) || names.includes(topic)) continue;
    const next = `Make the topic ${topic}, or mend its name in stream.inputs in ${context.file}.`;
    findings.push(failure(AREA, `${topic}, which stream.inputs names, is not there, or we may not see it.`, next));
  }
  findings.push(...snapshotFindings(found, context));
  if (fine === 0) return findings;
  return [ok(AREA, `${fine} of ${steps.length} topics that setup makes are as they should be.`), ...findings];
}

/** Topics of events that are not read are no more than missed. */
function missingFindings(missing: readonly string[], context: KafkaContext): Finding[] {
  const { mail_events: mail, dns_events: dns } = context.kafka.topics;
  const inputs = inputTopics(context.config, context.kafka).map(({ topic }) => topic);
  const isNeeded = (name: string): boolean => inputs.includes(name) || ![mail, dns].includes(name);
  const finding = (tell: typeof failure, names: readonly string[]): Finding[] => {
    if (names.length === 0) return [];
    const text = `${count(names.length, 'topic is', 'topics are')} not there, or we may not see ${names.length === 1 ? 'it' : 'them'}: ${listed(names)}.`;
    return [tell(AREA, text, command(context, 'setup'))];
  };
  return [
    ...finding(failure, missing.filter(isNeeded)),
    ...finding(
      warning,
      missing.filter((name) => !isNeeded(name)),
    ),
  ];
}

function findingsOf(step: TopicStep, there: FoundTopic | undefined, context: KafkaContext): Finding[] {
  const { name } = step.topic;
  if (there === undefined) return [];
  const findings: Finding[] = copiesFindings(step, there);
  const differences = step.differences.filter(isHarmful);
  if (differences.some(({ what }) => what === PARTITIONS)) {
    const text = `${name} has ${count(there.partitionCount, 'partition')}, but is to have ${step.topic.partitionCount}.`;
    const next = `Set kafka.partitions in ${context.file} to what it has, or delete it and run ${command(context, 'setup')}`;
    findings.push(failure(AREA, text, next));
  }
  const settings = differences.filter(({ what }) => what !== PARTITIONS);
  if (settings.length > 0) {
    const level: Level = settings.some((difference) => isFatal(difference, name, context)) ? 'failure' : 'warning';
    const text = `${name}: ${settings.map(differenceText).join(', ')}.`;
    findings.push({ area: AREA, level, text, next: alterCommand(name, settings, context) });
  }
  return findings;
}

function isHarmful({ what, is, wanted }: Difference): boolean {
  if (!AT_LEAST.includes(what)) return true;
  const [has, needs] = [Number(is), Number(wanted)];
  return !(has >= needs) && !(what === 'retention.ms' && has === -1);
}

/** Whether numbers or records are lost by it. */
function isFatal({ what, is }: Difference, name: string, { config, kafka }: KafkaContext): boolean {
  const { partials, snapshots } = kafka.topics;
  const isState = name === partials || name === snapshots;
  const isInput = inputTopics(config, kafka).some(({ topic }) => topic === name);
  if (what === 'cleanup.policy') return (is ?? '').includes('compact') && (isState || isInput);
  return what === 'max.message.bytes' && isState;
}

function alterCommand(name: string, settings: readonly Difference[], { kafka }: KafkaContext): string {
  const values = settings.map(({ what, wanted }) => `${what}=${wanted}`).join(',');
  const login = kafka.sasl === undefined && kafka.ssl === undefined ? '' : ' --command-config client.properties';
  return (
    `kafka-configs.sh --bootstrap-server ${kafka.brokers.join(',')}${login} ` +
    `--alter --entity-type topics --entity-name ${name} --add-config ${values}`
  );
}

/** Whether the copies of a topic are enough, and there. */
function copiesFindings({ topic }: TopicStep, there: FoundTopic): Finding[] {
  const { name, replicationFactor } = topic;
  const { inSyncCount, settings } = there;
  const needed = Number(settings['min.insync.replicas'] ?? 1);
  const bringBack = 'Start the brokers that are away, or look into their logs.';
  if (inSyncCount === 0) return [failure(AREA, `${name} has a partition without a leader.`, bringBack)];
  if (inSyncCount < needed) {
    const text = `${name} takes no records: of a partition ${count(inSyncCount, 'copy is', 'copies are')} in sync, and min.insync.replicas is ${needed}.`;
    return [failure(AREA, text, bringBack)];
  }
  if (there.replicationFactor < replicationFactor) {
    const text = `${name} has ${count(there.replicationFactor, 'copy', 'copies')}, not ${replicationFactor}.`;
    const next = `Give it more by kafka-reassign-partitions.sh, or set kafka.replication_factor to ${there.replicationFactor}.`;
    return [warning(AREA, text, next)];
  }
  return [];
}

/** The snapshot of a partition goes to that of the same number. */
function snapshotFindings({ topics }: FoundTopics, { kafka, file }: KafkaContext): Finding[] {
  const { partials, snapshots } = kafka.topics;
  const [has, of] = [topics.get(snapshots)?.partitionCount, topics.get(partials)?.partitionCount];
  if (has === undefined || of === undefined || has >= of || of <= kafka.partitions.partials) return [];
  const text = `${snapshots} has ${count(has, 'partition')}, and ${partials} has ${of}: they need the same number.`;
  const next = `Set kafka.partitions.partials to ${of} in ${file}, delete the topic ${snapshots}, and run ${command({ file }, 'setup')}`;
  return [failure(AREA, text, next)];
}
