import { clientKey, clientOfName } from '../address.js';
import type { Commands, DnsEvent, MailEvent, MailEventOf, Ms, Reason, Side } from '../event.js';
import type { MailServer } from '../identity.js';
import { CLIENT } from './counters.js';
import type { Counter, Counts, Role, RoleCounter } from './counters.js';
import { COUNT } from './tally.js';
import type { Tally } from './tally.js';

const ENFORCED_ACTIONS: ReadonlySet<string> = new Set(['reject', 'milter-reject', 'proxy-reject', 'discard']);

/** Whether a rejection with this action word refused something; the others only say that they would have. */
export function isEnforced(action: string): boolean {
  return ENFORCED_ACTIONS.has(action);
}

/**
 * Adds one event of a mail server to its tally. This file alone says what an event adds; each addition follows from one
 * line. Mutates `tally` only.
 */
export function countMail(tally: Tally, event: MailEvent, server: MailServer): void {
  // Each look at a field of an event that may be of any kind is dear: here are all of them.
  const { counts } = tally;
  const { kind } = event;
  if (kind === 'other' || kind === 'unrecognised') return countHeard(tally, event);
  const isPop3 = kind === 'pop3_login' || kind === 'pop3_failure' || kind === 'pop3_logout';
  hear(tally, isPop3 ? 'pop3' : 'mail', event.time);
  counts[isPop3 ? 'coverage.pop3.used' : 'coverage.mail.used'] += 1;
  switch (kind) {
    case 'connect':
      return countConnect(tally, event, server);
    case 'disconnect':
      return countDisconnect(tally, event, server);
    case 'opened':
      return countOpened(tally, event, server);
    case 'active':
      counts['qmgr.from'] += 1;
      if (event.sender === '') counts['qmgr.from_null'] += 1;
      return;
    case 'queued':
      counts['messages.queued'] += 1;
      return;
    case 'removed':
      counts['qmgr.removed'] += 1;
      return;
    case 'delivery':
      return countDelivery(tally, event);
    case 'reject':
      return countReject(tally, event, server);
    case 'lost_connection':
    case 'timeout':
      return countAborted(tally, event, server);
    case 'auth_failure':
      counts['smtp.auth_failures'] += 1;
      return addToClient(tally, event, CLIENT.auth_failures);
    case 'local_queued':
      counts['messages.local'] += 1;
      return;
    case 'bounce_queued':
      counts['messages.bounce'] += 1;
      return;
    case 'expired':
      counts['qmgr.expired'] += 1;
      return;
    case 'too_many_errors':
      counts['smtp.too_many_errors'] += 1;
      return;
    case 'protocol_error':
      counts['smtp.protocol_errors'] += 1;
      return;
    case 'rate_limit':
      counts['smtp.rate_limits'] += 1;
      return;
    case 'screen_connect':
      counts['smtp.screen_connects'] += 1;
      tally.smtpClients.add(clientKey(event.client_address));
      return addToClient(tally, event, CLIENT.screen_connects);
    case 'screen_hit':
      counts['smtp.screen_hits'] += 1;
      return addToClient(tally, event, CLIENT.screen_hits);
    case 'pop3_login':
      counts['pop3.sessions'] += 1;
      return addToClient(tally, event, CLIENT.pop3_sessions);
    case 'pop3_failure':
      counts['pop3.failures'] += 1;
      return addToClient(tally, event, CLIENT.pop3_failures);
    case 'pop3_logout':
    case 'screen_pass':
    case 'name_mismatch':
      return;
  }
}

/** Adds a DNS query to the tally of the mail server that sent it. */
export function countQuerySent(tally: Tally, event: DnsEvent): void {
  if (!countQuery(tally, event)) return;
  if (event.qname === undefined) return;
  const { names, clients } = tally;
  const row = names.rowOf(event.qname);
  // The client that a name is about is found once, and kept as the name of its row.
  if (names.at(row, COUNT) === 0) names.nameRow(row, clientOfName(event.qname) ?? '');
  names.add(row, COUNT);
  const client = names.nameOf(row);
  if (client !== '') clients.add(clients.rowOf(client), CLIENT.dns_queries);
}

/** Adds a DNS query to the tally of the resolver that logged it. */
export function countQueryServed(tally: Tally, event: DnsEvent): void {
  if (!countQuery(tally, event)) return;
  const { clients } = tally;
  clients.add(clients.rowOf(clientKey(event.client_address)), CLIENT.dns_queries);
}

/** A query and its response are two rows: only the query is counted as one. */
function countQuery(tally: Tally, event: DnsEvent): boolean {
  const { counts } = tally;
  hear(tally, 'dns', event.time);
  counts['coverage.dns.used'] += 1;
  if (event.direction === 'response') {
    if (event.rcode === 'REFUSED') counts['dns.refused'] += 1;
    return false;
  }
  counts['dns.queries'] += 1;
  countQueryType(counts, event.qtype);
  return true;
}

function countQueryType(counts: Counts, qtype: string | undefined): void {
  switch (qtype) {
    case 'A':
      counts['dns.by_type.a'] += 1;
      return;
    case 'AAAA':
      counts['dns.by_type.aaaa'] += 1;
      return;
    case 'MX':
      counts['dns.by_type.mx'] += 1;
      return;
    case 'PTR':
      counts['dns.by_type.ptr'] += 1;
      return;
    case 'TXT':
      counts['dns.by_type.txt'] += 1;
      return;
    case 'NS':
      counts['dns.by_type.ns'] += 1;
      return;
    case 'SOA':
      counts['dns.by_type.soa'] += 1;
      return;
    case 'SRV':
      counts['dns.by_type.srv'] += 1;
      return;
    case 'ANY':
      counts['dns.by_type.any'] += 1;
      return;
    default:
      counts['dns.by_type.other'] += 1;
  }
}

const UNUSED = { mail: 'coverage.mail.unused', pop3: 'coverage.pop3.unused', dns: 'coverage.dns.unused' } as const;
const UNRECOGNISED = {
  mail: 'coverage.mail.unrecognised',
  pop3: 'coverage.pop3.unrecognised',
  dns: 'coverage.dns.unrecognised',
} as const;

/** Adds that one event came after its pane's end, though in time. */
export function countLate(tally: Tally): void {
  tally.counts['window.late_events'] += 1;
}

/** Adds a line that says nothing but that its side was heard; of a DNS server, to its resolver's tally. */
export function countHeard(tally: Tally, event: MailEventOf<'other' | 'unrecognised'>): void {
  const { side } = event;
  if (side === undefined) return;
  hear(tally, side, event.time);
  tally.counts[(event.kind === 'other' ? UNUSED : UNRECOGNISED)[side]] += 1;
}

function hear({ lastHeard }: Tally, side: Side, time: Ms): void {
  if (time > lastHeard[side]) lastHeard[side] = time;
}

function roleCounters(role: Role): Readonly<Record<RoleCounter, Counter>> {
  const name = <C extends RoleCounter>(counter: C): `role.${Role}.${C}` => `role.${role}.${counter}`;
  return {
    connects: name('connects'),
    sessions: name('sessions'),
    counted_sessions: name('counted_sessions'),
    delivering_sessions: name('delivering_sessions'),
    opened: name('opened'),
    accepted: name('accepted'),
    lost_messages: name('lost_messages'),
    rejected: name('rejected'),
  };
}
/** Names of the counters of a role, made once: the line's path does not build strings. */
export const OF_ROLE: Readonly<Record<Role, Readonly<Record<RoleCounter, Counter>>>> = {
  mx: roleCounters('mx'),
  submission: roleCounters('submission'),
  reinject: roleCounters('reinject'),
};

type WithClient = { readonly client_address: string; readonly client_name: string | undefined };

/** The client's row in the tally's table. */
function clientRow({ clients }: Tally, event: WithClient): number {
  // Postfix writes `unknown` for a name that it could not look up.
  const name = event.client_name === 'unknown' ? undefined : event.client_name;
  return clients.rowOf(clientKey(event.client_address), name);
}

function addToClient(tally: Tally, event: WithClient, column: number): void {
  tally.clients.add(clientRow(tally, event), column);
}

function countConnect(tally: Tally, event: MailEventOf<'connect'>, server: MailServer): void {
  const role = server.roleOf(event.service, event.client_address);
  tally.counts[OF_ROLE[role].connects] += 1;
  if (role === 'reinject') return;
  const row = clientRow(tally, event);
  if (tally.clients.at(row, CLIENT.connects) === 0) tally.smtpClients.add(clientKey(event.client_address));
  tally.clients.add(row, CLIENT.connects);
}

function countDisconnect(tally: Tally, event: MailEventOf<'disconnect'>, server: MailServer): void {
  const { counts, clients } = tally;
  const { commands } = event;
  const serviceRole = server.roleOf(event.service, event.client_address);
  const role = commands === undefined ? serviceRole : roleOfSession(serviceRole, commands);
  const names = OF_ROLE[role];
  const row = role === 'reinject' ? undefined : clientRow(tally, event);
  counts[names.sessions] += 1;
  if (row !== undefined) clients.add(row, CLIENT.sessions);
  if (commands === undefined) return;

  const accepted = acceptedIn(commands);
  counts[names.counted_sessions] += 1;
  counts[names.accepted] += accepted;
  if (accepted > 0) counts[names.delivering_sessions] += 1;
  if (commands.auth > 0) counts['smtp.authenticated'] += 1;
  if (isRefused(commands)) counts['reject.sessions'] += 1;
  const isProbe = isProbeLike(commands);
  if (isProbe) counts['smtp.probes'] += 1;
  if (row === undefined) return;
  clients.add(row, CLIENT.counted_sessions);
  clients.add(row, CLIENT.accepted, accepted);
  clients.add(row, CLIENT.recipients, commands.rcpt);
  if (!isProbe) return;
  clients.add(row, CLIENT.probes);
  if (role === 'submission') clients.add(row, CLIENT.submission_probes);
}

/** A session takes its service's role, unless its own commands say more. */
function roleOfSession(serviceRole: Role, commands: Commands): Role {
  if (serviceRole === 'reinject' || commands.xforward > 0) return 'reinject';
  return commands.auth > 0 ? 'submission' : serviceRole;
}

/**
 * Messages accepted in a session: successful DATA, and of the other mail transactions as many as BDAT may have ended. BDAT
 * counts chunks, of which a message may have several, and a failed one loses its message.
 */
function acceptedIn(commands: Commands): number {
  const ofBdat = commands.mail - commands.data - commands.data_failed - commands.bdat_failed;
  return commands.data + Math.max(0, Math.min(ofBdat, commands.bdat));
}

/**
 * Whether a session looks like a health probe's: no MAIL, no AUTH, no failed command, and it ended by QUIT or right after
 * CONNECT.
 */
function isProbeLike(commands: Commands): boolean {
  if (commands.mail > 0 || commands.auth > 0 || commands.unknown > 0 || commands.commands_failed > 0) return false;
  return commands.quit > 0 || commands.commands === 0;
}

/** Whether policy refused a command; a failed AUTH, a typing error or a failed TLS handshake is no refusal. */
function isRefused(commands: Commands): boolean {
  const { helo_failed, ehlo_failed, mail_failed, rcpt_failed, data_failed, bdat_failed } = commands;
  return helo_failed + ehlo_failed + mail_failed + rcpt_failed + data_failed + bdat_failed > 0;
}

function countOpened(tally: Tally, event: MailEventOf<'opened'>, server: MailServer): void {
  const serviceRole = server.roleOf(event.service, event.client_address);
  const isReinjected = event.orig_client !== undefined || event.orig_queue_id !== undefined;
  const role = isReinjected ? 'reinject' : event.sasl_username !== undefined ? sasl(serviceRole) : serviceRole;
  tally.counts[OF_ROLE[role].opened] += 1;
  if (role !== 'reinject') return addToClient(tally, event, CLIENT.opened);
  const { clients } = tally;
  if (event.orig_client !== undefined) clients.add(clients.rowOf(clientKey(event.orig_client)), CLIENT.reinjected);
}

function sasl(serviceRole: Role): Role {
  return serviceRole === 'reinject' ? serviceRole : 'submission';
}

function countDelivery(tally: Tally, event: MailEventOf<'delivery'>): void {
  const { counts } = tally;
  const { status, service } = event;
  counts['delivery.lines'] += 1;
  if (status === 'sent') counts['delivery.sent'] += 1;
  else if (status === 'deferred') counts['delivery.deferred'] += 1;
  else if (status === 'bounced') {
    counts['delivery.bounced'] += 1;
    if (event.enhanced_code === '5.1.1') counts['delivery.user_unknown'] += 1;
  }
  if (!service.endsWith('/smtp')) return;
  counts['delivery.attempts'] += 1;
  if (status === 'deferred') counts['delivery.attempts_deferred'] += 1;
  const domain = event.recipient.substring(event.recipient.lastIndexOf('@') + 1);
  tally.transmissions.add(`${event.queue_id} ${domain} ${String(Math.floor(event.time / 1000))}`);
}

/** Stages of a message whose refusal loses it after it was opened. */
const AFTER_OPENING: ReadonlySet<string> = new Set([
  'DATA',
  'BDAT',
  'END-OF-MESSAGE',
  'header',
  'mime-header',
  'nested-header',
  'body',
  'content',
]);

const REASON_COUNTERS = new Map<Reason, `reject.${Reason}`>();
function reasonCounter(reason: Reason): `reject.${Reason}` {
  let name = REASON_COUNTERS.get(reason);
  if (name === undefined) REASON_COUNTERS.set(reason, (name = `reject.${reason}`));
  return name;
}

function countReject(tally: Tally, event: MailEventOf<'reject'>, server: MailServer): void {
  const { counts, recipients } = tally;
  if (!isEnforced(event.action)) {
    counts['reject.not_enforced'] += 1;
    return;
  }
  const serviceRole = server.roleOf(event.service, event.client_address);
  const role = event.sasl_username === undefined ? serviceRole : sasl(serviceRole);
  counts['reject.total'] += 1;
  counts[reasonCounter(event.reason)] += 1;
  counts[OF_ROLE[role].rejected] += 1;
  if (isTemporary(event)) counts['reject.temporary'] += 1;
  if (event.recipient !== undefined && event.stage === 'RCPT')
    recipients.add(recipients.rowOf(event.recipient.toLowerCase()), COUNT);
  if (role !== 'reinject') addToClient(tally, event, CLIENT.rejects);
  // A discarded message is answered with success, so smtpd counts it among the accepted ones.
  if (event.action === 'discard' || !AFTER_OPENING.has(event.stage)) return;
  // DATA without a queue file: no recipient was accepted, nothing was open.
  if (event.stage === 'DATA' && event.queue_id === undefined) return;
  if (event.queue_id !== undefined && event.stage !== 'DATA') counts['messages.refused'] += 1;
  counts[OF_ROLE[role].lost_messages] += 1;
  if (role !== 'reinject') addToClient(tally, event, CLIENT.lost_messages);
}

/** cleanup logs no reply code, but the enhanced one that the reply had. */
function isTemporary({ reply_code, enhanced_code }: MailEventOf<'reject'>): boolean {
  return reply_code === undefined ? enhanced_code?.startsWith('4.') === true : reply_code < 500;
}

function countAborted(tally: Tally, event: MailEventOf<'lost_connection' | 'timeout'>, server: MailServer): void {
  tally.counts['smtp.aborted'] += 1;
  const role = server.roleOf(event.service, event.client_address);
  if (role !== 'reinject') addToClient(tally, event, CLIENT.aborted);
  // `DATA (1234 bytes)`: smtpd adds how far the message came.
  if (!event.stage.startsWith('DATA') && !event.stage.startsWith('BDAT') && event.stage !== 'END-OF-MESSAGE') return;
  tally.counts[OF_ROLE[role].lost_messages] += 1;
  if (role !== 'reinject') addToClient(tally, event, CLIENT.lost_messages);
}
