import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import { valueOf } from './pairs.js';
import { attemptEvent } from './pop3-event.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

const LOGIN = literal('login: ');
const BAD_LOGIN = literal('badlogin: ');
const GOOD_EVENT = literal('event=login.good');
const BAD_EVENT = literal('event=login.bad');
const ADDRESS = literal('[');
const END_OF_ADDRESS = literal(']');
const BLANK = literal(' ');
const OPENING = literal('(');
const CLOSING = literal(') ');

/** The grammar of Cyrus' POP3 server, 2.0 to 3.14: its log-ins are read, the rest is `other`. */
export function cyrus(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(LOGIN)) return login(line, envelope);
  if (line.take(BAD_LOGIN)) return badLogin(line, envelope);
  if (line.take(GOOD_EVENT)) return logged(line, envelope, 'pop3_login');
  return line.take(BAD_EVENT) ? logged(line, envelope, 'pop3_failure') : other(envelope, 'pop3');
}

interface Client {
  readonly client_name: string;
  readonly client_address: string;
}

/** `name [192.0.2.1] ` or `[192.0.2.1] `; of old without the blank before the bracket. */
function client(line: Scanner): Client {
  const client_name = line.until(ADDRESS).trimEnd();
  const client_address = line.until(END_OF_ADDRESS);
  line.take(BLANK);
  return { client_name, client_address };
}

/** `name [192.0.2.1] joe plaintext+TLS User logged in SESSIONID=<...>`. */
function login(line: Scanner, envelope: Envelope): Event | undefined {
  const { client_name, client_address } = client(line);
  const user = people(line, line.upTo(BLANK));
  return line.lost ? undefined : attemptEvent(envelope, 'pop3_login', { client_name, client_address, user });
}

/** `name [192.0.2.1] plaintext (joe) [SASL(-13): authentication failure]`, before 3.8 `plaintext joe SASL(-13): ...`. */
function badLogin(line: Scanner, envelope: Envelope): Event | undefined {
  const { client_name, client_address } = client(line);
  const user = people(line, triedUser(line, line.upTo(BLANK)));
  return line.lost ? undefined : attemptEvent(envelope, 'pop3_failure', { client_name, client_address, user });
}

/** What APOP has in brackets is the server's challenge; without brackets only a plaintext log-in names the user. */
function triedUser(line: Scanner, mechanism: string): string {
  if (mechanism === 'APOP') return '';
  if (line.take(OPENING)) return line.upTo(CLOSING);
  return mechanism === 'plaintext' ? line.upTo(BLANK) : '';
}

const CLIENT_HOST = literal(' r.clienthost=');
const USER = literal(' u.username=');

/** Since 3.14: ` r.sessionid=... r.clienthost="name [192.0.2.1]" u.username=joe login.mech=plaintext ...`. */
function logged(line: Scanner, envelope: Envelope, kind: 'pop3_login' | 'pop3_failure'): Event | undefined {
  const start = line.mark();
  const clientHost = valueOf(line, start, CLIENT_HOST);
  const user = people(line, valueOf(line, start, USER));
  const bracket = clientHost.lastIndexOf('[');
  if (bracket < 0 || !clientHost.endsWith(']')) return undefined;
  const client_name = clientHost.substring(0, bracket).trimEnd();
  const client_address = clientHost.substring(bracket + 1, clientHost.length - 1);
  return attemptEvent(envelope, kind, { client_name, client_address, user: user === NO_VALUE ? '' : user });
}

const NO_VALUE = '~null~';
