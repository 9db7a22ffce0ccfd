import type { Event } from '../core/event.js';
import { clientAddress, clientName } from './client.js';
import type { Envelope } from './envelope.js';
import { TLS_OF_PEER, firstOf, other, otherOf, takeAny } from './grammar.js';
import { reject } from './reject.js';
import type { Decision } from './reject.js';
import { queueId } from './queue-id.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { abort, misbehaviour, tlsError, tlsRefusal } from './smtpd-abort.js';
import { disconnect } from './smtpd-disconnect.js';
import { opened } from './smtpd-opened.js';
import { warning } from './smtpd-warning.js';

const CONNECT = literal('connect from ');
const DISCONNECT = literal('disconnect from ');
const WARNING = literal('warning: ');
const CLIENT = literal('client=');
const COLON = literal(': ');

/** The grammar of Postfix's SMTP server, 2.3 to 3.10. */
export function smtpd(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(CONNECT)) return connect(line, envelope);
  if (line.take(DISCONNECT)) return disconnect(line, envelope);
  if (line.take(WARNING)) return warning(line, envelope);
  const start = line.mark();
  return ofMessage(line, envelope) ?? firstOf(OF_SESSION, line.back(start), envelope);
}

const OF_SESSION = [abort, bareDecision, misbehaviour, tlsError, anythingElse];

function connect(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  const client_name = clientName(line);
  const client_address = clientAddress(line);
  if (line.lost || !line.isAtEnd()) return undefined;
  return { kind: 'connect', time, host, service, process_id, client_name, client_address };
}

/** `QID: ...` or `NOQUEUE: ...`. */
function ofMessage(line: Scanner, envelope: Envelope): Event | undefined {
  const id = queueId(line);
  if (id === '') return undefined;
  const queue_id = id === 'NOQUEUE' ? undefined : id;
  if (line.take(CLIENT)) return opened(line, envelope, queue_id);
  if (takeAny(line, OTHERS_OF_MESSAGE)) return other(envelope, 'mail');
  const start = line.mark();
  const action = line.word();
  if (line.take(COLON)) return decision(line, envelope, { queue_id, action });
  line.back(start);
  return abort(line, envelope);
}

/** `reject: RCPT from ...`, without a queue id in front. */
function bareDecision(line: Scanner, envelope: Envelope): Event | undefined {
  const action = line.word();
  return line.take(COLON) ? decision(line, envelope, { queue_id: undefined, action }) : undefined;
}

function decision(line: Scanner, envelope: Envelope, { queue_id, action }: Decision): Event | undefined {
  switch (action) {
    case 'abort':
      return tlsRefusal(line, envelope);
    // A filter in front of the queue took the message; an access map let the client through.
    case 'proxy-accept':
    case 'permit':
      return other(envelope, 'mail');
    default:
      return reject(line, envelope, { queue_id, action });
  }
}

const OTHERS = [
  'setting up TLS connection from ',
  'Anonymous TLS connection established from ',
  'Trusted TLS connection established from ',
  'Untrusted TLS connection established from ',
  'Verified TLS connection established from ',
  'TLS connection established from ',
  'initializing the server-side TLS engine',
  'TLS SNI ',
  'discarding EHLO keywords: ',
  'mapping DSN status ',
  'Unverified: ',
  'Verified: ',
  'Untrusted: ',
  'Reusing old session',
];

/** What a reply filter did to a reply, behind a queue id. */
const OTHERS_OF_MESSAGE = ['reply filter in: ', 'reply filter out: '];

/** Notes about a client that have no counter: `name[address]: ` and one of these. */
const OTHERS_OF_CLIENT = [
  ...TLS_OF_PEER,
  'subject_CN=',
  'Trusted: ',
  'Untrusted: ',
  'replacing command ',
  'replacing client command ',
];

function anythingElse(line: Scanner, envelope: Envelope): Event | undefined {
  const event = otherOf(line, envelope, OTHERS);
  if (event !== undefined) return event;
  clientName(line);
  clientAddress(line);
  if (!line.take(COLON)) return undefined;
  return otherOf(line, envelope, OTHERS_OF_CLIENT);
}
