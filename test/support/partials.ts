import fc from 'fast-check';
import type { AggregateConfig } from '../../src/core/aggregate.js';
import type { Event, Ms } from '../../src/core/event.js';
import type { Identity } from '../../src/core/identity.js';
import type { PartialRecord } from '../../src/core/progress.js';
import { HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import type { Emission } from '../../src/stages/source-fold.js';
import { SourceFold } from '../../src/stages/source-fold.js';
import { readNote } from '../../src/stages/source-note.js';

/** What happens next to one of the sources. */
export interface Act {
  /** Of so many sources as there are, this one. */
  readonly source: number;
  readonly does: 'take' | 'send' | 'fall_silent' | 'restart' | 'raise_epoch' | 'repeat';
  /** How many records are taken, or how far back what is sent again was sent. */
  readonly count: number;
}

/** Acts of which most take records and send what they come to. */
export function anyActs(maxLength: number): fc.Arbitrary<readonly Act[]> {
  const does = fc.oneof(
    { weight: 24, arbitrary: fc.constant('take' as const) },
    { weight: 24, arbitrary: fc.constant('send' as const) },
    { weight: 2, arbitrary: fc.constantFrom('fall_silent' as const, 'restart' as const, 'repeat' as const) },
    { weight: 1, arbitrary: fc.constant('raise_epoch' as const) },
  );
  const act = fc.record({ source: fc.nat({ max: 7 }), does, count: fc.nat({ max: 12 }) });
  return fc.array(act, { maxLength, size: 'max' });
}

export interface PartialsConfig {
  readonly identity: Identity;
  readonly aggregate: AggregateConfig;
  readonly chunkRecords: number;
}

/** A source and whoever reads it now. */
interface Reading {
  readonly name: string;
  readonly events: readonly Event[];
  fold: SourceFold;
  nowMs: Ms;
}

const IDLE_MS = MINUTE_MS;
const SILENCE_MS = 3 * HOUR_MS;
const STAMP = { cfg: 'cfg' };

/** What sources send while this happens to them, and until all their records are taken and sent. */
export function partialsOf(
  logs: readonly (readonly Event[])[],
  acts: readonly Act[],
  config: PartialsConfig,
): readonly PartialRecord[] {
  const sent: PartialRecord[] = [];
  const names = logs.map((_, at) => `events/${at}`);
  let epoch = 0;
  const open = (
    { name, events }: Pick<Reading, 'name' | 'events'>,
    at?: ReturnType<SourceFold['position']>,
  ): SourceFold =>
    new SourceFold(
      name,
      { offset: at?.offset ?? 0, note: at === undefined ? undefined : readNote(at.note), gap: undefined },
      { ...config, ...STAMP, epoch, idleMs: IDLE_MS },
      {
        identity: config.identity,
        defaultResolver: 'ns',
        decode: (value) => events[Number(value)] ?? { kind: 'dead', reason: 'unreadable' },
        expected: names,
        onOutcomes: () => undefined,
      },
      events[0]?.time ?? 0,
    );
  const readings = logs.map((events, at): Reading => {
    const source = { name: names[at] ?? '', events };
    return { ...source, fold: open(source), nowMs: events[0]?.time ?? 0 };
  });
  const send = ({ contributions, mark }: Emission): void => {
    sent.push(...contributions.map((contribution) => ({ kind: 'contribution' as const, contribution })));
    if (mark !== undefined) sent.push({ kind: 'mark', mark });
  };
  const take = (reading: Reading, count: number): void => {
    const { events } = reading;
    for (let left = count; left > 0; left -= 1) {
      const offset = reading.fold.next;
      const event = events[offset];
      if (event === undefined) return;
      if (!reading.fold.isInChunk(offset)) send(reading.fold.endChunk(offset, reading.nowMs));
      reading.nowMs = Math.max(reading.nowMs, event.time);
      const value = Buffer.from(String(offset));
      reading.fold.take({ offset, timeMs: reading.nowMs, key: undefined, value }, reading.nowMs);
    }
  };
  for (const { source, does, count } of acts) {
    const reading = readings[source % readings.length];
    if (reading === undefined) break;
    if (does === 'take') take(reading, count);
    else if (does === 'repeat') sent.push(...sent.slice(-count));
    else if (does === 'fall_silent') {
      // Seen by a member that has read all there was then; what comes after it is older than it was said to be.
      reading.nowMs += SILENCE_MS;
      reading.fold.catchUp(reading.nowMs);
      send(reading.fold.emit(reading.nowMs));
    } else if (does === 'send') send(reading.fold.emit(reading.nowMs));
    else {
      // A higher epoch is everybody's, from when its owner begins with it.
      if (does === 'raise_epoch') epoch += 1;
      reading.fold = open(reading, reading.fold.position());
    }
  }
  for (const reading of readings) {
    reading.fold = open(reading, reading.fold.position());
    take(reading, Infinity);
    reading.fold.finish();
    send(reading.fold.emit(reading.nowMs));
  }
  return sent;
}
