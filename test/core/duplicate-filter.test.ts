import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DuplicateFilter } from '../../src/core/duplicate-filter.js';
import type { DnsEvent } from '../../src/core/event.js';
import { NOON, query } from '../support/events.js';

const ASKED = query({ client_port: 40_000, id: 7, qname: 'example.org', qtype: 'A' });

function seenOf(events: readonly DnsEvent[]): readonly boolean[] {
  const filter = new DuplicateFilter();
  return events.map((event) => filter.isDuplicate(event));
}

describe('one message is there twice', () => {
  test.each<[string, number]>([
    ['at once', 0],
    ['two seconds later', 2000],
    ['two seconds before, in another log', -2000],
  ])('if it is the same %s', (_, laterMs) => {
    expect(seenOf([ASKED, { ...ASKED, time: NOON + laterMs }])).toEqual([false, true]);
  });

  test('whatever else its log says of it', () => {
    const other = { ...ASKED, view: 'internal', transport: 'udp', qclass: undefined, rcode: 'NOERROR' };

    expect(seenOf([ASKED, other])).toEqual([false, true]);
  });

  test('though its log names no resolver, or no name', () => {
    const [nobody, nothing] = [
      { ...ASKED, resolver: undefined },
      { ...ASKED, qname: undefined, qtype: undefined },
    ];

    expect(seenOf([ASKED, nobody, nothing, nobody, nothing])).toEqual([false, false, false, true, true]);
  });

  test('as often as it is there', () => {
    expect(seenOf([0, 500, 1000, 1500].map((laterMs) => ({ ...ASKED, time: NOON + laterMs })))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });
});

describe('two messages are two', () => {
  test.each<Partial<DnsEvent>>([
    { resolver: 'ns2' },
    { client_address: '192.0.2.2' },
    { client_port: 40_001 },
    { id: 8 },
    { qname: 'example.com' },
    { qname: 'EXAMPLE.org' },
    { qtype: 'MX' },
    { direction: 'response' },
    { time: NOON + 2001 },
    { time: NOON - 2001 },
  ])('with %j', (other) => {
    expect(seenOf([ASKED, { ...ASKED, ...other }])).toEqual([false, false]);
  });

  test('where nothing tells port or id', () => {
    for (const unknown of [{ client_port: undefined }, { id: undefined }])
      expect(seenOf([{ ...ASKED, ...unknown }, { ...ASKED, ...unknown }, ASKED])).toEqual([false, false, false]);
  });

  test('if the client sent one of them again', () => {
    expect(seenOf([ASKED, { ...ASKED, time: NOON + 5000 }, { ...ASKED, time: NOON + 5001 }])).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('if what they say is longer than any message', () => {
    const long = { ...ASKED, qname: 'x'.repeat(1200) };

    expect(seenOf([long, long])).toEqual([false, false]);
  });
});

test('the last eight thousand messages and more are remembered, those long before them not', () => {
  const asked = Array.from({ length: 20_000 }, (_, at) => ({ ...ASKED, qname: `${at}.example.org` }));
  const filter = new DuplicateFilter();
  for (const event of asked) expect(filter.isDuplicate(event)).toBe(false);

  expect(asked.slice(-8192).every((event) => filter.isDuplicate(event))).toBe(true);
  expect(asked.slice(0, 3600).some((event) => filter.isDuplicate(event))).toBe(false);
});

test('in any order that times may come in, of each message one remains for each stretch of time, and none is lost', () => {
  const anySight = fc.record({ id: fc.nat({ max: 3 }), time: fc.nat({ max: 8000 }) });
  fc.assert(
    fc.property(fc.array(anySight, { maxLength: 60 }), (sights) => {
      const seen = seenOf(sights.map(({ id, time }) => ({ ...ASKED, id, time })));
      const kept = sights.filter((_, at) => seen[at] === false);
      for (const [at, { id, time }] of sights.entries()) {
        const standsFor = kept.some((other) => other.id === id && Math.abs(other.time - time) <= 2000);
        if (seen[at] === true) expect(standsFor).toBe(true);
      }
      expect(kept.length + seen.filter(Boolean).length).toBe(sights.length);
    }),
  );
});
