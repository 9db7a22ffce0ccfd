import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAtEnd, readSnapshotNote, writeSnapshotNote } from '../../src/stages/snapshot-note.js';

const POINTER = { upTo: 7, place: { from: 3, to: 5, id: 'a', count: 2, checksum: 'f00d' } };

test('snapshots come back in their order, and whether all is at its end', () => {
  const older = { ...POINTER, upTo: 5 };
  const note = writeSnapshotNote([POINTER, older], true);

  expect(readSnapshotNote(note)).toEqual([POINTER, older]);
  expect(isAtEnd(note)).toBe(true);
  expect(isAtEnd(writeSnapshotNote([], false))).toBe(false);
});

test('of a damaged note only what is whole is taken', () => {
  const { place } = POINTER;
  const damaged = [{ upTo: '7', place }, { upTo: 7 }, { upTo: 7, place: { ...place, checksum: 1 } }, null, POINTER];

  expect(readSnapshotNote(JSON.stringify({ snapshots: damaged }))).toEqual([POINTER]);
});

test('no text makes reading fail', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(readSnapshotNote(text)).toEqual([]);
      expect(isAtEnd(text)).toBe(false);
    }),
  );
});
