import { describe, expect, test } from '@jest/globals';
import { createEnrich } from '../../../src/core/enrich.js';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import type { Event } from '../../../src/core/event.js';
import type { ServerConfig } from '../../../src/core/identity.js';
import { at } from '../../support/documents.js';
import * as make from '../../support/events.js';
import { identityOf, run } from '../../support/runs.js';

const times = (count: number, event: Event): readonly Event[] => Array.from({ length: count }, () => event);
const from = (last: number) => ({ client_address: `192.0.2.${String(last)}` });

/** Client rows of the pane that all these events are in. */
function rowsOf(events: readonly Event[], config: Partial<ServerConfig> = {}): readonly JsonObject[] {
  const { clients } = run([{ name: 'log', chunks: [events] }], { identity: identityOf([config]) });
  return clients.filter((row) => at(row, 'mxwarden.window.size') === '5m' && at(row, 'mxwarden.subject') === 'mail:mx');
}

const valuesOf = (rows: readonly JsonObject[], name: string): readonly unknown[] =>
  rows.map((row) => at(row, `mxwarden.client.${name}`));

describe('the top clients of a window', () => {
  test('come by falling connections to smtpd and postscreen, equal ones by their key', () => {
    const events = [
      ...times(2, make.connect(from(9))),
      ...times(2, make.connect(from(10))),
      ...times(3, make.screenConnect(from(200))),
      ...times(5, make.connect(from(30))),
      make.disconnect(from(4)),
    ];
    const rows = rowsOf(events);

    expect(valuesOf(rows, 'address')).toEqual(['192.0.2.30', '192.0.2.200', '192.0.2.10', '192.0.2.9']);
    expect(valuesOf(rows, 'rank')).toEqual([1, 2, 3, 4]);
    expect(valuesOf(rows, 'share')).toEqual([0.555556, 0, 0.222222, 0.222222]);
  });

  test.each([
    [20, 20],
    [21, 20],
  ])('of %i are %i', (clients, rows) => {
    const events = Array.from({ length: clients }, (_, n) => make.connect(from(n)));

    expect(rowsOf(events)).toHaveLength(rows);
  });

  test('stand in the document as in the rows', () => {
    const events = [
      ...times(3, make.connect()),
      make.connect(from(99)),
      make.disconnect(),
      make.authFailure(),
      make.reject(),
    ];
    const { correlations, clients } = run([{ name: 'log', chunks: [events] }], { identity: identityOf() });
    const [document] = correlations;
    const id = at(document, 'event.id');
    const rows = clients.filter((row) => String(at(row, 'event.id')).startsWith(`${String(id)}|`));

    expect(rows.map((row) => at(row, 'mxwarden.client'))).toEqual(at(document, 'mxwarden.top_clients'));
    expect(rows).toHaveLength(2);
  });
});

test('a row says which client of which window it is about', () => {
  const [row] = rowsOf([make.connect({ client_name: 'a.example.org' })]);

  expect(row).toMatchObject({
    '@timestamp': '2003-04-13T12:00:00.000Z',
    event: { dataset: 'mxwarden.client', id: 'mail:mx|5m|2003-04-13T12:00:00.000Z|192.0.2.10' },
    source: { ip: '192.0.2.10', address: '192.0.2.10', domain: 'a.example.org' },
    mxwarden: {
      subject: 'mail:mx',
      window: { size: '5m', final: true },
      client: { name: 'a.example.org', connects: 1 },
    },
  });
});

test.each([
  ['2001:db8::25', '2001:db8::/64'],
  ['unknown', 'unknown'],
  ['192.0.2.x', '192.0.2.x'],
])('a client %s has the address %s and no ip', (client_address, address) => {
  const [row] = rowsOf([make.connect({ client_address, client_name: 'unknown' })]);

  expect(at(row, 'source')).toEqual({ address });
  expect(at(row, 'mxwarden.client.name')).toBeUndefined();
});

test('a row says what the configuration knows of the client', () => {
  const config = { own_networks: ['192.0.2.0/28'], partners: ['192.0.2.20'], probes: ['192.0.2.30'] };
  const rows = rowsOf(
    [10, 20, 30].map((last) => make.connect(from(last))),
    config,
  );

  expect(
    rows.map((row) => ['is_own', 'is_partner', 'is_probe'].map((name) => at(row, `mxwarden.client.${name}`))),
  ).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
});

test('a row says what is known of its client beside its log, the most useful of it also in the list', () => {
  const enrich = createEnrich({
    asn: (address) => ({ autonomous_system_number: 64496, autonomous_system_organization: `of ${address}` }),
    country: () => ({ country: { iso_code: 'NL' } }),
  });
  const events = [make.connect({ client_address: '2001:db8::25', client_name: 'mx.a.example.org' })];
  const { correlations, clients } = run([{ name: 'log', chunks: [events] }], {
    identity: identityOf(),
    correlate: { enrich },
  });
  const listed = { registered_domain: 'example.org', as_number: 64496, country: 'NL' };

  expect(clients[0]).toMatchObject({
    source: {
      address: '2001:db8::/64',
      domain: 'mx.a.example.org',
      registered_domain: 'example.org',
      top_level_domain: 'org',
      subdomain: 'mx.a',
      as: { number: 64496, organization: { name: 'of 2001:db8::' } },
      geo: { country_iso_code: 'NL' },
    },
    mxwarden: { client: listed },
  });
  expect(at(correlations[0], 'mxwarden.top_clients')).toMatchObject([listed]);
});

describe('MEE without a client', () => {
  const good = [...times(30, make.disconnect(from(1))), make.connect(from(1))];
  const flood = [...times(90, make.probe(from(2))), ...times(90, make.connect(from(2)))];

  test('is that of the others', () => {
    const rows = rowsOf([...good, ...flood]);

    expect(valuesOf(rows, 'address')).toEqual(['192.0.2.2', '192.0.2.1']);
    expect(valuesOf(rows, 'mee_without')).toEqual([1, 0]);
  });

  test('is absent where fewer than 30 sessions would be left', () => {
    expect(valuesOf(rowsOf([...good.slice(1), ...flood]), 'mee_without')).toEqual([undefined, 0]);
  });

  test('without a probe is that with it, since its probe-like sessions are left out already', () => {
    const rows = rowsOf([...good, ...flood], { probes: ['192.0.2.2'] });

    expect(valuesOf(rows, 'mee_without')).toEqual([1, undefined]);
  });
});

test('a row of a window with more clients than are kept says by how much its numbers may be too small', () => {
  const events = [...times(5, make.connect(from(200))), ...Array.from({ length: 60 }, (_, n) => make.connect(from(n)))];
  const errorsWith = (clientCap: number): readonly unknown[] => {
    const config = { identity: identityOf(), aggregate: { clientCap }, correlate: { clientCap } };
    const { clients } = run([{ name: 'log', chunks: [events] }], config);
    const rows = clients.filter((row) => at(row, 'source.address') === '192.0.2.200');
    return rows.map((row) => at(row, 'mxwarden.window.client_error'));
  };

  // One when there were too many, and one when those that were left had to go to the cap.
  expect(new Set(errorsWith(20))).toEqual(new Set([2]));
  expect(new Set(errorsWith(61))).toEqual(new Set([undefined]));
});
