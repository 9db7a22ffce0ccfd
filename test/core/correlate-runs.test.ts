import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '../../src/core/event.js';
import { MINUTE_MS } from '../../src/core/time.js';
import { anyLog, anyPlaces, picker } from '../support/arbitraries.js';
import { cut, finalOf, identityOf, run } from '../support/runs.js';
import type { Source } from '../support/runs.js';

const identity = identityOf([{ timezone: 'Europe/Berlin' }], 'America/New_York');
const shape = { maxLength: 40, maxGapMs: 20 * MINUTE_MS, jitterMs: 20 * MINUTE_MS };
const anyCuts = fc.array(anyPlaces(40), { minLength: 3, maxLength: 3 });
const anyTurns = fc.array(fc.nat({ max: 5 }), { maxLength: 30, size: 'max' });

function sourcesOf(logs: readonly (readonly Event[])[], places: readonly (readonly number[])[]): readonly Source[] {
  return logs.map((events, index) => ({ name: `log${String(index)}`, chunks: cut(events, places[index] ?? []) }));
}

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
