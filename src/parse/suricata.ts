import type { Event, Ms } from '../core/event.js';
import { dnsEvent } from './dns-record.js';
import type { Document } from './document.js';
import { fields, integerIn, textIn } from './document.js';
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
  return textIn(document, EVENT_TYPE) !== '' && textIn(document, SOURCE.address) !== '';
}

/** The event of such a record. A query and its response are two records; what is not about DNS is `other`. */
export function eve(document: Document, time: Ms): Event | undefined {
  if (textIn(document, EVENT_TYPE) !== 'dns')
    return other({ time, host: '', service: 'suricata', process_id: undefined }, undefined);
  const type = textIn(document, TYPE);
  const isResponse = type === 'answer' || type === 'response';
  // A response goes from the server to the client.
  const isFromServer = isResponse && integerIn(document, SOURCE.port) === DNS_PORT;
  const [client, server] = isFromServer ? [DESTINATION, SOURCE] : [SOURCE, DESTINATION];
  return dnsEvent({
    time,
    resolver: textIn(document, server.address),
    client_address: textIn(document, client.address),
    client_port: integerIn(document, client.port),
    id: integerIn(document, ID),
    qname: textIn(document, NAME),
    qtype: textIn(document, QTYPE),
    rcode: textIn(document, RCODE),
    transport: textIn(document, TRANSPORT),
    direction: isResponse ? 'response' : 'query',
  });
}
