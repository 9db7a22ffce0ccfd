import type { Environment } from '../config/elasticsearch.js';
import { ConfigError, loadConfig } from '../config/load.js';
import type { Connection } from '../elasticsearch/client.js';
import { apply, inspect, plan } from '../elasticsearch/setup.js';
import type { Plan, Step } from '../elasticsearch/setup.js';
import type { Retention } from '../elasticsearch/templates.js';
import { SinkError } from '../files/errors.js';
import { escapeControls } from '../report/escape-controls.js';
import { readConfigFile } from './config-file.js';
import { connectElasticsearch, retentionOf } from './elasticsearch.js';
import { kafkaClientConfig } from './kafka.js';
import { setUpKafka } from './setup-kafka.js';

/** Options as the command line has them. */
export interface SetupOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
}

export interface SetupDeps {
  readonly machineTimezone: string;
  readonly environment: Environment;
  readonly print: (text: string) => Promise<void>;
}

/**
 * Makes in Elasticsearch and in Kafka what is needed there, or on a dry run prints the requests and commands that would. What
 * is there already is left as it is.
 * @throws ConfigError, or SinkError, each with all problems.
 */
export async function runSetup(options: SetupOptions, deps: SetupDeps): Promise<void> {
  const { elasticsearch, kafka } = await loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
  if (elasticsearch === undefined && kafka === undefined)
    throw new ConfigError([
      'Nothing to set up: --config must name a file with settings for elasticsearch, such as {nodes: [http://127.0.0.1:9200]}, ' +
        'or for kafka, such as {brokers: [127.0.0.1:9092]}.',
    ]);
  const wrong: string[] = [];
  const connection =
    elasticsearch === undefined
      ? undefined
      : await unlessWrong(connectElasticsearch(elasticsearch, deps.environment), wrong);
  const client = kafka === undefined ? undefined : await unlessWrong(kafkaClientConfig(kafka, deps.environment), wrong);
  try {
    if (wrong.length > 0) throw new ConfigError(wrong);
    const problems: string[] = [];
    if (connection !== undefined && elasticsearch !== undefined)
      problems.push(...(await setUpElasticsearch(connection, retentionOf(elasticsearch), options, deps)));
    if (client !== undefined) problems.push(...(await setUpKafka(client, options, deps)));
    if (problems.length > 0) throw new SinkError(problems.map((problem) => escapeControls(problem)).join('\n'));
  } finally {
    await connection?.close();
  }
}

/** What is made, or nothing: then what is wrong with its settings is added to the rest. */
export async function unlessWrong<T>(making: Promise<T>, wrong: string[]): Promise<T | undefined> {
  try {
    return await making;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    wrong.push(...error.problems);
    return undefined;
  }
}

/** Sets up Elasticsearch; returns what is in the way, as sentences. */
async function setUpElasticsearch(
  connection: Connection,
  retention: Retention,
  { dryRun }: SetupOptions,
  { print }: SetupDeps,
): Promise<readonly string[]> {
  const found = await inspect(connection.request, retention);
  if ('problems' in found) return found.problems;
  const planned = plan(found, retention);
  const say = (line: string): Promise<void> => print(`${escapeControls(line)}\n`);
  await say(found.server);
  for (const lack of planned.lacks) await say(lack);
  if (dryRun === true) {
    for (const line of dryRunLines(planned)) await say(line);
    return [];
  }
  const { done, notes, problems } = await apply(planned, connection.request);
  for (const step of planned.steps) if (done.includes(step) || isLeft(step)) await say(lineOf(step));
  for (const note of notes) await say(note);
  return problems;
}

const DONE: Readonly<Record<Step['action'], string>> = {
  create: 'made',
  update: 'updated',
  keep: 'is as it should be',
  leave: 'left alone: a newer mxwarden made it',
};

function isLeft({ action }: Step): boolean {
  return action === 'keep' || action === 'leave';
}

function lineOf({ what, action }: Step): string {
  return `${what}: ${DONE[action]}`;
}

/** Each step, and where it is one that does something its request, as the console of Kibana takes it. */
function dryRunLines({ steps }: Plan): readonly string[] {
  return steps.flatMap((step) => {
    if (isLeft(step)) return [`# ${lineOf(step)}`];
    const { method, path, body } = step.request;
    return [`# ${what(step)}`, `${method} ${path}`, JSON.stringify(body)];
  });
}

function what(step: Step): string {
  return `${step.what}: would be ${DONE[step.action]}`;
}
