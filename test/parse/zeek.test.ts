import { describe, expect, test } from '@jest/globals';
import { createBlock } from '../../src/parse/block.js';
import { isZeekHeader } from '../../src/parse/zeek.js';
import { parse, TIME } from './lines.js';

const QUERY = {
  kind: 'dns',
  time: TIME + 857,
  resolver: '198.51.100.53',
  client_address: '192.0.2.25',
  client_port: 40000,
  id: 15209,
  qname: 'mx.example.com',
  qtype: 'MX',
  qclass: 'IN',
  rcode: 'NOERROR',
  transport: 'udp',
  direction: 'query',
  view: undefined,
};
const CONNECTION = { ...QUERY, id: undefined, qname: undefined, qtype: undefined, qclass: undefined, rcode: undefined };
const DEAD = { kind: 'dead', reason: 'no_envelope' };
const OTHER = { kind: 'other', side: undefined };

const ENDS = '192.0.2.25 40000 198.51.100.53 53';

/** A row whose fields are divided by blanks here. */
const row = (fields: string) => parse(fields.replaceAll(' ', '\t'));
const dns = (rest: string, ends = ENDS) => row(`1795399034.857497 CAcJw2 ${ends} udp ${rest}`);

describe('a row of dns.log', () => {
  test.each([
    ['15209 0.0769 mx.example.com 1 C_INTERNET 15 MX 0 NOERROR F F T T 0 - - F', {}],
    ['15209 - mx.example.com 1 C_INTERNET 15 MX 0 NOERROR F F T T 0 - - F', {}],
    // As Bro wrote it before it measured the round trip.
    ['15209 mx.example.com 1 C_INTERNET 15 MX 0 NOERROR F F T T 0 - - F', {}],
    ['15209 0.0769 mx.example.com 1 C_INTERNET 15 MX 0 NOERROR F F T T 0 - - F an-added-field', {}],
    ['15209 - mx.example.com 1 C_INTERNET 255 * - - F F T F 0 - - F', { qtype: 'ANY', rcode: undefined }],
    [
      '15209 - mx.example.com 3 C_CHAOS 16 TXT 5 REFUSED F F T F 0 - - T',
      { qclass: 'CH', qtype: 'TXT', rcode: 'REFUSED' },
    ],
    // Only the response was seen.
    ['15209 - mx.example.com - - - - 0 NOERROR F F F T 0 - - F', { qclass: undefined, qtype: undefined }],
    [
      '15209 - - - - - - - - F F F F 0 - - F',
      { qname: undefined, qclass: undefined, qtype: undefined, rcode: undefined },
    ],
  ])('%s', (rest, changed) => {
    expect(dns(rest)).toEqual({ ...QUERY, ...changed });
  });

  test('over IPv6', () => {
    expect(dns('1 - a.example 1 C_INTERNET 1 A 0 NOERROR F', '2001:db8::25 4000 2001:db8::53 53')).toMatchObject({
      client_address: '2001:db8::25',
      resolver: '2001:db8::53',
    });
  });

  test.each(['192.0.2.25 5353 224.0.0.251 5353', 'fe80::1 5353 ff02::fb 5353', '192.0.2.25 137 192.0.2.255 137'])(
    'to everybody around (%s) asks no server',
    (ends) => {
      expect(dns('0 - printer.local 1 C_INTERNET 1 A - - F', ends)).toMatchObject(OTHER);
    },
  );
});

describe('a row of conn.log', () => {
  test.each([
    ['to port 53', `1795399034.857497 C1 ${ENDS} udp dns 0.07 40 80 SF - - 0 Dd 1 68 1 108 -`, CONNECTION],
    ['to port 53 without an answer', `1795399034.857497 C1 ${ENDS} udp - - - - S0 - - 0 D 1 68 0 0 -`, CONNECTION],
    [
      'of DNS to another port',
      '1795399034.857497 C1 192.0.2.25 40000 198.51.100.53 5300 udp dns 0.07 40 80 SF -',
      CONNECTION,
    ],
    ['to another port', '1795399034.857497 C1 192.0.2.25 40000 198.51.100.53 443 tcp ssl 0.07 40 80 SF -', OTHER],
    ['of ICMP', '1795399034.857497 C1 192.0.2.25 8 198.51.100.53 53 icmp - 0.07 40 80 OTH -', OTHER],
  ])('%s', (_, line, expected) => {
    expect(row(line)).toMatchObject(expected);
  });
});

test.each([
  `1795399034.857497 C1 ${ENDS} udp DNS not_a_dns_message`,
  `1795399034.857497 C1 ${ENDS} 1 GET example.com /`,
  `1795399034 C1 ${ENDS} udp 1 - a.example 1 C_INTERNET 1 A 0 NOERROR F`,
  `99999999999999999.1 C1 ${ENDS} udp 1 - a.example 1 C_INTERNET 1 A 0 NOERROR F`,
  `1795399034.857497 C1 ${ENDS} udp 1 - a.example 1 C_INTERNET`,
  `1795399034.857497 C1 ${ENDS} udp`,
  '1795399034.857497 C1',
  '#separator \\x09',
])('%s is no row of either', (line) => {
  expect(row(line)).toEqual(DEAD);
});

describe('a line', () => {
  const isHeader = (line: string): boolean => {
    const bytes = Buffer.from(`x${line}y`);
    return isZeekHeader(createBlock(bytes), 1, bytes.length - 1);
  };

  test.each(['#separator \\x09', '#fields\tts\tuid', '#close\t2026-11-23-03-00-00', '#path\tdns'])(
    '%s is a header',
    (line) => {
      expect(isHeader(line)).toBe(true);
    },
  );

  test.each(['', '#', '# a comment', '#field', '#fields', 'fields\tts'])('%j is none', (line) => {
    expect(isHeader(line)).toBe(false);
  });
});

describe('a record in JSON', () => {
  const ends = {
    'id.orig_h': '192.0.2.25',
    'id.orig_p': 40000,
    'id.resp_h': '198.51.100.53',
    'id.resp_p': 53,
    proto: 'udp',
  };
  const asked = {
    trans_id: 15209,
    query: 'mx.example.com',
    qclass_name: 'C_INTERNET',
    qtype_name: 'MX',
    rcode_name: 'NOERROR',
  };
  const json = (record: object) => parse(JSON.stringify(record));

  test.each([
    ['of dns.log', { ts: 1795399034.857497, ...ends, ...asked }, QUERY],
    ['of dns.log, with ISO stamps', { ts: '2026-11-23T01:57:14.857497Z', ...ends, ...asked }, QUERY],
    [
      'of dns.log, in objects',
      {
        ts: 1795399034857,
        id: { orig_h: '192.0.2.25', orig_p: 40000, resp_h: '198.51.100.53', resp_p: 53 },
        proto: 'udp',
        ...asked,
      },
      QUERY,
    ],
    [
      'of dns.log, as Filebeat ships it',
      {
        '@timestamp': '2026-11-23T03:00:00Z',
        host: { name: 'tap' },
        message: JSON.stringify({ ts: 1795399034.857497, ...ends, ...asked }),
      },
      QUERY,
    ],
    ['of conn.log', { ts: 1795399034.857497, ...ends, service: 'dns', conn_state: 'SF' }, CONNECTION],
    ['of another log', { ts: 1795399034.857497, ...ends, name: 'DNS_truncated_RR' }, OTHER],
    ['without a time', { ...ends, ...asked }, DEAD],
  ])('%s', (_, record, expected) => {
    expect(json(record)).toMatchObject(expected);
  });
});
