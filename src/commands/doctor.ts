import type { Registry } from '../avro/registry.js';
import type { Environment } from '../config/elasticsearch.js';
import type { KafkaSettings } from '../config/kafka.js';
import { ConfigError, loadConfig } from '../config/load.js';
import { configuredServers } from '../config/servers.js';
import type { Ms } from '../core/event.js';
import { createIdentity } from '../core/identity.js';
import { SECOND_MS, durationMs } from '../core/time.js';
import { SinkError } from '../files/errors.js';
import { withAdmin } from '../kafka/admin.js';
import { createClient } from '../kafka/client.js';
import type { Admin, ClientConfig, Kafka } from '../kafka/client.js';
import { explain } from '../kafka/errors.js';
import { inspectTopics } from '../kafka/topics.js';
import { readConfigFile } from './config-file.js';
import type { Context, KafkaContext } from './doctor/context.js';
import { clockFindings, countSample, coverageFindings } from './doctor/coverage.js';
import { elasticsearchFindings } from './doctor/elasticsearch.js';
import { count, countsOf, failure, findingsJson, findingsText, ok, warning } from './doctor/finding.js';
import type { Finding } from './doctor/finding.js';
import { identityFindings } from './doctor/identity.js';
import { kibanaFindings } from './doctor/kibana.js';
import { proposeServers } from './doctor/proposal.js';
import { registryFindings } from './doctor/registry.js';
import { decodeSamples, readSamples } from './doctor/samples.js';
import type { TopicSample } from './doctor/samples.js';
import { readStreamState, stageFindings } from './doctor/stages.js';
import { topicFindings } from './doctor/topics.js';
import { within } from './doctor/trouble.js';
import { connectElasticsearch, retentionOf } from './elasticsearch.js';
import { readEnrichment } from './enrichment.js';
import { kafkaClientConfig } from './kafka.js';
import { connectKibana, kibanaTarget } from './kibana.js';
import { openRegistry } from './registry.js';
import { unlessWrong } from './setup.js';
import { cfgOf, inputTopics } from './stream-inputs.js';

/** How long a check may take. */
const LIMIT_MS = 45 * SECOND_MS;
/** How long one answer of a broker may take: whoever waits for a diagnosis does so for less long than a pipeline. */
const ANSWER_MS = 10 * SECOND_MS;
/** Records of each topic that are looked at. */
const SAMPLE_RECORDS = 2000;
/** The same to find servers: connections and the queries about them must both be there. */
const DISCOVER_RECORDS = 50_000;

/** Options as the command line has them. */
export interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly discover?: boolean;
}

export interface DoctorDeps {
  readonly machineTimezone: string;
  readonly environment: Environment;
  readonly clock: () => Ms;
  readonly print: (text: string) => Promise<void>;
}

/** Looks at all that mxwarden needs, and prints how it is; whether nothing has failed. */
export async function runDoctor(options: DoctorOptions, deps: DoctorDeps): Promise<boolean> {
  if (options.discover === true) return discover(options, deps);
  const findings = await examine(options, deps);
  await deps.print(options.json === true ? findingsJson(findings) : findingsText(findings));
  return countsOf(findings).failure === 0;
}

/** What servers can be reached with, by a configuration that can be used as far as it is here. */
interface Reach {
  readonly context: Context;
  readonly kafka: KafkaContext | undefined;
  readonly client: ClientConfig | undefined;
  readonly registry: Registry | undefined;
  readonly problems: readonly string[];
}

async function reachOf(options: DoctorOptions, { machineTimezone, environment, clock }: DoctorDeps): Promise<Reach> {
  const config = await loadConfig(await readConfigFile(options.config), {}, machineTimezone);
  const { kafka } = config;
  const problems: string[] = [];
  const client = kafka && (await unlessWrong(kafkaClientConfig(patient(kafka), environment), problems));
  const registry = kafka && (await unlessWrong(openRegistry(kafka, environment), problems));
  const enrichment = await readEnrichment(config.enrichment);
  if ('problems' in enrichment) problems.push(...enrichment.problems);
  const context: Context = {
    config,
    file: options.config ?? 'FILE',
    identity: createIdentity(configuredServers(config), config.timezone),
    cfg: 'problems' in enrichment ? undefined : cfgOf(config, enrichment),
    nowMs: clock,
  };
  return { context, kafka: kafka && { ...context, kafka }, client, registry, problems };
}

function patient(settings: KafkaSettings): KafkaSettings {
  const timeoutMs = Math.min(durationMs(settings.request_timeout), ANSWER_MS);
  return { ...settings, request_timeout: `${Math.ceil(timeoutMs / SECOND_MS)}s` };
}

async function examine(options: DoctorOptions, deps: DoctorDeps): Promise<readonly Finding[]> {
  let reach: Reach;
  try {
    reach = await reachOf(options, deps);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => configurationFailure(problem, options));
  }
  const { context, kafka, client, registry, problems } = reach;
  const { elasticsearch, kibana } = context.config;
  const wrong = [...problems];
  const connection = elasticsearch && (await unlessWrong(connectElasticsearch(elasticsearch, deps.environment), wrong));
  const board = kibana && (await unlessWrong(connectKibana(kibana, deps.environment), wrong));
  try {
    const checks: Promise<readonly Finding[]>[] = [];
    if (kafka !== undefined && client !== undefined)
      checks.push(within('brokers', 2 * LIMIT_MS, () => examineKafka(kafka, client, registry)));
    if (kafka !== undefined && registry !== undefined)
      checks.push(within('registry', LIMIT_MS, () => registryFindings(registry, kafka.kafka.topics)));
    if (elasticsearch !== undefined && connection !== undefined) {
      const retention = retentionOf(elasticsearch);
      checks.push(
        within('elasticsearch', LIMIT_MS, () => elasticsearchFindings(connection.request, retention, context)),
      );
    }
    if (kibana !== undefined && board !== undefined) {
      const target = kibanaTarget(kibana, context.config);
      checks.push(within('kibana', LIMIT_MS, () => kibanaFindings(board.request, target, context)));
    }
    const found = (await Promise.all(checks)).flat();
    return [...configurationFindings(context, wrong, options), ...found];
  } finally {
    await connection?.close();
    await board?.close();
  }
}

function configurationFailure(problem: string, options: DoctorOptions): Finding {
  const file =
    options.config === undefined ? 'Give --config FILE' : `Mend it in ${options.config} or in the environment`;
  return failure('configuration', problem, `${file}; mxwarden config check says whether all is right then.`);
}

function configurationFindings(context: Context, wrong: readonly string[], options: DoctorOptions): Finding[] {
  const { config } = context;
  const findings = wrong.map((problem) => configurationFailure(problem, options));
  const { kafka, elasticsearch } = config;
  if (kafka === undefined && elasticsearch === undefined) {
    const text = 'There are no settings for kafka and elasticsearch: nothing can be looked at.';
    const example = '"kafka: {brokers: [127.0.0.1:9092]}" and "elasticsearch: {nodes: [http://127.0.0.1:9200]}"';
    findings.push(failure('configuration', text, `Give --config FILE, in which there is ${example}.`));
  } else if (kafka === undefined) {
    const text = 'There are no settings for kafka: nothing is streamed.';
    findings.push(warning('configuration', text, `Add kafka: {brokers: [HOST:PORT]} to ${context.file}.`));
  } else if (elasticsearch === undefined) {
    const text = 'There are no settings for elasticsearch: documents stay in Kafka.';
    const next = `Add elasticsearch: {nodes: [URL]} to ${context.file}, or leave the stage index out (--stages aggregate,correlate).`;
    findings.push(warning('configuration', text, next));
  }
  if (wrong.length > 0) return findings;
  return [ok('configuration', `${context.file} and the secrets can be used.`), ...findings];
}

/** What is said on the way comes back as a finding, if it is one. */
function silentClient(client: ClientConfig): Kafka {
  return createClient(client, { log: () => undefined });
}

async function examineKafka(
  context: KafkaContext,
  client: ClientConfig,
  registry: Registry | undefined,
): Promise<readonly Finding[]> {
  const kafka = silentClient(client);
  return withAdmin(kafka, async (admin) => {
    const { brokers } = await admin.describeCluster();
    const names = await admin.listTopics();
    const place = { kafka, admin, names };
    const parts = await Promise.all([
      within('topics', LIMIT_MS, () => examineTopics(admin, names, context)),
      within('stages', LIMIT_MS, async () => stageFindings(await readStreamState(place, context), context)),
      within('coverage', LIMIT_MS, async () => {
        const read = await readSamples(place, inputTopics(context.config, context.kafka), SAMPLE_RECORDS);
        return sampleFindings(await decodeSamples(read, context.config, registry), context);
      }),
    ]);
    return [ok('brokers', brokersText(brokers.length, client)), ...parts.flat()];
  });
}

function brokersText(brokerCount: number, { settings }: ClientConfig): string {
  const { ssl, sasl } = settings;
  const login = sasl === undefined ? '' : ` and ${sasl.username ?? 'our token'} is let in (${sasl.mechanism})`;
  const tls = ssl === undefined ? '' : ', over TLS';
  return `${count(brokerCount, 'broker')} ${brokerCount === 1 ? 'answers' : 'answer'}${login}${tls}.`;
}

async function examineTopics(
  admin: Admin,
  names: readonly string[],
  context: KafkaContext,
): Promise<readonly Finding[]> {
  const found = await inspectTopics(admin, context.kafka);
  if (!('problems' in found)) return topicFindings(found, names, context);
  const next = 'Look into the log of the broker, and whether the user has the rights Describe and DescribeConfigs.';
  return found.problems.map((problem) => failure('topics', problem, next));
}

function sampleFindings(samples: readonly TopicSample[], context: Context): readonly Finding[] {
  const counted = samples.map((sample) => countSample(sample, context));
  return [
    ...counted.flatMap((sample) => coverageFindings(sample, context)),
    ...clockFindings(counted, context),
    ...identityFindings(counted, context),
  ];
}

/** Prints the servers that samples show, as a section of the configuration. @throws ConfigError, SinkError */
async function discover(options: DoctorOptions, deps: DoctorDeps): Promise<boolean> {
  const { context, kafka, client, registry, problems } = await reachOf(options, deps);
  if (problems.length > 0) throw new ConfigError(problems);
  if (kafka === undefined || client === undefined)
    throw new ConfigError(['kafka: is needed to read samples of events from.']);
  const { config } = context;
  const connected = silentClient(client);
  let samples: readonly TopicSample[];
  try {
    samples = await withAdmin(connected, async (admin) => {
      const place = { kafka: connected, admin, names: await admin.listTopics() };
      const read = await readSamples(place, inputTopics(config, kafka.kafka), DISCOVER_RECORDS);
      return decodeSamples(read, config, registry);
    });
  } catch (error) {
    throw new SinkError(explain(error), { cause: error });
  }
  const { text, isFound } = proposeServers(samples, config);
  await deps.print(text);
  return isFound;
}
