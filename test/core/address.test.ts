import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalAddress,
  clientKey,
  clientOfName,
  createNetworkTest,
  isAddress,
  isLoopback,
  isNetwork,
  lookUpAddress,
} from '../../src/core/address.js';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['::1', '::/64'],
  // All of IPv4 is in that one /64 behind a gateway (NAT64).
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ['64:ff9b:0:1::1', '64:ff9b:0:1::/64'],
  ['unknown', 'unknown'],
  ['192.0.2.x', '192.0.2.x'],
  ['2001:db8::zz', '2001:db8::zz'],
  [':', ':'],
  ['', ''],
])('the key of %s is %s', (address, key) => {
  expect(clientKey(address)).toBe(key);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2::/64', '2001:db8:1:2::'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['64:ff9b::c000:201', '192.0.2.1'],
  ['64:ff9b:0:1::/64', '64:ff9b:0:1::'],
  ['unknown', undefined],
  ['192.0.2.x', undefined],
  ['fe80::1%eth0', undefined],
  ['/64', undefined],
  ['', undefined],
])('the client %s is looked up by %s', (client, address) => {
  expect(lookUpAddress(client)).toBe(address);
});

test('two addresses have one key when they are of one /64, and only then', () => {
  expect(clientKey('2001:db8:0:1::')).toBe(clientKey('2001:db8:0:1:ffff:ffff:ffff:ffff'));
  expect(clientKey('2001:db8:0:1::')).not.toBe(clientKey('2001:db8:0:2::'));
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['unknown', 'unknown'],
])('%s is written %s', (address, canonical) => {
  expect(canonicalAddress(address)).toBe(canonical);
});

test.each([
  ['0.0.0.0', true],
  ['255.255.255.255', true],
  ['256.0.0.1', false],
  ['1.2.3', false],
  ['1.2.3.4.5', false],
  ['1.2.3.', false],
  ['1.2.3.04', false],
  ['1.2.3.4 ', false],
  ['1.2.3.-4', false],
  ['0x1.2.3.4', false],
  ['::', true],
  ['2001:db8::1', true],
  ['::ffff:1.2.3.4', true],
  ['fe80::1%eth0', false],
  ['2001:db8::1/64', false],
  ['12345::', false],
  ['unknown', false],
  ['', false],
])('%s is an address: %s', (text, expected) => {
  expect(isAddress(text)).toBe(expected);
});

test.each([
  ['127.0.0.1', true],
  ['127.255.255.255', true],
  ['128.0.0.0', false],
  ['126.255.255.255', false],
  ['::1', true],
  ['::2', false],
  ['::ffff:127.0.0.1', true],
  ['localhost', false],
])('%s is a loopback address: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

test.each([
  ['192.0.2.0/24', true],
  ['192.0.2.1', true],
  ['0.0.0.0/0', true],
  ['192.0.2.0/32', true],
  ['192.0.2.0/33', false],
  ['192.0.2.0/-1', false],
  ['192.0.2.0/', false],
  ['192.0.2.0/24/24', false],
  ['10/8', false],
  ['010.0.0.0/8', false],
  ['0x0a.0.0.0/8', false],
  ['2001:db8::/32', true],
  ['2001:db8::/128', true],
  ['2001:db8::/129', false],
  ['example.org', false],
])('%s is a network: %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});

describe('of the networks 192.0.2.0/25, 198.51.100.7, 2001:db8:1::/48 and 2001:db8:9:9::25', () => {
  const isInside = createNetworkTest(['192.0.2.0/25', '198.51.100.7', '2001:db8:1::/48', '2001:db8:9:9::25']);

  test.each([
    ['192.0.2.0', true],
    ['192.0.2.127', true],
    ['192.0.2.128', false],
    ['192.0.1.255', false],
    ['198.51.100.7', true],
    ['198.51.100.6', false],
    ['198.51.100.8', false],
    ['::ffff:192.0.2.5', true],
    ['2001:db8:1:ffff::1', true],
    ['2001:db8:1:ffff::/64', true],
    ['2001:db8:2::/64', false],
    // Clients of IPv6 are counted by their /64: one address of it stands for the key.
    ['2001:db8:9:9::/64', true],
    ['2001:db8:9:8::/64', false],
    ['2001:db8:9:9::25', true],
    ['2001:db8:9:9::26', false],
    ['unknown', false],
    ['', false],
  ])('%s is inside: %s', (client, expected) => {
    expect(isInside(client)).toBe(expected);
  });
});

test('of no networks nothing is inside', () => {
  expect(createNetworkTest([])('192.0.2.1')).toBe(false);
  expect(() => createNetworkTest(['nowhere'])).toThrow();
});

const NIBBLES = '5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2';

describe('a query name', () => {
  test.each([
    ['10.2.0.192.in-addr.arpa', '192.0.2.10'],
    ['10.2.0.192.IN-ADDR.ARPA', '192.0.2.10'],
    ['10.2.0.192.zen.example.org', '192.0.2.10'],
    ['255.255.255.255.bl.example', '255.255.255.255'],
    ['0.0.0.0.bl.example', '0.0.0.0'],
    ['256.2.0.192.in-addr.arpa', undefined],
    ['10.2.0.1920.in-addr.arpa', undefined],
    ['10.2.0.in-addr.arpa', undefined],
    ['10.2.0.192', undefined],
    ['10.2.0.192.', undefined],
    ['10.2.0.192.list', undefined],
    ['10.2.0.192..arpa', undefined],
    ['10.2..192.in-addr.arpa', undefined],
    ['.10.2.0.192.in-addr.arpa', undefined],
    ['a.10.2.0.192.in-addr.arpa', undefined],
    ['010.2.0.192.in-addr.arpa', undefined],
    ['1x.2.0.192.in-addr.arpa', undefined],
    ['-1.2.0.192.in-addr.arpa', undefined],
    ['0/25.2.0.192.in-addr.arpa', undefined],
    ['mail.example.org', undefined],
    ['', undefined],
    ['.', undefined],
    [`${NIBBLES}.ip6.arpa`, '2001:db8:0:1::/64'],
    [`${NIBBLES.toUpperCase()}.IP6.ARPA`, '2001:db8:0:1::/64'],
    [`${NIBBLES}.bl.example.org`, '2001:db8:0:1::/64'],
    [`${NIBBLES.slice(2)}.ip6.arpa`, undefined],
    [`${NIBBLES.replace('b', 'g')}.ip6.arpa`, undefined],
    [`${NIBBLES.replace('b', 'bb')}.ip6.arpa`, undefined],
  ])('%s is about %s', (name, client) => {
    expect(clientOfName(name)).toBe(client);
  });

  test('made from an IPv4 address is about it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('in-addr.arpa', 'bl.example.org'), (address, zone) => {
        expect(clientOfName(`${address.split('.').reverse().join('.')}.${zone}`)).toBe(address);
      }),
    );
  });

  test('made from 32 nibbles is about the key of their address', () => {
    const nibbles = fc.array(
      fc.nat({ max: 15 }).map((digit) => digit.toString(16)),
      { minLength: 32, maxLength: 32 },
    );
    fc.assert(
      fc.property(nibbles, (digits) => {
        const address = digits.join('').replace(/(.{4})(?!$)/g, '$1:');
        expect(clientOfName(`${digits.reverse().join('.')}.ip6.arpa`)).toBe(clientKey(address));
      }),
    );
  });

  test('of any text is about an address or nothing', () => {
    const labels = fc.array(fc.oneof(fc.stringMatching(/^\d{0,4}$/), fc.string({ maxLength: 4 })), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          labels.map((parts) => parts.join('.')),
        ),
        (name) => {
          const client = clientOfName(name);
          expect(client === undefined || isAddress(client.replace('/64', ''))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
