import { readFileSync } from 'node:fs';
import ts from 'typescript';
import type { Parsed } from '../../../src/parse/line.js';
import { property } from '../source.js';
import type { Case, Source } from '../source.js';

type Value = string | undefined | readonly Value[] | { readonly [name: string]: Value };

/** The value of a literal; the file is read, not run. */
function valueOf(node: ts.Expression): Value {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(valueOf);
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const entries = node.properties.map((entry): [string, Value] => {
    if (!ts.isPropertyAssignment(entry)) throw new Error('A test case holds more than values.');
    const { name } = entry;
    return [ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : '', valueOf(entry.initializer)];
  });
  return Object.fromEntries(entries);
}

/** The objects of the arrays that the file names `names`. */
function objectsOf(path: string, name: string): readonly Readonly<Record<string, Value>>[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: variable, initializer } of statement.declarationList.declarations)
      if (ts.isIdentifier(variable) && variable.text === name && initializer !== undefined)
        return [valueOf(initializer)].flat().flatMap((value) => (typeof value === 'object' ? [objectOf(value)] : []));
  }
  throw new Error(`${path} has no ${name}.`);
}

function objectOf(value: Value): Readonly<Record<string, Value>> {
  return typeof value === 'object' ? Object.fromEntries(Object.entries(value)) : {};
}

function read(path: string): { cases: readonly Case[] } {
  const whole = objectsOf(path, 'syslogLines').map(({ line, obj, name }) => caseOf(text(line), obj, text(name)));
  const messages = objectsOf(path, 'postfixLines').map(({ line, type, obj, desc }) => {
    const program = text(type);
    const isWhole = program === 'syslog' || /^\w{3} [ \d]\d /.test(text(line));
    return caseOf(isWhole ? text(line) : `Nov 23 01:57:14 mx ${program}[1]: ${text(line)}`, obj, text(desc));
  });
  return { cases: [...whole, ...messages].filter(({ line }) => line !== '' && !line.endsWith('empty[1]: ')) };
}

function text(value: Value): string {
  return typeof value === 'string' ? value : '';
}

function caseOf(line: string, obj: Value, description: string): Case {
  const expected = Object.fromEntries(Object.entries(objectOf(obj)).map(([name, value]) => [name, text(value)]));
  if (/w\/o (queue ID|qid)$/.test(description)) return { line, expected: {}, aside: 'part of a line' };
  if (obj === undefined)
    return { line, expected: {}, aside: description === 'truncated' ? 'cut off' : 'not of Postfix' };
  if (/ quit=\d+$/.test(line))
    return { line, expected: {}, aside: 'cut off: Postfix always ends such a line with commands=' };
  const kind = kindOf(expected, line);
  return { line, expected: kind === undefined ? expected : { ...expected, kind } };
}

function kindOf(expected: Readonly<Record<string, string>>, line: string): string | undefined {
  if ('nrcpt' in expected) return 'active';
  if ('delays' in expected) return 'delivery';
  if ('message-id' in expected) return 'queued';
  if ('uid' in expected) return 'local_queued';
  if ('dsnQid' in expected) return 'bounce_queued';
  if ('client' in expected || line.includes(': client=')) return 'opened';
  if (expected.msg === 'removed') return 'removed';
  if (expected.status?.startsWith('expired') === true) return 'expired';
  if (expected.postscreen?.startsWith('WHITELISTED') === true) return 'screen_pass';
  return ['disconnect', 'connect'].find((kind) => line.includes(`]: ${kind} from `));
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Jul  5 06:52:11`. */
function stamp(event: Parsed): string | undefined {
  if (event.kind === 'dead') return undefined;
  const date = new Date(event.time);
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCDate()} ${date.toISOString().slice(11, 19)}`;
}

/** `sent (text)`, or `forwarded` where their parser takes the text apart. */
function status(event: Parsed): string | undefined {
  if (event.kind === 'expired') return 'expired, returned to sender';
  if (event.kind !== 'delivery') return undefined;
  return event.reason_text.startsWith('forwarded as ') ? 'forwarded' : `${event.status} (${event.reason_text})`;
}

function client(event: Parsed): string | undefined {
  return event.kind === 'opened' ? `${event.client_name ?? ''}[${event.client_address}]` : undefined;
}

export const postfixParser: Source = {
  name: 'msimerson/postfix-parser',
  licence: 'BSD-2-Clause',
  path: 'postfix-parser/test/index.js',
  read,
  fields: {
    kind: { ours: property('kind') },
    date: { ours: stamp, normalise: (value) => value.replace(/ +/g, ' ') },
    host: { ours: property('host') },
    prog: { ours: property('service') },
    pid: { ours: property('process_id') },
    // Of a bounce we keep the message that is made.
    qid: { ours: (event) => (event.kind === 'bounce_queued' ? null : property('queue_id')(event)) },
    from: { ours: property('sender') },
    to: { ours: property('recipient') },
    size: { ours: property('size_bytes') },
    nrcpt: { ours: property('recipients') },
    relay: { ours: property('relay') },
    delay: {
      ours: (event) => (event.kind === 'delivery' && event.delay_ms !== undefined ? event.delay_ms / 1000 : undefined),
      normalise: (value) => String(Number(value)),
    },
    dsn: { ours: property('enhanced_code') },
    status: { ours: status },
    forwardedAs: {
      ours: (event) => (event.kind === 'delivery' ? /^forwarded as (\w+)/.exec(event.reason_text)?.[1] : undefined),
    },
    dsnQid: { ours: property('queue_id') },
    client: { ours: client },
    sasl_method: { ours: property('sasl_method') },
    sasl_username: { ours: property('sasl_username') },
  },
};
