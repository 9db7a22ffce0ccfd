import type { Event } from '../core/event.js';
import { recordEvent } from './dns-record.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const SOURCE = literal(' SRC=');
const DESTINATION = literal('DST=');
const PROTOCOL = literal(' PROTO=');
const SOURCE_PORT = literal('SPT=');
const PORT_OF_DNS = literal(' DPT=53');
const BLANK = literal(' ');
const SYN = literal(' SYN ');
const ACK = literal(' ACK ');
const SPACE = 32;

/**
 * The grammar of the kernel and of ulogd: `PREFIX IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.53 LEN=71 PROTO=UDP SPT=40000
 * DPT=53 LEN=51`, a packet that a firewall rule logs, is a query if it goes to port 53. All else says nothing about a
 * server.
 */
export function packet(line: Scanner, envelope: Envelope): Event {
  return query(line, envelope) ?? other(envelope, undefined);
}

function query(line: Scanner, { time }: Envelope): Event | undefined {
  if (!line.skip(SOURCE)) return undefined;
  const client_address = line.untilKnown(BLANK);
  if (!line.take(DESTINATION)) return undefined;
  const resolver = line.untilKnown(BLANK);
  // What follows an ICMP packet's protocol may quote another packet, whose ports are not its own.
  if (!line.skip(PROTOCOL)) return undefined;
  const transport = line.untilKnown(BLANK);
  if (!line.take(SOURCE_PORT)) return undefined;
  const client_port = line.integer();
  if (!line.take(PORT_OF_DNS) || !(line.isAtEnd() || line.peek() === SPACE) || line.lost) return undefined;
  // Of a connection only its first packet is a query.
  if (transport === 'TCP' && (!line.has(SYN) || line.has(ACK))) return undefined;
  return recordEvent({ time, resolver, client_address, client_port, transport });
}
