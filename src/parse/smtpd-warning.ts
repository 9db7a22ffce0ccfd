import type { Event } from '../core/event.js';
import { clientAddress, clientName } from './client.js';
import type { Envelope } from './envelope.js';
import { firstOf, other } from './grammar.js';
import { authReason } from './reason.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { misbehaviour } from './smtpd-abort.js';
import { brokenCommand } from './smtpd-broken.js';
import { people } from './text.js';

const SASL = literal(': SASL ');
const FAILED = literal('failed');
const COLON = literal(': ');
const AUTHENTICATION = literal(' authentication ');
const USER = literal(', sasl_username=');

/** What smtpd writes after `warning: `. A warning about something else than a client is `other`. */
export function warning(line: Scanner, envelope: Envelope): Event {
  return firstOf(WARNINGS, line, envelope) ?? other(envelope, 'mail');
}

const WARNINGS = [authFailure, nameMismatch, rateLimit, misbehaviour, brokenCommand, nameMismatchOld];

/** `name[address]: SASL LOGIN authentication failed: text, sasl_username=user`; the user is there since Postfix 3.4. */
function authFailure(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  const client_name = clientName(line);
  const client_address = clientAddress(line);
  if (!line.take(SASL)) return undefined;
  const sasl_method = line.until(AUTHENTICATION);
  if (line.lost || !(line.take(FAILED) || line.take('aborted'))) return undefined;
  line.take(COLON);
  const user = line.cutLast(USER);
  const sasl_username = user === undefined || user === '(unavailable)' ? undefined : people(line, user);
  const reason_text = people(line, line.rest());
  return {
    kind: 'auth_failure',
    time,
    host,
    service,
    process_id,
    client_name,
    client_address,
    sasl_method,
    sasl_username,
    reason: authReason(reason_text),
    reason_text,
  };
}

/** `hostname mail.example.com does not resolve to address 192.0.2.1`, since 2.8 perhaps with `: text`. */
function nameMismatch(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  if (!line.take('hostname ')) return undefined;
  const client_name = line.until(' does not resolve to address ');
  const text = line.rest();
  const colon = text.indexOf(': ');
  const client_address = colon < 0 ? text : text.substring(0, colon);
  if (line.lost || client_address === '') return undefined;
  return { kind: 'name_mismatch', time, host, service, process_id, client_name, client_address };
}

/** `192.0.2.1: hostname mail.example.com verification failed: text`, or `: address not listed for hostname ...`. */
function nameMismatchOld(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  const client_address = line.until(COLON);
  const isUnlisted = line.take('address not listed for hostname ');
  if (!isUnlisted && !line.take('hostname ')) return undefined;
  const client_name = isUnlisted ? line.rest() : line.until(' verification failed');
  if (line.lost || client_address === '') return undefined;
  return { kind: 'name_mismatch', time, host, service, process_id, client_name, client_address };
}

/** What anvil limits, and the command at which smtpd asks it. */
const LIMITS = [
  ['Connection rate limit exceeded: ', 'CONNECT'],
  ['Connection concurrency limit exceeded: ', 'CONNECT'],
  ['Message delivery request rate limit exceeded: ', 'MAIL'],
  ['Recipient address rate limit exceeded: ', 'RCPT'],
  ['New TLS session rate limit exceeded: ', 'STARTTLS'],
  ['AUTH command rate limit exceeded: ', 'AUTH'],
  ['Too frequent connections: ', 'CONNECT'],
  ['Too many connections: ', 'CONNECT'],
] as const;

/** `Connection rate limit exceeded: 61 from name[address] for service smtp`. */
function rateLimit(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  for (const [opening, stage] of LIMITS) {
    if (!line.take(opening)) continue;
    const reason_text = opening.substring(0, opening.length - 2);
    const kind = 'rate_limit';
    const reason = 'rate_limit';
    line.until(' from ');
    const client_name = clientName(line);
    const client_address = clientAddress(line);
    if (line.lost) return undefined;
    return { kind, time, host, service, process_id, client_name, client_address, stage, reason, reason_text };
  }
  return undefined;
}
