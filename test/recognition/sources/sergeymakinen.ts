import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Parsed } from '../../../src/parse/line.js';
import type { Case, Count, Source } from '../source.js';

type Labels = Readonly<Record<string, string>>;

/** What a counter of theirs counts, among our events. */
const COUNTERS: Readonly<Record<string, (labels: Labels) => (event: Parsed) => boolean>> = {
  connects: (labels) => (event) => event.kind === 'connect' && isOf(event, labels),
  disconnects: (labels) => (event) => event.kind === 'disconnect' && isOf(event, labels),
  lost_connections: (labels) => (event) => event.kind === 'lost_connection' && isOf(event, labels),
  not_resolved_hostnames: (labels) => (event) => event.kind === 'name_mismatch' && isOf(event, labels),
  login_failures: (labels) => (event) =>
    event.kind === 'auth_failure' && event.sasl_method === labels.method && isOf(event, labels),
  milter_actions: (labels) => (event) =>
    event.kind === 'reject' && event.action === `milter-${labels.action ?? ''}` && isOf(event, labels),
  statuses: (labels) => (event) => event.kind === 'delivery' && event.status === labels.status && isOf(event, labels),
  qmgr_statuses:
    ({ status }) =>
    (event) =>
      event.kind === status,
  postscreen_actions:
    ({ action = '' }) =>
    (event) =>
      screenAction(event) === action,
};

function isOf(event: Parsed, { subprogram = '' }: Labels): boolean {
  return 'service' in event && event.service === `postfix/${subprogram}`;
}

function screenAction(event: Parsed): string | undefined {
  if (!('service' in event) || event.service !== 'postfix/postscreen') return undefined;
  if (event.kind === 'screen_connect') return 'CONNECT';
  if (event.kind === 'reject') return `NOQUEUE: ${event.stage}`;
  if (event.kind !== 'screen_hit' && event.kind !== 'screen_pass') return undefined;
  return event.action.endsWith(' without valid RCPT') ? event.action.slice(0, 4) : event.action;
}

function read(folder: string): { cases: readonly Case[]; counts: readonly Count[] } {
  const text = readFileSync(join(folder, 'mail.log'), 'utf8');
  const cases: Case[] = [];
  let isMalformed = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) isMalformed = line.includes('malformed');
    else if (line !== '')
      cases.push({
        line,
        expected: {},
        ...asideOf(line, isMalformed),
      });
  }
  return { cases, counts: countsIn(readFileSync(join(folder, 'metrics-without-config.txt'), 'utf8'), cases.length) };
}

function asideOf(line: string, isMalformed: boolean): { aside?: string } {
  if (isMalformed || /: (reject: )?Unsupported$/.test(line)) return { aside: 'malformed on purpose' };
  return /: [^=\s]+@\S+, relay=/.test(line) ? { aside: NO_RECIPIENT } : {};
}

const NO_RECIPIENT = 'the recipient has lost its `to=`, as Postfix never writes it';

/** `postfix_statuses_total{status="sent",subprogram="smtp"} 2`. */
function countsIn(text: string, lines: number): readonly Count[] {
  const counts: Count[] = [];
  for (const [, name = '', labels = '', value = ''] of text.matchAll(/^postfix_(\w+)_total\{(.*)\} (\d+)$/gm)) {
    const counter = COUNTERS[name];
    // Not all of theirs are events of ours: DISCONNECT of postscreen, say.
    if (counter === undefined || labels.includes('"DISCONNECT"')) continue;
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', label = '']): [string, string] => [
      key,
      label,
    ]);
    const isCounted = counter(Object.fromEntries(pairs));
    counts.push({ name: `${name} {${labels}}`, expected: Number(value), from: 0, to: lines, isCounted });
  }
  return counts;
}

export const sergeymakinen: Source = {
  name: 'sergeymakinen/postfix_exporter',
  licence: 'BSD-3-Clause',
  path: 'sergeymakinen-postfix_exporter/exporter/testdata',
  read,
  fields: {},
  differences: [{ field: 'statuses {status="deferred",subprogram="smtp"}', line: '', why: NO_RECIPIENT }],
};
