import { describe, expect, test } from '@jest/globals';
import { expectAnyMessage, message, parse, QUESTION } from './lines.js';

const dnsmasq = (text: string) => message('dnsmasq[123]', text);

describe('a query', () => {
  test.each([
    ['query[A] mx.example.com from 192.0.2.1', {}],
    ['query[AAAA] mx.example.com from 2001:db8::1', { qtype: 'AAAA', client_address: '2001:db8::1' }],
    ['12 192.0.2.1/53123 query[MX] mx.example.com from 192.0.2.1', { qtype: 'MX', client_port: 53123 }],
    ['* 192.0.2.1/53123 query[A] mx.example.com from 192.0.2.1', { client_port: 53123 }],
    [
      '12 2001:db8::1/53123 query[A] mx.example.com from 2001:db8::1',
      { client_address: '2001:db8::1', client_port: 53123 },
    ],
    [
      'UDP 12 192.0.2.1/53123 query[MX] mx.example.com from 192.0.2.1',
      { qtype: 'MX', client_port: 53123, transport: 'udp' },
    ],
    [
      'TCP 12 2001:db8::1/53123 query[A] mx.example.com from 2001:db8::1',
      { client_address: '2001:db8::1', client_port: 53123, transport: 'tcp' },
    ],
    ['12 query[A] a/mx.example.com from 192.0.2.1', { qname: 'a/mx.example.com' }],
    ['UDP 12 query[A] mx.example.com from 192.0.2.1', {}],
    ['auth[SOA] mx.example.com from 192.0.2.1', { qtype: 'SOA' }],
    ['query[type=65] mx.example.com from 192.0.2.1', { qtype: 'TYPE65' }],
    ['query[NS] . from 192.0.2.1', { qname: '.', qtype: 'NS' }],
    ['query[A] a from 203.0.113.9 from 192.0.2.1', { qname: 'a from 203.0.113.9' }],
    [
      'query[PTR] b._dns-sd._udp.0.2.0.192.in-addr.arpa from 192.0.2.1',
      { qname: 'b._dns-sd._udp.0.2.0.192.in-addr.arpa', qtype: 'PTR' },
    ],
    ['dnsmasq: query[A] mx.example.com from 192.0.2.1', {}],
  ])('%s', (text, fields) => {
    expect(dnsmasq(text)).toEqual({ ...QUESTION, ...fields });
  });

  test('in its own file is of no resolver that the line names', () => {
    const line = 'Nov 23 01:57:14 dnsmasq[123]: query[A] mx.example.com from 192.0.2.1';

    expect(parse(line)).toEqual({ ...QUESTION, resolver: undefined });
  });

  test('on a host of that name is of this host', () => {
    const line = 'Nov 23 01:57:14 dnsmasq dnsmasq[123]: query[A] mx.example.com from 192.0.2.1';

    expect(parse(line)).toEqual({ ...QUESTION, resolver: 'dnsmasq' });
  });
});

describe('an answer without data', () => {
  const ANSWER = { ...QUESTION, client_port: 53123, qtype: undefined, direction: 'response' } as const;

  test.each([
    ['12 192.0.2.1/53123 reply mx.example.com is NXDOMAIN', { rcode: 'NXDOMAIN' }],
    ['12 192.0.2.1/53123 cached mx.example.com is NODATA-IPv6', { rcode: 'NOERROR' }],
    ['12 192.0.2.1/53123 cached-stale mx.example.com is NODATA', { rcode: 'NOERROR' }],
    ['12 192.0.2.1/53123 config mx.example.com is NXDOMAIN', { rcode: 'NXDOMAIN' }],
    ['12 192.0.2.1/53123 config error is REFUSED (EDE: not ready)', { rcode: 'REFUSED', qname: undefined }],
    ['12 192.0.2.1/53123 reply error is not implemented', { rcode: 'NOTIMP', qname: undefined }],
    ['TCP 12 192.0.2.1/53123 reply mx.example.com is NXDOMAIN', { rcode: 'NXDOMAIN', transport: 'tcp' }],
    ['12 192.0.2.1/53123 reply error is FORMERR', { rcode: 'FORMERR', qname: undefined }],
    ['12 192.0.2.1/53123 reply error is SERVFAIL', { rcode: 'SERVFAIL', qname: undefined }],
    ['12 192.0.2.1/53123 /etc/hosts 192.0.2.77 is NXDOMAIN', { rcode: 'NXDOMAIN', qname: undefined }],
    ['12 192.0.2.1/53123 reply a is b is NXDOMAIN', { rcode: 'NXDOMAIN', qname: 'a is b' }],
  ])('%s', (text, fields) => {
    expect(dnsmasq(text)).toEqual({ ...ANSWER, ...fields });
  });
});

test.each([
  ['reply mx.example.com is 192.0.2.25', 'other'],
  ['reply mx.example.com is NXDOMAIN', 'other'],
  ['cached mx.example.com is <CNAME>', 'other'],
  ['config mx.example.com is 192.0.2.25', 'other'],
  ['forwarded mx.example.com to 198.51.100.53', 'other'],
  ['/etc/hosts 192.0.2.26 is a.example.com', 'other'],
  ['dnssec-query[DS] com to 198.51.100.53', 'other'],
  ['validation result is SECURE', 'other'],
  ['12 192.0.2.1/53123 cached mx.example.com is 192.0.2.25', 'other'],
  ['12 192.0.2.1/53123 forwarded mx.example.com to 198.51.100.53', 'other'],
  ['12 192.0.2.1/53123 validation result is SECURE', 'other'],
  ['12 dnssec-query[DS] com to 198.51.100.53', 'other'],
  ['started, version 2.90 cachesize 150', 'other'],
  ['read /etc/hosts - 7 names', 'other'],
  ['query[A] mx.example.com', 'unrecognised'],
  ['query[A] mx.example.com from nobody', 'unrecognised'],
  ['query[A', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(dnsmasq(text)).toMatchObject({ kind, side: 'dns' });
});

test.each([
  'Nov 23 01:57:14 gpo dnsmasq-dhcp[123]: DHCPACK(eth0) 192.0.2.77 00:00:5e:00:53:01 query[A]',
  'Nov 23 01:57:14 dnsmasq-dhcp[123]: DHCPACK(eth0) 192.0.2.77 00:00:5e:00:53:01',
  'Nov 23 01:57:14 dnsmasq-tftp[123]: sent /boot to 192.0.2.77',
])('%s is other', (line) => {
  expect(parse(line)).toMatchObject({ kind: 'other', side: 'dns' });
});

test('any text', () => {
  const pieces = [
    'UDP ',
    '12 ',
    '* ',
    '192.0.2.1',
    '/53 ',
    'query[',
    'auth[',
    'A] ',
    ' from ',
    'reply ',
    ' is ',
    'NXDOMAIN',
    'x',
  ];
  expectAnyMessage('dnsmasq[1]', pieces);
});
