import type { ElasticsearchSettings, Environment } from '../config/elasticsearch.js';
import { ConfigError, loadConfig } from '../config/load.js';
import { apply, inspect, plan } from '../elasticsearch/setup.js';
import type { Plan, Step } from '../elasticsearch/setup.js';
import { SinkError } from '../files/errors.js';
import { escapeControls } from '../report/escape-controls.js';
import { readConfigFile } from './config-file.js';
import { connectElasticsearch, retentionOf } from './elasticsearch.js';

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
 * Makes in Elasticsearch what documents need there, or on a dry run prints the requests that would. What is there already is
 * left as it is.
 * @throws ConfigError, or SinkError with all problems.
 */
export async function runSetup(options: SetupOptions, deps: SetupDeps): Promise<void> {
  const config = await loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
  if (config.elasticsearch === undefined)
    throw new ConfigError([
      'Nothing to set up: --config must name a file with settings for elasticsearch, such as {nodes: [http://127.0.0.1:9200]}.',
    ]);
  const problems = await setUpElasticsearch(config.elasticsearch, options, deps);
  if (problems.length > 0) throw new SinkError(problems.map((problem) => escapeControls(problem)).join('\n'));
}

/** Sets up Elasticsearch; returns what is in the way, as sentences. */
async function setUpElasticsearch(
  settings: ElasticsearchSettings,
  { dryRun }: SetupOptions,
  { environment, print }: SetupDeps,
): Promise<readonly string[]> {
  const connection = await connectElasticsearch(settings, environment);
  try {
    const retention = retentionOf(settings);
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
  } finally {
    await connection.close();
  }
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
