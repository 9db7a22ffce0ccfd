import { clientKey, clientOfName } from '../address.js';
import { REASONS } from '../event.js';
import type { Commands, DnsEvent, MailEvent, MailEventOf, Ms, Reason } from '../event.js';
import type { MailServer } from '../identity.js';
import { CLIENT, COUNTER } from './counters.js';
import type { Role, RoleCounter } from './counters.js';
import type { Counts } from './counts.js';
import { COUNT, TARGET } from './tally.js';
import type { Tally } from './tally.js';

/** With these a message is answered with success and dropped. */
const DISCARDS: ReadonlySet<string> = new Set(['discard', 'milter-discard', 'milter-header-discard']);
const REFUSALS = ['reject', 'milter-reject', 'milter-header-reject', 'proxy-reject', 'hangup'];
const ENFORCED_ACTIONS: ReadonlySet<string> = new Set([...REFUSALS, ...DISCARDS]);

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
  if (isPop3) hearPop3(tally, event.time, COUNTER['coverage.pop3.used']);
  else hearMail(tally, event.time, COUNTER['coverage.mail.used']);
  switch (kind) {
    case 'connect':
      return countConnect(tally, event, server);
    case 'disconnect':
      return countDisconnect(tally, event, server);
    case 'opened':
      return countOpened(tally, event, server);
    case 'active':
      counts.add(COUNTER['qmgr.from']);
      if (event.sender === '') counts.add(COUNTER['qmgr.from_null']);
      return;
    case 'queued':
      counts.add(COUNTER['messages.queued']);
      return;
    case 'removed':
      counts.add(COUNTER['qmgr.removed']);
      return;
    case 'delivery':
      return countDelivery(tally, event);
    case 'reject':
      return countReject(tally, event, server);
    case 'lost_connection':
    case 'timeout':
      return countAborted(tally, event, server);
    case 'auth_failure':
      counts.add(COUNTER['smtp.auth_failures']);
      return addToClient(tally, event, CLIENT.auth_failures);
    case 'local_queued':
      counts.add(COUNTER['messages.local']);
      return;
    case 'bounce_queued':
      counts.add(COUNTER['messages.bounce']);
      return;
    case 'expired':
      counts.add(COUNTER['qmgr.expired']);
      return;
    case 'too_many_errors':
      counts.add(COUNTER['smtp.too_many_errors']);
      return;
    case 'protocol_error':
      counts.add(COUNTER['smtp.protocol_errors']);
      return;
    case 'rate_limit':
      counts.add(COUNTER['smtp.rate_limits']);
      return;
    case 'screen_connect':
      counts.add(COUNTER['smtp.screen_connects']);
      tally.smtpClients.add(clientKey(event.client_address));
      return addToClient(tally, event, CLIENT.screen_connects);
    case 'screen_hit':
      counts.add(COUNTER['smtp.screen_hits']);
      if (event.reason === 'client_rejected') addToClient(tally, event, CLIENT.screen_denied);
      return addToClient(tally, event, CLIENT.screen_hits);
    case 'pop3_login':
      counts.add(COUNTER['pop3.sessions']);
      return addToClient(tally, event, CLIENT.pop3_sessions);
    case 'pop3_failure':
      counts.add(COUNTER['pop3.failures']);
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
  // Some resolvers spell a name in a case of their own each time (0x20).
  const name = event.qname.toLowerCase();
  const row = names.rowOf(name);
  // The client that a name is about is found once, and kept as the name of its row.
  if (names.at(row, COUNT) === 0) names.nameRow(row, clientOfName(name) ?? '');
  names.add(row, COUNT);
  const client = names.nameOf(row);
  if (client !== '') clients.add(clients.rowOf(client), CLIENT.dns_queries);
}

/** Adds a DNS query to the tally of the resolver that logged it. */
export function countQueryServed(tally: Tally, event: DnsEvent): void {
  if (!countQuery(tally, event)) return;
  const row = clientRow(tally, event.client_address);
  tally.clients.add(row, CLIENT.dns_queries);
  if (event.qtype === 'MX') tally.clients.add(row, CLIENT.mx_queries);
}

/** A query and its response are two rows: only the query is counted as one. */
function countQuery(tally: Tally, event: DnsEvent): boolean {
  const { counts } = tally;
  hearDns(tally, event.time, COUNTER['coverage.dns.used']);
  // A tap may write query and response as one record, which is a query.
  if (event.rcode === 'REFUSED') counts.add(COUNTER['dns.refused']);
  if (event.direction === 'response') return false;
  counts.add(COUNTER['dns.queries']);
  countQueryType(counts, event.qtype);
  return true;
}

function countQueryType(counts: Counts, qtype: string | undefined): void {
  switch (qtype) {
    case 'A':
      counts.add(COUNTER['dns.by_type.a']);
      return;
    case 'AAAA':
      counts.add(COUNTER['dns.by_type.aaaa']);
      return;
    case 'MX':
      counts.add(COUNTER['dns.by_type.mx']);
      return;
    case 'PTR':
      counts.add(COUNTER['dns.by_type.ptr']);
      return;
    case 'TXT':
      counts.add(COUNTER['dns.by_type.txt']);
      return;
    case 'NS':
      counts.add(COUNTER['dns.by_type.ns']);
      return;
    case 'SOA':
      counts.add(COUNTER['dns.by_type.soa']);
      return;
    case 'SRV':
      counts.add(COUNTER['dns.by_type.srv']);
      return;
    case 'ANY':
      counts.add(COUNTER['dns.by_type.any']);
      return;
    default:
      counts.add(COUNTER['dns.by_type.other']);
  }
}

/** Adds that one event came after its pane's end, though in time. */
export function countLate(tally: Tally): void {
  tally.counts.add(COUNTER['window.late_events']);
}

/** Adds a line that says nothing but that its side was heard; of a DNS server, to its resolver's tally. */
export function countHeard(tally: Tally, event: MailEventOf<'other' | 'unrecognised'>): void {
  const { kind, side, time } = event;
  const isUnused = kind === 'other';
  if (side === 'mail')
    hearMail(tally, time, isUnused ? COUNTER['coverage.mail.unused'] : COUNTER['coverage.mail.unrecognised']);
  else if (side === 'pop3')
    hearPop3(tally, time, isUnused ? COUNTER['coverage.pop3.unused'] : COUNTER['coverage.pop3.unrecognised']);
  else if (side === 'dns')
    hearDns(tally, time, isUnused ? COUNTER['coverage.dns.unused'] : COUNTER['coverage.dns.unrecognised']);
}

function hearMail({ counts, lastHeard }: Tally, time: Ms, column: number): void {
  counts.add(column);
  if (time > lastHeard.mail) lastHeard.mail = time;
}

function hearPop3({ counts, lastHeard }: Tally, time: Ms, column: number): void {
  counts.add(column);
  if (time > lastHeard.pop3) lastHeard.pop3 = time;
}

function hearDns({ counts, lastHeard }: Tally, time: Ms, column: number): void {
  counts.add(column);
  if (time > lastHeard.dns) lastHeard.dns = time;
}

function roleColumns(role: Role): Readonly<Record<RoleCounter, number>> {
  const column = (counter: RoleCounter): number => COUNTER[`role.${role}.${counter}`];
  return {
    connects: column('connects'),
    sessions: column('sessions'),
    counted_sessions: column('counted_sessions'),
    delivering_sessions: column('delivering_sessions'),
    opened: column('opened'),
    accepted: column('accepted'),
    lost_messages: column('lost_messages'),
    rejected: column('rejected'),
  };
}
const MX = roleColumns('mx');
const SUBMISSION = roleColumns('submission');
const REINJECT = roleColumns('reinject');

/** The columns of a role's counters. */
function columnsOf(role: Role): Readonly<Record<RoleCounter, number>> {
  if (role === 'mx') return MX;
  return role === 'submission' ? SUBMISSION : REINJECT;
}

type WithClient = { readonly client_address: string; readonly client_name: string | undefined };

/** The row of a client in the tally's table. */
function clientRow({ clients }: Tally, address: string): number {
  // Most addresses are their own key.
  return clients.rowIfKnown(address) ?? clients.rowOf(clientKey(address));
}

/** The same with the name that the line gives it. */
function namedRow(tally: Tally, event: WithClient): number {
  const row = clientRow(tally, event.client_address);
  // Postfix writes `unknown` for a name that it could not look up.
  const name = event.client_name;
  if (name !== undefined && name !== 'unknown') tally.clients.nameRow(row, name);
  return row;
}

function addToClient(tally: Tally, event: WithClient, column: number): void {
  tally.clients.add(namedRow(tally, event), column);
}

function countConnect(tally: Tally, event: MailEventOf<'connect'>, server: MailServer): void {
  const role = server.roleOf(event.service, event.client_address);
  tally.counts.add(columnsOf(role).connects);
  if (role === 'reinject') return;
  const row = namedRow(tally, event);
  if (tally.clients.at(row, CLIENT.connects) === 0) tally.smtpClients.add(clientKey(event.client_address));
  tally.clients.add(row, CLIENT.connects);
  if (role === 'submission') tally.clients.add(row, CLIENT.submission_connects);
}

function countDisconnect(tally: Tally, event: MailEventOf<'disconnect'>, server: MailServer): void {
  const { counts, clients } = tally;
  const { commands } = event;
  const serviceRole = server.roleOf(event.service, event.client_address);
  const role = commands === undefined ? serviceRole : roleOfSession(serviceRole, commands);
  const columns = columnsOf(role);
  const row = role === 'reinject' ? undefined : namedRow(tally, event);
  counts.add(columns.sessions);
  if (row !== undefined) clients.add(row, CLIENT.sessions);
  if (commands === undefined) return;

  const accepted = acceptedIn(commands);
  counts.add(columns.counted_sessions);
  counts.add(columns.accepted, accepted);
  if (accepted > 0) counts.add(columns.delivering_sessions);
  if (commands.auth > 0) counts.add(COUNTER['smtp.authenticated']);
  if (isRefused(commands)) counts.add(COUNTER['reject.sessions']);
  const isProbe = isProbeLike(commands);
  if (isProbe) counts.add(COUNTER['smtp.probes']);
  if (row === undefined) return;
  clients.add(row, CLIENT.counted_sessions);
  clients.add(row, CLIENT.accepted, accepted);
  clients.add(row, CLIENT.recipients, commands.rcpt);
  if (accepted > 0) clients.add(row, CLIENT.delivering_sessions);
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
 * counts chunks, of which a message may have several. A failed one loses its message, and the chunks that follow it fail as
 * well: failures tell that a message was lost, but not how many.
 */
function acceptedIn({ mail, data, bdat, bdat_failed }: Commands): number {
  const ofBdat = mail - data - Math.min(bdat_failed, 1);
  return data + Math.max(0, Math.min(ofBdat, bdat));
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
  tally.counts.add(columnsOf(role).opened);
  if (event.sasl_username !== undefined) tally.users.add(tally.users.rowOf(event.sasl_username), COUNT);
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
  counts.add(COUNTER['delivery.lines']);
  if (status === 'sent') counts.add(COUNTER['delivery.sent']);
  else if (status === 'deferred') counts.add(COUNTER['delivery.deferred']);
  else if (status === 'bounced') {
    counts.add(COUNTER['delivery.bounced']);
    if (event.enhanced_code === '5.1.1') counts.add(COUNTER['delivery.user_unknown']);
  }
  if (!service.endsWith('/smtp')) return;
  counts.add(COUNTER['delivery.attempts']);
  if (status === 'deferred') counts.add(COUNTER['delivery.attempts_deferred']);
  const domain = event.recipient.substring(event.recipient.lastIndexOf('@') + 1);
  tally.transmissions.add(`${event.queue_id} ${domain}`, Math.floor(event.time / 1000));
}

/** Stages of a message whose refusal loses it after it was opened. */
const AFTER_OPENING: ReadonlySet<string> = new Set([
  'DATA',
  'BDAT',
  'END-OF-MESSAGE',
  'header',
  'body',
  'content',
  'mime-error',
]);

const REASON_COLUMNS = new Map<Reason, number>(REASONS.map((reason) => [reason, COUNTER[`reject.${reason}`]]));

function reasonColumn(reason: Reason): number {
  return REASON_COLUMNS.get(reason) ?? COUNTER['reject.other'];
}

/** A rejected message takes its session's role: that of the service, unless the client had logged in. */
export function roleOfRejection(event: Extract<MailEvent, WithClient>, server: MailServer): Role {
  const serviceRole = server.roleOf(event.service, event.client_address);
  return event.kind === 'reject' && event.sasl_username !== undefined ? sasl(serviceRole) : serviceRole;
}

function countReject(tally: Tally, event: MailEventOf<'reject'>, server: MailServer): void {
  const { counts, recipients } = tally;
  if (!isEnforced(event.action)) {
    counts.add(COUNTER['reject.not_enforced']);
    return;
  }
  const role = roleOfRejection(event, server);
  counts.add(COUNTER['reject.total']);
  counts.add(reasonColumn(event.reason));
  counts.add(columnsOf(role).rejected);
  if (isTemporary(event)) counts.add(COUNTER['reject.temporary']);
  const recipient = event.stage === 'RCPT' ? event.recipient?.toLowerCase() : undefined;
  if (recipient !== undefined) recipients.add(recipients.rowOf(recipient), COUNT);
  if (role !== 'reinject') countRefusedClient(tally, event, recipient);
  if (!AFTER_OPENING.has(event.stage)) return;
  // DATA without a queue file: no recipient was accepted, nothing was open.
  if (event.stage === 'DATA' && event.queue_id === undefined) return;
  if (event.queue_id !== undefined && event.stage !== 'DATA') counts.add(COUNTER['messages.refused']);
  // A discarded message is answered with success, so smtpd counts it among the accepted ones.
  if (DISCARDS.has(event.action)) return;
  counts.add(columnsOf(role).lost_messages);
  if (role !== 'reinject') addToClient(tally, event, CLIENT.lost_messages);
}

function countRefusedClient(tally: Tally, event: MailEventOf<'reject'>, recipient: string | undefined): void {
  const { clients, targets } = tally;
  const { reason } = event;
  const row = namedRow(tally, event);
  clients.add(row, CLIENT.rejects);
  if (reason === 'greylist') clients.add(row, CLIENT.greylisted);
  if (reason === 'client_rejected') clients.add(row, CLIENT.client_rejected);
  if (reason !== 'user_unknown' && reason !== 'relay_denied') return;
  clients.add(row, CLIENT[reason]);
  if (recipient === undefined) return;
  const target = targets.rowOf(`${clients.keyOf(row)} ${recipient}`);
  targets.add(target, TARGET[reason]);
  if (isTemporary(event)) targets.add(target, TARGET.temporary);
}

/** cleanup logs no reply code, but the enhanced one that the reply had. */
function isTemporary({ reply_code, enhanced_code }: MailEventOf<'reject'>): boolean {
  return reply_code === undefined ? enhanced_code?.startsWith('4.') === true : reply_code < 500;
}

function countAborted(tally: Tally, event: MailEventOf<'lost_connection' | 'timeout'>, server: MailServer): void {
  tally.counts.add(COUNTER['smtp.aborted']);
  const role = server.roleOf(event.service, event.client_address);
  if (role !== 'reinject') addToClient(tally, event, CLIENT.aborted);
  // `DATA (1234 bytes)`: smtpd adds how far the message came. After END-OF-MESSAGE it was there, and answered.
  if (!event.stage.startsWith('DATA') && !event.stage.startsWith('BDAT')) return;
  tally.counts.add(columnsOf(role).lost_messages);
  if (role !== 'reinject') addToClient(tally, event, CLIENT.lost_messages);
}
