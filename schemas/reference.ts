import { coreType } from '../src/core/documents/field.js';
import type { Field } from '../src/core/documents/field.js';
import { FIELDS } from '../src/core/documents/fields.js';
import { entries } from '../src/core/tally/counters.js';
import { TARGETS } from '../src/elasticsearch/targets.js';
import { TITLES, UNITS } from './documents.js';
import { settingsOf } from './settings.js';

const WRITTEN = '<!-- Written by `npm run schemas`; change the declarations. -->';

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

function typeOf({ type, many, shown }: Field): string {
  const bare = coreType(type);
  const name = bare === type ? type : `${type} (${bare})`;
  return `${name}${many === true ? ', list' : ''}${shown === true ? ', not searched' : ''}`;
}

function meaningOf({ doc, unit, values, always }: Field): string {
  const parts = [
    doc,
    unit === undefined ? undefined : `in ${UNITS[unit]}`,
    values && `${values.length > 1 ? 'one of ' : ''}${values.map((value) => code(String(value))).join(', ')}`,
    always === true ? 'always there' : undefined,
  ];
  return parts.filter((part) => part !== undefined).join('; ');
}

/** The reference of all fields of documents. */
export function fieldReference(): string {
  const sections = entries(FIELDS).map(([kind, fields]) => {
    const rows = [...fields].map(([name, field]) =>
      row(code(name), typeOf(field), field.level ?? '', meaningOf(field)),
    );
    return `\n## ${kind}\n\n${TITLES[kind]}; in Elasticsearch \`${TARGETS[kind].name}\`\n\n| field | type | ECS | meaning |\n|---|---|---|---|\n${rows.join('')}`;
  });
  return `${WRITTEN}

# Fields

Every field of every document, as \`src/core/documents/fields.ts\` declares it. The type is that in Elasticsearch, in brackets that
on a server without its modules; ECS is the level of a field in the Elastic Common Schema, empty for mxwarden's own. Fields without
a value are absent.
${sections.join('')}`;
}

/** The reference of all settings of the configuration file. */
export function settingReference(): string {
  const rows = settingsOf().map((setting) =>
    row(code(setting.path), setting.type, setting.default ?? (setting.isRequired ? 'required' : ''), setting.doc),
  );
  return `${WRITTEN}

# Configuration

Every setting of the configuration file, as \`src/config\` declares it. \`servers[].id\` is the \`id\` of each of the \`servers\`.
\`mxwarden config check --config FILE\` prints them as they are with a file.

| setting | type | default | meaning |
|---|---|---|---|
${rows.join('')}`;
}
