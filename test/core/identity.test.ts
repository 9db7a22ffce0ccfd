import { describe, expect, test } from '@jest/globals';
import { identityOf } from '../support/runs.js';

describe('a log line', () => {
  const identity = identityOf([
    { id: 'mx', hosts: ['mx', 'mx.example.org'] },
    { id: 'in', hosts: ['both'], instances: ['postfix', 'dovecot'] },
    { id: 'out', hosts: ['both'], instances: ['postfix-out'] },
  ]);

  test.each([
    ['mx', 'postfix/smtpd', 'mail:mx'],
    ['mx.example.org', 'anything', 'mail:mx'],
    ['MX', 'postfix/smtpd', undefined],
    ['', 'postfix/smtpd', undefined],
    ['both', 'postfix/smtpd', 'mail:in'],
    ['both', 'dovecot', 'mail:in'],
    ['both', 'postfix-out/smtpd', 'mail:out'],
    ['both', 'postfix-out', 'mail:out'],
    ['both', 'postfix-other/smtpd', undefined],
    ['both', 'postfi/smtpd', undefined],
    ['stranger', 'postfix/smtpd', undefined],
  ])('of %s and %s is of %s', (host, service, subject) => {
    expect(identity.serverOfLine(host, service)?.subject).toBe(subject);
  });

  test('is found whatever line came before', () => {
    const seen = ['mx', 'stranger', 'both', 'mx', '', 'mx'].map(
      (host) => identity.serverOfLine(host, 'postfix/x')?.subject,
    );

    expect(seen).toEqual(['mail:mx', undefined, 'mail:in', 'mail:mx', undefined, 'mail:mx']);
  });
});

describe('a DNS query', () => {
  const identity = identityOf([
    { id: 'a', hosts: ['a', 'a2'], addresses: ['192.0.2.1', '127.0.0.1', '::1', '2001:DB8:0:0::25'] },
    { id: 'b', hosts: ['b'], addresses: ['127.0.0.1', '192.0.2.2@ns', '2001:db8::26@ns', '127.0.0.3@ns@odd'] },
    { id: 'c', hosts: ['c'], addresses: ['::ffff:192.0.2.3', '127.0.0.9@ns'] },
  ]);

  test.each([
    ['ns', '192.0.2.1', 'mail:a'],
    ['other', '192.0.2.1', 'mail:a'],
    ['ns', '192.0.2.10', undefined],
    ['ns', '::ffff:192.0.2.1', 'mail:a'],
    ['ns', '192.0.2.3', 'mail:c'],
    // A loopback address is its host's only.
    ['a', '127.0.0.1', 'mail:a'],
    ['a2', '127.0.0.1', 'mail:a'],
    ['b', '127.0.0.1', 'mail:b'],
    ['c', '127.0.0.1', undefined],
    ['ns', '127.0.0.1', undefined],
    ['a', '::1', 'mail:a'],
    ['b', '::1', undefined],
    ['ns', '127.0.0.9', 'mail:c'],
    ['c', '127.0.0.9', undefined],
    ['ns', '192.0.2.2', 'mail:b'],
    ['other', '192.0.2.2', undefined],
    ['ns@odd', '127.0.0.3', 'mail:b'],
    // Of IPv6 the full address counts, in whatever way it is written.
    ['ns', '2001:db8::25', 'mail:a'],
    ['ns', '2001:DB8::25', 'mail:a'],
    ['ns', '2001:db8:0:0:0:0:0:25', 'mail:a'],
    ['ns', '2001:db8::26', 'mail:b'],
    ['ns', '2001:db8::27', undefined],
    ['ns', 'unknown', undefined],
  ])('at %s from %s is of %s', (resolver, address, subject) => {
    expect(identity.serverOfQuery(resolver, address)?.subject).toBe(subject);
  });
});

describe('the zone', () => {
  const identity = identityOf([{ id: 'mx', hosts: ['mx', 'ns1'], timezone: 'Europe/Berlin' }], 'Asia/Tokyo');

  test.each([
    ['mail:mx', 'Europe/Berlin'],
    ['dns:mx', 'Europe/Berlin'],
    ['dns:ns1', 'Europe/Berlin'],
    ['dns:ns2', 'Asia/Tokyo'],
    ['mail:other', 'Asia/Tokyo'],
  ] as const)('of %s is %s', (subject, zone) => {
    expect(identity.zoneOf(subject).name).toBe(zone);
  });

  test('must be one', () => {
    expect(() => identityOf([{ timezone: 'Mars/Olympus' }])).toThrow(RangeError);
    expect(() => identityOf([], 'Mars/Olympus')).toThrow(RangeError);
  });
});

test('a subject has its server', () => {
  const identity = identityOf([{ id: 'a' }, { id: 'b' }]);

  expect(identity.servers.map(({ subject }) => subject)).toEqual(['mail:a', 'mail:b']);
  expect(identity.serverOf('mail:b')?.config.id).toBe('b');
  expect(identity.serverOf('dns:b')).toBeUndefined();
});

test('networks tell own clients, partners and probes', () => {
  const [server] = identityOf([
    {
      own_networks: ['192.0.2.0/24'],
      partners: ['198.51.100.1'],
      probes: ['2001:db8::25'],
      not_probes: ['203.0.113.0/24'],
    },
  ]).servers;

  expect(['192.0.2.255', '192.0.3.0'].map((client) => server?.isOwn(client))).toEqual([true, false]);
  expect(['198.51.100.1', '198.51.100.2'].map((client) => server?.isPartner(client))).toEqual([true, false]);
  expect(['2001:db8::/64', '2001:db8:0:1::/64'].map((client) => server?.isProbe(client))).toEqual([true, false]);
  expect(['203.0.113.9', '203.0.114.9'].map((client) => server?.isNeverProbe(client))).toEqual([true, false]);
});

test.each([
  ['192.0.2.1', true],
  ['127.0.0.1', true],
  // As a client it is counted by its /64.
  ['2001:db8:0:7::/64', true],
  ['192.0.2.2', false],
  ['127.0.0.2', false],
])('of the addresses of a server itself %s is one: %j', (client, isOwn) => {
  const addresses = ['192.0.2.1', '127.0.0.1@ns', '2001:db8:0:7::25'];
  const [server] = identityOf([{ addresses }]).servers;

  expect(server?.isOwn(client)).toBe(isOwn);
});
