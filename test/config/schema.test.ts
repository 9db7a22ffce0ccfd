import { describe, expect, test } from '@jest/globals';
import { settingsOf } from '../../schemas/settings.js';
import { checkConfig, configEntries } from '../../src/config/schema.js';

/** Paths of what is wrong with settings. */
function wrongIn(settings: object): readonly string[] {
  const checked = checkConfig({ timezone: 'UTC', ...settings });
  return 'config' in checked ? [] : checked.problems.map(({ path }) => path.join('.'));
}

describe('window sizes', () => {
  test.each([
    [['5m', '1h', '1d'], []],
    [['1d', '5m', '1h'], []],
    [['30s', '1h', '1d'], []],
    [['1s'], []],
    [['5m', '10m', '15m', '1h', '1d'], []],
    [['1h'], []],
    [['60m', '24h'], []],
    [['20m', '1h'], []],
    [[], ['windows']],
    [
      ['7m', '1h'],
      ['windows.0', 'windows.1'],
    ],
    [['7m'], ['windows.0']],
    [['2h', '5m'], ['windows.0']],
    [['12h', '5m'], ['windows.0']],
    [['2d', '5m'], ['windows.0']],
    [['5m', '25h'], ['windows.1']],
    [['10m', '15m'], ['windows.1']],
    [['20m', '30m', '1h'], ['windows.1']],
    [['5m', '5m'], ['windows.1']],
    [['1h', '60m'], ['windows.1']],
    [['often', '1h', '1d'], ['windows.0']],
    [['0m', '1h'], ['windows.0']],
    [[5], ['windows.0']],
    ['5m', ['windows']],
  ])('%j are wrong in %j', (windows, wrong) => {
    expect(wrongIn({ windows })).toEqual(wrong);
  });
});

describe('a zone', () => {
  test.each([
    ['Europe/Berlin', ['5m', '1h'], []],
    ['Europe/Berlin', ['1h', '1d'], []],
    ['Europe/Berlin', ['1d'], ['timezone']],
    ['UTC', ['1d'], []],
    ['Asia/Kolkata', ['30m', '1h'], []],
    ['Asia/Kolkata', ['1h'], ['timezone']],
    ['Asia/Kathmandu', ['15m', '1h'], []],
    ['Asia/Kathmandu', ['30m', '1h'], ['timezone']],
    ['Australia/Lord_Howe', ['30m', '1h'], []],
    ['Australia/Lord_Howe', ['1h'], ['timezone']],
    ['Mars/Olympus', ['5m'], ['timezone']],
    ['', ['5m'], ['timezone']],
  ])('%s with windows of %j is wrong in %j', (timezone, windows, wrong) => {
    expect(wrongIn({ timezone, windows })).toEqual(wrong);
    const ofServer = wrong.map((path) => `servers.0.${path}`);
    expect(wrongIn({ windows, servers: [{ id: 'mx', timezone }] })).toEqual(ofServer);
  });
});

describe.each(['out_of_orderness', 'allowed_lateness', 'future_skew', 'gap_fill'])('%s', (name) => {
  test.each([
    ['1s', []],
    ['2h', []],
    ['0s', [name]],
    ['soon', [name]],
    [30, [name]],
  ])('%j is wrong in %j', (value, wrong) => {
    expect(wrongIn({ [name]: value })).toEqual(wrong);
  });
});

describe('numbers', () => {
  test.each([
    [{ client_cap: 20 }, []],
    [{ client_cap: 19 }, ['client_cap']],
    [{ client_cap: 1_000_000 }, []],
    [{ client_cap: 1_000_001 }, ['client_cap']],
    [{ client_cap: 20.5 }, ['client_cap']],
    [{ threads: 1 }, []],
    [{ threads: 0 }, ['threads']],
    [{ threads: 64 }, []],
    [{ threads: 65 }, ['threads']],
    [{ threads: 1.5 }, ['threads']],
    [{ year: 1990 }, []],
    [{ year: 1989 }, ['year']],
    [{ year: 2200 }, []],
    [{ year: 2201 }, ['year']],
    [{ year: '2003' }, ['year']],
    [{ year: NaN }, ['year']],
    [{ dns_host: 'ns' }, []],
    [{ dns_host: 1 }, ['dns_host']],
  ])('%j are wrong in %j', (settings, wrong) => {
    expect(wrongIn(settings)).toEqual(wrong);
  });
});

describe('a server', () => {
  test.each([
    [{}, []],
    [{ id: 'mx-1.example_org' }, []],
    [{ id: 'x'.repeat(100) }, []],
    [{ id: 'x'.repeat(101) }, ['id']],
    [{ id: '' }, ['id']],
    [{ id: 'mx|1' }, ['id']],
    [{ id: 'mx 1' }, ['id']],
    [{ hosts: ['a', 'b'] }, []],
    [{ hosts: [] }, ['hosts']],
    [{ hosts: [''] }, ['hosts.0']],
    [{ instances: ['postfix-out'] }, []],
    [{ addresses: ['192.0.2.1', '2001:db8::1', '127.0.0.1@ns', '192.0.2.1@ns@odd'] }, []],
    [{ addresses: ['192.0.2.256'] }, ['addresses.0']],
    [{ addresses: ['192.0.2.1', 'mx.example.org'] }, ['addresses.1']],
    [{ addresses: ['192.0.2.0/24'] }, ['addresses.0']],
    [{ addresses: ['@ns'] }, ['addresses.0']],
    [{ addresses: ['127.0.0.1@'] }, ['addresses.0']],
    [{ services: { 'postfix/10025/smtpd': 'reinject' } }, []],
    [{ services: { 'postfix/10025/smtpd': 'mx', 'postfix/587/smtpd': 'submission' } }, []],
    [{ services: { 'postfix/10025/smtpd': 'filter' } }, ['services.postfix/10025/smtpd']],
    [{ dns_vantage: 'stub' }, []],
    [{ dns_vantage: 'forwarder' }, []],
    [{ dns_vantage: 'none' }, []],
    [{ dns_vantage: 'cache' }, ['dns_vantage']],
    [{ timezone: 'Europe/Berlin' }, []],
    [{ timezone: 'Europe/Atlantis' }, ['timezone']],
  ])('%j is wrong in %j', (server, wrong) => {
    expect(wrongIn({ servers: [{ id: 'mx', ...server }] })).toEqual(wrong.map((path) => `servers.0.${path}`));
  });

  test.each(['reinjection', 'own_networks', 'partners', 'probes', 'not_probes'])('%s are networks', (name) => {
    const wrong = (networks: unknown) => wrongIn({ servers: [{ id: 'mx', [name]: networks }] });

    expect(wrong(['192.0.2.1', '192.0.2.0/24', '2001:db8::/32', '::1'])).toEqual([]);
    expect(wrong(['192.0.2.0/33', 'example.org', '10/8'])).toEqual(
      [0, 1, 2].map((n) => `servers.0.${name}.${String(n)}`),
    );
    expect(wrong('192.0.2.1')).toEqual([`servers.0.${name}`]);
  });
});

describe('servers', () => {
  test.each([
    ['apart', [{ id: 'a' }, { id: 'b' }], []],
    ['of one id', [{ id: 'a' }, { id: 'a', hosts: ['b'] }], ['servers.1.id']],
    [
      'of one host',
      [
        { id: 'a', hosts: ['h'] },
        { id: 'b', hosts: ['g', 'h'] },
      ],
      ['servers.1.hosts'],
    ],
    ['of a host that is the id of the other', [{ id: 'a' }, { id: 'b', hosts: ['a'] }], ['servers.1.hosts']],
    [
      'of one host with other instances',
      [
        { id: 'a', hosts: ['h'], instances: ['postfix'] },
        { id: 'b', hosts: ['h'], instances: ['postfix-out'] },
      ],
      [],
    ],
    [
      'of one host with one instance in both',
      [
        { id: 'a', hosts: ['h'], instances: ['postfix', 'dovecot'] },
        { id: 'b', hosts: ['h'], instances: ['postfix-out', 'dovecot'] },
      ],
      ['servers.1.hosts'],
    ],
    [
      'of which the first has all instances of the host',
      [
        { id: 'a', hosts: ['h'] },
        { id: 'b', hosts: ['h'], instances: ['postfix-out'] },
      ],
      ['servers.1.hosts'],
    ],
    [
      'of which the second has all instances of the host',
      [
        { id: 'a', hosts: ['h'], instances: ['postfix'] },
        { id: 'b', hosts: ['h'] },
      ],
      ['servers.1.hosts'],
    ],
    [
      'of one address',
      [
        { id: 'a', addresses: ['192.0.2.1'] },
        { id: 'b', addresses: ['192.0.2.2', '192.0.2.1'] },
      ],
      ['servers.1.addresses.1'],
    ],
    [
      'of one address at two resolvers, and of loopback',
      [
        { id: 'a', addresses: ['192.0.2.1@ns1', '127.0.0.1', '::1'] },
        { id: 'b', addresses: ['192.0.2.1@ns2', '127.0.0.1', '::1'] },
      ],
      [],
    ],
    [
      'of one loopback address at one resolver',
      [
        { id: 'a', addresses: ['127.0.0.1@ns'] },
        { id: 'b', addresses: ['127.0.0.1@ns'] },
      ],
      ['servers.1.addresses.0'],
    ],
  ])('%s are wrong in %j', (_, servers, wrong) => {
    expect(wrongIn({ servers })).toEqual(wrong);
  });
});

describe('what is wrong between settings is told beside what is wrong with one of them:', () => {
  const sameId = [{ id: 'a' }, { id: 'a', hosts: ['b'] }];
  test.each([
    [{ windows: ['5m', '7m'], year: 'soon' }, ['windows.1', 'year']],
    [{ windows: ['5m', '7m', 5] }, ['windows.1', 'windows.2']],
    [{ timezone: 'Asia/Kolkata', windows: ['1h'], dns_host: 5 }, ['dns_host', 'timezone']],
    [{ servers: sameId, windows: '5m' }, ['servers.1.id', 'windows']],
    [{ servers: [...sameId, null, { hosts: ['a'] }] }, ['servers.1.id', 'servers.2', 'servers.3.id']],
    [
      { servers: [...sameId, { id: 'c', hosts: 'b', addresses: 5, timezone: 7 }] },
      ['servers.1.id', 'servers.2.addresses', 'servers.2.hosts', 'servers.2.timezone'],
    ],
    [{ servers: [{ id: 'a' }, { id: 'b', hosts: ['a'], instances: 5 }] }, ['servers.1.instances']],
    [
      { servers: [{ id: 'a', timezone: 'Asia/Kolkata' }], windows: ['1h'], client_cap: 'many' },
      ['client_cap', 'servers.0.timezone'],
    ],
  ])('%j is wrong in %j', (settings, wrong) => {
    expect(wrongIn(settings).toSorted()).toEqual(wrong);
  });
});

test('every setting is described', () => {
  const settings = settingsOf();

  expect(settings.filter(({ doc }) => doc === '').map(({ path }) => path)).toEqual([]);
  expect(settings.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      ...Object.keys(configEntries),
      'servers[].id',
      'kafka.registry.url',
      'stream.inputs[].topic',
    ]),
  );
});

test('the reference has the settings with their types, defaults and bounds', () => {
  const settings = new Map(settingsOf().map((setting) => [setting.path, setting]));

  expect(settings.get('windows')).toMatchObject({ type: 'list of duration', default: '`[5m, 1h, 1d]`' });
  expect(settings.get('client_cap')).toMatchObject({ type: 'number from 20 to 1,000,000', default: '`4096`' });
  expect(settings.get('profile')).toMatchObject({ type: '`learned`, `paper`', default: '`learned`' });
  expect(settings.get('servers')).toMatchObject({ type: 'list of section', isRequired: false });
  expect(settings.get('servers[].id')).toMatchObject({ type: 'name', default: undefined, isRequired: true });
  expect(settings.get('timezone')).toMatchObject({ default: undefined, isRequired: false });
  expect(settings.get('kafka.sasl.password')).toMatchObject({ type: 'secret', isRequired: false });
});

describe('days', () => {
  test.each([
    [{ country: 'AT' }, []],
    [{ country: 'DE-BY' }, []],
    [{ country: 'Austria' }, ['country']],
    [{ country: 'at' }, ['country']],
    [{ country: 43 }, ['country']],
    [{ holidays: ['2026-12-24', '12-24', '02-29'] }, []],
    [{ holidays: ['2026-02-29', '24.12.', '13-01', 1224, ''] }, [0, 1, 2, 3, 4].map((at) => `holidays.${at}`)],
    [{ holidays: '2026-12-24' }, ['holidays']],
    [{ working_days: ['2026-12-05'] }, []],
    [{ working_days: ['Saturday'] }, ['working_days.0']],
  ])('%j are wrong in %j', (settings, wrong) => {
    expect(wrongIn(settings)).toEqual(wrong);
  });
});

describe('a known incident', () => {
  const entry = { kind: 'auth_flood', until: '2026-12-31', reason: 'audit' };
  test.each([
    [{}, []],
    [{ kind: 'auth_flod' }, ['kind']],
    [{ kind: undefined }, ['kind']],
    [{ client: '192.0.2.66' }, []],
    [{ client: '2001:db8::/32' }, []],
    [{ client: 'mx.example.org' }, ['client']],
    [{ user: 'jo' }, []],
    [{ user: '' }, ['user']],
    [{ client: '192.0.2.66', user: 'jo' }, ['']],
    [{ server: 'mx1' }, []],
    [{ server: 'mail:mx1' }, ['server']],
    [{ until: '2026-02-30' }, ['until']],
    [{ until: '2026-12' }, ['until']],
    [{ until: '2026-12-31T12:00:00Z' }, ['until']],
    [{ until: 2026 }, ['until']],
    [{ until: undefined }, ['until']],
    [{ reason: ' ' }, ['reason']],
    [{ reason: undefined }, ['reason']],
    [{ becaus: 'x' }, ['becaus']],
  ])('with %j is wrong in %j', (over, wrong) => {
    expect(wrongIn({ known: [{ ...entry, ...over }] })).toEqual(
      wrong.map((path) => ['known', '0', path].filter((step) => step !== '').join('.')),
    );
  });

  test('is one of a list', () => {
    expect(wrongIn({ known: entry })).toEqual(['known']);
    expect(wrongIn({ known: ['auth_flood'] })).toEqual(['known.0']);
  });
});
