import type { Event, Ms } from '../core/event.js';
import type { Block } from './block.js';
import { recordEvent, isMulticast } from './dns-record.js';
import type { Document } from './document.js';
import { fields } from './field.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const CLIENT = fields('id.orig_h');
const CLIENT_PORT = fields('id.orig_p');
const SERVER = fields('id.resp_h');
const SERVER_PORT = fields('id.resp_p');
const TRANSPORT = fields('proto');
const ID = fields('trans_id');
const NAME = fields('query');
const QTYPE = fields('qtype_name');
const QCLASS = fields('qclass_name');
const RCODE = fields('rcode_name');
const SERVICE = fields('service');
const STATE = fields('conn_state');

const DNS_PORT = 53;
const NETBIOS_PORT = 137;
const TAB = literal('\t');
const POINT = literal('.');
const CLASS = literal('C_');
const HASH = 35;
const ZERO = 48;

/** How the lines begin that stand before and after the rows of a log of Zeek. */
const HEADER = [
  '#separator ',
  '#set_separator\t',
  '#empty_field\t',
  '#unset_field\t',
  '#path\t',
  '#open\t',
  '#close\t',
  '#fields\t',
  '#types\t',
];

/** Who talked with whom. */
interface Connection {
  readonly time: Ms;
  readonly client_address: string;
  readonly client_port: number | undefined;
  readonly server_address: string;
  readonly server_port: number | undefined;
  readonly transport: string;
}

/** What was asked, and what came of it. */
interface Transaction {
  readonly id: number | undefined;
  readonly qname: string;
  readonly qtype: string;
  readonly qclass: string;
  readonly rcode: string;
}

/** Whether a document is a record of one of Zeek's logs about connections. */
export function isZeek(document: Document): boolean {
  return document.has(CLIENT);
}

/** The event of a record of dns.log or conn.log in JSON; of any other of its logs `other`. */
export function zeek(document: Document, time: Ms): Event | undefined {
  const connection: Connection = {
    time,
    client_address: document.text(CLIENT),
    client_port: document.integer(CLIENT_PORT),
    server_address: document.text(SERVER),
    server_port: document.integer(SERVER_PORT),
    transport: document.text(TRANSPORT),
  };
  const id = document.integer(ID);
  if (id === undefined)
    return STATES.has(document.text(STATE)) ? ofConnection(connection, document.text(SERVICE)) : unused(time);
  return ofTransaction(connection, {
    id,
    qname: document.text(NAME),
    qtype: document.text(QTYPE),
    qclass: document.text(QCLASS),
    rcode: document.text(RCODE),
  });
}

/** Whether a line says how the rows of a log of Zeek are written: it is no record, and carries no time. */
export function isZeekHeader({ bytes, text }: Block, start: number, end: number): boolean {
  if (bytes[start] !== HASH) return false;
  return HEADER.some((opening) => start + opening.length <= end && text.startsWith(opening, start));
}

/**
 * The event of a row of dns.log or conn.log with tabs, in the order of fields that Zeek's logs have unless a site writes
 * its own; `undefined` if it is none. Fields that a site adds stand at the end.
 */
export function zeekRow(line: Scanner): Event | undefined {
  const connection = readConnection(line);
  if (connection === undefined) return undefined;
  const digit = line.peek() - ZERO;
  if (!(digit >= 0 && digit <= 9)) return connectionRow(line, connection);
  const id = line.integer();
  if (!line.take(TAB)) return undefined;
  // Logs before Bro 2.5 have no round trip time in front of the name.
  if (!hasNoDelay(line)) line.until(TAB);
  const qname = line.untilKnown(TAB);
  line.until(TAB);
  const qclass = line.untilKnown(TAB);
  line.until(TAB);
  const qtype = line.untilKnown(TAB);
  line.until(TAB);
  const rcode = line.untilKnown(TAB);
  return line.lost ? undefined : ofTransaction(connection, { id, qname, qtype, qclass, rcode });
}

/** `1795399034.857497 UID 192.0.2.1 40000 198.51.100.53 53 udp`, with tabs, as all logs about connections begin. */
function readConnection(line: Scanner): Connection | undefined {
  const seconds = line.integer();
  if (seconds === undefined || !line.take(POINT)) return undefined;
  const time = seconds * 1000 + line.thousandths();
  if (!line.take(TAB)) return undefined;
  line.until(TAB);
  const client_address = line.untilKnown(TAB);
  const client_port = line.integer();
  if (!line.take(TAB)) return undefined;
  const server_address = line.untilKnown(TAB);
  const server_port = line.integer();
  if (!line.take(TAB) || line.lost || !(time > 0 && time < LARGEST_TIME)) return undefined;
  const transport = line.untilKnown(TAB);
  return TRANSPORTS.has(transport)
    ? { time, client_address, client_port, server_address, server_port, transport }
    : undefined;
}

const LARGEST_TIME = Date.UTC(10_000, 0);
/** How a connection went. */
const STATES: ReadonlySet<string> = new Set('S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH'.split(' '));
const TRANSPORTS: ReadonlySet<string> = new Set(['udp', 'tcp', 'icmp', 'unknown_transport']);

/** The rest of a row of conn.log: service, duration, bytes there and back, and the state that only this log has. */
function connectionRow(line: Scanner, connection: Connection): Event | undefined {
  const service = line.until(TAB);
  for (let field = 0; field < 3; field += 1) line.until(TAB);
  return STATES.has(line.upTo(TAB)) && !line.lost ? ofConnection(connection, service) : undefined;
}

/** Whether the name of the class stands two fields behind this one, and not three. */
function hasNoDelay(line: Scanner): boolean {
  const start = line.mark();
  line.skip(TAB);
  line.skip(TAB);
  const isThere = line.take(CLASS);
  line.back(start);
  return isThere;
}

function ofTransaction(connection: Connection, { id, qname, qtype, qclass, rcode }: Transaction): Event | undefined {
  const { time, server_address: resolver, server_port, client_address, client_port, transport } = connection;
  if (isMulticast(resolver) || server_port === NETBIOS_PORT) return unused(time);
  return recordEvent({ time, resolver, client_address, client_port, transport, id, qname, qtype, qclass, rcode });
}

/** A connection is one query at least. */
function ofConnection(connection: Connection, service: string): Event | undefined {
  const { time, server_address: resolver, server_port, client_address, client_port, transport } = connection;
  const isDns = server_port === DNS_PORT || service.split(',').includes('dns');
  if (!isDns || transport === 'icmp' || isMulticast(resolver)) return unused(time);
  return recordEvent({ time, resolver, client_address, client_port, transport });
}

function unused(time: Ms): Event {
  return other({ time, host: '', service: 'zeek', process_id: undefined }, undefined);
}
