import type { Event } from '../core/event.js';
import { endpoint, nextEndpoint, queryEvent, queryType, withoutFinalDot } from './dns-event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import { valueOf } from './pairs.js';
import type { Scanner } from './scanner.js';

const PACKET = literal('Packet from ');
const END_OF_TIME = literal('] ');
const FOR = literal('for ');
const BLANK = literal(' ');
const ID = literal('with id ');
const MESSAGE = literal('msg="Logging packet"');
const BRACKET = 91;

/**
 * The grammar of dnsdist, 1.0 to 2.1: what its `LogAction` writes is read. The rest is `other`, also what it says of the
 * same query when it is verbose (`Got query for ...`).
 */
export function dnsdist(line: Scanner, envelope: Envelope): Event | undefined {
  // The time again, if the action is asked for it.
  if (line.peek() === BRACKET) line.skip(END_OF_TIME);
  if (line.take(PACKET)) return packet(line, envelope);
  return line.take(MESSAGE) ? structured(line, envelope) : other(envelope, 'dns');
}

/** `192.0.2.1:53123 for example.com. A with id 4711`. */
function packet(line: Scanner, envelope: Envelope): Event | undefined {
  const from = nextEndpoint(line);
  if (!line.take(FOR)) return undefined;
  const name = line.untilKnown(BLANK);
  const qtype = queryType(line);
  if (line.lost || from === undefined || qtype === '') return undefined;
  const { client_address, client_port } = from;
  const id = line.take(ID) ? line.integer() : undefined;
  return queryEvent(envelope, { client_address, client_port, qname: withoutFinalDot(name), qtype, id });
}

const NAME = literal(' dns.question.name=');
const TYPE = literal(' dns.question.type=');
const SOURCE = literal(' source.address=');

/** `subsystem="..." ... dns.question.name="example.com." dns.question.type="A" source.address="192.0.2.1:53123"`. */
function structured(line: Scanner, envelope: Envelope): Event | undefined {
  const start = line.mark();
  const from = endpoint(valueOf(line, start, SOURCE));
  const qname = withoutFinalDot(valueOf(line, start, NAME));
  const qtype = valueOf(line, start, TYPE);
  if (from === undefined || qname === '' || qtype === '') return undefined;
  const { client_address, client_port } = from;
  return queryEvent(envelope, { client_address, client_port, qname, qtype });
}
