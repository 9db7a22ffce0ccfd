import Table from 'cli-table3';
import type {
  IncidentSummary,
  InputSummary,
  ResolverSummary,
  ServerSummary,
  Summary,
} from '../core/documents/summary.js';
import type { Missing } from '../core/discover.js';
import { escapeControls } from './escape-controls.js';
import { incompleteText } from './incomplete-text.js';
import { monthRows, monthsOf } from './months.js';
import { scoreText } from './score-text.js';

/** Programs and hosts of lines that were not understood, by source. */
const SAMPLES_SHOWN = 3;
const INCIDENTS_SHOWN = 30;
const RESOLVERS_SHOWN = 10;
/** A year begins in one month and ends in the same of the next. */
const MONTHS_SHOWN = 13;

/** The summary of a run as text: what a postmaster reads in ten seconds. */
export function summaryText(summary: Summary): string {
  if (summary.start === undefined || summary.end === undefined)
    return [...summary.inputs.flatMap(inputLines), 'No events: nothing was counted.', ''].join('\n');
  const parts = [
    `${when(summary.start)} to ${when(summary.end)} UTC, windows of ${summary.window}`,
    ...summary.servers.flatMap(identityLines),
    '',
    ...(summary.servers.length > 0 ? [serverTable(summary.servers)] : resolverLines(summary.resolvers)),
    ...summary.servers.flatMap(rejectionLines),
    '',
    ...incidentLines(summary),
    ...monthLines(summary),
    ...summary.servers.flatMap(coverageLines),
    ...summary.inputs.flatMap(inputLines),
  ];
  return `${parts.join('\n')}\n`;
}

/** Columns two blanks apart and no lines: it fits a terminal, and a mail. */
function plainTable(columns: Readonly<Record<string, 'left' | 'right'>>): Table.Table {
  const lines =
    'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid';
  return new Table({
    head: Object.keys(columns),
    colAligns: Object.values(columns),
    chars: { ...Object.fromEntries(lines.split(' ').map((name) => [name, ''])), middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
}

/** Without the blanks that fill up the last column. */
function textOf(table: Table.Table): string {
  return table.toString().replace(/ +$/gm, '');
}

/** The busiest resolvers, of logs without a mail server. */
function resolverLines(resolvers: readonly ResolverSummary[]): readonly string[] {
  const table = plainTable({ resolver: 'left', queries: 'right', clients: 'right' });
  const busiest = [...resolvers].sort((a, b) => b.queries - a.queries).slice(0, RESOLVERS_SHOWN);
  for (const { subject, queries, clients } of busiest)
    table.push([escapeControls(subject), count(queries), count(clients)]);
  const left = resolvers.length - busiest.length;
  return [
    'No mail server in these logs: DNS servers only.',
    textOf(table),
    ...(left > 0 ? [`${count(left)} more are in summary.json.`] : []),
  ];
}

function serverTable(servers: readonly ServerSummary[]): string {
  const table = plainTable({
    server: 'left',
    Dq: 'right',
    Nc: 'right',
    Nf: 'right',
    messages: 'right',
    accepted: 'right',
    Np: 'right',
    MEE: 'right',
    adjusted: 'right',
    probes: 'right',
  });
  for (const server of servers) {
    const { smtp, local, bounce } = server.messages;
    table.push([
      escapeControls(server.subject),
      ...[server.dns_queries, server.connects, server.from, smtp + local + bounce, server.accepted].map(count),
      count(server.pop3_sessions),
      ratio(server.mee),
      interval(server),
      count(server.probes_left_out),
    ]);
  }
  return textOf(table);
}

function rejectionLines({ subject, rejections, probe_clients }: ServerSummary): readonly string[] {
  const reasons = rejections.map(({ reason, count: number }) => `${reason} ${count(number)}`).join(', ');
  return [
    `${escapeControls(subject)} rejected: ${reasons === '' ? 'nothing' : reasons}`,
    ...(probe_clients.length > 0
      ? [`${escapeControls(subject)} health probes: ${probe_clients.map(escapeControls).join(', ')}`]
      : []),
  ];
}

/** What was wrong, in the order of time, and what to do about each kind of it. */
function incidentLines({ incidents, start, end }: Summary): readonly string[] {
  if (incidents.length === 0) return ['No incident.'];
  const table = plainTable({ incident: 'left', at: 'left', what: 'left', who: 'left', evidence: 'left' });
  const isOneDay = start?.slice(0, 10) === end?.slice(0, 10);
  const shown = incidents.slice(-INCIDENTS_SHOWN);
  for (const incident of shown)
    table.push([
      span(incident, isOneDay),
      escapeControls(incident.subject),
      incident.name,
      escapeControls(incident.who ?? ''),
      escapeControls(incident.evidence) + knownText(incident),
    ]);
  const left = incidents.length - shown.length;
  const toDo = shown.filter(({ known }) => known === undefined);
  const advice = new Map(toDo.map(({ name, advice: text }) => [name, text]));
  return [
    textOf(table),
    ...(left > 0 ? [`${count(left)} earlier incidents are in summary.json.`] : []),
    '',
    ...[...advice].map(([name, text]) => `${name}: ${text}.`),
    ...shown.flatMap(effectLine),
    ...(toDo.some(({ proposal }) => proposal !== undefined && proposal.refusal === undefined)
      ? ['mxwarden access-map prints what Postfix could do.']
      : []),
    ...(advice.size > 0 ? [''] : []),
  ];
}

/** `(known until 2026-12-31: the auditors)`. */
function knownText({ known }: IncidentSummary): string {
  return known === undefined ? '' : ` (known until ${when(known.until)}: ${escapeControls(known.reason)})`;
}

/** What came of it that the client of an incident is refused. */
function effectLine({ name, who = '', effect }: IncidentSummary): readonly string[] {
  return effect === undefined ? [] : [`${name}, ${escapeControls(who)}: ${effect.text}.`];
}

/** What a long run would have told, and how often. */
function monthLines(summary: Summary): readonly string[] {
  const all = monthsOf(summary);
  const months = all.slice(-MONTHS_SHOWN);
  if (months.length === 0) return [];
  const columns = months.map(({ month }) => [month, 'right'] as const);
  const table = plainTable({ 'incidents by month': 'left', ...Object.fromEntries(columns) });
  for (const { name, counts } of monthRows(months)) table.push([name, ...counts.map(count)]);
  return [textOf(table), ...(all.length > months.length ? ['Earlier months are in summary.json.'] : []), ''];
}

/** How a server was found, where nobody had to say it. */
function identityLines({ subject, discovery }: ServerSummary): readonly string[] {
  if (discovery === undefined) return [];
  const { connects, scores, missing } = discovery;
  const name = `Found mail server ${escapeControls(subject.slice('mail:'.length))}`;
  if (missing !== undefined)
    return [`${name}; where it asks DNS from was not found: ${NOT_FOUND[missing](count(connects))}`];
  const evidence = scores.map((score) => `${escapeControls(score.address)} (${scoreText(score)})`);
  return [`${name}, asks DNS from ${evidence.join(', ')}`];
}

const NOT_FOUND: Readonly<Record<Missing, (connects: string) => string>> = {
  no_dns_log: () => 'no DNS log was read',
  no_connects: () => 'nobody connected to its smtpd in the start of the logs (--server says it)',
  no_common_time: () => 'the starts of its log and of the DNS logs have no time in common (--server says it)',
  few_connects: (connects) =>
    `only ${connects} connections while a DNS log was written, and 3 are needed (--server says it)`,
  not_looked_up: (connects) =>
    `no DNS client looked up enough of the clients of its ${connects} connections as they connected (--server says it)`,
};

function coverageLines({ subject, coverage }: ServerSummary): readonly string[] {
  const sides = Object.entries(coverage).map(
    ([side, { lines, share, last_heard }]) =>
      `${side} ${(100 * share).toFixed(1)} % of ${count(lines)} lines, last at ${when(last_heard)}`,
  );
  return sides.length > 0 ? [`${escapeControls(subject)} recognised: ${sides.join('; ')}`] : [];
}

/** Why so many lines may be dead letters, where a person can do something about it. */
const DEAD_HINTS: Readonly<Record<string, string>> = {
  no_envelope: ': they do not begin as a log line does; mxwarden parse says why',
  late: ': their windows were over; is a clock ahead, or a log out of order?',
  future: ': are clock, year and timezone right?',
};

function inputLines(input: InputSummary): readonly string[] {
  const { source, lines, duplicate, incomplete, unrecognised, foreign, unmapped, dead_letters: dead } = input;
  const notes = [
    ...incomplete.map((file) => `  ${incompleteText(file)}`),
    ...unrecognisedLine(unrecognised),
    ...(duplicate === 0 ? [] : [`  ${count(duplicate)} DNS messages that were there twice are counted once`]),
    ...(foreign.length === 0 ? [] : [`  ${programs(foreign, 'of programs that are not read')}`]),
    ...unmapped
      .slice(0, SAMPLES_SHOWN)
      .map(
        ({ host, count: n }) =>
          `  ${count(n)} lines of host ${escapeControls(host)}, which no server in the configuration has; add it under servers: hosts`,
      ),
    ...Object.entries(dead)
      .filter(([, n]) => n > 0)
      .map(
        ([reason, n]) => `  ${count(n)} dead letters (${reason}${DEAD_HINTS[reason] ?? ''}), see dead-letters.ndjson`,
      ),
  ];
  return [`${escapeControls(source)}: ${count(lines)} lines`, ...notes];
}

/** How many lines of our programs, with one of them, and what can be done about it. */
function unrecognisedLine(rows: InputSummary['unrecognised']): readonly string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const advice = 'mxwarden parse says why, the README (My log is not recognised) how to report them';
  return [`  ${programs(rows, 'not recognised')}; ${advice}; such as: ${escapeControls(first.sample)}`];
}

/** `12 lines not recognised: smtpd 10, qmgr 2`. */
function programs(rows: InputSummary['unrecognised'], what: string): string {
  const all = rows.reduce((sum, row) => sum + row.count, 0);
  const shown = rows.slice(0, SAMPLES_SHOWN).map((row) => `${escapeControls(row.program)} ${count(row.count)}`);
  const more = rows.length > SAMPLES_SHOWN ? ' and others' : '';
  return `${count(all)} lines ${what}: ${shown.join(', ')}${more}`;
}

function span({ started, ended }: IncidentSummary, isOneDay: boolean): string {
  if (isOneDay) return `${started.slice(11, 19)}-${ended?.slice(11, 19) ?? ''}`;
  if (ended === undefined) return `${when(started)} -`;
  return `${when(started)} - ${started.slice(0, 10) === ended.slice(0, 10) ? ended.slice(11, 19) : when(ended)}`;
}

function when(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function ratio(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2);
}

/** The adjusted MEE with its interval at 95 %. */
function interval({ mee_adjusted: value, mee_lower: lower, mee_upper: upper }: ServerSummary): string {
  return value === undefined ? '-' : `${ratio(value)} [${ratio(lower)}-${ratio(upper)}]`;
}
