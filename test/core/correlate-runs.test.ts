import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '../../src/core/event.js';
import { MINUTE_MS } from '../../src/core/time.js';
import { anyLog, anyPlaces, picker } from '../support/arbitraries.js';
import { at } from '../support/documents.js';
import { NOON, commands, connect, disconnect, probe } from '../support/events.js';
import { cut, finalOf, identityOf, run } from '../support/runs.js';
import type { Source } from '../support/runs.js';

const identity = identityOf([{ timezone: 'Europe/Berlin' }], 'America/New_York');
const shape = { maxLength: 40, maxGapMs: 20 * MINUTE_MS, jitterMs: 20 * MINUTE_MS };
const anyCuts = fc.array(anyPlaces(40), { minLength: 3, maxLength: 3 });
const anyTurns = fc.array(fc.nat({ max: 5 }), { maxLength: 30, size: 'max' });

function sourcesOf(logs: readonly (readonly Event[])[], places: readonly (readonly number[])[]): readonly Source[] {
  return logs.map((events, index) => ({ name: `log${String(index)}`, chunks: cut(events, places[index] ?? []) }));
}

test('a client is judged by what was known when its window was sealed, in whatever chunks its log is read', () => {
  const log = Array.from({ length: 30 }, (_, n) => {
    const time = NOON + Math.floor(n / 5) * 5 * MINUTE_MS;
    return [connect({ time }), probe({ time })];
  }).flat();
  const clientsOf = (places: readonly number[]) =>
    run(sourcesOf([log], [places]), { identity, correlate: { gapFillMs: 0 } }).clients;
  const once = clientsOf([]);
  const mixed = clientsOf(log.map((_, place) => place));

  expect(new Set(once.map((document) => at(document, 'mxwarden.client.is_probe')))).toEqual(new Set([false, true]));
  expect(finalOf(mixed)).toEqual(finalOf(once));
});

test('windows of all sizes have the dispersion of the panes before their seal', () => {
  const empty = commands({ ehlo: 1 });
  const log = Array.from({ length: 24 }, (_, n) =>
    Array.from({ length: 40 }, (__, k) => {
      const time = NOON + n * 5 * MINUTE_MS;
      return k < (n % 2 === 0 ? 10 : 30) ? disconnect({ time }) : disconnect({ time, commands: empty });
    }),
  ).flat();
  const { correlations } = run(sourcesOf([log], []), { identity, correlate: { gapFillMs: 0 } });
  const last = (size: string) =>
    correlations.filter((document) => at(document, 'mxwarden.window.size') === size).at(-1);

  expect(at(last('1h'), 'mxwarden.mee.dispersion')).toBeGreaterThan(3);
  expect(at(last('1d'), 'mxwarden.mee.dispersion')).toBe(at(last('1h'), 'mxwarden.mee.dispersion'));
});

describe('any order in which sources are read, in any chunks, gives the same final documents', () => {
  const anyLogs = fc.array(anyLog(shape), { minLength: 1, maxLength: 3 });
  const gapFillMs = 20 * MINUTE_MS;

  test.each([{ provisional: false }, { provisional: true }])(
    'where provisional documents are given out: $provisional',
    ({ provisional }) => {
      fc.assert(
        fc.property(anyLogs, anyCuts, anyTurns, (logs, places, turns) => {
          const once = run(sourcesOf(logs, []), { identity, correlate: { gapFillMs } });
          const correlate = { provisional, gapFillMs };
          const mixed = run(sourcesOf(logs, places), { identity, correlate, pick: picker(turns) });
          expect(finalOf(mixed.correlations)).toEqual(finalOf(once.correlations));
          expect(finalOf(mixed.clients)).toEqual(finalOf(once.clients));
        }),
        { numRuns: 12 },
      );
    },
  );
});
