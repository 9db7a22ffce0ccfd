import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asNumberIn, countryIn, createEnrich } from '../../src/core/enrich.js';

const CLIENT = '192.0.2.7';
const byName = (name: string | undefined) => createEnrich({})(CLIENT, name);

describe('by its host name a client has', () => {
  test.each([
    ['mx.lab.example.org', 'example.org', 'org', 'mx.lab'],
    ['MX.Example.CO.UK', 'example.co.uk', 'co.uk', 'mx'],
    ['example.org', 'example.org', 'org', undefined],
    ['xn--bcher-kva.example.org', 'example.org', 'org', 'xn--bcher-kva'],
    ['host_1.example.org', 'example.org', 'org', 'host_1'],
    // An exception in the list, and a rule with a wildcard.
    ['mail.city.kawasaki.jp', 'city.kawasaki.jp', 'kawasaki.jp', 'mail'],
    ['a.b.c.kawasaki.jp', 'b.c.kawasaki.jp', 'c.kawasaki.jp', 'a'],
    // Of the private section of the list: the machines of a cloud belong together.
    ['vm-7.eu-west-1.compute.amazonaws.com', 'amazonaws.com', 'com', 'vm-7.eu-west-1.compute'],
    // A name of the site's own.
    ['pc.site.lan', 'site.lan', 'lan', 'pc'],
  ])('%s the domain %s under %s', (name, registered, top, subdomain) => {
    expect(byName(name)).toEqual({
      'source.registered_domain': registered,
      'source.top_level_domain': top,
      'source.subdomain': subdomain,
    });
  });

  test.each([
    undefined,
    '',
    'unknown',
    'localhost',
    'co.uk',
    'org',
    '192.0.2.7',
    '[192.0.2.7]',
    '2001:db8::1',
    'http://a.example.org/',
    'user@a.example.org',
    'a.example.org:25',
    'a.example.org/b',
    '.a.example.org',
    'a..example.org',
    'a b.example.org',
    'a.example.org\n',
    '-a.example.org',
    `${'a.'.repeat(122)}example.org`,
  ])('%j none', (name) => {
    expect(byName(name)).toEqual({});
  });

  test('253 characters at most', () => {
    const name = `${'a.'.repeat(121)}example.org`;

    expect(name).toHaveLength(253);
    expect(byName(name)).toMatchObject({ 'source.registered_domain': 'example.org' });
  });

  test('a part of it, or nothing, whatever it is', () => {
    const names = fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), fc.webUrl(), fc.ipV6());
    fc.assert(
      fc.property(names, (name) => {
        const { 'source.registered_domain': domain, 'source.subdomain': subdomain = '' } = byName(name);
        if (domain === undefined) return;
        expect(name.toLowerCase()).toBe([subdomain, domain].filter((part) => part !== '').join('.'));
      }),
    );
  });
});

describe('by its address a client has', () => {
  const asked: string[] = [];
  const enrich = createEnrich({
    asn: (address) => {
      asked.push(address);
      return { autonomous_system_number: 64496, autonomous_system_organization: 'Example Hosting' };
    },
    country: (address) => {
      asked.push(address);
      return { country: { iso_code: 'NL' } };
    },
  });

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    // The key of its /64.
    ['2001:db8:1:2::/64', '2001:db8:1:2::'],
    // As a gateway shows it.
    ['64:ff9b::c000:207', '192.0.2.7'],
  ])('%s what the files have of %s', (client, address) => {
    asked.length = 0;

    expect(enrich(client, undefined)).toEqual({
      'source.as.number': 64496,
      'source.as.organization.name': 'Example Hosting',
      'source.geo.country_iso_code': 'NL',
    });
    expect(asked).toEqual([address, address]);
  });

  test.each(['unknown', '', '192.0.2.x', '192.0.2.300', 'fe80::1%eth0', 'a/64'])('%j nothing', (client) => {
    asked.length = 0;

    expect(enrich(client, undefined)).toEqual({});
    expect(asked).toEqual([]);
  });

  test('what is known of it without being asked again, with its name and without', () => {
    const first = enrich('192.0.2.8', 'a.example.org');
    asked.length = 0;

    expect(enrich('192.0.2.8', 'a.example.org')).toEqual(first);
    expect(asked).toEqual([]);
    expect(enrich('192.0.2.8', 'b.example.net')).toMatchObject({ 'source.registered_domain': 'example.net' });
    expect(enrich('192.0.2.8', undefined)).not.toHaveProperty(['source.registered_domain']);
  });

  test('no autonomous system where a file has none of it, and no country', () => {
    const nothing = createEnrich({ asn: () => null, country: () => null });

    expect(nothing(CLIENT, undefined)).toEqual({});
  });

  test('the same after more clients than are kept', () => {
    const first = enrich(CLIENT, 'a.example.org');
    for (let n = 0; n < 11_000; n += 1) enrich(`client-${String(n)}`, undefined);

    expect(enrich(CLIENT, 'a.example.org')).toEqual(first);
  });
});

test.each([
  [{ autonomous_system_number: 64496 }, 64496],
  [{ autonomous_system_number: 4_294_967_295 }, 4_294_967_295],
  [{ traits: { autonomous_system_number: 64500 } }, 64500],
  [{ asn: 'AS64511', name: 'Example' }, 64511],
  [{ autonomous_system_number: 4_294_967_296 }, undefined],
  [{ autonomous_system_number: 0 }, undefined],
  [{ autonomous_system_number: '64496' }, undefined],
  [{ autonomous_system_number: 64496n }, undefined],
  [{ asn: '' }, undefined],
  [{ asn: 'AS' }, undefined],
  [{ asn: 'AS64496x' }, undefined],
  [{ country: { iso_code: 'NL' } }, undefined],
  ['AS64496', undefined],
  [null, undefined],
])('the number in %j is %j', (record, number) => {
  expect(asNumberIn(record)).toBe(number);
});

test.each([
  [{ autonomous_system_number: 64496, autonomous_system_organization: 'A' }, 'A'],
  [{ traits: { autonomous_system_number: 64496, autonomous_system_organization: 'B' } }, 'B'],
  [{ asn: 'AS64496', as_name: 'C', name: 'a place' }, 'C'],
  [{ asn: 'AS64496', name: 'D' }, 'D'],
  [{ asn: 'AS64496', name: '' }, undefined],
  [{ name: 'E' }, undefined],
])('the organization in %j is %j', (record, name) => {
  expect(createEnrich({ asn: () => record })(CLIENT, undefined)['source.as.organization.name']).toBe(name);
});

test.each([
  [{ country: { iso_code: 'NL', names: { en: 'Netherlands' } } }, 'NL'],
  [{ country: 'Netherlands', country_code: 'NL' }, 'NL'],
  [{ country: 'NL', country_name: 'Netherlands' }, 'NL'],
  [{ country_code: 'NL' }, 'NL'],
  [{ registered_country: { iso_code: 'NL' } }, undefined],
  [{ country: 'Netherlands' }, undefined],
  [{ country_code: '' }, undefined],
  [{ autonomous_system_number: 64496 }, undefined],
  [null, undefined],
])('the country in %j is %j', (record, country) => {
  expect(countryIn(record)).toBe(country);
});
