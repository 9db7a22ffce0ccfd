import { describe, expect, test } from '@jest/globals';
import {
  MINIMUM_SESSIONS,
  emptySessionsOf,
  exchangeOfClient,
  measureMee,
  meeWithout,
} from '../../../src/core/measure/mee.js';
import type { Mee } from '../../../src/core/measure/mee.js';
import type { Event } from '../../../src/core/event.js';
import * as make from '../../support/events.js';
import { rowsOf, tallyOf } from '../../support/tallies.js';

const A = { client_address: '192.0.2.10' };
const B = { client_address: '192.0.2.11' };
const SUBMISSION = { service: 'postfix/submission/smtpd' };
const REINJECT = { commands: make.commands({ xforward: 1, mail: 1, data: 1 }) };
const empty = make.commands({ ehlo: 1 });

const times = (count: number, event: Event): readonly Event[] => Array.from({ length: count }, () => event);
const meeOf = (events: readonly Event[], isProbe: (client: string) => boolean = () => false, dispersion = 1): Mee =>
  measureMee(tallyOf(events), isProbe, dispersion);

describe('the value of the paper', () => {
  test('is mail exchanges over connections of all roles', () => {
    const connects = [...times(6, make.connect()), ...times(3, make.connect(SUBMISSION)), make.connect(B)];

    expect(meeOf([...connects, ...times(7, make.active())]).value).toBe(0.7);
  });

  test('may be more than 1', () => {
    expect(meeOf([make.connect(), ...times(3, make.active())]).value).toBe(3);
  });

  test('is undefined without connections', () => {
    const mee = meeOf([make.active()]);

    expect([mee.value, mee.adjusted, mee.interval, mee.delivering]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(meeOf([make.connect()]).value).toBe(0);
  });
});

describe('the adjusted value', () => {
  test('is messages accepted over sessions, of mx and submission', () => {
    const events = [
      ...times(2, make.disconnect({ commands: make.commands({ mail: 3, data: 3 }) })),
      ...times(6, make.disconnect({ commands: empty })),
      ...times(2, make.disconnect({ ...SUBMISSION, commands: make.commands({ mail: 1, data: 1 }) })),
      ...times(50, make.disconnect(REINJECT)),
    ];

    expect(meeOf(events)).toMatchObject({
      adjusted: 0.8,
      exchange: { accepted: 8, sessions: 10, estimated: false },
      byRole: { mx: 6 / 8, submission: 1, reinject: 1 },
    });
  });

  test('does not follow retries', () => {
    const events = [make.disconnect(), make.connect(), ...times(30, make.active())];

    expect(meeOf(events)).toMatchObject({ value: 30, adjusted: 1 });
  });

  test('leaves out the probe-like sessions of probe clients, and only these', () => {
    const events = [
      ...times(4, make.probe(A)),
      ...times(2, make.probe({ ...A, ...SUBMISSION })),
      make.disconnect(A),
      ...times(3, make.probe(B)),
      make.disconnect({ ...B, ...SUBMISSION }),
    ];

    expect(meeOf(events, (client) => client === A.client_address)).toMatchObject({
      probes: 6,
      exchange: { accepted: 2, sessions: 5 },
      adjusted: 0.4,
      byRole: { mx: 1 / 4, submission: 1 },
    });
    expect(meeOf(events)).toMatchObject({ probes: 0, exchange: { accepted: 2, sessions: 11 } });
  });

  test('is undefined where all sessions are probes', () => {
    expect(meeOf(times(5, make.probe()), () => true)).toMatchObject({
      adjusted: undefined,
      interval: undefined,
      probes: 5,
    });
  });

  test('has the interval of the worked example', () => {
    // 21 accepted in 100 sessions: 0.1317 .. 0.3350 by Wilson's interval of 21 of 121.
    const events = [...times(21, make.disconnect()), ...times(79, make.disconnect({ commands: empty }))];
    const { interval } = meeOf(events);

    expect(interval?.lower).toBeCloseTo(0.1317, 3);
    expect(interval?.upper).toBeCloseTo(0.335, 3);
  });

  test('has a wider interval where windows vary more than chance', () => {
    const events = [...times(21, make.disconnect()), ...times(79, make.disconnect({ commands: empty }))];
    const [narrow, wide] = [1, 4].map((dispersion) => meeOf(events, undefined, dispersion).interval);

    expect(wide?.lower).toBeLessThan(narrow?.lower ?? 0);
    expect(wide?.upper).toBeGreaterThan(narrow?.upper ?? Infinity);
  });
});

describe('without command counts', () => {
  const bare = make.disconnect({ commands: undefined });

  test('accepted is what was opened less what was lost', () => {
    const lost = [
      make.reject({ stage: 'END-OF-MESSAGE', queue_id: 'Q' }),
      make.lostConnection({ stage: 'DATA (99 bytes)' }),
    ];

    expect(meeOf([...times(10, bare), ...times(7, make.opened()), ...lost])).toMatchObject({
      adjusted: 0.5,
      exchange: { accepted: 5, sessions: 10, estimated: true },
      delivering: undefined,
    });
  });

  test('accepted is not below 0', () => {
    expect(meeOf([bare, make.lostConnection({ stage: 'DATA' })]).exchange).toEqual({
      accepted: 0,
      sessions: 1,
      estimated: true,
    });
  });

  test('where some sessions have them both numbers are of these', () => {
    expect(meeOf([bare, bare, make.opened(), make.opened(), make.disconnect(), make.probe()]).exchange).toEqual({
      accepted: 1,
      sessions: 2,
      estimated: false,
    });
  });

  test('where one role has them both numbers are of it', () => {
    const events = [bare, bare, make.opened(), make.disconnect(SUBMISSION)];

    expect(meeOf(events).exchange).toEqual({ accepted: 1, sessions: 1, estimated: false });
  });

  test('messages of those who logged in belong to the sessions of the service that took them', () => {
    const events = [
      ...times(10, bare),
      ...times(3, make.opened()),
      ...times(5, make.opened({ sasl_method: 'PLAIN', sasl_username: 'u' })),
    ];

    expect(meeOf(events)).toMatchObject({
      adjusted: 0.8,
      exchange: { accepted: 8, sessions: 10, estimated: true },
      byRole: { mx: undefined, submission: undefined, reinject: undefined },
    });
  });
});

test('the share of delivering sessions is of counted ones, with an interval', () => {
  const several = make.disconnect({ commands: make.commands({ mail: 5, data: 5 }) });
  const { delivering } = meeOf([several, ...times(9, make.probe()), make.disconnect({ commands: undefined })]);

  expect(delivering?.share).toBe(0.1);
  expect(delivering?.lower).toBeCloseTo(0.0179, 3);
  expect(delivering?.upper).toBeCloseTo(0.4042, 3);
});

describe('without a client', () => {
  const whole = { accepted: 40, sessions: 100 };

  test.each([
    [{ accepted: 5, sessions: 50 }, 0.7],
    [{ accepted: 0, sessions: 0 }, 0.4],
    [{ accepted: 40, sessions: 100 - MINIMUM_SESSIONS }, 0],
    [{ accepted: 40, sessions: 100 - MINIMUM_SESSIONS + 1 }, undefined],
    [{ accepted: 45, sessions: 50 }, 0],
  ])('of %j the ratio is %s', (client, expected) => {
    expect(meeWithout(whole, client)).toBe(expected);
  });

  const rowOf = (events: readonly Event[]) => {
    const [row] = rowsOf(tallyOf(events).clients);
    if (row === undefined) throw new RangeError('No client.');
    return row.counts;
  };

  test('its part is its accepted messages and sessions, of a probe without the probe-like ones', () => {
    const row = rowOf([make.disconnect(), ...times(3, make.probe())]);

    expect(exchangeOfClient(row, false, false)).toEqual({ accepted: 1, sessions: 4, estimated: false });
    expect(exchangeOfClient(row, true, false)).toEqual({ accepted: 1, sessions: 1, estimated: false });
  });

  test('its part without command counts is what it opened less what it lost', () => {
    const row = rowOf([
      ...times(3, make.disconnect({ commands: undefined })),
      make.opened(),
      make.opened(),
      make.lostConnection({ stage: 'DATA' }),
    ]);

    expect(exchangeOfClient(row, false, true)).toEqual({ accepted: 1, sessions: 3, estimated: true });
    expect(exchangeOfClient(row, false, false)).toEqual({ accepted: 0, sessions: 0, estimated: false });
  });

  const C = { client_address: '192.0.2.12' };
  const counted = [
    make.disconnect(A),
    ...times(3, make.probe(A)),
    ...times(2, make.disconnect(B)),
    make.disconnect({ ...B, ...SUBMISSION, commands: make.commands({ auth: 1, mail: 3, data: 3 }) }),
    make.disconnect({ ...B, commands: empty }),
  ];
  const bare = [
    ...times(4, make.disconnect({ ...B, commands: undefined })),
    ...times(5, make.disconnect({ ...C, commands: undefined })),
    ...times(2, make.opened(B)),
    ...times(3, make.opened(C)),
    make.lostConnection({ ...C, stage: 'DATA' }),
  ];

  test.each([
    ['with command counts', counted, { accepted: 6, sessions: 5, empty: 1 }],
    ['without', bare, { accepted: 4, sessions: 9, empty: 5 }],
    ['of which some have them', [...counted, ...bare], { accepted: 6, sessions: 5, empty: 1 }],
  ] as const)('parts of all clients in a window of sessions %s are the whole', (_, events, whole) => {
    const tally = tallyOf(events);
    const isProbe = (client: string): boolean => client === A.client_address;
    const { exchange, empty: emptySessions, probes } = measureMee(tally, isProbe, 1);
    const parts = rowsOf(tally.clients).map(({ key, counts }) =>
      exchangeOfClient(counts, isProbe(key), exchange.estimated),
    );
    const sum = (name: 'accepted' | 'sessions') => parts.reduce((total, part) => total + part[name], 0);
    let emptyParts = 0;
    tally.clients.forEachRow((_client, row) => {
      emptyParts += emptySessionsOf(tally.clients, row, exchange.estimated);
    });

    expect({ ...exchange, empty: emptySessions }).toEqual({ ...whole, estimated: exchange.estimated });
    expect({ accepted: sum('accepted'), sessions: sum('sessions'), empty: emptyParts - probes }).toEqual(whole);
  });
});

describe('sessions without a message', () => {
  const many = make.disconnect({ commands: make.commands({ mail: 9, data: 9 }) });

  test('are not made up for by sessions with several', () => {
    expect(meeOf([many, ...times(5, make.disconnect({ commands: empty }))])).toMatchObject({
      exchange: { accepted: 9, sessions: 6 },
      empty: 5,
    });
  });

  test('are none below 0 where they are estimated', () => {
    expect(meeOf([make.disconnect({ commands: undefined }), ...times(3, make.opened())]).empty).toBe(0);
  });
});
