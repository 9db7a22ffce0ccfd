import type { Document, LineCounter } from 'yaml';
import { valueIn } from '../core/documents/value.js';
import { checkConfig } from './schema.js';
import type { Config, Problem } from './schema.js';
import { countryProblem } from './special-days.js';

/** Settings that cannot be used; `problems` has one sentence for each, with its place. */
export class ConfigError extends Error {
  readonly code = 'CONFIG' as const;

  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
  }
}

/** Settings given on the command line; each wins over the file. */
export type Overrides = Readonly<Record<string, unknown>>;

const THIS_MACHINE = 'this machine (or give --timezone)';

/** The value of an option that is a number; what is none becomes `NaN`, which no setting may be. */
export function numberOption(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** A configuration file: its name, for messages, and its text. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

/**
 * The whole configuration from a YAML file and from overrides; the zone is that of the machine where neither has one.
 * @throws ConfigError with all problems.
 */
export async function loadConfig(
  file: ConfigFile | undefined,
  overrides: Overrides,
  machineTimezone: string,
): Promise<Config> {
  const { settings, placeOf } = file === undefined ? NO_FILE : await readYaml(file);
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const all = { timezone: machineTimezone, ...settings, ...given };
  const checked = checkConfig(all);
  const found = 'config' in checked ? [] : checked.problems;
  const problems = [...found, ...(await countryProblems(all, found))];
  if ('config' in checked && problems.length === 0) return checked.config;
  const sourceOf = (path: readonly string[]): string => {
    const [name = ''] = path;
    if (Object.hasOwn(given, name)) return 'command line';
    return name === 'timezone' && !Object.hasOwn(settings, name) ? THIS_MACHINE : placeOf(path);
  };
  throw new ConfigError(
    problems.map(
      ({ path, message }) =>
        `${sourceOf(path)}: ${path.join('.')}: ${subjectOf(message, valueIn(all, path))}${message}`,
    ),
  );
}

/** What only shows when the holidays are there, of a country that is written as one. */
async function countryProblems(settings: object, found: readonly Problem[]): Promise<readonly Problem[]> {
  const country = valueIn(settings, ['country']);
  if (typeof country !== 'string' || found.some(({ path }) => path[0] === 'country')) return [];
  const message = await countryProblem(country);
  return message === undefined ? [] : [{ path: ['country'], message }];
}

const SHOWN_CHARS = 60;

/** The value that a sentence without a subject is about (`is no duration`, `must divide 1h`). */
function subjectOf(message: string, value: unknown): string {
  const isText = typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
  if (!isText || !/^(is no (?!setting)|must )/.test(message)) return '';
  return `${JSON.stringify(value).slice(0, SHOWN_CHARS)} `;
}

/** What a file says, and where it says it. */
interface Settings {
  readonly settings: object;
  readonly placeOf: (path: readonly string[]) => string;
}

const NO_FILE: Settings = { settings: {}, placeOf: () => 'command line' };

async function readYaml({ name, text }: ConfigFile): Promise<Settings> {
  // Loading it costs some 30 ms of CPU, and most runs have no file.
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) throw new ConfigError(document.errors.map((error) => `${name}: ${error.message}`));
  const settings: unknown = settingsOf(document, name) ?? {};
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw new ConfigError([`${name}: must be a list of settings such as "windows: [5m, 1h, 1d]".`]);
  return { settings, placeOf: (path) => placeOf(document, path, { name, lines }) };
}

/** The settings as plain data. @throws ConfigError for a reference to nothing, which only shows here. */
function settingsOf(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError([`${name}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** File and line of the innermost part of a path that the document has. */
function placeOf(document: Document, path: readonly string[], file: { name: string; lines: LineCounter }): string {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) continue;
    const offset: unknown = node.range[0];
    if (typeof offset === 'number') return `${file.name}:${String(file.lines.linePos(offset).line)}`;
  }
  return file.name;
}
