import { expect, test } from '@jest/globals';
import { Deliveries } from '../../../src/core/respond/deliveries.js';
import { CLIENT } from '../../../src/core/tally/counters.js';
import { emptyTally } from '../../../src/core/tally/tally.js';
import type { Tally } from '../../../src/core/tally/tally.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/core/time.js';
import { createRandom } from '../../support/random.js';
import { expectRestorable } from '../../support/restored.js';

const NOON = Date.UTC(2003, 3, 13, 12);

function tallyOf(messages: Readonly<Record<string, number>>): Tally {
  const tally = emptyTally(4096);
  for (const [client, accepted] of Object.entries(messages))
    tally.clients.add(tally.clients.rowOf(client), CLIENT.accepted, accepted);
  return tally;
}

function learnt(...windows: readonly (readonly [number, Readonly<Record<string, number>>])[]): Deliveries {
  const deliveries = new Deliveries();
  for (const [time, messages] of windows) {
    const accepted = Object.values(messages).reduce((sum, count) => sum + count, 0);
    deliveries.learn(time, tallyOf(messages), { accepted, sessions: accepted, estimated: false });
  }
  return deliveries;
}

test('what a client delivered is added up over the day before', () => {
  const deliveries = learnt([NOON, { a: 2, b: 3 }], [NOON + HOUR_MS / 2, { a: 1 }], [NOON + 3 * HOUR_MS, { b: 4 }]);

  expect(deliveries.of('a', NOON + 4 * HOUR_MS)).toEqual({ messages: 3, total: 10, hours: 2 });
  expect(deliveries.of('c', NOON + 4 * HOUR_MS)).toEqual({ messages: 0, total: 10, hours: 2 });
});

test('what is older than a day does not count', () => {
  const deliveries = learnt([NOON, { a: 2 }], [NOON + HOUR_MS, { a: 1 }], [NOON + DAY_MS, { a: 5 }]);

  expect(deliveries.of('a', NOON + DAY_MS)).toEqual({ messages: 6, total: 6, hours: 2 });
  expect(deliveries.of('a', NOON + 3 * DAY_MS)).toEqual({ messages: 0, total: 0, hours: 0 });
});

test('without command counts it is what was opened less what was lost', () => {
  const tally = emptyTally(4096);
  const row = tally.clients.rowOf('a');
  tally.clients.add(row, CLIENT.opened, 5);
  tally.clients.add(row, CLIENT.lost_messages, 2);
  const deliveries = new Deliveries();
  deliveries.learn(NOON, tally, { accepted: 3, sessions: 5, estimated: true });

  expect(deliveries.of('a', NOON)).toEqual({ messages: 3, total: 3, hours: 1 });
});

test('an hour without mail was seen as well', () => {
  expect(learnt([NOON, {}]).of('a', NOON + HOUR_MS)).toEqual({ messages: 0, total: 0, hours: 1 });
});

test('of too many clients the same are kept in whatever order they come', () => {
  const counts = Array.from({ length: 3000 }, (_, index) => [`client ${String(index)}`, 1 + (index % 7)] as const);
  const [one, other] = [counts, [...counts].reverse()].map((order) => {
    const deliveries = learnt([NOON, Object.fromEntries(order)]);
    return counts.map(([client]) => deliveries.of(client, NOON).messages);
  });

  expect(one?.filter((messages) => messages > 0).length).toBeLessThan(counts.length);
  expect(other).toEqual(one);
});

test('what was packed goes on, also where clients are too many to keep', () => {
  const below = createRandom(1);
  const names = Array.from({ length: 4000 }, (_, index) => `client ${String(index)}`);
  const steps = Array.from({ length: 60 }, (_, window) => {
    // Now and then the hours have few clients, or there is none for long.
    const share = window % 20 === 0 ? 4000 : 12;
    const messages = Object.fromEntries(names.flatMap((name) => (below(share) === 0 ? [[name, 1 + below(9)]] : [])));
    return { time: NOON + window * 11 * MINUTE_MS + (window > 40 ? 20 * HOUR_MS : 0), messages };
  });
  const take = (deliveries: Deliveries, { time, messages }: (typeof steps)[number]) => {
    const accepted = Object.values(messages).reduce((sum, count) => sum + count, 0);
    deliveries.learn(time, tallyOf(messages), { accepted, sessions: accepted, estimated: false });
    return names.map((name) => deliveries.of(name, time).messages).join(' ');
  };

  expectRestorable({ create: (packed) => new Deliveries(packed), take }, steps, [0, 3, 4, 5, 6, 20, 37, 55]);
});
