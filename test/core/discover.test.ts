import { describe, expect, test } from '@jest/globals';
import { Discovery } from '../../src/core/discover.js';
import type { Found } from '../../src/core/discover.js';
import type { DnsEvent, Event } from '../../src/core/event.js';
import { SECOND_MS } from '../../src/core/time.js';
import { NOON, active, connect, opened, other, pop3Login, query, unrecognised } from '../support/events.js';

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

  expect(server).toMatchObject({ connects: 20, scores: [{ address: '192.0.2.1@ns', score: 1, connects: 20 }] });
  expect(server?.missing).toBeUndefined();
  expect(server?.server).toMatchObject({
    id: 'mx',
    hosts: ['mx'],
    addresses: ['192.0.2.1@ns'],
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
    [2, []],
    [3, ['192.0.2.1@ns']],
  ])('%i connections, all of them explained: %j', (count, addresses) => {
    expect(addressesOf(traffic({ count }))).toEqual({ mx: addresses });
  });

  test.each([
    [2, []],
    [3, ['192.0.2.1@ns']],
  ])('three connections at once and %i look-ups: %j', (lookups, addresses) => {
    const events = [
      ...[0, 1, 2].map((second) => connect({ time: NOON + second * SECOND_MS, client_address: clientOf(0) })),
      ...Array.from({ length: lookups }, (_, second) => lookup(0, { time: NOON + second * SECOND_MS })),
    ];

    expect(addressesOf(events)).toEqual({ mx: addresses });
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
    [3, 10, 1],
    [3, 11, 0],
    [5, 20, 1],
    [4, 20, 0],
    [26, 180, 1],
    [25, 180, 0],
  ])('%i of %i connections explained, which is a tenth or may be less: %i', (explained, count, addresses) => {
    const connects = traffic({ count }).filter(({ kind }) => kind === 'connect');
    const lookups = traffic({ count: explained }).filter(({ kind }) => kind === 'dns');
    const end = query({ time: NOON + count * MINUTE, qtype: 'A' });

    expect(addressesOf([...connects, ...lookups, end])['mx']).toHaveLength(addresses);
  });

  test.each([
    [20, 1],
    [21, 0],
  ])('20 look-ups that explain and %i that do not: %i', (others, addresses) => {
    const strange = Array.from({ length: others }, (_, n) => lookup(1000 + n, { time: NOON }));

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

describe('only what both logs cover is evidence:', () => {
  const connects = traffic({ count: 60 }).filter(({ kind }) => kind === 'connect');

  test.each([
    ['the end', 40, 20],
    ['the start', 0, 20],
    ['a part', 10, 5],
  ])('the DNS log is that of %s', (_name, first, count) => {
    const lookups = traffic({ count, first }).filter(({ kind }) => kind === 'dns');

    expect(found([...connects, ...lookups])).toMatchObject([
      { connects: count, scores: [{ address: '192.0.2.1@ns', score: 1, connects: count }] },
    ]);
  });

  test('queries of others tell that the DNS log covers connections that nobody explains', () => {
    const lookups = traffic({ count: 30 }).filter(({ kind }) => kind === 'dns');
    const end = query({ time: NOON + 59 * MINUTE, qtype: 'A', client_address: '192.0.2.66' });

    expect(found([...connects, ...lookups, end])[0]?.scores).toEqual([
      { address: '192.0.2.1@ns', score: 0.5, connects: 60 },
    ]);
  });

  test('each resolver has a log of its own', () => {
    const at = (resolver: string, count: number, first: number): readonly Event[] =>
      traffic({ count, first, resolver }).filter(({ kind }) => kind === 'dns');

    expect(found([...connects, ...at('ns', 40, 0), ...at('ns2', 20, 40)])[0]?.scores).toEqual([
      { address: '192.0.2.1@ns', score: 1, connects: 40 },
      { address: '192.0.2.1@ns2', score: 1, connects: 20 },
    ]);
  });

  test('look-ups before the first and after the last connection speak against nobody', () => {
    const lookups = traffic({ count: 60 }).filter(({ kind }) => kind === 'dns');
    const logins = [0, 59].map((n) => pop3Login({ time: NOON + n * MINUTE }));

    for (const part of [connects.slice(0, 20), connects.slice(20, 40), connects.slice(40)])
      expect(addressesOf([...lookups, ...part, ...logins])).toEqual({ mx: ['192.0.2.1@ns'] });
  });

  test('look-ups between connections speak against their sender', () => {
    const lookups = traffic({ count: 60 }).filter(({ kind }) => kind === 'dns');

    expect(addressesOf([...lookups, ...connects.slice(0, 10), ...connects.slice(-10)])).toEqual({ mx: [] });
  });
});

describe('where no address is found, it says why:', () => {
  const strange = (minute: number): Event => lookup(1000, { time: NOON + minute * MINUTE });
  const connectsOf = (count: number): readonly Event[] => traffic({ count }).filter(({ kind }) => kind === 'connect');

  test.each<[Found['missing'], number, readonly Event[]]>([
    ['no_dns_log', 0, connectsOf(20)],
    ['no_connects', 0, [active(), strange(0), strange(30)]],
    ['no_common_time', 0, [...connectsOf(20), strange(20), strange(40)]],
    ['few_connects', 2, [...connectsOf(20), strange(18), strange(40)]],
    ['not_looked_up', 3, [...connectsOf(20), strange(17), strange(40)]],
  ])('%s, connections that the DNS log covers: %i', (missing, connects, events) => {
    expect(found(events)).toMatchObject([{ missing, connects, scores: [] }]);
  });
});

test('a DNS client that resolves everything is no mail server', () => {
  const log = traffic({ count: 500, from: '192.0.2.66' }).filter(({ kind }) => kind === 'dns');
  const atOtherTimes = log.map((event) => ({ ...event, time: NOON + (event.time - NOON) / 10 }));

  expect(addressesOf([...traffic({ count: 20 }), ...log, ...atOtherTimes])).toEqual({ mx: ['192.0.2.1@ns'] });
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

  expect(server?.scores).toEqual([{ address: '192.0.2.1@ns', score: 1, connects: 10 }]);
});

test.each([
  ['logged twice by a tap', [0, 1]],
  ['sent again and again', [0, 1000, 2000, 3000]],
])('a look-up that is %s speaks against nobody', (_name, delays) => {
  const events = delays.flatMap((afterMs) => traffic({ count: 20, afterMs }).filter(({ kind }) => kind === 'dns'));
  const connects = traffic({ count: 20 }).filter(({ kind }) => kind === 'connect');

  expect(found([...connects, ...events])[0]?.scores).toEqual([{ address: '192.0.2.1@ns', score: 1, connects: 20 }]);
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

test('a service that takes messages back from a content filter has that role, unless others connect to it as well', () => {
  const [service, client_address] = ['postfix/10025/smtpd', '2001:db8:0:1::25'];
  const reinjected = Array.from({ length: 10 }, () => opened({ service, client_address, orig_queue_id: 'Q0' }));
  const rolesOf = (events: readonly Event[]): unknown => found(events)[0]?.server.services;

  expect(rolesOf([...reinjected, connect({ service, client_address })])).toEqual({ [service]: 'reinject' });
  expect(rolesOf([...reinjected, connect({ service })])).toEqual({});
});

describe('hostile logs stay cheap:', () => {
  const COUNT = 20_000;
  const everyone = Array.from({ length: COUNT }, (_, n) => ({
    time: NOON + n,
    address: `2001:db8:${n.toString(16)}::1`,
    name: `${n.toString(16).padStart(4, '0').split('').reverse().join('.')}.8.b.d.0.1.0.0.2.ip6.arpa`,
  }));

  test('other hosts, services, clients and resolvers in every line', () => {
    const events = everyone.flatMap(({ time, address, name }, n) => [
      connect({ time, host: address, service: address, client_address: address }),
      opened({ time, host: address, service: address, client_address: address, orig_queue_id: 'Q0' }),
      query({ time, qname: `${'0.'.repeat(20)}${name}`, client_address: address, resolver: `ns${String(n)}` }),
    ]);

    expect(found(events)).toHaveLength(COUNT);
  });

  test('one client that connects, and that forged senders look up, all at once', () => {
    const events = everyone.flatMap(({ time, address }) => [
      connect({ time: NOON, client_address: clientOf(0) }),
      lookup(0, { time, client_address: address }),
    ]);

    expect(found(events)).toMatchObject([{ missing: 'not_looked_up', connects: COUNT }]);
  });
});
