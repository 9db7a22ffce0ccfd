import type { Environment } from '../config/credentials.js';
import { ConfigError, loadConfig } from '../config/load.js';
import type { ConfigFile } from '../config/load.js';
import type { Problem } from '../core/errors.js';
import { SinkError } from '../files/errors.js';
import { overviewPath } from '../kibana/objects.js';
import { escapeControls } from '../report/escape-controls.js';
import { connectElasticsearch, retentionOf } from './elasticsearch.js';
import { kafkaClientConfig } from './kafka.js';
import { connectKibana, kibanaTarget } from './kibana.js';
import { givenOrNewConfig, writeNewConfig } from './new-config.js';
import type { NewConfigDeps, NewConfigOptions } from './new-config.js';
import { setUpElasticsearch } from './setup-elasticsearch.js';
import { setUpKafka } from './setup-kafka.js';
import { WITHOUT_KIBANA, setUpKibana } from './setup-kibana.js';
import { sayer } from './setup-lines.js';

/** Options as the command line has them. */
export interface SetupOptions extends NewConfigOptions {
  readonly dryRun?: boolean;
  readonly overwrite?: boolean;
}

export interface SetupDeps extends NewConfigDeps {
  readonly environment: Environment;
  readonly print: (text: string) => Promise<void>;
}

/**
 * Makes in Elasticsearch, Kafka and Kibana what is needed there, or on a dry run prints the requests and commands that would.
 * What somebody changed there is left as it is, and named. Where the configuration is not there yet, it is made of the
 * addresses in the options and of the mail servers that the logs show.
 * @throws ConfigError, SourceError, or SinkError, each with all problems.
 */
export async function runSetup(logs: readonly string[], options: SetupOptions, deps: SetupDeps): Promise<void> {
  const { file, isNew } = await givenOrNewConfig(logs, options, deps);
  const config = await loadConfig(file, {}, deps.machineTimezone);
  const { elasticsearch, kafka, kibana } = config;
  if (elasticsearch === undefined && kafka === undefined && kibana === undefined)
    throw new ConfigError([
      'Nothing to set up: name servers with --kafka, --elasticsearch and --kibana, or a file with --config that has settings for ' +
        'elasticsearch, such as {nodes: [http://127.0.0.1:9200]}, for kafka, such as {brokers: [127.0.0.1:9092]}, or for kibana, ' +
        'such as {url: http://127.0.0.1:5601}.',
    ]);
  const { environment } = deps;
  const say = sayer(deps.print);
  const wrong: string[] = [];
  const search = elasticsearch && (await unlessWrong(connectElasticsearch(elasticsearch, environment), wrong));
  const broker = kafka && (await unlessWrong(kafkaClientConfig(kafka, environment), wrong));
  const board = kibana && (await unlessWrong(connectKibana(kibana, environment), wrong));
  try {
    if (wrong.length > 0) throw new ConfigError(wrong);
    if (file !== undefined && isNew) await tellNew(file, options, deps);
    const problems: string[] = [];
    if (search !== undefined && elasticsearch !== undefined)
      problems.push(...texts(await setUpElasticsearch(search, retentionOf(elasticsearch), options, deps)));
    if (broker !== undefined) problems.push(...(await setUpKafka(broker, options, deps)));
    if (board !== undefined && kibana !== undefined)
      problems.push(...texts(await setUpKibana(board, kibanaTarget(kibana, config), options, deps)));
    else await say(WITHOUT_KIBANA);
    if (problems.length > 0) throw new SinkError(problems.map((problem) => escapeControls(problem)).join('\n'));
    if (kibana !== undefined && options.dryRun !== true)
      await say(`Look at ${kibana.url}${overviewPath(kibana.space)}`);
  } finally {
    await search?.close();
    await board?.close();
  }
}

/** Writes a new configuration, or on a dry run only prints it. */
async function tellNew(file: ConfigFile, { dryRun }: SetupOptions, { print }: SetupDeps): Promise<void> {
  if (dryRun === true) {
    await print(`# ${file.name}: would be made\n${file.text}\n`);
    return;
  }
  await writeNewConfig(file);
  await sayer(print)(`configuration ${file.name}: made`);
}

function texts(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ text, remedy }) => `${text} ${remedy}`);
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
