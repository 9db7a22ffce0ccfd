import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { COMMANDS } from '../../../src/core/event.js';
import type { Parsed } from '../../../src/parse/line.js';
import { property } from '../source.js';
import type { Case, Field, Source } from '../source.js';

/** Patterns of a part of a line only, and the line that such a part is put into, if it can be. */
const PARTS: Readonly<Record<string, ((part: string) => string) | undefined>> = {
  COMMAND_COUNTER_DATA: (part) => `postfix/smtpd[1]: disconnect from unknown[192.0.2.1] ${part}`,
  DELAYS: undefined,
  RELAY: undefined,
  TLS_FEATURES: undefined,
};

/** Programs that their patterns name otherwise. */
const PROGRAMS: Readonly<Record<string, string>> = { SCRIPT: 'postfix-script' };

/** The kind of event that a field of theirs stands for. */
const KIND_OF_FIELD: Readonly<Record<string, (value: string) => string | undefined>> = {
  postfix_action: () => 'reject',
  postfix_milter_result: () => 'reject',
  postfix_postscreen_toobusy_data: () => 'reject',
  postfix_smtpd_lostconn_data: (value) =>
    ({ 'lost connection': 'lost_connection', timeout: 'timeout' })[value] ?? 'protocol_error',
  postfix_postscreen_violation: () => 'screen_hit',
  postfix_postscreen_access: (value) => (/^(PASS|ALLOWLISTED|WHITELISTED)/.test(value) ? 'screen_pass' : 'screen_hit'),
  postfix_command_counter_data: () => 'disconnect',
  postfix_cmd_count: () => 'disconnect',
  postfix_bounce_queueid: () => 'bounce_queued',
  'postfix_message-id': () => 'queued',
  postfix_status: (value) => (value === 'expired' ? 'expired' : 'delivery'),
  postfix_postsuper_action: (value) => (value === 'removed' ? 'removed' : undefined),
  // A proxy that accepts refuses nothing.
  postfix_proxy_result: (value) => (value === 'accept' ? undefined : 'reject'),
  postfix_server_ip: () => 'screen_connect',
};

/** The kind that the first words of a line stand for where no field of theirs does. */
const KIND_OF_LINE: readonly (readonly [opening: RegExp, kind: string])[] = [
  [/^connect from /, 'connect'],
  [/^disconnect from /, 'disconnect'],
  [/^\w+: client=/, 'opened'],
  [/^\w+: uid=\d+ from=/, 'local_queued'],
  [/^\w+: from=.*nrcpt=/, 'active'],
  [/^improper command pipelining /, 'protocol_error'],
  [/^warning: hostname .* does not resolve /, 'name_mismatch'],
  [/^warning: .*: SASL \S+ authentication failed/, 'auth_failure'],
];

function read(folder: string): { cases: readonly Case[] } {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return { cases: files.map((name) => caseOf(readFileSync(join(folder, name), 'utf8'))) };
}

function caseOf(text: string): Case {
  // Without a schema all values stay text.
  const content: unknown = parse(text, { schema: 'failsafe' });
  const { pattern, data, results } = withFields(content);
  const name = /POSTFIX_([A-Z_]+)/.exec(pattern)?.[1] ?? '';
  const isPart = Object.hasOwn(PARTS, name);
  if (isPart && PARTS[name] === undefined) return { line: data, expected: {}, aside: 'part of a line' };
  const program = PROGRAMS[name] ?? name.toLowerCase().replace('_', '-');
  const body = PARTS[name]?.(data) ?? `postfix/${program}[1]: ${data.replace(/[\r\n]/g, '?')}`;
  return { line: `Nov 23 01:57:14 mx ${body}`, expected: expand(results, data, program) };
}

function withFields(content: unknown): { pattern: string; data: string; results: Record<string, string> } {
  if (typeof content !== 'object' || content === null) throw new Error('A test case is no object.');
  const fields = new Map<string, unknown>(Object.entries(content));
  const [pattern, data, results] = [fields.get('pattern'), fields.get('data'), fields.get('results')];
  if (typeof pattern !== 'string' || typeof data !== 'string' || typeof results !== 'object' || results === null)
    throw new Error('A test case lacks pattern, data or results.');
  const texts = Object.entries(results).map(([name, value]): [string, string] => [name, String(value)]);
  return { pattern, data, results: Object.fromEntries(texts) };
}

/** Their fields, with what `keyvalue_data` holds as fields of its own, as their filter takes it apart. */
function expand(results: Readonly<Record<string, string>>, data: string, program: string): Record<string, string> {
  const expected: Record<string, string> = { ...results };
  const pairs = /([\w-]+)=(<[^>]*>|[^,\s]*)/g;
  for (const [, name = '', value = ''] of (results.postfix_keyvalue_data ?? '').matchAll(pairs))
    expected[`keyvalue ${name}`] = value.replace(/^<|>$/g, '');
  for (const [, name = '', value = ''] of (results.postfix_command_counter_data ?? '').matchAll(/(\w+)=(\S+)/g))
    expected[`counter ${name}`] = value;
  const kind = kindOf(results, data, program);
  if (kind !== undefined) expected.kind = kind;
  return expected;
}

function kindOf(results: Readonly<Record<string, string>>, data: string, program: string): string | undefined {
  for (const [name, value] of Object.entries(results)) {
    const kind = KIND_OF_FIELD[name]?.(value);
    if (kind !== undefined) return kind;
  }
  if (program === 'qmgr' && results.postfix_message === 'removed') return 'removed';
  if (data.includes(' status=')) return 'delivery';
  return KIND_OF_LINE.find(([opening]) => opening.test(data))?.[1];
}

/** `0/1`: accepted of all. */
function commandField(name: string): Field {
  return {
    ours: (event) => {
      if (event.kind !== 'disconnect' || event.commands === undefined) return undefined;
      const { commands } = event;
      const command = [...COMMANDS, 'commands' as const].find((known) => known === name);
      if (command === undefined) return undefined;
      const passed = commands[command];
      const failed = commands[`${command}_failed`];
      return failed > 0 ? `${passed}/${passed + failed}` : passed;
    },
    normalise: (text) => text.replace(/^(\d+)\/\1$/, '$1'),
  };
}

/** The number alone, of all or of those that were accepted. */
function commandCount(name: string, which: 'all' | 'accepted'): Field {
  return {
    ours: (event) => {
      const text = commandField(name).ours(event);
      if (text === undefined) return undefined;
      const [passed = '', all = passed] = String(text).split('/');
      return which === 'all' ? all : passed;
    },
  };
}

const names = [...COMMANDS, 'commands'];
const theirName = (name: string): string => `postfix_cmd_${name === 'commands' ? 'count' : name}`;

function client({ kind, ...event }: Parsed): string | undefined {
  if (kind !== 'opened') return undefined;
  const { client_name, client_address } = { client_name: '', client_address: '', ...event };
  return `${client_name}[${client_address}]`;
}

const seconds = (event: Parsed): number | undefined =>
  event.kind === 'delivery' && event.delay_ms !== undefined ? event.delay_ms / 1000 : undefined;

/** Of `after HELO` or `after CONNECT: GET /`. */
function stage(event: Parsed): string | undefined {
  if (event.kind !== 'screen_hit') return property('stage')(event)?.toString();
  return /^after ([^:\s]+)/.exec(event.reason_text)?.[1];
}

/** Their pattern leaves what stands before `blocked using` out. */
function denial(event: Parsed): string | undefined {
  const text = property('reason_text')(event)?.toString();
  const at = text?.indexOf('blocked using ') ?? -1;
  return at > 0 ? text?.slice(at) : text;
}

export const grokPatterns: Source = {
  name: 'whyscream/postfix-grok-patterns',
  licence: 'BSD-3-Clause',
  path: 'postfix-grok-patterns/test',
  read,
  fields: {
    kind: { ours: property('kind') },
    // Of a bounce we keep the message that is made.
    postfix_queueid: {
      ours: (event) => (event.kind === 'bounce_queued' ? null : (property('queue_id')(event) ?? 'NOQUEUE')),
    },
    postfix_bounce_queueid: { ours: property('queue_id') },
    postfix_client_hostname: { ours: property('client_name') },
    postfix_client_ip: { ours: property('client_address') },
    postfix_client_ip_unknown: { ours: property('client_address') },
    postfix_client_port: { ours: (event) => (event.kind === 'reject' ? null : property('client_port')(event)) },
    postfix_action: { ours: property('action') },
    postfix_milter_result: { ours: property('action'), normalise: (text) => `milter-${text}` },
    postfix_proxy_result: { ours: property('action'), normalise: (text) => `proxy-${text}` },
    postfix_proxy_smtp_stage: { ours: property('stage') },
    postfix_proxy_status_code: { ours: property('reply_code') },
    postfix_proxy_status_code_enhanced: { ours: property('enhanced_code') },
    postfix_smtp_stage: { ours: stage },
    postfix_status_code: { ours: property('reply_code') },
    postfix_status_code_enhanced: { ours: property('enhanced_code') },
    postfix_status_message: { ours: denial },
    postfix_postscreen_access: { ours: property('action') },
    postfix_postscreen_violation: { ours: property('action') },
    postfix_postscreen_toobusy_data: { ours: property('reason_text') },
    postfix_from: { ours: property('sender') },
    postfix_status: { ours: (event) => (event.kind === 'expired' ? 'expired' : property('status')(event)) },
    postfix_smtp_response: { ours: property('reason_text') },
    postfix_local_response: { ours: property('reason_text') },
    postfix_pipe_response: { ours: property('reason_text') },
    postfix_error_response: { ours: property('reason_text') },
    'keyvalue from': { ours: property('sender') },
    'keyvalue to': { ours: property('recipient') },
    'keyvalue proto': { ours: property('protocol') },
    'keyvalue helo': { ours: property('helo') },
    'keyvalue client': { ours: client },
    'keyvalue relay': { ours: property('relay') },
    'keyvalue delay': { ours: seconds, normalise: (text) => String(Number(text)) },
    'keyvalue dsn': { ours: property('enhanced_code') },
    'keyvalue size': { ours: property('size_bytes') },
    'keyvalue nrcpt': { ours: property('recipients') },
    ...Object.fromEntries(names.map((name) => [`counter ${name}`, commandField(name)])),
    ...Object.fromEntries(names.map((name) => [theirName(name), commandCount(name, 'all')])),
    ...Object.fromEntries(names.map((name) => [`${theirName(name)}_accepted`, commandCount(name, 'accepted')])),
  },
};
