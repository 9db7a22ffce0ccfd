import type { Event } from '../core/event.js';
import { isAddress, queryEvent, queryType, responseEvent } from './dns-event.js';
import type { Envelope } from './envelope.js';
import { other, takeAny } from './grammar.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const END_OF_ID = literal('] ');
const IDENTITY = literal('unbound[');
/** With `log-tag-queryreply` the latter two. */
const LEVELS = [literal('info: '), literal('query: '), literal('reply: ')];
const BLANK = literal(' ');
const NO_QUESTION = literal('- - - ');
/** A name holds no blank. */
const END_OF_NAME = literal('. ');
const INTERNET = literal('IN');
const BY = literal(' on ');

const ZERO = 48;
const NINE = 57;
const BRACKET = 91;

/**
 * The grammar of Unbound, 1.4 to 1.25, through syslog or in its own file: `log-queries` and `log-replies` are read, the
 * rest is `other`.
 */
export function unbound(line: Scanner, envelope: Envelope): Event | undefined {
  passProcess(line);
  return takeAny(line, LEVELS) ? exchange(line, envelope) : other(envelope, 'dns');
}

/** `[1234:0] `, or what its own file's tag leaves of it; where a service manager keeps standard error: `[1700000000] unbound[1234:0] `. */
function passProcess(line: Scanner): void {
  const next = line.peek();
  if (next === BRACKET || (next >= ZERO && next <= NINE)) line.skip(END_OF_ID);
  if (line.take(IDENTITY)) line.skip(END_OF_ID);
}

/** `192.0.2.1 example.com. A IN`, in a reply with ` NOERROR 0.010000 0 45` and, with `log-destaddr`, ` on udp 198.51.100.1 53`. */
function exchange(line: Scanner, envelope: Envelope): Event | undefined {
  const client_address = line.untilKnown(BLANK);
  if (!isAddress(client_address)) return other(envelope, 'dns');
  if (line.take(NO_QUESTION)) return formatError(line, envelope, client_address);
  const qname = line.untilKnown(END_OF_NAME) || '.';
  const qtype = queryType(line);
  const start = line.mark();
  const isInternet = line.take(INTERNET) && (line.isAtEnd() || line.take(BLANK));
  const qclass = isInternet ? 'IN' : line.back(start).upTo(BLANK);
  if (line.lost || qtype === '' || qclass === '') return undefined;
  if (line.isAtEnd()) return queryEvent(envelope, { client_address, qname, qtype, qclass });
  const rcode = line.untilKnown(BLANK);
  const transport = transportOf(line);
  if (rcode === '') return undefined;
  return responseEvent(envelope, { client_address, qname, qtype, qclass, transport }, rcode);
}

/** `FORMERR - - -`: nothing of the question could be read. */
function formatError(line: Scanner, envelope: Envelope, client_address: string): Event | undefined {
  const rcode = line.untilKnown(BLANK);
  const transport = transportOf(line);
  if (line.lost) return undefined;
  return responseEvent(envelope, { client_address, qname: undefined, qtype: undefined, transport }, rcode);
}

function transportOf(line: Scanner): string | undefined {
  return line.skip(BY) ? line.upTo(BLANK) : undefined;
}
