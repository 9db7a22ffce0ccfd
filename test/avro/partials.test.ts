import { expect, describe, test } from '@jest/globals';
import fc from 'fast-check';
import { NumberWriter, readNumbers } from '../../src/avro/numbers.js';
import { PartialEncoder, createPartialDecoder } from '../../src/avro/partials.js';
import type { StampedContribution, StampedMark } from '../../src/core/progress.js';
import { wireName } from '../../src/avro/schemas.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { CLIENT_COUNTERS, COUNTERS } from '../../src/core/tally/counters.js';
import { emptyTally, packTally } from '../../src/core/tally/tally.js';
import type { PackedTally } from '../../src/core/tally/tally.js';
import { anyLog } from '../support/arbitraries.js';
import { NOON, query } from '../support/events.js';
import { merged, plain, tallyOf, unpacked } from '../support/tallies.js';

const STAMP = { epoch: 3, cfg: 'c0ffee', source: 'mxwarden.mail-events/2', chunk: 7 };
const MARK: StampedMark = {
  ...STAMP,
  upTo: 131_072,
  watermarkMs: NOON,
  latestMs: NOON + 1,
  silentMs: 0,
  expected: ['mxwarden.mail-events/0', 'mxwarden.mail-events/2'],
  gaps: [],
  clockMs: NOON + 2,
};

const encoder = new PartialEncoder();
const decoder = createPartialDecoder(new WriterSchemas());

function contribution(tally: PackedTally): StampedContribution {
  return { ...STAMP, subject: 'mail:mx', paneMs: NOON, upTo: 120_000, tally };
}

function roundTrip(tally: PackedTally): StampedContribution | undefined {
  const read = decoder.decode(encoder.encodeContribution(contribution(tally)));
  return read.kind === 'contribution' ? read.contribution : undefined;
}

describe('a contribution comes back', () => {
  test('with the tally of any log, which merges to the same', () => {
    fc.assert(
      fc.property(anyLog({ maxLength: 60, maxGapMs: 5000, jitterMs: 0 }), (events) => {
        const tally = tallyOf(events);
        const back = roundTrip(packTally(tally));

        expect(back).toEqual(contribution(packTally(tally)));
        if (back !== undefined) expect(plain(merged(unpacked(back.tally), tally))).toEqual(plain(merged(tally, tally)));
      }),
      { numRuns: 50 },
    );
  });

  test('with nothing in it', () => {
    const empty = contribution(packTally(emptyTally(4096)));

    expect(roundTrip(empty.tally)).toEqual(empty);
  });

  test('with tables and sketches that left keys out', () => {
    const events = Array.from({ length: 9000 }, (_, i) =>
      query({ time: NOON + i, client_address: `2001:db8:${(i % 5000).toString(16)}::1`, qtype: i < 4000 ? 'MX' : 'A' }),
    );
    const packed = packTally(tallyOf(events, undefined, 1000));

    expect(packed.clients.seen).toBeDefined();
    expect(packed.clients.error).toBeGreaterThan(0);
    expect(roundTrip(packed)).toEqual(contribution(packed));
  });

  test('with names of many languages', () => {
    const packed = packTally(emptyTally(4096));
    const keys = { text: 'jörg@例え.test🦊', ends: Uint32Array.from([4, 12, 14]) };
    const names = { text: '', ends: Uint32Array.from([0, 0, 0]) };
    const users = { ...packed.users, keys, names, values: Uint8Array.from([1, 0, 255]) };

    expect(roundTrip({ ...packed, users })?.tally.users).toEqual(users);
  });
});

describe('a mark comes back', () => {
  test.each<Partial<StampedMark>>([
    {},
    { watermarkMs: 'none', latestMs: -Infinity },
    { watermarkMs: 'end' },
    { watermarkMs: -Infinity, silentMs: 90_000 },
    { gaps: [{ from: 5, to: 2 ** 45 }], expected: [] },
  ])('%j', (over) => {
    const mark = { ...MARK, ...over };

    expect(decoder.decode(encoder.encodeMark(mark))).toEqual({ kind: 'mark', mark });
  });
});

describe('bytes that are none', () => {
  const bytes = encoder.encodeMark(MARK);

  test('a mark that is cut off, or has something behind it, is a dead letter', () => {
    for (let length = 10; length < bytes.length; length++)
      expect(decoder.decode(bytes.subarray(0, length))).toMatchObject({ reason: 'unreadable' });
    expect(decoder.decode(Buffer.concat([bytes, Buffer.from([0])]))).toMatchObject({ reason: 'unreadable' });
  });

  test.each([
    ['2^53 sources', 'feffffffffffff1f'],
    ['a block that goes back on itself', '0113'],
    ['a block of more sources than bytes', '80808004'],
  ])('%s are a dead letter at once', (_what, block) => {
    const at = bytes.indexOf(Buffer.from('mxwarden.mail-events/0')) - 2;
    const bad = Buffer.concat([bytes.subarray(0, at), Buffer.from(block, 'hex'), bytes.subarray(at + 1)]);

    expect(bytes[at]).toBe(4);
    expect(decoder.decode(bad)).toMatchObject({ kind: 'dead', reason: 'unreadable' });
  });

  test('changed bytes make a contribution or a dead letter', () => {
    const good = encoder.encodeContribution(contribution(packTally(tallyOf([query(), query({ qtype: 'MX' })]))));
    fc.assert(
      fc.property(fc.nat({ max: good.length - 11 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = Buffer.from(good);
        changed[10 + at] = byte;
        expect(['contribution', 'dead']).toContain(decoder.decode(changed).kind);
      }),
      { numRuns: 1000 },
    );
  });

  test('a table whose columns are of different lengths is a dead letter', () => {
    const packed = packTally(tallyOf([query()]));
    const bad = { ...packed.clients, values: new Uint8Array(packed.clients.values.length + 23) };

    expect(decoder.decode(encoder.encodeContribution(contribution({ ...packed, clients: bad })))).toMatchObject({
      kind: 'contribution',
    });
    bad.values.fill(1);
    expect(decoder.decode(encoder.encodeContribution(contribution({ ...packed, clients: bad })))).toMatchObject({
      reason: 'unreadable',
    });
  });
});

test('no two counters have the same name on the wire', () => {
  const names = COUNTERS.map(([name]) => wireName(name));

  expect(new Set(names).size).toBe(names.length);
  expect([...names, ...Object.keys(CLIENT_COUNTERS)].filter((name) => !/^[a-z_0-9]+$/.test(name))).toEqual([]);
});

test('whole numbers come back from bytes, and other bytes are none', () => {
  const writer = new NumberWriter();
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat()), (numbers) => {
      for (const number of numbers) writer.add(number);
      expect([...(readNumbers(writer.take()) ?? [])]).toEqual(numbers);
    }),
  );

  expect(readNumbers(Buffer.from('80', 'hex'))).toBeUndefined();
  expect(readNumbers(Buffer.from('ffffffffffffff7f', 'hex'))).toBeUndefined();
});
