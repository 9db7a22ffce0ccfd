import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { STANDINGS, readNote, writeNote } from '../../src/stages/source-note.js';

const anyTime = fc.oneof(fc.nat({ max: 4e12 }), fc.constant(-Infinity));

test('a note comes back as it was written', () => {
  const anyNote = fc.record({
    epoch: fc.nat({ max: 511 }),
    highest: fc.tuple(anyTime, anyTime, anyTime),
    standing: fc.constantFrom(...STANDINGS),
    watermarkMs: anyTime,
    lastOffset: anyTime,
    lastReadMs: anyTime,
    endedAt: anyTime,
    gaps: fc.array(fc.record({ from: fc.nat(), to: fc.nat() }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(anyNote, (note) => {
      expect(readNote(writeNote(note))).toEqual(note);
    }),
  );
});

test.each(['', 'null', '[]', '{}', '{"epoch":1', '{"epoch":1,"highest":[],"standing":"asleep"}', '{"epoch":"1"}'])(
  'what somebody else noted is no note: %s',
  (text) => {
    expect(readNote(text)).toBeUndefined();
  },
);

test('no text makes reading fail', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => readNote(text)).not.toThrow();
    }),
  );
});
