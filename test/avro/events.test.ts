import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventEncoder, createEventDecoder } from '../../src/avro/events.js';
import type { AnyEvent } from '../../src/avro/events.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { Aggregator } from '../../src/core/aggregate.js';
import type { ChunkTotals } from '../../src/core/aggregate.js';
import type { Event } from '../../src/core/event.js';
import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import type { Block } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import { eachLine } from '../../src/stages/fold-chunk.js';
import { anyEvent } from '../support/arbitraries.js';
import {
  NOON,
  active,
  connect,
  delivery,
  disconnect,
  other,
  query,
  record,
  reject,
  screenConnect,
} from '../support/events.js';
import { mutateOne } from '../support/mutate.js';
import { createRandom } from '../support/random.js';
import { AGGREGATE, identityOf } from '../support/runs.js';
import { FOREIGN, seedGroups } from '../support/seeds.js';

const REFERENCE_MS = Date.UTC(2026, 10, 23, 3);
const ORIGIN = 'mail.log:5f3a9c12:17';

const encoder = new EventEncoder();
const everything = createEventDecoder(new WriterSchemas(), 'all');
const counted = createEventDecoder(new WriterSchemas(), 'counted');
const identified = createEventDecoder(new WriterSchemas(), 'identified');

function originated(event: Event, origin = ORIGIN): AnyEvent {
  return { ...event, origin };
}

/** What a line is read as, if it is an event. */
function eventOf(line: string): Event | undefined {
  const parse = createLineParser({ zone: createZone('UTC') });
  const bytes = Buffer.from(line);
  const parsed = parse(createBlock(bytes), 0, bytes.length, REFERENCE_MS);
  if (parsed.kind === 'dead') return undefined;
  return parsed.kind === 'repeat' ? parsed.event : parsed;
}

function recorded(file: string): readonly Event[] {
  const parse = createLineParser({ zone: createZone('UTC') });
  const log = gunzipSync(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'dept', file)));
  const events: Event[] = [];
  const take = (block: Block, start: number, end: number): void => {
    const parsed = parse(block, start, end, REFERENCE_MS);
    if (parsed.kind !== 'dead' && parsed.kind !== 'repeat') events.push(parsed);
  };
  eachLine(log, { take });
  return events;
}

/** What the events come to: all counts, clients and rejections. */
function totalsOf(events: readonly Event[]): { readonly totals: ChunkTotals; readonly asides: unknown } {
  const servers = [{ hosts: [...new Set(events.map((event) => (event.kind === 'dns' ? 'mx' : event.host)))] }];
  const aggregator = new Aggregator(AGGREGATE, identityOf(servers), 'ns');
  for (const [offset, event] of events.entries()) aggregator.add(event, record(offset, event.time));
  const totals = aggregator.finish();
  return { totals, asides: aggregator.takeAsides() };
}

test.each(['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'])('all events of %s come back as they were', (file) => {
  const events = recorded(file);

  const different = events.filter((event, at) => {
    const back = everything.decode(encoder.encode(originated(event, `${file}:${at}`)));
    return JSON.stringify(sorted(back)) !== JSON.stringify(sorted(originated(event, `${file}:${at}`)));
  });

  expect(events.length).toBeGreaterThan(100);
  expect(different.slice(0, 3)).toEqual([]);
});

/** What has a value, by name. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner)]);
}

test('every example line comes back as it was, and so does what becomes of it by mutation', () => {
  const random = createRandom(7);
  const groups = seedGroups();
  const lines = [...groups.flat(), ...FOREIGN];
  const mutated = Array.from({ length: 2000 }, () => mutateOne(groups, random));

  const different = [...lines, ...mutated].flatMap((line) => {
    const event = eventOf(line);
    if (event === undefined) return [];
    const back = everything.decode(encoder.encode(originated(event)));
    return JSON.stringify(sorted(back)) === JSON.stringify(sorted(originated(event))) ? [] : [[line, event, back]];
  });

  expect(different.slice(0, 3)).toEqual([]);
});

test('what is read for counting counts and rejects the same', () => {
  const events = [
    ...recorded('mail.log.gz').slice(0, 4000),
    ...seedGroups()
      .flat()
      .flatMap((line) => eventOf(line) ?? []),
  ];
  const read = events.map((event) => counted.decode(encoder.encode(originated(event))));

  expect(totalsOf(read.filter((event) => event.kind !== 'dead' && event.kind !== 'unknown_schema'))).toEqual(
    totalsOf(events),
  );
});

test('any event that can be counted comes back', () => {
  fc.assert(
    fc.property(anyEvent(NOON), fc.string({ unit: 'grapheme' }), (event, origin) => {
      expect(everything.decode(encoder.encode(originated(event, origin)))).toEqual(originated(event, origin));
    }),
  );
});

test('an absent value is undefined, an empty one is empty', () => {
  const back = everything.decode(encoder.encode(originated(reject({ sender: '', recipient: undefined }))));

  expect(back).toMatchObject({ sender: '', recipient: undefined });
});

test('of fields that do not count, nothing is read', () => {
  const back = counted.decode(encoder.encode(originated(delivery({ relay: 'mx.example.net', delay_ms: 5 }))));

  expect(back).not.toHaveProperty('relay');
  expect(back).not.toHaveProperty('process_id');
  expect(back).toMatchObject({ kind: 'delivery', status: 'sent', origin: ORIGIN });
});

test('what tells DNS messages apart is read only where they are told apart', () => {
  const bytes = encoder.encode(originated(query({ client_port: 5353, id: 7 })));
  const back = counted.decode(bytes);

  expect(back).not.toHaveProperty('client_port');
  expect(back).not.toHaveProperty('id');
  expect(identified.decode(bytes)).toEqual({ ...back, client_port: 5353, id: 7 });
  expect(identified.decode(encoder.encode(originated(screenConnect())))).not.toHaveProperty('client_port');
});

test('a long text does not disturb the events around it', () => {
  const long = originated(reject({ reason_text: 'x'.repeat(100_000) }));
  const short = originated(connect());
  const bytes = [short, long, short].map((event) => encoder.encode(event));

  expect(bytes.map((encoded) => everything.decode(encoded))).toEqual([short, long, short]);
});

describe('numbers', () => {
  test.each([0, 2 ** 31, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER])('%d comes back', (size) => {
    const event = originated(active({ time: size, size_bytes: size }));

    expect(everything.decode(encoder.encode(event))).toEqual(event);
  });

  test('a number that is too large to be exact makes the record unreadable', () => {
    const bytes = encoder.encode(originated(query({ time: Number.MAX_SAFE_INTEGER })));
    // The instant stands behind the frame, the kind and the origin: 2^53 - 1 is fe ff ff ff ff ff ff 1f in zigzag.
    const at = bytes.indexOf(Buffer.from('feffffffffffff1f', 'hex'));
    bytes[at + 7] = 0x7f;

    expect(at).toBeGreaterThan(0);
    expect(everything.decode(bytes)).toMatchObject({ kind: 'dead', reason: 'unreadable' });
  });
});

describe('bytes that are no event', () => {
  test.each([
    ['', 'no_schema'],
    ['7b22', 'no_schema'],
    ['00000000', 'no_schema'],
    ['0000000001', 'no_schema'],
    ['c301', 'no_schema'],
    ['c3010000000000000000', 'no_schema'],
  ])('%s is a dead letter: %s', (hex, reason) => {
    expect(everything.decode(Buffer.from(hex, 'hex'))).toMatchObject({ kind: 'dead', reason });
  });

  test('an event that is cut off anywhere, or has something behind it, is a dead letter', () => {
    const bytes = encoder.encode(originated(reject()));

    for (let length = 10; length < bytes.length; length++)
      expect(everything.decode(bytes.subarray(0, length))).toMatchObject({ kind: 'dead', reason: 'unreadable' });
    expect(everything.decode(Buffer.concat([bytes, Buffer.from([0])]))).toMatchObject({ reason: 'unreadable' });
  });

  test('an event without what its kind must have is a dead letter', () => {
    const bytes = encoder.encode(originated({ ...connect(), kind: 'other', side: undefined }));
    // The kind is the first byte behind the frame; `connect` is the first of them.
    bytes[10] = 0;
    const good = everything.decode(bytes);
    const anonymous = encoder.encode(originated(other({ side: undefined })));
    anonymous[10] = 0;

    expect(good).toMatchObject({ kind: 'connect', client_address: '192.0.2.10' });
    expect(everything.decode(anonymous)).toMatchObject({ kind: 'dead', reason: 'unreadable' });
  });

  test('any bytes make an event or a dead letter', () => {
    const frames = [encoder.encode(originated(connect())), encoder.encode(originated(query()))].map((bytes) =>
      bytes.subarray(0, 10),
    );
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.uint8Array({ maxLength: 200 }), (frame, body) => {
        const read = counted.decode(Buffer.concat([frame, body]));
        expect(typeof read.kind).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });

  test('an event with bytes changed makes an event or a dead letter', () => {
    const bytes = encoder.encode(originated(disconnect()));
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 11 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = Buffer.from(bytes);
        changed[10 + at] = byte;
        const read = everything.decode(changed);
        if (read.kind === 'dead') expect(read.reason).toBe('unreadable');
        else expect(read).toHaveProperty('host');
      }),
      { numRuns: 2000 },
    );
  });
});
