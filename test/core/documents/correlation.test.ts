import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import type { Event } from '../../../src/core/event.js';
import type { ServerConfig } from '../../../src/core/identity.js';
import { HOUR_MS } from '../../../src/core/time.js';
import { anyLog } from '../../support/arbitraries.js';
import { at, leaves } from '../../support/documents.js';
import * as make from '../../support/events.js';
import { NOON } from '../../support/events.js';
import { identityOf, run } from '../../support/runs.js';

const times = (count: number, event: Event): readonly Event[] => Array.from({ length: count }, () => event);

/** The document of a subject's first pane. */
function documentOf(events: readonly Event[], config: Partial<ServerConfig> = {}, subject = 'mail:mx'): JsonObject {
  const { correlations } = run([{ name: 'log', chunks: [events] }], { identity: identityOf([config]) });
  const [document] = correlations.filter((other) => at(other, 'mxwarden.subject') === subject);
  if (document === undefined) throw new RangeError(`No document of ${subject}.`);
  return document;
}

const fieldsOf = (document: JsonObject, prefix: string): Record<string, unknown> =>
  Object.fromEntries(leaves(document).filter(([path]) => path.startsWith(prefix)));

test('a document says which window it is about', () => {
  const document = documentOf([make.connect()], { timezone: 'Europe/Berlin', hosts: ['mx', 'mx.example.org'] });

  expect(document).toMatchObject({
    '@timestamp': '2003-04-13T12:00:00.000Z',
    event: {
      kind: 'metric',
      module: 'mxwarden',
      dataset: 'mxwarden.correlation',
      id: 'mail:mx|5m|2003-04-13T12:00:00.000Z',
      start: '2003-04-13T12:00:00.000Z',
      end: '2003-04-13T12:05:00.000Z',
      duration: 300e9,
    },
    ecs: { version: '9.4.0' },
    host: { name: 'mx', ip: ['192.0.2.1'] },
    related: { hosts: ['mx', 'mx.example.org', 'a.example.org'], ip: ['192.0.2.1', '192.0.2.10'] },
    mxwarden: { subject: 'mail:mx', window: { size: '5m', revision: 1, version: 1, final: true, late_events: 0 } },
  });
});

test('a day of 25 hours lasts 90,000 s', () => {
  const events = [make.connect({ time: Date.parse('2003-10-26T12:00Z') })];
  const { correlations } = run([{ name: 'log', chunks: [events] }], {
    identity: identityOf([{ timezone: 'Europe/Berlin' }]),
  });
  const day = correlations.find((document) => at(document, 'mxwarden.window.size') === '1d');

  expect(at(day, 'event')).toMatchObject({
    start: '2003-10-25T22:00:00.000Z',
    duration: 90_000e9,
    id: 'mail:mx|1d|2003-10-25T22:00:00.000Z',
  });
});

test('the numbers of the paper and the adjusted ones', () => {
  const sessions = [...times(30, make.disconnect()), ...times(70, make.probe())];
  const document = documentOf([
    ...times(100, make.connect()),
    ...times(35, make.active()),
    ...sessions,
    ...times(220, make.query()),
  ]);

  expect(at(document, 'mxwarden.mee')).toMatchObject({
    value: 0.35,
    adjusted: 0.3,
    accepted: 30,
    sessions: 100,
    probes: 0,
    dispersion: 1,
  });
  expect(at(document, 'mxwarden.mee.undefined')).toBeUndefined();
  expect(at(document, 'mxwarden.demand')).toMatchObject({ expected: 200, rest: 20, m: 2.2, m_expected: 2 });
  expect(at(document, 'mxwarden.smtp')).toMatchObject({
    connects: 100,
    sessions: 100,
    accepted: 30,
    yield: 0.3,
    distinct_clients: 1,
  });
  expect(at(document, 'mxwarden.dns')).toMatchObject({
    queries: 220,
    vantage: 'stub',
    distinct_names: 1,
    name_entropy: 0,
  });
});

test('without connections MEE is said to be undefined, and nothing is divided by 0', () => {
  const document = documentOf([make.pop3Login()]);

  expect(at(document, 'mxwarden.mee')).toEqual({
    undefined: true,
    accepted: 0,
    sessions: 0,
    probes: 0,
    dispersion: 1,
  });
  expect(at(document, 'mxwarden.smtp.yield')).toBeUndefined();
  expect(at(document, 'mxwarden.smtp.client_entropy')).toBeUndefined();
});

test('without command counts accepted is said to be estimated, over all roles as it is with them', () => {
  const reinjected = make.opened({ orig_client: 'a.example.org', orig_queue_id: 'Q0' });
  const document = documentOf([make.connect(), make.disconnect({ commands: undefined }), make.opened(), reinjected]);

  expect(at(document, 'mxwarden.smtp')).toMatchObject({ accepted: 2, accepted_estimated: true });
  expect(at(document, 'mxwarden.mee.accepted')).toBe(1);
  expect(at(documentOf([make.disconnect()]), 'mxwarden.smtp.accepted_estimated')).toBeUndefined();
});

describe('demand and vantage are', () => {
  test('absent before the first DNS query of the server', () => {
    const document = documentOf([make.connect()]);

    expect(at(document, 'mxwarden.dns.vantage')).toBe('none');
    expect(at(document, 'mxwarden.demand')).toBeUndefined();
  });

  test('those of a cache where so configured', () => {
    const document = documentOf([make.connect(), make.query()], { dns_vantage: 'forwarder' });

    expect(at(document, 'mxwarden.dns.vantage')).toBe('forwarder');
    expect(at(document, 'mxwarden.demand.rest')).toBe(-1);
  });
});

test('a quiet window after the first query still has a demand, of nothing', () => {
  const events = [make.query(), make.connect({ time: NOON + HOUR_MS })];
  const { correlations } = run([{ name: 'log', chunks: [events] }], { identity: identityOf() });
  const [, second] = correlations.filter((document) => at(document, 'mxwarden.subject') === 'mail:mx');

  expect(at(second, 'mxwarden.demand')).toMatchObject({ expected: 0, rest: 0 });
  expect(at(second, 'mxwarden.coverage.dns')).toEqual({
    used: 0,
    unused: 0,
    unrecognised: 0,
    last_heard: '2003-04-13T12:00:00.000Z',
  });
});

describe('coverage', () => {
  test('is the share of lines recognised, of each side', () => {
    const lines = [make.connect(), make.other(), make.other(), make.unrecognised(), make.pop3Login()];

    expect(at(documentOf(lines), 'mxwarden.coverage')).toEqual({
      mail: { used: 1, unused: 2, unrecognised: 1, share: 0.75, last_heard: '2003-04-13T12:00:00.000Z' },
      pop3: { used: 1, unused: 0, unrecognised: 0, share: 1, last_heard: '2003-04-13T12:00:00.000Z' },
      dns: { used: 0, unused: 0, unrecognised: 0 },
    });
  });

  test('of a resolver is that of DNS alone', () => {
    const document = documentOf([make.query()], {}, 'dns:ns');

    expect(at(document, 'mxwarden.coverage')).toEqual({
      dns: { used: 1, unused: 0, unrecognised: 0, share: 1, last_heard: '2003-04-13T12:00:00.000Z' },
    });
  });
});

test('the document of a resolver has its queries and clients, nothing of SMTP', () => {
  const refused = make.query({ direction: 'response', rcode: 'REFUSED' });
  const document = documentOf(
    [...times(3, make.query()), make.query({ client_address: '192.0.2.77' }), refused],
    {},
    'dns:ns',
  );

  expect(at(document, 'mxwarden.dns')).toMatchObject({
    queries: 4,
    refused: 1,
    refused_share: 0.25,
    distinct_clients: 2,
  });
  expect(fieldsOf(document, 'mxwarden.smtp')).toEqual({});
  expect(fieldsOf(document, 'mxwarden.mee')).toEqual({});
  expect(fieldsOf(document, 'host')).toEqual({ 'host.name': 'ns' });
  expect(at(document, 'mxwarden.top_clients')).toMatchObject([
    { address: '192.0.2.1', rank: 1, share: 0.75, dns_queries: 3 },
    { address: '192.0.2.77', rank: 2, share: 0.25, dns_queries: 1 },
  ]);
});

test('a table over its cap says by how much clients may be too small', () => {
  const events = Array.from({ length: 120 }, (_, n) => make.connect({ client_address: `192.0.2.${String(n)}` }));
  const config = { identity: identityOf(), aggregate: { clientCap: 30 }, correlate: { clientCap: 30 } };
  const [document] = run([{ name: 'log', chunks: [events] }], config).correlations;

  expect(at(document, 'mxwarden.window.client_error')).toBeGreaterThan(0);
  expect(at(document, 'mxwarden.smtp.connects')).toBe(120);
  expect(at(document, 'mxwarden.smtp.distinct_clients')).toBe(120);
  expect(at(documentOf([make.connect()]), 'mxwarden.window.client_error')).toBeUndefined();
});

describe('a document with more keys than are kept names the fields that are estimates:', () => {
  const many = (count: number, make: (n: number) => Event): readonly Event[] =>
    Array.from({ length: count }, (_, n) => make(n));
  const from = (n: number) => ({ client_address: `10.0.${String(n >> 8)}.${String(n & 255)}` });
  const estimatedOf = (events: readonly Event[], clientCap: number, subject = 'mail:mx'): unknown => {
    const config = { identity: identityOf(), aggregate: { clientCap }, correlate: { clientCap } };
    const { correlations } = run([{ name: 'log', chunks: [events] }], config);
    return at(
      correlations.find((document) => at(document, 'mxwarden.subject') === subject),
      'mxwarden.window.estimated',
    );
  };
  const PROBES = [
    'mxwarden.mee.adjusted',
    'mxwarden.mee.lower',
    'mxwarden.mee.upper',
    'mxwarden.mee.sessions',
    'mxwarden.mee.probes',
    'mxwarden.mee.dispersion',
    'mxwarden.role.mx.mee_adjusted',
    'mxwarden.role.submission.mee_adjusted',
  ];

  /** Of what was found nobody can be sure. */
  const VERDICT = [
    'mxwarden.mee.expected',
    'mxwarden.anomaly.is_anomaly',
    'mxwarden.anomaly.score',
    'mxwarden.anomaly.kinds',
    'mxwarden.anomaly.reasons',
  ];

  test.each([
    ['clients', many(60, (n) => make.connect(from(n))), ['mxwarden.smtp.client_entropy', ...VERDICT]],
    [
      'clients, of them probes',
      many(60, (n) => make.probe(from(n))),
      ['mxwarden.smtp.client_entropy', ...PROBES, ...VERDICT],
    ],
    [
      'query names',
      many(60, (n) => make.query({ qname: `${String(n)}.example.org`, client_address: '192.0.2.1' })),
      ['mxwarden.dns.name_entropy'],
    ],
    ['recipients', many(60, (n) => make.reject({ recipient: `${String(n)}@example.com` })), VERDICT],
  ])('%s beyond the cap', (_, events, fields) => {
    expect(estimatedOf(events, 20)).toEqual(fields);
    expect(estimatedOf(events, 60)).toBeUndefined();
  });

  test.each([
    [
      'clients',
      many(5000, (n) => make.connect(from(n))),
      ['mxwarden.smtp.distinct_clients', 'mxwarden.smtp.client_entropy', ...VERDICT],
    ],
    [
      'query names',
      many(5000, (n) => make.query({ qname: `${String(n)}.example.org`, client_address: '192.0.2.1' })),
      ['mxwarden.dns.distinct_names', 'mxwarden.dns.name_entropy'],
    ],
    [
      'recipients',
      many(5000, (n) => make.reject({ recipient: `${String(n)}@example.com` })),
      ['mxwarden.reject.distinct_recipients', ...VERDICT],
    ],
    [
      'recipient domains',
      many(5000, (n) => make.delivery({ service: 'postfix/smtp', recipient: `a@${String(n)}.example.com` })),
      [
        'mxwarden.demand.expected',
        'mxwarden.demand.rest',
        'mxwarden.demand.transmit',
        'mxwarden.demand.deferred',
        'mxwarden.demand.domains',
        'mxwarden.demand.m_expected',
        'mxwarden.demand.m_paper_k2',
        'mxwarden.demand.m_paper_k4',
      ],
    ],
  ])('%s, more different ones than a sketch keeps', (_, events, fields) => {
    expect(estimatedOf(events, 4096)).toEqual(fields);
  });

  test('clients of a resolver', () => {
    const events = many(5000, (n) => make.query(from(n)));

    expect(estimatedOf(events, 4096, 'dns:ns')).toEqual(['mxwarden.dns.distinct_clients', ...VERDICT]);
  });
});

test('what a pruned table has lost counts in the entropy as so many clients of equal weight', () => {
  const events = Array.from({ length: 128 }, (_, n) => make.connect({ client_address: `192.0.2.${String(n)}` }));
  const config = { identity: identityOf(), aggregate: { clientCap: 30 }, correlate: { clientCap: 30 } };
  const [document] = run([{ name: 'log', chunks: [events] }], config).correlations;

  expect(at(document, 'mxwarden.smtp.client_entropy')).toBe(7);
});

test('the correlation of day and week is that of the windows before', () => {
  const events = Array.from({ length: 12 }, (_, n) => n).flatMap((n) => {
    const time = NOON + n * 300_000;
    return [
      ...times(n + 1, make.connect({ time })),
      ...times(2 * n + 2, make.query({ time })),
      ...times(3, make.active({ time })),
    ];
  });
  const { correlations } = run([{ name: 'log', chunks: [events] }], { identity: identityOf() });
  const panes = correlations.filter(
    (document) => at(document, 'mxwarden.subject') === 'mail:mx' && at(document, 'mxwarden.window.size') === '5m',
  );

  expect(panes.slice(0, 10).map((pane) => at(pane, 'mxwarden.correlation'))).toEqual(
    Array.from({ length: 10 }, () => undefined),
  );
  expect(at(panes[10], 'mxwarden.correlation')).toEqual({
    day: { n: 10, r_connects: 1, slope_connects: 2 },
    week: { n: 10, r_connects: 1, slope_connects: 2 },
  });
});

describe('of any log', () => {
  test('shares are within [0, 1] and the interval holds the adjusted MEE', () => {
    fc.assert(
      fc.property(anyLog({ maxLength: 60, maxGapMs: 60_000, jitterMs: 0 }), (events) => {
        const { correlations } = run([{ name: 'log', chunks: [events] }], { identity: identityOf() });
        for (const document of correlations) {
          const shares = leaves(document).filter(([path]) => /(share|yield\w*)$/.test(path));
          expect(shares.filter(([, share]) => typeof share !== 'number' || share < 0 || share > 1)).toEqual([]);
          const [lower, adjusted, upper] = ['lower', 'adjusted', 'upper'].map((name) =>
            Number(at(document, `mxwarden.mee.${name}`) ?? NaN),
          );
          expect((lower ?? NaN) > (adjusted ?? NaN) || (adjusted ?? NaN) > (upper ?? NaN)).toBe(false);
        }
      }),
      { numRuns: 15 },
    );
  });
});
