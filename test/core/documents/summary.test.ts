import { expect, test } from '@jest/globals';
import { SummaryBuilder } from '../../../src/core/documents/summary.js';
import type { Summary } from '../../../src/core/documents/summary.js';
import type { Found } from '../../../src/core/discover.js';
import type { Event } from '../../../src/core/event.js';
import { DAY_MS, HOUR_MS } from '../../../src/core/time.js';
import * as make from '../../support/events.js';
import { NOON } from '../../support/events.js';
import { CORRELATE, fold, identityOf, run } from '../../support/runs.js';
import { CAP } from '../../support/tallies.js';

function summaryOf(events: readonly Event[], provisional = false, found: readonly Found[] = []): Summary {
  const identity = identityOf([{ probes: ['192.0.2.30'] }]);
  const builder = new SummaryBuilder(CORRELATE.sizes, CAP, identity);
  const source = { name: 'log', chunks: [events] };
  for (const reading of run([source], { identity, correlate: { provisional } }).readings) builder.add(reading, []);
  const { outcomes } = fold(source, { identity });
  return builder.finish([{ name: 'mail.log', lines: events.length, outcomes, incomplete: [] }], found);
}

const EVENTS = [
  make.connect(),
  make.connect({ time: NOON + DAY_MS }),
  make.active(),
  make.opened(),
  make.disconnect(),
  make.probe({ client_address: '192.0.2.30' }),
  make.localQueued(),
  make.bounceQueued(),
  make.reject(),
  make.reject({ reason: 'relay_denied' }),
  make.reject({ reason: 'relay_denied' }),
  make.pop3Login(),
  make.other(),
  make.unrecognised(),
  make.connect({ host: 'stranger' }),
  make.query(),
  make.query({ client_address: '192.0.2.77' }),
].sort((a, b) => a.time - b.time);

test('a run is summed up over all its days', () => {
  expect(summaryOf(EVENTS)).toMatchObject({
    start: '2003-04-13T12:00:00.000Z',
    end: '2003-04-14T12:05:00.000Z',
    window: '5m',
    servers: [
      {
        subject: 'mail:mx',
        dns_queries: 1,
        connects: 2,
        from: 1,
        messages: { smtp: 1, local: 1, bounce: 1 },
        accepted: 1,
        pop3_sessions: 1,
        mee: 0.5,
        mee_adjusted: 1,
        probes_left_out: 1,
        probe_clients: ['192.0.2.30'],
        rejections: [
          { reason: 'relay_denied', count: 2 },
          { reason: 'user_unknown', count: 1 },
        ],
      },
    ],
    resolvers: [{ subject: 'dns:ns', queries: 2, clients: 2 }],
    inputs: [
      {
        source: 'mail.log',
        lines: 17,
        counted: 14,
        unused: 1,
        duplicate: 0,
        unrecognised: [{ program: 'postfix/smtpd', count: 1 }],
        foreign: [],
        unmapped: [{ host: 'stranger', count: 1 }],
        dead_letters: { late: 0, future: 0, no_envelope: 0 },
      },
    ],
  });
});

test('a run with provisional windows is summed up the same', () => {
  expect(summaryOf(EVENTS, true)).toEqual(summaryOf(EVENTS));
});

test('what was left out as probes is what was when each day was sealed', () => {
  const client = { client_address: '192.0.2.40' };
  const everyFiveMinutes = (fromMs: number, hours: number, make: (time: number) => Event): readonly Event[] =>
    Array.from({ length: 12 * hours }, (_, n) => make(fromMs + (n * HOUR_MS) / 12));
  const events = [
    ...everyFiveMinutes(NOON, 12, (time) => make.probe({ time, ...client })),
    ...everyFiveMinutes(NOON + DAY_MS / 2, 12, (time) => make.disconnect({ time, ...client })),
  ];

  expect(summaryOf(events).servers).toMatchObject([
    { probes_left_out: 144, probe_clients: ['192.0.2.40'], accepted: 144, mee_adjusted: 1 },
  ]);
});

test('the interval is as wide as panes vary', () => {
  const panes = (accepted: (n: number) => number): readonly Event[] =>
    Array.from({ length: 24 }, (_, n) =>
      Array.from({ length: 40 }, (__, k) => {
        const time = NOON + (n * HOUR_MS) / 12;
        return k < accepted(n)
          ? make.disconnect({ time })
          : make.disconnect({ time, commands: make.commands({ ehlo: 1 }) });
      }),
    ).flat();
  const width = (events: readonly Event[]): number => {
    const [server] = summaryOf(events).servers;
    return (server?.mee_upper ?? NaN) - (server?.mee_lower ?? NaN);
  };

  expect(width(panes((n) => (n % 2 === 0 ? 10 : 30)))).toBeGreaterThan(2 * width(panes(() => 20)));
});

test('coverage is of all lines of a side', () => {
  const [server] = summaryOf(EVENTS).servers;

  expect(server?.coverage).toEqual({
    mail: { lines: 13, share: 0.923077, last_heard: new Date(NOON + DAY_MS).toISOString() },
    pop3: { lines: 1, share: 1, last_heard: new Date(NOON).toISOString() },
    dns: { lines: 1, share: 1, last_heard: new Date(NOON).toISOString() },
  });
});

test('a server that was found says how', () => {
  const discovery = { connects: 40, scores: [{ address: '192.0.2.1', score: 0.9, connects: 40 }] };
  const found = identityOf().servers.map(({ config: server }) => ({ server, ...discovery }));

  expect(summaryOf(EVENTS, false, found).servers[0]?.discovery).toEqual(discovery);
  expect(summaryOf(EVENTS).servers[0]?.discovery).toBeUndefined();
});

test('zero windows at the end do not make a run longer', () => {
  const events = [make.connect(), make.connect({ time: NOON + 5 * HOUR_MS, host: 'stranger' })];

  expect(summaryOf(events)).toMatchObject({ start: '2003-04-13T12:00:00.000Z', end: '2003-04-13T12:05:00.000Z' });
});

test('a run of nothing has no times', () => {
  expect(summaryOf([])).toMatchObject({ start: undefined, end: undefined, servers: [], resolvers: [] });
});

test.each([
  ['long lines are cut', 'x'.repeat(301), `${'x'.repeat(300)}…`],
  [
    'of mail addresses the domain is left',
    'to=<a.b+c@example.com> by d@example.org',
    'to=<…@example.com> by …@example.org',
  ],
])('in samples %s', (_, text, sample) => {
  const identity = identityOf();
  const { outcomes } = fold({ name: 'log', chunks: [[]] }, { identity });
  outcomes.unmapped.set('h', { count: 1, text });
  const summary = new SummaryBuilder(CORRELATE.sizes, CAP, identity).finish([
    { name: 'a', lines: 1, outcomes, incomplete: [] },
  ]);

  expect(summary.inputs[0]?.unmapped[0]?.sample).toBe(sample);
});
