import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { configSchema } from './schema.js';
import type { Config } from './schema.js';

/** Settings that cannot be used; `problems` has one sentence for each, with its place. */
export class ConfigError extends Error {
  readonly code = 'CONFIG' as const;

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Settings given on the command line; each wins over the file. */
export type Overrides = Readonly<Record<string, unknown>>;

/** The whole configuration from the text of a YAML file and from overrides. @throws ConfigError with all problems. */
export function loadConfig(
  file: { readonly name: string; readonly text: string } | undefined,
  overrides: Overrides,
): Config {
  const lines = new LineCounter();
  const document = parseDocument(file?.text ?? '{}', { lineCounter: lines });
  const name = file?.name ?? 'command line';
  if (document.errors.length > 0) throw new ConfigError(document.errors.map((error) => `${name}: ${error.message}`));
  const settings: unknown = settingsOf(document, name) ?? {};
  if (typeof settings !== 'object' || Array.isArray(settings))
    throw new ConfigError([`${name}: must be a list of settings such as "windows: [5m, 1h, 1d]".`]);
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const result = configSchema.safeParse({ ...settings, ...given });
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.flatMap(problemsOf).map(({ path, message }) => {
      const place =
        path[0] !== undefined && Object.hasOwn(given, path[0])
          ? 'command line'
          : placeOf(document, path, { name, lines });
      return `${place}: ${path.map(String).join('.') || 'settings'}: ${message}`;
    }),
  );
}

/** The settings as plain data. @throws ConfigError for a reference to nothing, which only shows here. */
function settingsOf(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError([`${name}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** The problems of an issue: unknown settings each have their own place. */
function problemsOf(issue: z.core.$ZodIssue): readonly { readonly path: PropertyKey[]; readonly message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is no setting' }));
}

/** File and line of the innermost part of a path that the document has. */
function placeOf(document: Document, path: readonly PropertyKey[], file: { name: string; lines: LineCounter }): string {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) continue;
    const offset: unknown = node.range[0];
    if (typeof offset === 'number') return `${file.name}:${String(file.lines.linePos(offset).line)}`;
  }
  return file.name;
}
