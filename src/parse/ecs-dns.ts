import type { Event, Ms } from '../core/event.js';
import { dnsEvent, isMulticast } from './dns-record.js';
import type { Document } from './document.js';
import { fields, integerIn, textIn } from './document.js';
import { other } from './grammar.js';

// Packetbeat before 7.0 has `client_ip`, `ip` and `transport`.
const CLIENT = fields('client.ip source.ip client.address source.address client_ip');
const CLIENT_PORT = fields('client.port source.port client_port');
const SERVER = fields('server.ip destination.ip server.address destination.address ip');
const SERVER_PORT = fields('server.port destination.port port');
const HOST = fields('log.syslog.hostname observer.hostname observer.name host.hostname host.name host.domain');
const TRANSPORT = fields('network.transport transport');
const ID = fields('dns.id');
const NAME = fields('dns.question.name zeek.dns.query');
const QTYPE = fields('dns.question.type zeek.dns.qtype_name');
const QCLASS = fields('dns.question.class zeek.dns.qclass_name');
const RCODE = fields('dns.response_code zeek.dns.rcode_name');
const DNS_TYPE = fields('dns.type');
const ZEEK_ID = fields('zeek.dns.trans_id');
const ZEEK_STATE = fields('zeek.connection.state zeek.connection.state_message zeek.connection.history');
const SURICATA = fields('suricata.eve.event_type');

const DNS_PORT = 53;

/** Whether a document has the Elastic Common Schema's fields of a DNS transaction, or those of a connection in Zeek's. */
export function isEcsDns(document: Document): boolean {
  return (
    textIn(document, NAME) !== '' ||
    textIn(document, QTYPE) !== '' ||
    textIn(document, DNS_TYPE) !== '' ||
    textIn(document, ZEEK_ID) !== '' ||
    textIn(document, ZEEK_STATE) !== ''
  );
}

/**
 * The event of such a document, as Packetbeat and the integrations of Zeek and Suricata write it. Of Suricata a response
 * is a document of its own; all others have query and response in one.
 */
export function ecsDns(document: Document, time: Ms): Event | undefined {
  const isSuricata = textIn(document, SURICATA) !== '';
  const isResponse = isSuricata && textIn(document, DNS_TYPE) === 'answer';
  const isFromServer = isResponse && integerIn(document, CLIENT_PORT) === DNS_PORT;
  const [client, server] = isFromServer ? [SERVER, CLIENT] : [CLIENT, SERVER];
  const [clientPort, serverPort] = isFromServer ? [SERVER_PORT, CLIENT_PORT] : [CLIENT_PORT, SERVER_PORT];
  const address = textIn(document, server);
  const isConnection = textIn(document, ZEEK_STATE) !== '';
  if (isMulticast(address) || (isConnection && integerIn(document, serverPort) !== DNS_PORT))
    return other({ time, host: '', service: 'dns', process_id: undefined }, undefined);
  return dnsEvent({
    time,
    resolver: address === '' ? textIn(document, HOST) : address,
    client_address: textIn(document, client),
    client_port: integerIn(document, clientPort),
    id: integerIn(document, ID),
    qname: textIn(document, NAME),
    qtype: textIn(document, QTYPE),
    qclass: textIn(document, QCLASS),
    rcode: textIn(document, RCODE),
    transport: textIn(document, TRANSPORT),
    direction: isResponse ? 'response' : 'query',
  });
}
