import type { Event, Ms } from '../core/event.js';
import { recordEvent } from './dns-record.js';
import type { Document } from './document.js';
import { fields } from './field.js';
import { other } from './grammar.js';

const OPERATION = fields('dnstap.operation');
const IDENTITY = fields('dnstap.identity');
const CLIENT = fields('network.query-ip');
const CLIENT_PORT = fields('network.query-port');
const SERVER = fields('network.response-ip');
const TRANSPORT = fields('network.protocol');
const ID = fields('dns.id');
const NAME = fields('dns.qname');
const QTYPE = fields('dns.qtype');
const QCLASS = fields('dns.qclass');
const RCODE = fields('dns.rcode');

/** What a server hears from its clients; the other operations are its own questions to other servers. */
const OPERATIONS: ReadonlyMap<string, 'query' | 'response'> = new Map([
  ['CLIENT_QUERY', 'query'],
  ['AUTH_QUERY', 'query'],
  ['CLIENT_RESPONSE', 'response'],
  ['AUTH_RESPONSE', 'response'],
]);

/** Whether a document is a dnstap message as DNS-collector writes it, flat or not. */
export function isDnstap(document: Document): boolean {
  return document.has(OPERATION);
}

/** The event of such a message, of the server that it names itself. */
export function dnstap(document: Document, time: Ms): Event | undefined {
  const direction = OPERATIONS.get(document.text(OPERATION));
  if (direction === undefined) return other({ time, host: '', service: 'dnstap', process_id: undefined }, undefined);
  const identity = document.text(IDENTITY);
  return recordEvent({
    time,
    resolver: identity === '' || identity === '-' ? document.text(SERVER) : identity,
    client_address: document.text(CLIENT),
    client_port: document.integer(CLIENT_PORT),
    id: document.integer(ID),
    qname: document.text(NAME),
    qtype: document.text(QTYPE),
    qclass: document.text(QCLASS),
    // A query has no code yet; the record has 0 there.
    rcode: direction === 'query' ? '' : document.text(RCODE),
    transport: document.text(TRANSPORT),
    direction,
  });
}
