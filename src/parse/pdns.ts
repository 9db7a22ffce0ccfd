import type { Event } from '../core/event.js';
import { endpoint, queryEvent, withoutFinalDot } from './dns-event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import { valueOf } from './pairs.js';
import { questionUpTo } from './pdns-question.js';
import type { Scanner } from './scanner.js';

const MESSAGE = literal('msg="');
const TCP = literal('TCP ');
const REMOTE = literal('Remote ');
const WANTS = literal(" wants '");
const END_OF_QUESTION = literal("', ");

/** The grammar of the authoritative PowerDNS server, 3.0 to 5.1, with `log-dns-queries=yes`. */
export function pdns(line: Scanner, envelope: Envelope): Event | undefined {
  // Also with `loglevel-show`, where the text is quoted.
  if (line.take(MESSAGE)) {
    if (line.take('Query received"')) return structured(line, envelope, 'udp');
    if (line.take('Received TCP query"')) return structured(line, envelope, 'tcp');
  }
  const transport = line.take(TCP) ? 'tcp' : 'udp';
  return line.take(REMOTE) ? remote(line, envelope, transport) : other(envelope, 'dns');
}

/** `192.0.2.1 wants 'example.com|A', do = 0, bufsize = 1232: packetcache MISS`; `192.0.2.1<-198.51.100.0/24` with ECS. */
function remote(line: Scanner, envelope: Envelope, transport: string): Event | undefined {
  const from = endpoint(withoutSubnet(line.untilKnown(WANTS)));
  const asked = questionUpTo(line, END_OF_QUESTION);
  if (asked === undefined || from === undefined) return undefined;
  const { client_address, client_port } = from;
  return queryEvent(envelope, { client_address, client_port, qname: asked.qname, qtype: asked.qtype, transport });
}

const STRUCTURED_REMOTE = literal(' remote=');
const QUERY = literal(' query=');
const TYPE = literal(' type=');

/** `prio="Notice" ts="1700000000.123" query="example.com" remote="192.0.2.1" type="A"`, in any order. */
function structured(line: Scanner, envelope: Envelope, transport: string): Event | undefined {
  const start = line.mark();
  const from = endpoint(withoutSubnet(valueOf(line, start, STRUCTURED_REMOTE)));
  const qname = withoutFinalDot(valueOf(line, start, QUERY));
  const qtype = valueOf(line, start, TYPE);
  if (from === undefined || qname === '' || qtype === '') return undefined;
  const { client_address, client_port } = from;
  return queryEvent(envelope, { client_address, client_port, qname, qtype, transport });
}

function withoutSubnet(remote: string): string {
  const arrow = remote.indexOf('<-');
  return arrow < 0 ? remote : remote.substring(0, arrow);
}
