import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '..', '..');

/** A file of `deploy`, as it is. */
export function deployed(name: string): string {
  return readFileSync(join(ROOT, 'deploy', name), 'utf8');
}

/** A text in which names of an example are those of a test. @throws if one of them is not there */
export function withNames(text: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((changed, [name, own]) => {
    if (!changed.includes(name)) throw new Error(`There is no ${name}.`);
    return changed.replaceAll(name, own);
  }, text);
}

const EXCERPT = /^[#/*]* *In mxwarden\.yaml:\n((?:#  +.*\n)+)/m;

/** The settings of mxwarden that stand in the head of a shipper's configuration. */
export function excerptOf(text: string): unknown {
  const lines = EXCERPT.exec(text)?.[1];
  if (lines === undefined) throw new Error('There are no settings of mxwarden in it.');
  return parse(lines.replaceAll(/^#/gm, ''));
}
