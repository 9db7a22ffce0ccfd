import type { Event, Ms } from '../core/event.js';
import { recordEvent } from './dns-record.js';
import type { Document } from './document.js';
import { fields } from './field.js';
import { other } from './grammar.js';

const EVENT_TYPE = fields('event_type');
const TYPE = fields('dns.type');
const SOURCE = { address: fields('src_ip'), port: fields('src_port') };
const DESTINATION = { address: fields('dest_ip'), port: fields('dest_port') };
const TRANSPORT = fields('proto');
const ID = fields('dns.id');
// Of its third version on, a record has a list of its questions.
const NAME = fields('dns.rrname dns.queries.rrname');
const QTYPE = fields('dns.rrtype dns.queries.rrtype');
const RCODE = fields('dns.rcode');

const DNS_PORT = 53;

/** Whether a document is a record of Suricata's EVE log. */
export function isEve(document: Document): boolean {
  return document.has(EVENT_TYPE) && document.has(SOURCE.address);
}

/** The event of such a record. A query and its response are two records; what is not about DNS is `other`. */
export function eve(document: Document, time: Ms): Event | undefined {
  if (document.text(EVENT_TYPE) !== 'dns')
    return other({ time, host: '', service: 'suricata', process_id: undefined }, undefined);
  const type = document.text(TYPE);
  const isResponse = type === 'answer' || type === 'response';
  // A response goes from the server to the client.
  const isFromServer = isResponse && document.integer(SOURCE.port) === DNS_PORT;
  const [client, server] = isFromServer ? [DESTINATION, SOURCE] : [SOURCE, DESTINATION];
  return recordEvent({
    time,
    resolver: document.text(server.address),
    client_address: document.text(client.address),
    client_port: document.integer(client.port),
    id: document.integer(ID),
    qname: document.text(NAME),
    qtype: document.text(QTYPE),
    rcode: document.text(RCODE),
    transport: document.text(TRANSPORT),
    direction: isResponse ? 'response' : 'query',
  });
}
