import type { SourceRecord } from '../../src/core/aggregate.js';
import { COMMANDS } from '../../src/core/event.js';
import type { Commands, DnsEvent, MailEvent, MailEventOf } from '../../src/core/event.js';
import { createIdentity } from '../../src/core/identity.js';
import type { MailServer, ServerConfig } from '../../src/core/identity.js';
import { zeroRecord } from '../../src/core/tally/counters.js';

type Over<K extends MailEvent['kind']> = Partial<Omit<MailEventOf<K>, 'kind'>>;

/** Sunday, 2003-04-13 12:00 UTC: the start of a pane and of an hour. */
export const NOON = Date.UTC(2003, 3, 13, 12);

const SMTPD = { time: NOON, host: 'mx', service: 'postfix/smtpd', process_id: 1 };
const QMGR = { ...SMTPD, service: 'postfix/qmgr' };
const CLEANUP = { ...SMTPD, service: 'postfix/cleanup' };
const SCREEN = { ...SMTPD, service: 'postfix/postscreen' };
const POP3 = { ...SMTPD, service: 'dovecot' };
const CLIENT = { client_name: 'a.example.org', client_address: '192.0.2.10' };

const ZERO_COMMANDS = zeroRecord([
  ...COMMANDS.flatMap((name) => [name, `${name}_failed` as const]),
  'commands',
  'commands_failed',
]);

/** Command counts of a disconnect line with their sums; those not named are 0. */
export function commands(given: Partial<Commands> = {}): Commands {
  const counts = { ...ZERO_COMMANDS, ...given };
  for (const name of COMMANDS) {
    counts.commands += counts[name];
    counts.commands_failed += counts[`${name}_failed`];
  }
  return counts;
}

export function connect(over: Over<'connect'> = {}): MailEventOf<'connect'> {
  return { kind: 'connect', ...SMTPD, ...CLIENT, ...over };
}

/** A session that delivered one message, unless `commands` says otherwise. */
export function disconnect(over: Over<'disconnect'> = {}): MailEventOf<'disconnect'> {
  const delivered = commands({ ehlo: 1, mail: 1, rcpt: 1, data: 1, quit: 1 });
  return { kind: 'disconnect', ...SMTPD, ...CLIENT, commands: delivered, ...over };
}

/** A session as a health probe makes it. */
export function probe(over: Over<'disconnect'> = {}): MailEventOf<'disconnect'> {
  return disconnect({ commands: commands({ ehlo: 1, quit: 1 }), ...over });
}

export function opened(over: Over<'opened'> = {}): MailEventOf<'opened'> {
  const none = { sasl_method: undefined, sasl_username: undefined, orig_client: undefined, orig_queue_id: undefined };
  return { kind: 'opened', ...SMTPD, ...CLIENT, queue_id: 'Q1', ...none, ...over };
}

export function queued(over: Over<'queued'> = {}): MailEventOf<'queued'> {
  return { kind: 'queued', ...CLEANUP, queue_id: 'Q1', ...over };
}

export function localQueued(over: Over<'local_queued'> = {}): MailEventOf<'local_queued'> {
  return { kind: 'local_queued', ...SMTPD, service: 'postfix/pickup', queue_id: 'Q1', sender: 'root', ...over };
}

export function bounceQueued(over: Over<'bounce_queued'> = {}): MailEventOf<'bounce_queued'> {
  return { kind: 'bounce_queued', ...SMTPD, service: 'postfix/bounce', queue_id: 'Q1', ...over };
}

export function active(over: Over<'active'> = {}): MailEventOf<'active'> {
  return { kind: 'active', ...QMGR, queue_id: 'Q1', sender: 'a@example.org', size_bytes: 900, recipients: 1, ...over };
}

export function removed(over: Over<'removed'> = {}): MailEventOf<'removed'> {
  return { kind: 'removed', ...QMGR, queue_id: 'Q1', ...over };
}

export function expired(over: Over<'expired'> = {}): MailEventOf<'expired'> {
  return { kind: 'expired', ...QMGR, queue_id: 'Q1', sender: 'a@example.org', ...over };
}

export function delivery(over: Over<'delivery'> = {}): MailEventOf<'delivery'> {
  return {
    kind: 'delivery',
    ...SMTPD,
    service: 'postfix/smtp',
    queue_id: 'Q1',
    recipient: 'b@example.net',
    relay: 'mx.example.net',
    delay_ms: 100,
    enhanced_code: '2.0.0',
    status: 'sent',
    reason_text: '250 ok',
    ...over,
  };
}

export function reject(over: Over<'reject'> = {}): MailEventOf<'reject'> {
  return {
    kind: 'reject',
    ...SMTPD,
    ...CLIENT,
    queue_id: undefined,
    action: 'reject',
    stage: 'RCPT',
    reply_code: 550,
    enhanced_code: '5.1.1',
    reason: 'user_unknown',
    reason_text: 'User unknown',
    sender: 'a@example.org',
    recipient: 'nobody@example.com',
    protocol: 'ESMTP',
    helo: 'a.example.org',
    sasl_username: undefined,
    ...over,
  };
}

export function authFailure(over: Over<'auth_failure'> = {}): MailEventOf<'auth_failure'> {
  const failed = { sasl_method: 'LOGIN', sasl_username: undefined, reason: 'auth_failed', reason_text: 'no' } as const;
  return { kind: 'auth_failure', ...SMTPD, ...CLIENT, ...failed, ...over };
}

export function lostConnection(over: Over<'lost_connection'> = {}): MailEventOf<'lost_connection'> {
  return { kind: 'lost_connection', ...SMTPD, ...CLIENT, stage: 'CONNECT', ...over };
}

export function timedOut(over: Over<'timeout'> = {}): MailEventOf<'timeout'> {
  return { kind: 'timeout', ...SMTPD, ...CLIENT, stage: 'CONNECT', ...over };
}

export function tooManyErrors(over: Over<'too_many_errors'> = {}): MailEventOf<'too_many_errors'> {
  return { kind: 'too_many_errors', ...SMTPD, ...CLIENT, stage: 'RCPT', ...over };
}

const MISBEHAVED = { stage: undefined, reason: 'protocol', reason_text: 'odd' } as const;

export function protocolError(over: Over<'protocol_error'> = {}): MailEventOf<'protocol_error'> {
  return { kind: 'protocol_error', ...SMTPD, ...CLIENT, ...MISBEHAVED, ...over };
}

export function rateLimit(over: Over<'rate_limit'> = {}): MailEventOf<'rate_limit'> {
  return { kind: 'rate_limit', ...SMTPD, ...CLIENT, ...MISBEHAVED, reason: 'rate_limit', ...over };
}

export function nameMismatch(over: Over<'name_mismatch'> = {}): MailEventOf<'name_mismatch'> {
  return { kind: 'name_mismatch', ...SMTPD, ...CLIENT, ...over };
}

export function screenConnect(over: Over<'screen_connect'> = {}): MailEventOf<'screen_connect'> {
  return { kind: 'screen_connect', ...SCREEN, ...CLIENT, client_port: 4242, ...over };
}

export function screenPass(over: Over<'screen_pass'> = {}): MailEventOf<'screen_pass'> {
  return { kind: 'screen_pass', ...SCREEN, ...CLIENT, client_port: 4242, action: 'PASS OLD', ...over };
}

export function screenHit(over: Over<'screen_hit'> = {}): MailEventOf<'screen_hit'> {
  const hit = { client_port: 4242, action: 'PREGREET', reason: 'protocol', reason_text: 'early' } as const;
  return { kind: 'screen_hit', ...SCREEN, ...CLIENT, ...hit, ...over };
}

export function pop3Login(over: Over<'pop3_login'> = {}): MailEventOf<'pop3_login'> {
  return { kind: 'pop3_login', ...POP3, ...CLIENT, user: 'u', ...over };
}

export function pop3Failure(over: Over<'pop3_failure'> = {}): MailEventOf<'pop3_failure'> {
  return { kind: 'pop3_failure', ...POP3, ...CLIENT, user: 'u', ...over };
}

export function pop3Logout(over: Over<'pop3_logout'> = {}): MailEventOf<'pop3_logout'> {
  return { kind: 'pop3_logout', ...POP3, user: 'u', ...over };
}

export function other(over: Over<'other'> = {}): MailEventOf<'other'> {
  return { kind: 'other', ...SMTPD, side: 'mail', ...over };
}

export function unrecognised(over: Over<'unrecognised'> = {}): MailEventOf<'unrecognised'> {
  return { kind: 'unrecognised', ...SMTPD, side: 'mail', program: 'postfix/smtpd', ...over };
}

/** A query of the mail server `mx` (192.0.2.1) for the name of the client above. */
export function query(over: Partial<Omit<DnsEvent, 'kind'>> = {}): DnsEvent {
  return {
    kind: 'dns',
    time: NOON,
    resolver: 'ns',
    client_address: '192.0.2.1',
    client_port: 5353,
    id: 1,
    qname: '10.2.0.192.in-addr.arpa',
    qtype: 'PTR',
    qclass: 'IN',
    rcode: undefined,
    transport: undefined,
    direction: 'query',
    view: undefined,
    ...over,
  };
}

/** The mail server `mx`, which asks DNS from 192.0.2.1. */
export function serverConfig(over: Partial<ServerConfig> = {}): ServerConfig {
  return {
    id: 'mx',
    hosts: ['mx'],
    instances: [],
    addresses: ['192.0.2.1'],
    timezone: 'UTC',
    services: {},
    reinjection: [],
    own_networks: [],
    partners: [],
    probes: [],
    not_probes: [],
    dns_vantage: 'stub',
    ...over,
  };
}

export function mailServer(over: Partial<ServerConfig> = {}): MailServer {
  const [server] = createIdentity([serverConfig(over)], 'UTC').servers;
  if (server === undefined) throw new RangeError('No server.');
  return server;
}

/** The record of a line at an offset, written at about the time of the events above. */
export function record(offset: number, referenceMs = NOON): SourceRecord {
  return {
    offset,
    referenceMs,
    origin: () => `log:${String(offset)}`,
    text: () => `line ${String(offset)}`,
  };
}
