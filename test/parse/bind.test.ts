import { describe, expect, test } from '@jest/globals';
import { message, parse, TIME } from './lines.js';

const named = (text: string) => message('named[1]', text);

const QUERY = {
  kind: 'dns',
  time: TIME,
  resolver: 'gpo',
  client_address: '192.0.2.1',
  client_port: 50857,
  id: undefined,
  qname: 'mx.example.com',
  qtype: 'A',
  qclass: 'IN',
  rcode: undefined,
  transport: 'udp',
  direction: 'query',
  view: undefined,
};

describe('a query', () => {
  test.each([
    ['client @0x7f69022a7098 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A + (127.0.0.1)', {}],
    ['client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A + (127.0.0.1)', {}],
    ['client 192.0.2.1#50857: query: mx.example.com IN A +', {}],
    ['client 192.0.2.1#50857: query: mx.example.com IN A', { transport: undefined }],
    ['client 192.0.2.1#50857: view internal: query: mx.example.com IN A -', { view: 'internal' }],
    ['client 192.0.2.1#50857 (mx.example.com): view a b: query: mx.example.com IN A +', { view: 'a b' }],
    ['queries: info: client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +', {}],
    ['queries: client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +', {}],
    ['queries: debug 1: client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +', {}],
    ['client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN MX +E(0)K (127.0.0.1)', { qtype: 'MX' }],
    ['client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +E(0)TDC (127.0.0.1)', { transport: 'tcp' }],
    ['client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +T (127.0.0.1)', { transport: 'tcp' }],
    ['client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A + (127.0.0.1) [ECS 203.0.113.0/24/0]', {}],
    ['client 192.0.2.1#50857 (mx.example.com): query: mx.example.com CH TXT +', { qclass: 'CH', qtype: 'TXT' }],
    ['client 192.0.2.1#50857 (.): query: . IN NS +E(0)', { qname: '.', qtype: 'NS' }],
    ['client 192.0.2.1#50857/key tsig.key (mx.example.com): query: mx.example.com IN A +', {}],
    ['client 2001:db8::1#50857 (mx.example.com): query: mx.example.com IN A +', { client_address: '2001:db8::1' }],
    ['client 192.0.2.1#50857 (a\\):b): query: a\\):b IN A +', { qname: 'a\\):b' }],
  ])('%s', (text, fields) => {
    expect(named(text)).toEqual({ ...QUERY, ...fields });
  });

  test("in BIND's own file is of no resolver that the line names", () => {
    const line =
      '23-Nov-2026 01:57:14.864 client @0x7f69022a7098 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A + (127.0.0.1)';

    expect(parse(line)).toEqual({ ...QUERY, time: TIME + 864, resolver: undefined });
  });

  test.each([
    '2026-11-23T01:57:14.000 client @0x7f 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +',
    '2026-11-23T01:57:14.000Z queries: info: client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +',
    '23-Nov-2026 01:57:14.000 queries: info: client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +',
  ])('is known in all of its stamps: %s', (line) => {
    expect(parse(line)).toEqual({ ...QUERY, resolver: undefined });
  });
});

describe('a denied query is a response', () => {
  test.each([
    "client @0x7f 192.0.2.1#50857 (mx.example.com): query (cache) 'mx.example.com/A/IN' denied",
    "client 192.0.2.1#50857: query (cache) 'mx.example.com/A/IN' denied (allow-query-cache did not match)",
    "security: info: client 192.0.2.1#50857 (mx.example.com): query 'mx.example.com/A/IN' denied",
  ])('%s', (text) => {
    expect(named(text)).toEqual({ ...QUERY, transport: undefined, direction: 'response', rcode: 'REFUSED' });
  });

  test('whose name may hold a slash', () => {
    expect(named("client 192.0.2.1#5: query (cache) 'a/b.example/MX/IN' denied")).toMatchObject({
      qname: 'a/b.example',
      qtype: 'MX',
      qclass: 'IN',
    });
  });
});

test.each([
  ['zone example.com/IN: loaded serial 1', 'other'],
  ['general: info: running', 'other'],
  ["client 192.0.2.1#5 (x): zone transfer 'x/AXFR/IN' denied", 'other'],
  ['client 192.0.2.1#5 (x): query: x IN', 'unrecognised'],
  ['client 192.0.2.1#5 (x): query: x', 'unrecognised'],
  ['client #5 (x): query: x IN A +', 'unrecognised'],
  ['client 192.0.2.1 said hello', 'unrecognised'],
  ["client 192.0.2.1#5 (x): query (cache) 'x' denied", 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(named(text)).toMatchObject({ kind, side: 'dns' });
});
