import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other, takeAny } from './grammar.js';
import { literal } from './literal.js';
import type { Mark } from './literal.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

const LOGIN = literal('pop3-login: ');
const SESSION = literal('pop3(');
const LOGGED_IN = literal('Login: user=<');
const SESSION_ID = literal(')<');
const END_OF_ID = literal('>: ');
const DISCONNECTED = literal('Disconnected');
const REMOTE = literal(', rip=');

/** The grammar of Dovecot, 2.2 to 2.4: its POP3 is read, its other services are `other`. */
export function dovecot(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(LOGIN)) return login(line, envelope);
  if (line.take(SESSION)) return session(line, envelope);
  return isService(line) ? other(envelope, 'pop3') : undefined;
}

/** `auth: ` or `imap(user)<12><x>: `. */
function isService(line: Scanner): boolean {
  return line.word() !== '' && (line.take(': ') || line.take('('));
}

/** With `mail_log_prefix` or in Dovecot's own file a level stands before the text. */
const LEVELS: readonly Mark[] = [literal('Info: '), 'Warning: ', 'Error: ', 'Debug: ', 'Fatal: ', 'Panic: '];

/** `Login: user=<a>, method=PLAIN, rip=192.0.2.1, lip=..`; since 2.4 `Logged in: `; otherwise why there was no log-in. */
function login(line: Scanner, envelope: Envelope): Event | undefined {
  takeAny(line, LEVELS);
  if (line.take(LOGGED_IN) || line.take('Logged in: user=<')) return loginEvent(line, envelope, 'pop3_login');
  if (!line.has(': user=<')) return other(envelope, 'pop3');
  const text = line.until(': user=<');
  // `(auth failed, 2 attempts in 7 secs)` against `(no auth attempts in 0 secs)`.
  const hasTried = text.includes(' attempts in ') && !text.includes('no auth attempts');
  return hasTried ? loginEvent(line, envelope, 'pop3_failure') : other(envelope, 'pop3');
}

/** `a>, method=PLAIN, rip=192.0.2.1, lip=...`; the user is the client's own text and may imitate what follows. */
function loginEvent(line: Scanner, envelope: Envelope, kind: 'pop3_login' | 'pop3_failure'): Event | undefined {
  const { time, host, process_id } = envelope;
  const service = 'dovecot/pop3-login';
  const remote = line.cutLast(REMOTE);
  if (remote === undefined) return undefined;
  const comma = remote.indexOf(',');
  const client_address = comma < 0 ? remote : remote.substring(0, comma);
  if (client_address === '') return undefined;
  const text = line.rest();
  const user = people(line, text.substring(0, text.lastIndexOf('>'))) || undefined;
  return { kind, time, host, service, process_id, client_name: undefined, client_address, user };
}

/** `user)<12><x>: Disconnected: Logged out top=0/0, ...`; before 2.3 `user): ...`. */
function session(line: Scanner, envelope: Envelope): Event | undefined {
  const hasSession = line.has(SESSION_ID);
  const name = hasSession ? line.until(SESSION_ID) : line.until('): ');
  if (line.lost || (hasSession && !line.skip(END_OF_ID))) return undefined;
  takeAny(line, LEVELS);
  if (!line.take(DISCONNECTED) && !line.take('Connection closed')) return other(envelope, 'pop3');
  const { time, host, process_id } = envelope;
  const user = people(line, name) || undefined;
  return { kind: 'pop3_logout', time, host, service: 'dovecot/pop3', process_id, user };
}
