import type { Environment } from '../config/credentials.js';
import { ConfigError, loadConfig } from '../config/load.js';
import type { Problem } from '../core/errors.js';
import { SinkError } from '../files/errors.js';
import { escapeControls } from '../report/escape-controls.js';
import { readConfigFile } from './config-file.js';
import { connectElasticsearch, retentionOf } from './elasticsearch.js';
import { kafkaClientConfig } from './kafka.js';
import { connectKibana, kibanaTarget } from './kibana.js';
import { setUpElasticsearch } from './setup-elasticsearch.js';
import { setUpKafka } from './setup-kafka.js';
import { WITHOUT_KIBANA, setUpKibana } from './setup-kibana.js';
import { sayer } from './setup-lines.js';

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
 * Makes in Elasticsearch, Kafka and Kibana what is needed there, or on a dry run prints the requests and commands that would.
 * What somebody changed there is left as it is, and named.
 * @throws ConfigError, or SinkError, each with all problems.
 */
export async function runSetup(options: SetupOptions, deps: SetupDeps): Promise<void> {
  const config = await loadConfig(await readConfigFile(options.config), {}, deps.machineTimezone);
  const { elasticsearch, kafka, kibana } = config;
  if (elasticsearch === undefined && kafka === undefined && kibana === undefined)
    throw new ConfigError([
      'Nothing to set up: --config must name a file with settings for elasticsearch, such as {nodes: [http://127.0.0.1:9200]}, ' +
        'for kafka, such as {brokers: [127.0.0.1:9092]}, or for kibana, such as {url: http://127.0.0.1:5601}.',
    ]);
  const { environment } = deps;
  const wrong: string[] = [];
  const search = elasticsearch && (await unlessWrong(connectElasticsearch(elasticsearch, environment), wrong));
  const broker = kafka && (await unlessWrong(kafkaClientConfig(kafka, environment), wrong));
  const board = kibana && (await unlessWrong(connectKibana(kibana, environment), wrong));
  try {
    if (wrong.length > 0) throw new ConfigError(wrong);
    const problems: string[] = [];
    if (search !== undefined && elasticsearch !== undefined)
      problems.push(...texts(await setUpElasticsearch(search, retentionOf(elasticsearch), options, deps)));
    if (broker !== undefined) problems.push(...(await setUpKafka(broker, options, deps)));
    if (board !== undefined && kibana !== undefined)
      problems.push(...texts(await setUpKibana(board, kibanaTarget(kibana, config), options, deps)));
    else await sayer(deps.print)(WITHOUT_KIBANA);
    if (problems.length > 0) throw new SinkError(problems.map((problem) => escapeControls(problem)).join('\n'));
  } finally {
    await search?.close();
    await board?.close();
  }
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
