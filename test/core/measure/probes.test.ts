import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Event, Ms } from '../../../src/core/event.js';
import type { ServerConfig } from '../../../src/core/identity.js';
import { ProbeHistory } from '../../../src/core/measure/probes.js';
import { packTally, unpackTally } from '../../../src/core/tally/tally.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/core/time.js';
import { anyPlaces } from '../../support/arbitraries.js';
import { NOON, connect, disconnect, mailServer, probe } from '../../support/events.js';
import { expectRestorable } from '../../support/restored.js';
import { tallyOf } from '../../support/tallies.js';

const SLOT = 5 * MINUTE_MS;
const CLIENT = '192.0.2.10';
const SLOTS_OF_A_DAY = DAY_MS / SLOT;

/** Sessions of the client in one slot: probe-like ones and others. */
type Sessions = readonly [probes: number, others?: number];

const times = (count: number, event: Event): readonly Event[] => Array.from({ length: count }, () => event);

function historyOf(slots: readonly (Sessions | undefined)[], config: Partial<ServerConfig> = {}, paneMs: Ms = SLOT) {
  const history = new ProbeHistory(mailServer(config), paneMs);
  for (const [index, sessions] of slots.entries()) {
    if (sessions === undefined) continue;
    const [probes, others = 0] = sessions;
    const server = connect({ client_address: '192.0.2.99' });
    const events = [server, ...times(probes, probe()), ...times(others, disconnect())];
    history.learn(NOON + index * paneMs, tallyOf(events));
  }
  return history;
}

const isProbe = (...given: Parameters<typeof historyOf>): boolean => historyOf(...given).isProbe(CLIENT);
const repeat = (count: number, slot: Sessions | undefined): readonly (Sessions | undefined)[] =>
  Array.from({ length: count }, () => slot);
/** One slot in each of so many hours, none between. */
const hourly = (count: number, slot: Sessions | undefined): readonly (Sessions | undefined)[] =>
  repeat(count, undefined).flatMap(() => [slot, ...repeat(11, undefined)]);
const NONE: Sessions = [0];

describe('in the first hours a client is a probe with', () => {
  test.each([
    ['20 sessions', repeat(4, [5]), true],
    ['19 sessions', [...repeat(3, [5]), [4] as const], false],
    ['20 sessions in two slots', repeat(2, [10]), false],
    ['20 sessions in three slots', [[7], [7], [6]] as const, true],
    ['98 % of them probe-like', [...repeat(9, [5]), [4, 1] as const], true],
    ['less than 98 %', [...repeat(8, [5]), [8, 1] as const], false],
    ['sessions in 80 % of the slots', [...repeat(4, [5]), NONE], true],
    ['sessions in less than 80 %', [...repeat(7, [5]), NONE, NONE], false],
    ['three times its median in a slot', [...repeat(4, [5]), [15] as const], true],
    ['more than three times its median', [...repeat(4, [5]), [16] as const], false],
    ['more than that at first', [[16] as const, ...repeat(20, [5])], false],
  ] as const)('%s: %#', (_, slots, expected) => {
    expect(isProbe(slots)).toBe(expected);
  });

  test('slots in which the server was not heard do not count against it', () => {
    expect(isProbe([[5], undefined, undefined, [5], undefined, [5], [5]])).toBe(true);
  });
});

describe('over six hours and more a client is a probe with sessions', () => {
  test.each([
    ['in half of six hours', [...hourly(3, [7]), ...hourly(3, NONE)], true],
    ['in less than half of seven hours', [...hourly(3, [7]), ...hourly(4, NONE)], false],
    ['in half of seven hours and more', [...hourly(4, [7]), ...hourly(3, NONE)], true],
    ['in 3 of 5 hours, of which each slot counts', [...hourly(3, [7]), ...hourly(2, NONE)], false],
  ] as const)('%s', (_, slots, expected) => {
    expect(isProbe(slots)).toBe(expected);
  });

  const steady = repeat(7 * 12, [5]);

  test.each([
    ['three times its median in the last hour', [...steady, [15] as const, ...repeat(11, [5])], true],
    ['more than that in the last hour', [...steady, [16] as const, ...repeat(11, [5])], false],
    ['more than that an hour ago', [...steady, [16] as const, ...repeat(12, [5])], true],
    ['more than that now', [...steady, [16] as const], false],
  ] as const)('%s', (_, slots, expected) => {
    expect(isProbe(slots)).toBe(expected);
  });

  test('whose other sessions come in slots without probe-like ones as well', () => {
    const others = (count: number) => [...steady, ...repeat(count, [0, 1])];

    expect(isProbe(others(8))).toBe(true);
    expect(isProbe(others(9))).toBe(false);
  });
});

describe('the trailing day', () => {
  test('forgets what is a day old', () => {
    const day = repeat(SLOTS_OF_A_DAY, [1]);
    const old: Sessions = [0, 9];

    expect(isProbe([[1, 9], ...day])).toBe(true);
    expect(isProbe([[1, 9], ...day.slice(1)])).toBe(false);
    expect(isProbe([...day, old])).toBe(false);
  });

  test('is no probe any more when its sessions end', () => {
    expect(isProbe([...repeat(100, [1]), ...repeat(99, NONE)])).toBe(true);
    expect(isProbe([...repeat(100, [1]), ...repeat(SLOTS_OF_A_DAY, NONE)])).toBe(false);
  });

  test('takes nothing away for what it had forgotten', () => {
    const normal = repeat(SLOTS_OF_A_DAY, [0, 9]);

    for (const half of [20, 60, 100, SLOTS_OF_A_DAY, 2 * SLOTS_OF_A_DAY])
      expect(isProbe([[1], ...normal, ...repeat(half, [9, 9])])).toBe(false);
  });
});

describe('panes that are', () => {
  test('shorter than a slot add up to it', () => {
    const minute = MINUTE_MS;
    const slotOf = (count: number): readonly Sessions[] =>
      [...repeat(count, [1]), ...repeat(5 - count, NONE)].map((slot) => slot ?? NONE);

    expect(isProbe([...slotOf(5), ...slotOf(5), ...slotOf(5), ...slotOf(5)], {}, minute)).toBe(true);
    expect(isProbe([...slotOf(5), ...slotOf(5), ...slotOf(5), ...slotOf(4)], {}, minute)).toBe(false);
    // Seen in each slot, though in one pane of five only.
    expect(
      isProbe(
        repeat(20, undefined).flatMap(() => slotOf(1)),
        {},
        minute,
      ),
    ).toBe(true);
  });

  test('longer than a slot are slots', () => {
    expect(isProbe(repeat(4, [5]), {}, HOUR_MS)).toBe(true);
    expect(isProbe([...repeat(4, [5]), NONE, NONE], {}, HOUR_MS)).toBe(true);
    expect(isProbe([...repeat(3, [7]), NONE, NONE, NONE, NONE], {}, HOUR_MS)).toBe(false);
  });
});

describe('the configuration', () => {
  test('makes a probe of a client that never was one', () => {
    expect(isProbe([], { probes: ['192.0.2.0/28'] })).toBe(true);
    expect(isProbe([], { probes: ['192.0.2.16/28'] })).toBe(false);
  });

  test('keeps a client from being one', () => {
    expect(isProbe(repeat(4, [5]), { not_probes: [CLIENT] })).toBe(false);
    expect(isProbe([], { probes: [CLIENT], not_probes: [CLIENT] })).toBe(false);
  });
});

test('a flood of clients that come once does not drive out a steady one', () => {
  const history = new ProbeHistory(mailServer(), SLOT);
  for (let slot = 0; slot < 6; slot += 1) {
    const once = Array.from({ length: 400 }, (_, n) =>
      probe({ client_address: `2001:db8:${String(slot)}:${String(n)}::1` }),
    );
    history.learn(NOON + slot * SLOT, tallyOf([...times(5, probe()), ...once]));
  }

  expect(history.isProbe(CLIENT)).toBe(true);
  expect(history.isProbe('2001:db8:1:1::/64')).toBe(false);
});

test('a judgement that was taken before a pane was learnt stays as it was', () => {
  const history = historyOf(repeat(3, [5]));
  const before = history.isProbe;
  history.learn(NOON + 3 * SLOT, tallyOf(times(5, probe())));

  expect([before(CLIENT), history.isProbe(CLIENT)]).toEqual([false, true]);
});

test('another client is none', () => {
  expect(historyOf(repeat(4, [5])).isProbe('192.0.2.11')).toBe(false);
});

describe('what it says may be wrong', () => {
  const client = (n: number) => ({ client_address: `198.51.100.${String(n)}` });
  const learned = (event: (n: number) => Event, clients: number): ProbeHistory => {
    const history = new ProbeHistory(mailServer(), SLOT);
    const events = Array.from({ length: clients }, (_, n) => event(n));
    history.learn(NOON, unpackTally(packTally(tallyOf(events, mailServer(), 20)), 20));
    return history;
  };

  test('for two days after a pane with probe-like sessions of more clients than are kept', () => {
    const history = learned((n) => probe(client(n)), 21);

    expect(history.isEstimatedAt(NOON + 2 * DAY_MS - 1)).toBe(true);
    expect(history.isEstimatedAt(NOON + 2 * DAY_MS)).toBe(false);
  });

  test.each([
    ['of as many as are kept', learned((n) => probe(client(n)), 20)],
    ['without probe-like sessions', learned((n) => connect(client(n)), 21)],
  ])('not after a pane %s', (_, history) => {
    expect(history.isEstimatedAt(NOON)).toBe(false);
  });
});

test('what was packed goes on', () => {
  const addresses = Array.from({ length: 6 }, (_, n) => `192.0.2.${String(n + 10)}`);
  const anySlot = fc.record({
    slots: fc.constantFrom(0, 1, 1, 1, 1, 1, 12, 250),
    sessions: fc.array(fc.tuple(fc.constantFrom(0, 5, 5, 6, 30), fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1)), {
      minLength: 6,
      maxLength: 6,
    }),
  });
  const anySteps = fc.array(anySlot, { maxLength: 40, size: 'max' });
  const server = mailServer();
  fc.assert(
    fc.property(anySteps, anyPlaces(40), (steps, cuts) => {
      let startMs = NOON;
      // Of six clients a pane keeps five.
      const panes = steps.map(({ slots, sessions }) => {
        const events = sessions.flatMap(([probes, others], n) => {
          const client = { client_address: addresses[n] ?? '' };
          return [...times(probes, probe(client)), ...times(others, disconnect(client))];
        });
        return { startMs: (startMs += slots * SLOT), tally: unpackTally(packTally(tallyOf(events, server, 5)), 5) };
      });
      const judge = (history: ProbeHistory) => addresses.map((address) => history.isProbe(address));
      const take = (history: ProbeHistory, pane: (typeof panes)[number]) => {
        history.learn(pane.startMs, pane.tally);
        return [judge(history), history.isEstimatedAt(pane.startMs + 2 * DAY_MS - 1)];
      };
      expectRestorable(
        {
          create: (packed) => new ProbeHistory(server, SLOT, packed),
          take,
          holds: (history) => Object.assign({}, history, { isProbe: judge(history) }),
        },
        panes,
        cuts,
      );
    }),
  );
});
