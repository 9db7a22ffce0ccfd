import type { KafkaSettings } from '../../config/kafka.js';
import type { Config } from '../../config/schema.js';
import type { Ms } from '../../core/event.js';
import type { Identity } from '../../core/identity.js';

/** What all checks go by. */
export interface Context {
  readonly config: Config;
  /** The name of the file of settings as it was given. */
  readonly file: string;
  readonly identity: Identity;
  /** The fingerprint of all that changes numbers; `undefined` where a file that it covers cannot be read. */
  readonly cfg: string | undefined;
  readonly nowMs: () => Ms;
}

export interface KafkaContext extends Context {
  readonly kafka: KafkaSettings;
}

/** The command that does the next step, as a shell takes it. */
export function command({ file }: Pick<Context, 'file'>, words: string): string {
  const name = /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
  return `mxwarden ${words} --config ${name}`;
}
