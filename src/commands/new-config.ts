import { writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { stringify } from 'yaml';
import { ConfigError, loadConfig } from '../config/load.js';
import type { ConfigFile } from '../config/load.js';
import type { Found } from '../core/discover.js';
import type { Ms } from '../core/event.js';
import { createZone } from '../core/time.js';
import { SinkError, codeOf, reasonOf } from '../files/errors.js';
import { familiesOf } from '../files/family.js';
import { FileSource, chunkBytesOf } from '../files/source.js';
import { createLineParser } from '../parse/line.js';
import { runFirstPass } from '../stages/first-pass.js';
import { readConfigFile } from './config-file.js';
import { entryOf } from './server-entries.js';

/** What a new configuration is made of, as the command line has it. */
export interface NewConfigOptions {
  readonly config?: string;
  readonly kafka?: string;
  readonly saslMechanism?: string;
  readonly elasticsearch?: string;
  readonly kibana?: string;
  readonly caFile?: string;
}

export interface NewConfigDeps {
  readonly stdin: Readable;
  readonly nowMs: Ms;
  readonly machineTimezone: string;
  readonly signal: AbortSignal;
}

const USUAL_NAME = 'mxwarden.yaml';

/**
 * The configuration that `--config` names or, where addresses of servers are given and it is not there yet, a new one: with
 * these addresses and the mail servers that the logs show. Nothing is written.
 * @throws ConfigError if the file has other addresses than those given, or no mail server is in the logs; SourceError.
 */
export async function givenOrNewConfig(
  logs: readonly string[],
  options: NewConfigOptions,
  deps: NewConfigDeps,
): Promise<{ readonly file: ConfigFile | undefined; readonly isNew: boolean }> {
  const wanted = wantedSettings(options);
  if (Object.keys(wanted).length === 0 && logs.length === 0)
    return { file: await readConfigFile(options.config), isNew: false };
  const name = options.config ?? USUAL_NAME;
  const there = await unlessMissing(name);
  if (there !== undefined) {
    await refuseOthers(there, wanted, deps.machineTimezone);
    return { file: there, isNew: false };
  }
  const found = logs.length === 0 ? [] : await findServers(logs, deps);
  return { file: { name, text: newConfigText(wanted, found, deps.machineTimezone) }, isNew: true };
}

/** Writes a new configuration, unless somebody else was faster. @throws SinkError */
export async function writeNewConfig({ name, text }: ConfigFile): Promise<void> {
  try {
    await writeFile(name, text, { flag: 'wx' });
  } catch (error) {
    throw new SinkError(`Cannot write ${name}: ${reasonOf(error)}. Name another file with --config.`, { cause: error });
  }
}

/** Kafka's names of what its listeners want, as they stand before an address. */
const BROKERS = /^(?:(?<protocol>PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL):\/\/)?(?:(?<user>[^@/:,]+)@)?(?<brokers>.*)$/s;
const USUAL_MECHANISM = 'scram-sha-512';

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The sections of the configuration that the options stand for. */
function wantedSettings(options: NewConfigOptions): Sections {
  const { kafka, elasticsearch, kibana, caFile } = options;
  return {
    ...(kafka === undefined ? {} : { kafka: kafkaSettings(kafka, options) }),
    ...(elasticsearch === undefined
      ? {}
      : { elasticsearch: { nodes: nodesOf(elasticsearch), ...login(elasticsearch, caFile) } }),
    ...(kibana === undefined ? {} : { kibana: { url: withoutUser(kibana), ...login(kibana, caFile) } }),
  };
}

function kafkaSettings(
  given: string,
  { saslMechanism: mechanism = USUAL_MECHANISM, caFile }: NewConfigOptions,
): Sections[string] {
  const { protocol, user: username, brokers = given } = BROKERS.exec(given)?.groups ?? {};
  return {
    brokers: brokers.split(','),
    ...(protocol?.endsWith('SSL') === true ? { ssl: caFile === undefined ? {} : { ca_file: caFile } } : {}),
    ...(username === undefined ? {} : { sasl: { mechanism, username } }),
  };
}

function nodesOf(urls: string): readonly string[] {
  return urls.split(',').map(withoutUser);
}

/** A URL as it is given, but for the user in it; one with a password stays, and is refused. */
function withoutUser(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@:]+@/, '$1');
}

/** Who logs in at the first of some URLs, and by which authority the server is known. */
function login(urls: string, caFile: string | undefined): object {
  const [first = ''] = urls.split(',');
  const username = /^https?:\/\/(?<user>[^/@:]+)@/.exec(first)?.groups?.['user'];
  return {
    ...(username === undefined ? {} : { username }),
    ...(caFile === undefined || !first.startsWith('https:') ? {} : { ca_file: caFile }),
  };
}

async function unlessMissing(name: string): Promise<ConfigFile | undefined> {
  try {
    return await readConfigFile(name);
  } catch (error) {
    if (error instanceof ConfigError && codeOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws ConfigError for each setting that is there with another value. */
async function refuseOthers(file: ConfigFile, wanted: Sections, machineTimezone: string): Promise<void> {
  const config: Readonly<Record<string, unknown>> = { ...(await loadConfig(file, {}, machineTimezone)) };
  const problems: string[] = [];
  for (const [section, settings] of Object.entries(wanted))
    for (const [name, value] of Object.entries(settings)) {
      const there: unknown = Object.entries(config[section] ?? {}).find(([key]) => key === name)?.[1];
      if (JSON.stringify(there) !== JSON.stringify(value))
        problems.push(
          `${file.name} is there already, and its ${section}.${name} is not ${JSON.stringify(value)}: change it there, or name ` +
            'another file with --config.',
        );
    }
  if (problems.length > 0) throw new ConfigError(problems);
}

/** The mail servers that the start of the logs shows. @throws ConfigError if there is none. */
async function findServers(logs: readonly string[], deps: NewConfigDeps): Promise<readonly Found[]> {
  const { machineTimezone: timezone, nowMs } = deps;
  const families = familiesOf(logs);
  const chunkBytes = chunkBytesOf(families.length);
  const sources = families.map((family) => new FileSource(family, { ...deps, chunkBytes }));
  try {
    const parse = createLineParser({ zone: createZone(timezone) });
    const pass = await runFirstPass(sources, parse, {
      timezone,
      year: undefined,
      dnsHost: undefined,
      servers: [],
      nowMs,
    });
    if (pass.found.length === 0)
      throw new ConfigError([
        `No mail server is in ${logs.join(', ')}: name the log of Postfix, and the DNS query log of the same hours. ` +
          '"mxwarden parse FILE" says how each line is read.',
      ]);
    return pass.found;
  } finally {
    for (const source of sources) await source.close();
  }
}

const NO_SERVERS =
  '# servers: "mxwarden doctor --discover" proposes them as soon as events of their logs are in Kafka.\n';

function newConfigText(wanted: Sections, found: readonly Found[], timezone: string): string {
  const ids = new Set<string>();
  const servers = found.map((each) => entryOf(each, ids));
  return [
    '# Where things are, and which mail servers there are. Passwords and keys belong into variables of the environment.\n',
    '# "mxwarden config check --config FILE" shows all settings.\n\n',
    '# Of stamps without a zone, and of hours and days.\n',
    stringify({ timezone }),
    '\n',
    servers.length === 0 ? NO_SERVERS : `servers:\n${servers.join('\n')}\n`,
    ...Object.entries(wanted).map(([section, settings]) => `\n${stringify({ [section]: settings }, { lineWidth: 0 })}`),
  ].join('');
}
