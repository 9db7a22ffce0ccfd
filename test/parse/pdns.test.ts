import { describe, expect, test } from '@jest/globals';
import { expectAnyMessage, message, QUESTION } from './lines.js';

const pdns = (text: string) => message('pdns[12]', text);
const QUERY = { ...QUESTION, transport: 'udp' } as const;

describe('a query', () => {
  test.each([
    ["Remote 192.0.2.1 wants 'mx.example.com|A', do = 0, bufsize = 512: packetcache MISS", {}],
    ["Remote 192.0.2.1 wants 'mx.example.com|A', do = 1, bufsize = 1232 (4096): packetcache HIT", {}],
    ["Remote 192.0.2.1<-203.0.113.0/24 wants 'mx.example.com|A', do = 0, bufsize = 512", {}],
    ["TCP Remote 192.0.2.1 wants 'mx.example.com|MX', do = 0, bufsize = 1232", { qtype: 'MX', transport: 'tcp' }],
    ["Remote 2001:db8::1 wants 'mx.example.com|A', do = 0", { client_address: '2001:db8::1' }],
    [`msg="Remote 192.0.2.1 wants 'mx.example.com|A', do = 0, bufsize = 512: packetcache MISS" prio="Notice"`, {}],
    ['msg="Query received" prio="Notice" ts="1.2" dnssec="0" query="mx.example.com" remote="192.0.2.1" type="A"', {}],
    [
      'msg="Received TCP query" ts="1.2" packetcache="hit" remote="192.0.2.1" query="mx.example.com" type="A"',
      { transport: 'tcp' },
    ],
  ])('%s', (text, fields) => {
    expect(pdns(text)).toEqual({ ...QUERY, ...fields });
  });

  test.each(['pdns', 'pdns_server[7]', '/usr/sbin/pdns_server[7]'])('of tag %s', (tag) => {
    expect(message(tag, "Remote 192.0.2.1 wants 'mx.example.com|A', do = 0, bufsize = 512")).toEqual(QUERY);
  });
});

test.each([
  ['UDP server bound to 127.0.0.1:53', 'other'],
  ['packetcache MISS', 'other'],
  ['msg="packetcache HIT" prio="Notice"', 'other'],
  ["Remote 192.0.2.1 wants 'mx.example.com', do = 0", 'unrecognised'],
  ["Remote  wants 'mx.example.com|A', do = 0", 'unrecognised'],
  ['Remote 192.0.2.1', 'unrecognised'],
  ['msg="Query received" query="mx.example.com" type="A"', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(pdns(text)).toMatchObject({ kind, side: 'dns' });
});

test('any text', () => {
  const pieces = [
    'TCP ',
    'Remote ',
    '192.0.2.1',
    '<-',
    " wants '",
    'x|A',
    "', ",
    'msg="',
    'Query received"',
    ' remote="',
    ' query="x',
    '" ',
  ];
  expectAnyMessage('pdns', pieces);
});
