import { describe, expect, test } from '@jest/globals';
import { Discovery } from '../../src/core/discover.js';
import type { Found } from '../../src/core/discover.js';
import type { DnsEvent, Event } from '../../src/core/event.js';
import { SECOND_MS } from '../../src/core/time.js';
import { NOON, active, connect, opened, other, query, unrecognised } from '../support/events.js';

const MINUTE = 60 * SECOND_MS;

interface Traffic {
  readonly host?: string;
  readonly from?: string;
  readonly resolver?: string | undefined;
  readonly count: number;
  /** How long after the connection the look-up is logged. */
  readonly afterMs?: number;
  /** Of the first client; each connection comes from another. */
  readonly first?: number;
}

const clientOf = (n: number): string => `198.51.${String(n >> 8)}.${String(n & 255)}`;

function lookup(n: number, over: Partial<Omit<DnsEvent, 'kind'>>): DnsEvent {
  return query({ qname: `${clientOf(n).split('.').reverse().join('.')}.in-addr.arpa`, ...over });
}

/** Connections to a host, one a minute, each with a look-up of its client. */
function traffic({
  host = 'mx',
  from = '192.0.2.1',
  count,
  afterMs = 0,
  first = 0,
  ...rest
}: Traffic): readonly Event[] {
  const resolver = 'resolver' in rest ? rest.resolver : 'ns';
  return Array.from({ length: count }, (_, n) => n + first).flatMap((n) => [
    connect({ time: NOON + n * MINUTE, host, client_address: clientOf(n) }),
    lookup(n, { time: NOON + n * MINUTE + afterMs, client_address: from, resolver }),
  ]);
}

function found(events: readonly Event[], source = 'query.log'): readonly Found[] {
  const discovery = new Discovery();
  for (const event of events) discovery.add(event, source);
  return discovery.found('UTC', (name) => `resolver-of-${name}`);
}

const addressesOf = (events: readonly Event[]): Record<string, readonly string[]> =>
  Object.fromEntries(found(events).map(({ server }) => [server.id, server.addresses]));

test('a host whose clients are looked up as they connect has the address that asks', () => {
  const [server] = found(traffic({ count: 20 }));

  expect(server).toMatchObject({ connects: 20, scores: [{ address: '192.0.2.1@ns', score: 1 }] });
  expect(server?.server).toMatchObject({
    id: 'mx',
    hosts: ['mx'],
    addresses: ['192.0.2.1@ns'],
    own_networks: ['192.0.2.1'],
    timezone: 'UTC',
    dns_vantage: 'stub',
  });
});

test('several servers each have their own addresses', () => {
  const events = [...traffic({ count: 20 }), ...traffic({ host: 'out', from: '192.0.2.2', count: 15, first: 100 })];

  expect(addressesOf(events)).toEqual({ mx: ['192.0.2.1@ns'], out: ['192.0.2.2@ns'] });
});

test('a server has several addresses, the one with most look-ups first', () => {
  const [four, six] = [traffic({ count: 40 }), traffic({ count: 20, from: '2001:db8::1' })].map((events) =>
    events.filter(({ kind }) => kind === 'dns'),
  );
  const connects = traffic({ count: 40 }).filter(({ kind }) => kind === 'connect');

  expect(found([...connects, ...(six ?? []), ...(four ?? [])])).toMatchObject([
    {
      scores: [
        { address: '192.0.2.1@ns', score: 1 },
        { address: '2001:db8::1@ns', score: 0.5 },
      ],
    },
  ]);
});

test('the same address at two resolvers is two', () => {
  const events = [
    ...traffic({ count: 20, from: '127.0.0.1', resolver: 'mx' }),
    ...traffic({ host: 'out', count: 20, from: '127.0.0.1', resolver: 'out', first: 100 }),
  ];

  expect(addressesOf(events)).toEqual({ mx: ['127.0.0.1@mx'], out: ['127.0.0.1@out'] });
});

test('a server that asks two resolvers has its address at both', () => {
  const events = [...traffic({ count: 20 }), ...traffic({ count: 20, resolver: 'ns2', first: 20 })];

  expect(addressesOf(events)).toEqual({ mx: ['192.0.2.1@ns', '192.0.2.1@ns2'] });
});

test('a log without resolvers is that of the resolver that its source is', () => {
  const events = traffic({ count: 20, resolver: undefined });

  expect(found(events, '/logs/a@b/query.log')[0]?.server.addresses).toEqual([
    '192.0.2.1@resolver-of-/logs/a@b/query.log',
  ]);
});

describe('the evidence is', () => {
  test.each([
    [9, {}],
    [10, { mx: ['192.0.2.1@ns'] }],
  ])('%i connections at least', (count, expected) => {
    const addresses = addressesOf(traffic({ count }));
    expect(addresses).toEqual({ mx: [], ...expected });
  });

  test.each([
    [5 * SECOND_MS, 1],
    [5 * SECOND_MS + 1, 0],
    [-5 * SECOND_MS, 1],
    [-5 * SECOND_MS - 1, 0],
  ])('a look-up %i ms from the connection: %i', (afterMs, addresses) => {
    expect(addressesOf(traffic({ count: 20, afterMs }))['mx']).toHaveLength(addresses);
  });

  test.each([
    [4, 1],
    [3, 0],
  ])('%i of 20 connections explained: %i', (explained, addresses) => {
    const connects = traffic({ count: 20 }).filter(({ kind }) => kind === 'connect');
    const lookups = traffic({ count: explained }).filter(({ kind }) => kind === 'dns');

    expect(addressesOf([...connects, ...lookups])['mx']).toHaveLength(addresses);
  });

  test.each([
    [20, 1],
    [21, 0],
  ])('20 look-ups that explain and %i that do not: %i', (others, addresses) => {
    const strange = Array.from({ length: others }, (_, n) => lookup(1000 + n, {}));

    expect(addressesOf([...traffic({ count: 20 }), ...strange])['mx']).toHaveLength(addresses);
  });

  test('no look-up of another type, no response and no other name', () => {
    const connects = traffic({ count: 20 }).filter(({ kind }) => kind === 'connect');
    const lookups = [
      { qtype: 'A' },
      { direction: 'response' },
      { qname: 'example.org' },
      { qname: undefined },
    ] as const;
    const events = lookups.flatMap((over) => connects.map(({ time }, n) => ({ ...lookup(n, { time }), ...over })));

    expect(addressesOf([...connects, ...events])).toEqual({ mx: [] });
  });
});

test('a DNS client that resolves everything is no mail server', () => {
  const log = Array.from({ length: 500 }, (_, n) =>
    lookup(n, { time: NOON + n * MINUTE, client_address: '192.0.2.66' }),
  );

  expect(addressesOf([...traffic({ count: 20 }), ...log])).toEqual({ mx: ['192.0.2.1@ns'] });
});

test('an address is that of the server with most connections explained', () => {
  const both = traffic({ count: 20 }).flatMap((event, n) =>
    event.kind === 'connect' && n < 24 ? [event, { ...event, host: 'copy' }] : [event],
  );

  expect(addressesOf(both)).toEqual({ copy: [], mx: ['192.0.2.1@ns'] });
});

test('a client that is looked up again and again explains a connection once', () => {
  const [events, again] = [traffic({ count: 10 }), traffic({ count: 10, afterMs: 1000 })];
  const [server] = found([...events, ...again.filter(({ kind }) => kind === 'dns')]);

  expect(server?.scores).toEqual([{ address: '192.0.2.1@ns', score: 1 }]);
});

test('look-ups and connections may come in any order', () => {
  expect(addressesOf([...traffic({ count: 20 })].reverse())).toEqual({ mx: ['192.0.2.1@ns'] });
});

test('clients of IPv6 are told by their /64', () => {
  const nibbles = '5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa';
  const events = Array.from({ length: 10 }, (_, n) => NOON + n * MINUTE).flatMap((time) => [
    connect({ time, client_address: '2001:db8:0:1::25' }),
    query({ time, qname: nibbles }),
  ]);

  expect(addressesOf(events)).toEqual({ mx: ['192.0.2.1@ns'] });
});

test('hosts are those that wrote mail events, in order, not those of other lines', () => {
  const discovery = new Discovery();
  const events = [
    active({ host: 'z' }),
    connect({ host: 'a' }),
    other({ host: 'o' }),
    unrecognised({ host: 'u' }),
    query(),
  ];
  for (const event of events) discovery.add(event, 's');

  expect(discovery.hosts()).toEqual(['a', 'z']);
  expect(discovery.found('UTC', String).map(({ server }) => [server.id, server.dns_vantage])).toEqual([
    ['a', 'none'],
    ['z', 'none'],
  ]);
});

test.each([
  [9, 1, { 'postfix/10025/smtpd': 'reinject' }],
  [8, 1, {}],
  [0, 9, {}],
])(
  'a service with %i messages of a content filter and %i others takes them back: %j',
  (reinjected, others, services) => {
    const service = 'postfix/10025/smtpd';
    const events = [
      ...Array.from({ length: reinjected }, () => opened({ service, orig_queue_id: 'Q0' })),
      ...Array.from({ length: others }, () => opened({ service })),
    ];

    expect(found(events)[0]?.server.services).toEqual(services);
  },
);
