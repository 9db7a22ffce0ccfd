import type { Event, Side } from '../core/event.js';
import type { Envelope } from './envelope.js';
import type { Mark } from './literal.js';
import type { Scanner } from './scanner.js';

/** Whose line it is. */
type Origin = Pick<Envelope, 'time' | 'host' | 'service' | 'process_id'>;

/** The event of a message, `undefined` if the message has a form that the program is not known to write. */
export type Grammar = (line: Scanner, envelope: Envelope) => Event | undefined;

/** The event of a line that is recognised and carries nothing that is counted. */
export function other({ time, host, service, process_id }: Origin, side: Side | undefined): Event {
  return { kind: 'other', time, host, service, process_id, side };
}

/** The event of the first grammar that takes the message; each begins where the scanner is now. */
export function firstOf(grammars: readonly Grammar[], line: Scanner, envelope: Envelope): Event | undefined {
  const start = line.mark();
  for (const grammar of grammars) {
    const event = grammar(line, envelope);
    if (event !== undefined) return event;
    line.back(start);
  }
  return undefined;
}

/** Whether the line goes on with one of the openings, which is passed over. */
export function takeAny(line: Scanner, openings: readonly Mark[]): boolean {
  for (const opening of openings) if (line.take(opening)) return true;
  return false;
}

/** What any Postfix daemon may write besides its own lines. */
const OF_ANY_DAEMON = [
  'warning: ',
  'fatal: ',
  'error: ',
  'panic: ',
  'using ',
  'statistics: ',
  'table ',
  'idle timeout -- ',
  'master disconnect -- ',
  'time to retire -- ',
  'certificate verification failed for ',
  'SSL3 alert ',
  'SSL_set_fd error to ',
  'TLS protocol trace for ',
  'SSL_accept:',
  'SSL_connect:',
  'database ',
  'close database ',
  'running: ',
  'cache ',
  'cannot load ',
  'cannot set ',
  'ignoring DNS RR: ',
  'skipping ',
  'looking for session ',
  'reloaded session ',
  'remove session ',
  'save session ',
  'read from ',
  'write to ',
  'subject=',
  'issuer=',
  'redirecting ',
  'Server certificate verification failed for ',
  'Client certificate verification failed for ',
  'server certificate verification failed for ',
  'client certificate verification failed for ',
  'CA certificate verification failed for ',
];

/** What Postfix's TLS library notes about a peer, behind its name and address. */
export const TLS_OF_PEER = [
  're-using session ',
  'Reusing old session',
  'Matched ',
  'TLS cipher list ',
  'certificate verification depth=',
  'depth=',
  'verify=',
  'looking up session ',
  'reloaded session ',
  'remove session ',
  'save session ',
  'Issuing session ticket, ',
  'Decrypting session ticket, ',
  'SNI hostname: ',
  'raw public key fingerprint=',
];

/** `other` for an opening in the list or one that any Postfix daemon may write, `undefined` for a foreign one. */
export function otherOf(line: Scanner, envelope: Envelope, openings: readonly Mark[]): Event | undefined {
  const isKnown = takeAny(line, openings) || takeAny(line, OF_ANY_DAEMON) || isVerbose(line);
  return isKnown ? other(envelope, 'mail') : undefined;
}

const VERBOSE = ['> ', '< ', '>>> ', '<<< ', 'send attr ', 'input attribute ', 'private/', 'public/'];

/**
 * Whether the line is one of those that `-v` adds: the SMTP dialogue, attributes, or a function's name before the text; or
 * a part of what TLS sent, in hexadecimal.
 */
function isVerbose(line: Scanner): boolean {
  if (takeAny(line, VERBOSE)) return true;
  const start = line.mark();
  const word = line.word();
  if ((word.includes('_') && line.take(':')) || (word.endsWith('0') && isDump(line))) return true;
  line.back(start);
  return false;
}

/** ` 16 03 01`, of which there are 16 in a line, or ` - <SPACES/NULLS>`. */
function isDump(line: Scanner): boolean {
  return line.take(' - <SPACES/NULLS>') || (line.take(' ') && HEXADECIMAL.test(line.ahead(BYTE_CHARS)));
}

const HEXADECIMAL = /^[\da-f]{2}[ |]$/;
const BYTE_CHARS = 3;
