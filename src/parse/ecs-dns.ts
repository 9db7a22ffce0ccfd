import type { Event, Ms } from '../core/event.js';
import { recordEvent, isMulticast } from './dns-record.js';
import type { Document } from './document.js';
import { fields } from './field.js';
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
    document.has(NAME) ||
    document.has(QTYPE) ||
    document.has(DNS_TYPE) ||
    document.has(ZEEK_ID) ||
    document.has(ZEEK_STATE)
  );
}

/**
 * The event of such a document, as Packetbeat and the integrations of Zeek and Suricata write it. Of Suricata a response
 * is a document of its own; all others have query and response in one.
 */
export function ecsDns(document: Document, time: Ms): Event | undefined {
  const isSuricata = document.has(SURICATA);
  const isResponse = isSuricata && document.text(DNS_TYPE) === 'answer';
  const isFromServer = isResponse && document.integer(CLIENT_PORT) === DNS_PORT;
  const [client, server] = isFromServer ? [SERVER, CLIENT] : [CLIENT, SERVER];
  const [clientPort, serverPort] = isFromServer ? [SERVER_PORT, CLIENT_PORT] : [CLIENT_PORT, SERVER_PORT];
  const address = document.text(server);
  const isConnection = document.has(ZEEK_STATE);
  if (isMulticast(address) || (isConnection && document.integer(serverPort) !== DNS_PORT))
    return other({ time, host: '', service: 'dns', process_id: undefined }, undefined);
  return recordEvent({
    time,
    resolver: address === '' ? document.text(HOST) : address,
    client_address: document.text(client),
    client_port: document.integer(clientPort),
    id: document.integer(ID),
    qname: document.text(NAME),
    qtype: document.text(QTYPE),
    qclass: document.text(QCLASS),
    rcode: document.text(RCODE),
    transport: document.text(TRANSPORT),
    direction: isResponse ? 'response' : 'query',
  });
}
