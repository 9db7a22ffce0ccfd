import { deserialize, serialize } from 'node:v8';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Correlator } from '../../src/core/correlate.js';
import type { CorrelateConfig, SnapshotPart } from '../../src/core/correlate.js';
import type { Event } from '../../src/core/event.js';
import type { Identity } from '../../src/core/identity.js';
import type { PartialRecord } from '../../src/core/progress.js';
import { HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { anyLog } from '../support/arbitraries.js';
import { identityOf, AGGREGATE, CORRELATE } from '../support/runs.js';
import { anyActs, partialsOf } from '../support/partials.js';
import { configOf, eventsOf } from '../support/site.js';
import type { Scene } from '../support/site.js';

interface Setting {
  readonly config: CorrelateConfig;
  readonly identity: Identity;
}

/** All that one step brings about, to the letter. */
function stepOf(correlator: Correlator, record: PartialRecord, place: number): string {
  if (record.kind === 'contribution') return JSON.stringify(correlator.contribute(record.contribution) ?? null);
  const results = [...correlator.mark(record.mark, place)];
  const documents = results.map(({ correlation, clients, alerts }) => ({ correlation, clients, alerts }));
  return JSON.stringify([documents, String(correlator.watermark), correlator.openWindows]);
}

function isParts(value: unknown): value is readonly SnapshotPart[] {
  return Array.isArray(value);
}

/** Parts as a topic gives them back. */
function carried(parts: readonly SnapshotPart[]): readonly SnapshotPart[] {
  const back: unknown = deserialize(serialize(parts));
  if (!isParts(back)) throw new TypeError('Parts came back as something else.');
  return back;
}

/**
 * Three correlators take the same records: one is left alone, one makes snapshots, and one is replaced at each of them by a
 * new one that goes on from it. Returns what each step brought about.
 */
function expectSame(
  records: readonly PartialRecord[],
  cuts: readonly number[],
  { config, identity }: Setting,
): readonly string[] {
  const create = (): Correlator => new Correlator(config, identity);
  const alone = create();
  const goingOn = create();
  let restored = create();
  const taken: { readonly parts: readonly SnapshotPart[]; readonly atFirst: readonly SnapshotPart[] }[] = [];
  const steps = records.map((record, place) => {
    if (cuts.includes(place)) {
      const parts = [...goingOn.snapshot()];
      taken.push({ parts, atFirst: carried(parts) });
      const own = carried([...restored.snapshot()]);
      restored = create();
      restored.restore(own);
    }
    const step = stepOf(alone, record, place);
    expect(stepOf(goingOn, record, place)).toBe(step);
    expect(stepOf(restored, record, place)).toBe(step);
    return step;
  });
  expect([...restored.snapshot()]).toEqual([...alone.snapshot()]);
  // What was taken is what it was, whatever happened to whom it is of.
  for (const { parts, atFirst } of taken) expect(parts).toEqual(atFirst);
  return steps;
}

/** Places for cuts, in thousandths of records whose number is not known yet. */
const anyCuts = fc.array(fc.nat({ max: 999 }), { minLength: 5, maxLength: 40, size: 'max' });
const placesOf = (cuts: readonly number[], length: number): readonly number[] =>
  cuts.map((cut) => Math.floor((cut * length) / 1000));

test('whoever goes on from a snapshot gives out the same to the letter, whatever sources do', () => {
  const CAP = 3;
  const allowedLatenessMs = 30 * MINUTE_MS;
  const aggregate = { ...AGGREGATE, allowedLatenessMs, clientCap: CAP };
  const setting: Setting = {
    identity: identityOf([{}]),
    config: {
      ...CORRELATE,
      sizes: windowSizes(['5m', '1h']),
      gapFillMs: HOUR_MS,
      allowedLatenessMs,
      clientCap: CAP,
      provisional: true,
    },
  };
  const shape = { maxLength: 60, maxGapMs: 3 * MINUTE_MS, jitterMs: 15 * MINUTE_MS };
  const seen = { late: 0, provisional: 0, revised: 0, held: 0, epochs: 0 };
  fc.assert(
    fc.property(fc.array(anyLog(shape), { minLength: 1, maxLength: 2 }), anyActs(90), anyCuts, (logs, acts, cuts) => {
      const records = partialsOf(logs, acts, { identity: setting.identity, aggregate, chunkRecords: 16 });
      const steps = expectSame(records, placesOf(cuts, records.length), setting);
      for (const [at, step] of steps.entries()) {
        const record = records[at];
        if (record?.kind === 'contribution') {
          seen.late += Number(step !== 'null');
          seen.epochs += Number(record.contribution.epoch > 0);
          seen.held += Number(records[at + 1]?.kind === 'contribution');
        }
        seen.provisional += Number(step.includes('"final":false'));
        seen.revised += Number(step.includes('"revision":3'));
      }
    }),
    { numRuns: 40 },
  );
  // If nothing of this came about, nothing was tried.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});

/** Events of one site as several logs have them. */
function dealt(events: readonly Event[], sources: number): readonly (readonly Event[])[] {
  return Array.from({ length: sources }, (_, source) => events.filter((_event, at) => at % sources === source));
}

test.each<[string, Scene]>([
  [
    'somebody guesses passwords',
    {
      windows: 3,
      after: 4,
      happens: (site) => {
        for (let attempt = 0; attempt < 150; attempt += 1) site.guess(site.startMs + attempt * 1500, '203.0.113.5');
      },
    },
  ],
  [
    'somebody floods, with many more clients than are counted exactly',
    {
      windows: 3,
      after: 4,
      clientCap: 20,
      happens: (site) => {
        for (let session = 0; session < 400; session += 1)
          site.breakOff(
            site.startMs + session * 500,
            session % 2 === 0 ? '203.0.113.5' : `198.51.100.${session % 200}`,
          );
      },
    },
  ],
])('incidents go on as well when %s', (_, scene) => {
  const config: CorrelateConfig = { ...configOf(scene), sizes: windowSizes(['5m', '1h']), provisional: true };
  const setting: Setting = { config, identity: identityOf([scene.server ?? {}]) };
  const aggregate = { ...AGGREGATE, clientCap: config.clientCap };
  const logs = dealt(eventsOf(scene), 3);
  const length = logs.reduce((sum, log) => sum + log.length, 0);
  let alerts = 0;
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 300 }), { minLength: 5, maxLength: 20 }), anyCuts, (counts, cuts) => {
      const chunkRecords = 512;
      const rounds = Math.ceil(length / 50);
      const acts = Array.from({ length: rounds }, (_round, at) => [
        { source: at, does: 'take' as const, count: counts[at % counts.length] ?? 0 },
        { source: at, does: 'send' as const, count: 0 },
      ]).flat();
      const records = partialsOf(logs, acts, { identity: setting.identity, aggregate, chunkRecords });
      const steps = expectSame(records, placesOf(cuts, records.length), setting);
      alerts += steps.filter((step) => step.includes('"incident-confirmed"')).length;
    }),
    { numRuns: 3 },
  );
  expect(alerts).toBeGreaterThan(0);
});
