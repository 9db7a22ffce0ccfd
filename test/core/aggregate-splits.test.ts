import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '../../src/core/event.js';
import { MINUTE_MS } from '../../src/core/time.js';
import { emptyTally, mergeInto } from '../../src/core/tally/tally.js';
import type { Tally } from '../../src/core/tally/tally.js';
import { anyLog, anyPlaces } from '../support/arbitraries.js';
import { cut, fold, identityOf } from '../support/runs.js';
import type { ChunkResult } from '../support/runs.js';
import { CAP, plain, unpacked } from '../support/tallies.js';

const identity = identityOf([{}]);
const shape = { maxLength: 120, maxGapMs: 12 * MINUTE_MS, jitterMs: 100 * MINUTE_MS };

function resultsOf(events: readonly Event[], places: readonly number[]): readonly ChunkResult[] {
  return fold({ name: 'log', chunks: cut(events, places) }, { identity }).results;
}

/** Tallies of all chunks added up by subject and pane. */
function talliesOf(results: readonly ChunkResult[]): ReadonlyMap<string, unknown> {
  const sums = new Map<string, Tally>();
  for (const { subject, paneMs, tally } of results.flatMap(({ contributions }) => contributions)) {
    const name = `${subject}|${String(paneMs)}`;
    const sum = sums.get(name) ?? emptyTally(CAP);
    sums.set(name, sum);
    mergeInto(sum, unpacked(tally));
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tally]) => [name, plain(tally)]));
}

describe('any split of a log into chunks gives', () => {
  test('the same tallies, dead letters and rejections', () => {
    fc.assert(
      fc.property(anyLog(shape), anyPlaces(120), (events, places) => {
        const whole = resultsOf(events, []);
        const split = resultsOf(events, places);
        expect(talliesOf(split)).toEqual(talliesOf(whole));
        expect(split.flatMap(({ deadLetters }) => deadLetters)).toEqual(
          whole.flatMap(({ deadLetters }) => deadLetters),
        );
        expect(split.flatMap(({ rejections }) => rejections)).toEqual(whole.flatMap(({ rejections }) => rejections));
      }),
      { numRuns: 60 },
    );
  });

  test('the same outcomes, with each record in one of them', () => {
    fc.assert(
      fc.property(anyLog(shape), anyPlaces(120), (events, places) => {
        const source = { name: 'log', chunks: cut(events, places) };
        const { outcomes } = fold(source, { identity });
        const { unmapped, unrecognised, foreign } = outcomes;
        const sampled = [unmapped, unrecognised, foreign].flatMap((samples) => [...samples.values()]);
        const numbers = [
          outcomes.counted,
          outcomes.unused,
          outcomes.duplicate,
          ...Object.values(outcomes.dead),
          ...sampled.map(({ count }) => count),
        ];
        expect(numbers.reduce((sum, count) => sum + count, 0)).toBe(events.length);
        expect(outcomes).toEqual(fold({ name: 'log', chunks: [events] }, { identity }).outcomes);
      }),
      { numRuns: 40 },
    );
  });

  test('marks that end at the same place', () => {
    fc.assert(
      fc.property(anyLog(shape), anyPlaces(120), (events, places) => {
        const split = resultsOf(events, places);
        const last = split[split.length - 1]?.mark;
        expect(last).toMatchObject({ upTo: events.length, watermarkMs: 'end', chunk: split.length });
      }),
      { numRuns: 30 },
    );
  });
});

test('the logs above do have late events, dead letters and rejections', () => {
  const logs = fc.sample(anyLog(shape), { numRuns: 50, seed: 1 });
  const results = logs.flatMap((events) => resultsOf(events, []));
  const late = results.flatMap(({ contributions }) =>
    contributions.map(({ tally }) => unpacked(tally).counts.of('window.late_events')),
  );

  expect(results.flatMap(({ deadLetters }) => deadLetters).length).toBeGreaterThan(10);
  expect(results.flatMap(({ rejections }) => rejections).length).toBeGreaterThan(10);
  expect(late.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
});

test('a contribution reaches to the offset after its last event', () => {
  fc.assert(
    fc.property(anyLog(shape), anyPlaces(120), (events, places) => {
      let from = 0;
      for (const [chunk, { contributions, mark }] of resultsOf(events, places).entries()) {
        for (const contribution of contributions) {
          expect(contribution.chunk).toBe(chunk);
          expect(contribution.upTo).toBeGreaterThan(from);
          expect(contribution.upTo).toBeLessThanOrEqual(mark.upTo);
        }
        from = mark.upTo;
      }
    }),
    { numRuns: 30 },
  );
});
