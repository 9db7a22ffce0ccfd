import { describe, expect, test } from '@jest/globals';
import { parse, TAPPED } from './lines.js';

const AT = '2026-11-23T01:57:14.857Z';
const CLIENT = { ip: '192.0.2.25', port: 40000 };
const SERVER = { ip: '198.51.100.53', port: 53 };
const NETWORK = { network: { transport: 'udp', protocol: 'dns' } };
const DNS = {
  id: 681,
  type: 'answer',
  response_code: 'NXDOMAIN',
  question: { name: 'mx.example.com', type: 'MX', class: 'IN' },
};

const json = (document: object) => parse(JSON.stringify({ '@timestamp': AT, ...document }));

describe('a transaction', () => {
  test.each([
    [
      'of Packetbeat',
      {
        type: 'dns',
        client: CLIENT,
        server: SERVER,
        source: CLIENT,
        destination: SERVER,
        ...NETWORK,
        dns: DNS,
        host: { name: 'tap' },
        query: 'class IN, type MX, mx.example.com',
      },
      {},
    ],
    [
      'of Packetbeat 6',
      {
        type: 'dns',
        client_ip: '192.0.2.25',
        client_port: 40000,
        ip: '198.51.100.53',
        port: 53,
        transport: 'udp',
        dns: DNS,
      },
      {},
    ],
    [
      'of Packetbeat, never answered',
      {
        type: 'dns',
        client: CLIENT,
        server: SERVER,
        ...NETWORK,
        dns: { ...DNS, type: 'query', response_code: undefined },
        status: 'Error',
      },
      { rcode: undefined },
    ],
    [
      "of Zeek's integration",
      {
        source: CLIENT,
        destination: SERVER,
        ...NETWORK,
        dns: { ...DNS, id: '681' },
        zeek: { dns: { trans_id: '681', rcode_name: 'NXDOMAIN' } },
      },
      {},
    ],
    [
      "of Zeek's integration, of which only the response was seen",
      {
        source: CLIENT,
        destination: SERVER,
        ...NETWORK,
        dns: { id: '681', type: 'answer', question: { name: 'mx.example.com' }, response_code: 'NXDOMAIN' },
      },
      { qtype: undefined, qclass: undefined },
    ],
    [
      "of a server's own log",
      { client: CLIENT, ...NETWORK, dns: DNS, host: { name: 'ns1' }, message: 'words of a server that we do not know' },
      { resolver: 'ns1' },
    ],
  ])('%s', (_, document, changed) => {
    expect(json(document)).toEqual({ ...TAPPED, ...changed });
  });

  test('without the client is nothing', () => {
    expect(json({ type: 'dns', server: SERVER, dns: DNS })).toEqual({ kind: 'dead', reason: 'no_envelope' });
  });

  test('by multicast asks no server', () => {
    expect(json({ type: 'dns', client: CLIENT, server: { ip: '224.0.0.251', port: 5353 }, dns: DNS })).toMatchObject({
      kind: 'other',
      side: undefined,
    });
  });
});

test("of Suricata's integration query and response are two", () => {
  const suricata = { suricata: { eve: { event_type: 'dns' } }, ...NETWORK };
  const question = { question: { name: 'mx.example.com' }, id: '681' };
  const asked = { qname: 'mx.example.com', qtype: undefined, qclass: undefined };

  expect(json({ ...suricata, source: CLIENT, destination: SERVER, dns: { type: 'query', ...question } })).toEqual({
    ...TAPPED,
    ...asked,
    rcode: undefined,
  });
  expect(
    json({
      ...suricata,
      source: SERVER,
      destination: CLIENT,
      dns: { type: 'answer', response_code: 'REFUSED', ...question },
    }),
  ).toEqual({ ...TAPPED, ...asked, rcode: 'REFUSED', direction: 'response' });
});

test.each([
  [53, { kind: 'dns', qname: undefined, resolver: '198.51.100.53', direction: 'query' }],
  [443, { kind: 'other', side: undefined }],
])("a connection of Zeek's integration to port %i", (port, expected) => {
  const zeek = { zeek: { connection: { state: 'SF', history: 'Dd' } } };

  expect(json({ source: CLIENT, destination: { ...SERVER, port }, ...NETWORK, ...zeek })).toMatchObject(expected);
});
