import { describe, expect, test } from '@jest/globals';
import { expectAnyMessage, message, parse, QUESTION, TIME } from './lines.js';

const named = (text: string) => message('named[1]', text);

const QUERY = { ...QUESTION, client_port: 50857, qclass: 'IN', transport: 'udp' } as const;

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
    ['client 192.0.2.1#50857: query: mx.example.com IN A +SEDC', {}],
    [
      'client 192.0.2.1#50857: view _meta: query: mx.example.com IN A -ETDC (127.0.0.1)',
      { view: '_meta', transport: 'tcp' },
    ],
    ['client @0x7f 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A -E(0)DCV (127.0.0.1)', {}],
    [
      'client @0x7f 192.0.2.1#50857/key k.example (mx.example.com): view v: query: mx.example.com IN A +S',
      { view: 'v' },
    ],
    ['client fe80::1%eth0#50857 (mx.example.com): query: mx.example.com IN A +', { client_address: 'fe80::1%eth0' }],
    ['client 192.0.2.1#50857 (a\\):b): query: a\\):b IN A +', { qname: 'a\\):b' }],
  ])('%s', (text, fields) => {
    expect(named(text)).toEqual({ ...QUERY, ...fields });
  });

  test.each([
    ['CQ 192.0.2.1:50857 -> 198.51.100.1:53 UDP 55b mx.example.com/IN/A', {}],
    [
      'AQ 2001:db8::1:50857 -> 2001:db8::53:53 TCP 55b mx.example.com/IN/A',
      { client_address: '2001:db8::1', transport: 'tcp' },
    ],
    [
      'CQ 192.0.2.1:50857 -> 198.51.100.1:53 DOT 55b a/b.example/IN/MX',
      { qname: 'a/b.example', qtype: 'MX', transport: 'dot' },
    ],
  ])('of dnstap-read: %s', (text, fields) => {
    expect(parse(`23-Nov-2026 01:57:14.000 ${text}`)).toEqual({ ...QUERY, resolver: undefined, ...fields });
  });

  test("in BIND's own file is of no resolver that the line names", () => {
    const line =
      '23-Nov-2026 01:57:14.864 client @0x7f69022a7098 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A + (127.0.0.1)';

    expect(parse(line)).toEqual({ ...QUERY, time: TIME + 864, resolver: undefined });
  });

  test.each([
    '2026-11-23T01:57:14.000 client @0x7f 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +',
    '2026-11-23T01:57:14.000+00:00 queries: client @0x7f 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +',
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

describe('an answer', () => {
  const client = 'client @0x7f 192.0.2.1#50857 (mx.example.com)';

  test.each([
    [
      `${client}: response: mx.example.com IN A NXDOMAIN 0 1 1 +E(0)K (127.0.0.1)`,
      { rcode: 'NXDOMAIN', transport: 'udp' },
    ],
    [
      `${client}: view v: response: mx.example.com IN A NOERROR 1 0 1 -T (127.0.0.1)`,
      { rcode: 'NOERROR', transport: 'tcp', view: 'v' },
    ],
    [`${client}: query failed (SERVFAIL) for mx.example.com/IN/A at query.c:7094`, { rcode: 'SERVFAIL' }],
    [`${client}: query failed (timed out) for mx.example.com/IN/A at query.c:7094`, { rcode: 'SERVFAIL' }],
    [
      `${client}: query failed (FORMERR) at query.c:7094`,
      { rcode: 'FORMERR', qname: undefined, qtype: undefined, qclass: undefined },
    ],
  ])('%s', (text, fields) => {
    expect(named(text)).toEqual({ ...QUERY, transport: undefined, direction: 'response', ...fields });
  });

  test.each([
    `${client}: response: mx.example.com IN A REFUSED 0 0 1 +E(0)K (127.0.0.1)`,
    `${client}: query failed (REFUSED) for mx.example.com/IN/A at query.c:7094`,
  ])('that refuses has a line of its own, so that %s is other', (text) => {
    expect(named(text)).toMatchObject({ kind: 'other', side: 'dns' });
  });
});

test('any text', () => {
  expectAnyMessage('named[1]', [
    'client ',
    '@0x7f ',
    '192.0.2.1',
    '#',
    '53',
    '/key ',
    ' (',
    '): query: ',
    ': ',
    'query: ',
    'view ',
    "query '",
    'x/A/IN',
    "' denied",
    'response: ',
    'query failed (',
    ') for ',
    ' at ',
    'IN A ',
    'CQ ',
    ' -> ',
    ':53 UDP 5b ',
  ]);
});

test.each([
  ['client @0x7f (no-peer): allocate new client', 'other'],
  ["client @0x7f 192.0.2.1#5 (x): query 'x/A/IN' approved", 'other'],
  ["client @0x7f 192.0.2.1#5 (x): query (cache) 'x/A/IN' approved", 'other'],
  ['client @0x7f 192.0.2.1#5 (x): rate limit drop NXDOMAIN response to 192.0.2.0/24 for x IN  (00000000)', 'other'],
  ['client @0x7f 192.0.2.1#5 (x): rate limit slip response to 192.0.2.0/24 for x IN A  (00000000)', 'other'],
  ['rate-limit: info: limit NXDOMAIN responses to 192.0.2.0/24 for x IN  (00000000)', 'other'],
  ['CR 192.0.2.1:5 <- 198.51.100.1:53 UDP 55b x/IN/A', 'other'],
  ['RQ 192.0.2.1:5 -> 198.51.100.1:53 UDP 55b x/IN/A', 'other'],
  ['CQ ? -> 198.51.100.1:53 UDP 55b x/IN/A', 'unrecognised'],
  ['client 192.0.2.1#5 (x): response: x IN A NOERROR', 'unrecognised'],
  ['client #5 (x): query: x IN A +', 'unrecognised'],
  ['zone example.com/IN: loaded serial 1', 'other'],
  ['general: info: running', 'other'],
  ["client 192.0.2.1#5 (x): zone transfer 'x/AXFR/IN' denied", 'other'],
  ['client 192.0.2.1#5 (x): query: x IN', 'unrecognised'],
  ['client 192.0.2.1#5 (x): query: x', 'unrecognised'],
  ['client #5 (x): query: x IN A +', 'unrecognised'],
  ['client 192.0.2.1#5: view x', 'unrecognised'],
  ['client 192.0.2.1 said hello', 'unrecognised'],
  ['client 192.0.2.1 said: hello', 'unrecognised'],
  ["client 192.0.2.1#5 (x): query (cache) 'x' denied", 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(named(text)).toMatchObject({ kind, side: 'dns' });
});

describe("an answer in Infoblox's form", () => {
  const ANSWER = { ...QUERY, direction: 'response', rcode: 'NXDOMAIN' };

  test.each([
    ['23-Nov-2026 01:57:14.043 client 192.0.2.1#50857 UDP: query: mx.example.com IN A response: NXDOMAIN +ED', {}],
    ['23-Nov-2026 01:57:14.043 client 192.0.2.1#50857: UDP: query: mx.example.com IN A response: NXDOMAIN -', {}],
    [
      '23-Nov-2026 01:57:14.043 client 192.0.2.1#50857: view 7: TCP: query: mx.example.com IN A response: NXDOMAIN +',
      { view: '7', transport: 'tcp' },
    ],
    [
      'infoblox-responses: 23-Nov-2026 01:57:14.043 client 192.0.2.1#50857 UDP: query: mx.example.com IN A response: NXDOMAIN + mx.example.com. 5 IN A 192.0.2.7;',
      {},
    ],
  ])('%s', (text, fields) => {
    expect(named(text)).toEqual({ ...ANSWER, ...fields });
  });
});

test.each([
  '23-Nov-2026 01:57:14.864 ',
  '23-Nov-2026 01:57:14.864 queries: info: ',
  'queries: 23-Nov-2026 01:57:14.864 ',
  '2026-11-23T01:57:14.864Z queries: info: ',
])('a channel of syslog may add the time: %s', (prefix) => {
  expect(named(`${prefix}client 192.0.2.1#50857 (mx.example.com): query: mx.example.com IN A +`)).toEqual(QUERY);
});
