import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import { attemptEvent, logoutEvent } from './pop3-event.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

const STATS = literal('Stats: ');
const LOGIN = literal('POP login by user "');
const AT = literal('" at (');
const END_OF_NAME = literal(') ');
const BLANK = literal(' ');

/**
 * The grammar of Qpopper, 2.53 to 4.1. A session with `log-login` has a line at its start, with `statistics` one at its end,
 * and nothing in these says whether the other is there: the first is the log-in, the second the end of the session.
 */
export function qpopper(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(STATS)) return stats(line, envelope);
  const start = line.mark();
  // `(v4.0.5) `
  if (line.take('(')) line.skip(END_OF_NAME);
  if (line.take(LOGIN)) return login(line, envelope);
  line.back(start);
  return failure(line, envelope) ?? other(envelope, 'pop3');
}

/** `joe" at (name) 192.0.2.1 [pop_log.c:244]`. A user holds no blank. */
function login(line: Scanner, envelope: Envelope): Event | undefined {
  const user = people(line, line.until(AT));
  const client_name = line.until(END_OF_NAME);
  const client_address = line.upTo(BLANK);
  return line.lost ? undefined : attemptEvent(envelope, 'pop3_login', { client_name, client_address, user });
}

/** `joe 0 0 12 3456 name 192.0.2.1 [pop_updt.c:296]`; before 4.0 without the client. */
function stats(line: Scanner, envelope: Envelope): Event | undefined {
  const user = people(line, line.until(BLANK));
  return line.lost ? undefined : logoutEvent(envelope, user);
}

const AT_CLIENT = literal(' at ');
const ADDRESS = literal(' (');
const END_OF_ADDRESS = literal('): ');
const REFUSED = literal('-ERR [AUTH] ');
const CLIENT = literal('@');
const COLON = literal(': ');
const REFUSED_OF_OLD = literal('-ERR Password supplied for ');

/** Whoever failed to log in; `undefined` for all else. `Failed attempted login to joe` follows on the same attempt. */
function failure(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.has(REFUSED)) return refused(line, envelope);
  return line.has(REFUSED_OF_OLD) ? refusedOfOld(line, envelope) : undefined;
}

/** `joe at name (192.0.2.1): -ERR [AUTH] Password supplied for "joe" is incorrect. [pop_pass.c:1306]`. */
function refused(line: Scanner, envelope: Envelope): Event | undefined {
  const user = people(line, line.until(AT_CLIENT));
  const client_name = line.until(ADDRESS);
  const client_address = line.until(END_OF_ADDRESS);
  if (line.lost || !line.take(REFUSED)) return undefined;
  return attemptEvent(envelope, 'pop3_failure', { client_name, client_address, user });
}

/** `joe@name: -ERR Password supplied for "joe" is incorrect.`, before 4.0, which names no address. */
function refusedOfOld(line: Scanner, envelope: Envelope): Event | undefined {
  const user = people(line, line.until(CLIENT));
  const client_name = line.until(COLON);
  if (line.lost || !line.take(REFUSED_OF_OLD)) return undefined;
  return attemptEvent(envelope, 'pop3_failure', { client_name, client_address: 'unknown', user });
}
