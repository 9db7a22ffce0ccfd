import type { DnsEvent, Event, Ms } from '../core/event.js';
import type { Block } from './block.js';
import { dnsEvent, isMulticast } from './dns-record.js';
import type { DnsRecord } from './dns-record.js';
import type { Document } from './document.js';
import { fields, integerIn, textIn } from './document.js';
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

const DNS_PORT = 53;
const NETBIOS_PORT = 137;
const TAB = literal('\t');
const POINT = literal('.');
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
type Connection = Pick<DnsRecord, 'time' | 'client_address' | 'client_port' | 'resolver' | 'transport'> & {
  readonly server_port: number | undefined;
};

/** Whether a document is a record of one of Zeek's logs about connections. */
export function isZeek(document: Document): boolean {
  return textIn(document, CLIENT) !== '';
}

/** The event of a record of dns.log or conn.log in JSON; of any other of its logs `other`. */
export function zeek(document: Document, time: Ms): Event | undefined {
  const connection: Connection = {
    time,
    client_address: textIn(document, CLIENT),
    client_port: integerIn(document, CLIENT_PORT),
    resolver: textIn(document, SERVER),
    server_port: integerIn(document, SERVER_PORT),
    transport: textIn(document, TRANSPORT),
  };
  const id = integerIn(document, ID);
  if (id === undefined) return ofConnection(connection, textIn(document, SERVICE));
  const asked = { qname: textIn(document, NAME), qtype: textIn(document, QTYPE), qclass: textIn(document, QCLASS) };
  return ofTransaction(connection, { id, ...asked, rcode: textIn(document, RCODE) });
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
  if (!(digit >= 0 && digit <= 9)) return ofConnection(connection, line.upTo(TAB));
  const id = line.integer();
  if (!line.take(TAB)) return undefined;
  const asked = readQuestion(line);
  line.until(TAB);
  const rcode = line.until(TAB);
  return line.lost ? undefined : ofTransaction(connection, { id, ...asked, rcode });
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
  const resolver = line.untilKnown(TAB);
  const server_port = line.integer();
  if (!line.take(TAB) || line.lost || !(time > 0 && time < LARGEST_TIME)) return undefined;
  const transport = line.untilKnown(TAB);
  return TRANSPORTS.has(transport)
    ? { time, client_address, client_port, resolver, server_port, transport }
    : undefined;
}

const LARGEST_TIME = Date.UTC(10_000, 0);
const TRANSPORTS: ReadonlySet<string> = new Set(['udp', 'tcp', 'icmp', 'unknown_transport']);

/** The fields from the name to the type; logs before Bro 2.5 have no round trip time in front of them. */
function readQuestion(line: Scanner): Pick<DnsRecord, 'qname' | 'qtype' | 'qclass'> {
  const start = line.mark();
  line.until(TAB);
  line.until(TAB);
  const isOld = line.take('C_');
  line.back(start);
  if (!isOld) line.until(TAB);
  const qname = line.untilKnown(TAB);
  line.until(TAB);
  const qclass = line.untilKnown(TAB);
  line.until(TAB);
  return { qname, qclass, qtype: line.untilKnown(TAB) };
}

function ofTransaction(connection: Connection, question: Partial<DnsRecord>): Event | undefined {
  if (isMulticast(connection.resolver) || connection.server_port === NETBIOS_PORT) return unused(connection.time);
  return ofDns(connection, question);
}

/** A connection is one query at least. */
function ofConnection(connection: Connection, service: string): Event | undefined {
  const { time, server_port, transport } = connection;
  const isDns = server_port === DNS_PORT || service.split(',').includes('dns');
  return isDns && transport !== 'icmp' && !isMulticast(connection.resolver) ? ofDns(connection, {}) : unused(time);
}

function ofDns({ server_port: _, ...connection }: Connection, question: Partial<DnsRecord>): DnsEvent | undefined {
  return dnsEvent({ ...connection, ...question });
}

function unused(time: Ms): Event {
  return other({ time, host: '', service: 'zeek', process_id: undefined }, undefined);
}
