import { describe, expect, test } from '@jest/globals';
import { MINUTE_MS, SECOND_MS } from '../../src/core/time.js';
import { SourceFold } from '../../src/stages/source-fold.js';
import type { SourceStart } from '../../src/stages/source-fold.js';
import { readNote } from '../../src/stages/source-note.js';
import { NOON, connect } from '../support/events.js';
import { MODEL, decodeInput } from '../support/stream-model.js';

const OUT_OF_ORDERNESS_MS = MODEL.aggregate.outOfOrdernessMs;

function create(start: Partial<SourceStart> = {}, nowMs = NOON): SourceFold {
  const deps = {
    identity: MODEL.identity,
    defaultResolver: 'ns',
    decode: (value: Buffer) => decodeInput(value),
    expected: ['mail/0'],
    onOutcomes: () => undefined,
  };
  return new SourceFold(
    'mail/0',
    { offset: 0, note: undefined, gap: undefined, ...start },
    { ...MODEL, cfg: 'c' },
    deps,
    nowMs,
  );
}

function take(fold: SourceFold, offset: number, time: number, nowMs = time): void {
  const value = Buffer.from(JSON.stringify(connect({ time })));
  fold.take({ offset, timeMs: time, key: undefined, value }, nowMs);
}

/** Another one goes on from what this one noted when all was out. */
function restarted(fold: SourceFold, nowMs: number): SourceFold {
  fold.emit(nowMs);
  const { offset, note } = fold.position();
  return create({ offset, note: readNote(note) }, nowMs);
}

describe('a source that is silent', () => {
  test('lets time go on at the rate of the clock from its last record, once it is idle', () => {
    const fold = create();
    for (const offset of [0, 1, 2]) take(fold, offset, NOON, NOON + SECOND_MS);
    fold.catchUp(NOON + SECOND_MS + MODEL.idleMs);
    expect(fold.emit(NOON).mark?.watermarkMs).toBe(NOON - OUT_OF_ORDERNESS_MS);

    fold.catchUp(NOON + SECOND_MS + 20 * MINUTE_MS);
    expect(fold.emit(NOON).mark).toMatchObject({
      watermarkMs: NOON - OUT_OF_ORDERNESS_MS + 20 * MINUTE_MS,
      silentMs: 20 * MINUTE_MS,
      upTo: 3,
    });
  });

  test('lets time go on also where it has one event only', () => {
    const fold = create();
    take(fold, 0, NOON);
    fold.catchUp(NOON + 20 * MINUTE_MS);

    expect(fold.emit(NOON).mark?.watermarkMs).toBe(NOON - OUT_OF_ORDERNESS_MS + 20 * MINUTE_MS);
  });

  test('wakes with its own time', () => {
    const fold = create();
    for (const offset of [0, 1, 2]) take(fold, offset, NOON);
    fold.catchUp(NOON + 20 * MINUTE_MS);
    fold.emit(NOON);
    take(fold, 3, NOON + SECOND_MS);

    expect(fold.emit(NOON).mark).toMatchObject({ watermarkMs: NOON - OUT_OF_ORDERNESS_MS, silentMs: 0 });
  });

  test('has been silent for as long where another member reads it again', () => {
    const fold = create();
    for (const offset of [0, 1, 2]) take(fold, offset, NOON);
    const next = restarted(fold, NOON + 15 * MINUTE_MS);
    for (const offset of [0, 1, 2]) take(next, offset, NOON, NOON + 15 * MINUTE_MS);
    next.catchUp(NOON + 20 * MINUTE_MS);

    expect(next.emit(NOON).mark?.silentMs).toBe(20 * MINUTE_MS);
  });
});

test('a source that was read last by one whose clock is ahead is silent from now on', () => {
  const fold = create();
  for (const offset of [0, 1, 2]) take(fold, offset, NOON, NOON + 60 * MINUTE_MS);
  const next = restarted(fold, NOON);
  for (const offset of [0, 1, 2]) take(next, offset, NOON, NOON);
  next.catchUp(NOON + 20 * MINUTE_MS);

  expect(next.emit(NOON).mark?.silentMs).toBe(20 * MINUTE_MS);
});

test('a source without events is none once its end is known, and ends as told', () => {
  const fold = create();
  expect(fold.emit(NOON).mark?.watermarkMs).toBe(-Infinity);
  fold.bury({ offset: 0, timeMs: NOON, key: undefined, value: Buffer.from('?') });
  fold.catchUp(NOON);
  expect(fold.emit(NOON)).toMatchObject({
    deadLetters: [{ reason: 'no_schema', text: '?' }],
    mark: { watermarkMs: 'none' },
  });
  fold.finish(fold.next);
  fold.catchUp(NOON);

  expect(fold.emit(NOON).mark?.watermarkMs).toBe('end');
});

test('a mark is made when the watermark has moved by a second, or a chunk has ended', () => {
  const fold = create();
  for (const offset of [0, 1, 2]) take(fold, offset, NOON);
  expect(fold.emit(NOON).mark).toMatchObject({ chunk: 0, upTo: 3 });
  for (const offset of [3, 4, 5]) take(fold, offset, NOON + SECOND_MS - 1);
  const near = fold.emit(NOON);
  expect(near.mark).toBeUndefined();
  expect(near.contributions.map(({ upTo }) => upTo)).toEqual([6]);
  take(fold, 6, NOON + SECOND_MS);
  expect(fold.emit(NOON).mark).toBeUndefined();

  expect(fold.endChunk(20, NOON).mark).toMatchObject({ chunk: 2, upTo: 20 });
  expect(fold.position().offset).toBe(20);
});

test('a chunk that is read again comes to the same contributions', () => {
  const fold = create();
  for (let offset = 0; offset < 10; offset += 1) take(fold, offset, NOON + offset * MINUTE_MS);
  fold.endChunk(10, NOON);
  const read = (each: SourceFold) => {
    for (let offset = 10; offset < 18; offset += 1) take(each, offset, NOON + (offset - 12) * 3 * MINUTE_MS);
    return each.emit(NOON);
  };
  const again = restarted(fold, NOON);

  expect(read(again)).toEqual(read(fold));
});

test('a source that is caught up reaches its end, also where that has no record', () => {
  const fold = create();
  take(fold, 0, NOON);
  fold.catchUp(NOON, 4);

  expect(fold.emit(NOON).mark?.upTo).toBe(4);
});
