import { describe, expect, test } from '@jest/globals';
import { WorstWindows } from '../../../src/core/documents/worst.js';
import type { Stretch } from '../../../src/core/documents/worst.js';
import type { Event } from '../../../src/core/event.js';
import type { Reading } from '../../../src/core/measure/reading.js';
import type { Tally } from '../../../src/core/tally/tally.js';
import { MINUTE_MS } from '../../../src/core/time.js';
import * as make from '../../support/events.js';
import { NOON } from '../../support/events.js';
import { identityOf, run } from '../../support/runs.js';
import { tallyOf } from '../../support/tallies.js';

const times = (count: number, event: Event): readonly Event[] => Array.from({ length: count }, () => event);
const paneAt = (n: number): number => NOON + n * 5 * MINUTE_MS;

/** The stretches of a subject over panes that `fill` makes the events of. */
function stretchesOf(
  panes: number,
  fill: (n: number, time: number) => readonly Event[],
  subject = 'mail:mx',
): readonly Stretch[] {
  const events = Array.from({ length: panes }, (_, n) => [
    make.other({ time: paneAt(n) }),
    ...fill(n, paneAt(n)),
  ]).flat();
  const identity = identityOf();
  const worst = new WorstWindows((client) => identity.serverOfQuery('ns', client) !== undefined);
  for (const reading of run([{ name: 'log', chunks: [events] }], { identity }).readings)
    if (reading.result.subject === subject && reading.result.size.name === '5m') worst.add(reading);
  return worst.stretches();
}

/** The reading of a resolver's pane. */
function readingOf(n: number, tally: Tally): Reading {
  const span = { startMs: paneAt(n), endMs: paneAt(n + 1) };
  const size = { name: '5m', lengthMs: 5 * MINUTE_MS };
  const result = { subject: 'dns:ns', size, span, revision: 1, version: 1, final: true, tally } as const;
  return { result, mail: undefined, lastHeard: tally.lastHeard };
}

const stamp = (n: number): string => new Date(paneAt(n)).toISOString();
const flooder = { client_address: '198.51.100.66' };

describe('what stands out of a run is', () => {
  test('a flood of empty sessions, with its client and MEE without it', () => {
    const stretches = stretchesOf(24, (n, time) => [
      ...times(40, make.disconnect({ time })),
      ...(n === 10 || n === 11 ? times(200, make.probe({ time, ...flooder })) : []),
    ]);

    expect(stretches).toMatchObject([
      {
        measure: 'lost_exchanges',
        start: stamp(10),
        end: stamp(12),
        value: 400,
        usual: 0,
        client: '198.51.100.66',
        client_share: 1,
        mee_adjusted: 0.166667,
        mee_without: 1,
      },
    ]);
  });

  test('nothing where all windows are alike', () => {
    expect(
      stretchesOf(24, (n, time) =>
        times(40 + (n % 5), make.disconnect({ time, commands: make.commands({ ehlo: 1 }) })),
      ),
    ).toEqual([]);
  });

  test('nothing of fewer than ten more than usual', () => {
    const spikes = (count: number) =>
      stretchesOf(24, (n, time) => times(n === 5 ? count : 0, make.pop3Login({ time })));

    expect(spikes(9)).toEqual([]);
    expect(spikes(10)).toMatchObject([{ measure: 'pop3_sessions', value: 10, client: '192.0.2.10' }]);
  });

  test('two stretches where more than one window lies between, else one', () => {
    const at = (...panes: readonly number[]) =>
      stretchesOf(30, (n, time) => times(panes.includes(n) ? 50 : 0, make.pop3Login({ time }))).length;

    expect(at(10, 11)).toBe(1);
    expect(at(10, 12)).toBe(1);
    expect(at(10, 13)).toBe(2);
  });

  test('without a client where none makes half of it', () => {
    const spread = (clients: number) =>
      stretchesOf(24, (n, time) =>
        n === 8
          ? Array.from({ length: 60 }, (_, k) =>
              make.pop3Login({ time, client_address: `192.0.2.${String(k % clients)}` }),
            )
          : [make.pop3Login({ time })],
      );

    expect(spread(2)).toMatchObject([{ client: '192.0.2.0', client_share: 0.5 }]);
    expect(spread(3)[0]?.client).toBeUndefined();
  });

  test('the client that makes most of a stretch, though others are first in its windows', () => {
    const pops = (time: number, clients: Readonly<Record<string, number>>) =>
      Object.entries(clients).flatMap(([address, count]) =>
        times(count, make.pop3Login({ time, client_address: address })),
      );
    const stretches = stretchesOf(24, (n, time) => {
      if (n === 8) return pops(time, { '192.0.2.1': 60, '192.0.2.2': 40 });
      return n === 9 ? pops(time, { '192.0.2.1': 45, '192.0.2.3': 55 }) : [];
    });

    expect(stretches).toMatchObject([{ value: 200, client: '192.0.2.1', client_share: 0.525 }]);
  });

  test('sessions without a message, however many messages others have', () => {
    const many = make.commands({ mail: 50, data: 50 });
    const stretches = stretchesOf(24, (n, time) =>
      n === 8 ? [make.disconnect({ time, commands: many }), ...times(100, make.probe({ time, ...flooder }))] : [],
    );

    expect(stretches).toMatchObject([{ value: 100, client: '198.51.100.66', client_share: 1 }]);
  });

  test('not more than all of it for a client, where sessions have no command counts', () => {
    const bare = { commands: undefined };
    const stretches = stretchesOf(24, (n, time) => [
      ...times(n === 8 ? 100 : 0, make.disconnect({ time, ...bare, ...flooder })),
      make.disconnect({ time, ...bare }),
      ...times(50, make.opened({ time })),
    ]);

    expect(stretches).toMatchObject([{ value: 51, client: '198.51.100.66', client_share: 1 }]);
  });

  test('a client of a resolver that is no mail server', () => {
    const stretches = stretchesOf(
      24,
      (n, time) => [
        ...times(100, make.query({ time })),
        ...times(n === 4 ? 80 : 1, make.query({ time, client_address: '192.0.2.99' })),
      ],
      'dns:ns',
    );

    expect(stretches).toMatchObject([{ measure: 'foreign_queries', client: '192.0.2.99', value: 80, usual: 1 }]);
  });

  test('deferred mail, and DNS queries that nothing explains', () => {
    const stretches = stretchesOf(24, (n, time) => [
      make.connect({ time }),
      ...times(2, make.query({ time })),
      ...(n === 6 ? times(100, make.query({ time })) : []),
      ...(n === 12 ? times(60, make.delivery({ time, service: 'postfix/lmtp', status: 'deferred' })) : []),
    ]);

    expect(stretches.map(({ measure, start }) => [measure, start])).toEqual([
      ['dns_rest', stamp(6)],
      ['deferred', stamp(12)],
    ]);
  });

  test('of more than 4,096 windows those with the largest values, of equal ones the first', () => {
    const worst = new WorstWindows(() => false);
    const [some, most] = [20, 30].map((count) => tallyOf(times(count, make.query({ client_address: '192.0.2.99' }))));
    for (let n = 0; n < 9000; n += 1) {
      const tally = n < 4600 ? tallyOf([]) : n === 8999 ? most : some;
      if (tally !== undefined) worst.add(readingOf(n, tally));
    }

    expect(worst.stretches()).toMatchObject([
      { start: stamp(8999), end: stamp(9000), value: 30 },
      { start: stamp(4600), end: stamp(4600 + 4095), value: 20 * 4095 },
    ]);
  });

  test('twelve stretches at most, the worst first', () => {
    const stretches = stretchesOf(60, (n, time) => times(n % 4 === 0 ? 50 + n : 0, make.pop3Login({ time })));

    expect(stretches).toHaveLength(12);
    expect(stretches[0]).toMatchObject({ start: stamp(56), value: 106 });
  });
});
