import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other, takeAny } from './grammar.js';
import { literal } from './literal.js';
import { attemptEvent, logoutEvent } from './pop3-event.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

const LOGIN = literal('LOGIN, ');
const FAILED = literal('LOGIN FAILED, ');
/** Without a user nobody had logged in. */
const ENDS = [literal('LOGOUT, user='), literal('DISCONNECTED, user='), literal('TIMEOUT, user=')];
const USER = literal('user=');
const CLIENT = literal('ip=[');

/** The grammar of Courier's POP3 server, 0.40 to 1.5. */
export function courier(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(LOGIN)) return attempt(line, envelope, 'pop3_login');
  if (line.take(FAILED)) return attempt(line, envelope, 'pop3_failure');
  return takeAny(line, ENDS) ? end(line, envelope) : other(envelope, 'pop3');
}

/**
 * `user=joe, ip=[::ffff:192.0.2.1], port=[1234], ...`; of a failure also `method=PLAIN, ip=` or `ip=` alone. The user may
 * imitate what follows.
 */
function attempt(line: Scanner, envelope: Envelope, kind: 'pop3_login' | 'pop3_failure'): Event | undefined {
  const client = line.cutLast(CLIENT) ?? '';
  const client_address = client.substring(0, client.indexOf(']'));
  const user = line.take(USER) ? userOf(line) : '';
  return attemptEvent(envelope, kind, { client_name: undefined, client_address, user });
}

/** `joe, ip=[::ffff:192.0.2.1], port=[1234], top=0, retr=0, ...`. */
function end(line: Scanner, envelope: Envelope): Event | undefined {
  return line.cutLast(CLIENT) === undefined ? undefined : logoutEvent(envelope, userOf(line));
}

/** `joe, `, what follows having been cut off. */
function userOf(line: Scanner): string {
  const text = line.rest();
  return people(line, text.substring(0, text.lastIndexOf(',')));
}
