import { describe, expect, test } from '@jest/globals';
import { expectAnyMessage, message, parse, QUESTION, TIME } from './lines.js';

const unbound = (text: string) => message('unbound', `[1234:0] ${text}`);
const QUERY = { ...QUESTION, qclass: 'IN' } as const;

describe('a query', () => {
  test.each([
    ['info: 192.0.2.1 mx.example.com. A IN', {}],
    ['query: 192.0.2.1 mx.example.com. A IN', {}],
    ['info: 2001:db8::1 mx.example.com. MX IN', { client_address: '2001:db8::1', qtype: 'MX' }],
    ['info: 192.0.2.1 . NS IN', { qname: '.', qtype: 'NS' }],
    ['info: 192.0.2.1 version.bind. TXT CH', { qname: 'version.bind', qtype: 'TXT', qclass: 'CH' }],
    ['info: 192.0.2.1 mx.example.com. TYPE65534 IN', { qtype: 'TYPE65534' }],
    ['info: 192.0.2.1 mx.example.com. A CLASS32', { qclass: 'CLASS32' }],
    ['info: 192.0.2.1 mx.example.com. A INX', { qclass: 'INX' }],
  ])('%s', (text, fields) => {
    expect(unbound(text)).toEqual({ ...QUERY, ...fields });
  });

  test.each([
    'Nov 23 01:57:14 gpo unbound: [1234:0] info: 192.0.2.1 mx.example.com. A IN',
    'Nov 23 01:57:14 gpo unbound[1234]: [1234:0] info: 192.0.2.1 mx.example.com. A IN',
    'Nov 23 01:57:14 gpo unbound[1234]: [1795399034] unbound[1234:0] info: 192.0.2.1 mx.example.com. A IN',
    '2026-11-23T01:57:14.000000+00:00 gpo unbound: [1234:0] info: 192.0.2.1 mx.example.com. A IN',
  ])('through syslog: %s', (line) => {
    expect(parse(line)).toEqual(QUERY);
  });

  test.each([
    '[1795399034] unbound[1234:0] info: 192.0.2.1 mx.example.com. A IN',
    'Nov 23 01:57:14 unbound[1234:0] info: 192.0.2.1 mx.example.com. A IN',
    'Nov 23 01:57:14 unbound[1234:11] query: 192.0.2.1 mx.example.com. A IN',
    '2026-11-23T01:57:14.000+00:00 unbound[1234:0] info: 192.0.2.1 mx.example.com. A IN',
  ])('in its own file is of no resolver that the line names: %s', (line) => {
    expect(parse(line)).toEqual({ ...QUERY, resolver: undefined });
  });
});

describe('a reply', () => {
  test.each([
    ['info: 192.0.2.1 mx.example.com. A IN NOERROR 0.010000 0 45', { rcode: 'NOERROR' }],
    ['reply: 192.0.2.1 mx.example.com. A IN NXDOMAIN 0.000000 1 38', { rcode: 'NXDOMAIN' }],
    ['info: 192.0.2.1 mx.example.com. A IN REFUSED 0.000000 1 42', { rcode: 'REFUSED' }],
    [
      'info: 192.0.2.1 mx.example.com. A IN SERVFAIL 1.200000 0 42 on tcp 198.51.100.1 53',
      { rcode: 'SERVFAIL', transport: 'tcp' },
    ],
    ['reply: 192.0.2.1 mx.example.com. A CH NOERROR 0.010000 0 45', { rcode: 'NOERROR', qclass: 'CH' }],
  ])('%s', (text, fields) => {
    expect(unbound(text)).toEqual({ ...QUERY, direction: 'response', ...fields });
  });

  test.each([
    ['info: 192.0.2.1 - - - FORMERR - - -', undefined],
    ['reply: 192.0.2.1 - - - FORMERR - - - on udp 198.51.100.1 53', 'udp'],
  ])('to what could not be read has no question: %s', (text, transport) => {
    const fields = { direction: 'response', qname: undefined, qtype: undefined, rcode: 'FORMERR' } as const;

    expect(unbound(text)).toEqual({ ...QUESTION, ...fields, transport });
  });
});

test.each([
  ['info: example.com. inform 192.0.2.1@33150 mx.example.com. A IN', 'other'],
  ['info: resolving mx.example.com. A IN', 'other'],
  ['info: dead.beef. A IN', 'other'],
  ['error: SERVFAIL <mx.example.com. A IN>: all servers for this domain failed, at zone example.com.', 'other'],
  ['info: start of service (unbound 1.17.1).', 'other'],
  ['notice: init module 0: iterator', 'other'],
  ['info: server stats for thread 0: 8 queries, 6 answers from cache, 2 recursions, 0 prefetch', 'other'],
  ['info: 192.0.2.1 mx.example.com. A', 'unrecognised'],
  ['info: 192.0.2.1 mx.example.com A IN', 'unrecognised'],
  ['info: 192.0.2.1 - - - ', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(unbound(text)).toMatchObject({ kind, side: 'dns', time: TIME });
});

test('any text', () => {
  const pieces = ['[1:0] ', 'unbound[1:0] ', 'info: ', 'query: ', 'reply: ', '192.0.2.1', ' ', '- - - ', 'x. ', 'A IN'];
  expectAnyMessage('unbound', pieces);
});
