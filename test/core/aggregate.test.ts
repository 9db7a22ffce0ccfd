import { describe, expect, test } from '@jest/globals';
import type { Mark } from '../../src/core/progress.js';
import type { Event, Ms } from '../../src/core/event.js';
import { emptyTally } from '../../src/core/tally/tally.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/time.js';
import * as make from '../support/events.js';
import { NOON } from '../support/events.js';
import { AGGREGATE, SourceFold, fold, identityOf } from '../support/runs.js';
import type { ChunkResult } from '../support/runs.js';
import { CAP, clientCounts, nonZero, unpacked } from '../support/tallies.js';

const PANE = 5 * MINUTE_MS;
const identity = identityOf();

/** A source whose records were all written at one time. */
class Reader {
  readonly source = new SourceFold('log', AGGREGATE, identity);
  private offset = 0;

  constructor(private readonly writtenMs: Ms = NOON + 30 * HOUR_MS) {}

  connectAt(time: Ms): string | undefined {
    return this.source.add(make.connect({ time }), make.record(this.offset++, this.writtenMs));
  }

  finish(isEnd = false): ChunkResult {
    return this.source.finishChunk(['log'], isEnd);
  }
}

const foldOf = (events: readonly Event[], servers = identity) =>
  fold({ name: 'log', chunks: [events] }, { identity: servers });

/** What was counted of each subject. */
function countsOf({ contributions }: ChunkResult): Record<string, Record<string, number>> {
  return Object.fromEntries(contributions.map(({ subject, tally }) => [subject, nonZero(unpacked(tally))]));
}

describe('the watermark of a source', () => {
  test('is the third-highest time less the out-of-orderness, and stands in the mark', () => {
    const reader = new Reader();
    const watermarkAfter = (time: Ms): Mark['watermarkMs'] => {
      reader.connectAt(time);
      return reader.finish().mark.watermarkMs;
    };

    expect(watermarkAfter(NOON)).toBe(-Infinity);
    expect(watermarkAfter(NOON + 20)).toBe(-Infinity);
    expect(watermarkAfter(NOON + 10)).toBe(NOON - 30 * SECOND_MS);
    expect(watermarkAfter(NOON + 30)).toBe(NOON + 10 - 30 * SECOND_MS);
    expect(reader.finish().mark).toMatchObject({ chunk: 5, upTo: 4, latestMs: NOON + 30, expected: ['log'] });
    expect(reader.finish(true).mark).toMatchObject({ chunk: 6, upTo: 4, watermarkMs: 'end' });
  });

  test('is not moved by one forged stamp within the future skew', () => {
    const reader = new Reader(NOON);
    for (let i = 0; i < 5; i += 1) reader.connectAt(NOON - 5 * HOUR_MS);
    reader.connectAt(NOON + PANE);

    expect(reader.finish().mark.watermarkMs).toBe(NOON - 5 * HOUR_MS - 30 * SECOND_MS);
    expect(reader.connectAt(NOON - 5 * HOUR_MS)).toBeUndefined();
  });

  test('is moved by lines of other hosts, not by dead letters', () => {
    const strangers = [1, 2, 3].map(() => make.connect({ host: 'stranger' }));
    const reader = new Reader(NOON);
    for (let i = 0; i < 3; i += 1) reader.connectAt(NOON + HOUR_MS);

    expect(foldOf([...strangers, make.connect({ time: NOON - 2 * HOUR_MS })]).results[0]?.deadLetters).toHaveLength(1);
    expect(reader.finish().mark).toMatchObject({ watermarkMs: -Infinity, latestMs: -Infinity });
  });
});

describe('an event', () => {
  test('is late when its pane with the allowed lateness ends at the watermark, not before', () => {
    const reader = new Reader();
    const latestMs = NOON + 2 * HOUR_MS + 30 * SECOND_MS;
    for (let i = 0; i < 3; i += 1) reader.connectAt(latestMs);
    // The watermark is at 14:00: what ended at 13:00 is lost, what ends after it is not.
    expect(reader.connectAt(NOON + HOUR_MS - 1)).toBe('late');
    expect(reader.connectAt(NOON + HOUR_MS)).toBeUndefined();
    expect(reader.connectAt(NOON + HOUR_MS - PANE)).toBe('late');
    reader.finish();
    expect(reader.source.outcomes).toMatchObject({ counted: 4, dead: { late: 2, future: 0, no_envelope: 0 } });
  });

  test('before the watermark reached that end is in time', () => {
    const reader = new Reader();
    for (let i = 0; i < 3; i += 1) reader.connectAt(NOON + 2 * HOUR_MS + 30 * SECOND_MS - 1);

    expect(reader.connectAt(NOON + HOUR_MS - 1)).toBeUndefined();
  });

  test('that comes when the watermark has reached the end of its pane is counted as late there', () => {
    const lateAt = (watermarkMs: Ms): number | undefined => {
      const reader = new Reader();
      for (let i = 0; i < 3; i += 1) reader.connectAt(watermarkMs + 30 * SECOND_MS);
      reader.connectAt(NOON);
      const late = reader.finish().contributions.find(({ paneMs }) => paneMs === NOON);
      return late === undefined ? undefined : unpacked(late.tally).counts.of('window.late_events');
    };

    expect(lateAt(NOON + PANE)).toBe(1);
    expect(lateAt(NOON + PANE - 1)).toBe(0);
  });

  test.each([
    [NOON + 5 * MINUTE_MS, undefined],
    [NOON + 5 * MINUTE_MS + 1, 'future'],
  ])('at %i, of a record written at noon, is dead as %s', (time, reason) => {
    const reader = new Reader(NOON);

    expect(reader.connectAt(time)).toBe(reason);
    expect(reader.finish().deadLetters).toEqual(
      reason === undefined ? [] : [{ reason, origin: 'log:0', text: 'line 0' }],
    );
  });

  test.each([
    [NOON, NOON],
    [NOON + PANE - 1, NOON],
    [NOON + PANE, NOON + PANE],
    [-1, -PANE],
    [0, 0],
  ])('at %i belongs to the pane from %i', (time, paneMs) => {
    const reader = new Reader();
    reader.connectAt(time);

    expect(reader.finish().contributions.map((contribution) => contribution.paneMs)).toEqual([paneMs]);
  });
});

test('a record without an event is a dead letter with its line', () => {
  const { source } = new Reader();
  source.bury('no_envelope', make.record(4));

  expect(source.finishChunk(['log'], true)).toMatchObject({
    deadLetters: [{ reason: 'no_envelope', origin: 'log:4', text: 'line 4' }],
    mark: { upTo: 5 },
  });
  expect(source.outcomes.dead).toEqual({
    no_envelope: 1,
    too_long: 0,
    future: 0,
    late: 0,
    no_schema: 0,
    unreadable: 0,
  });
});

describe('lines of hosts that are no servers', () => {
  test('are counted as unmapped with the first of them', () => {
    const events = [
      make.connect(),
      make.connect({ host: 'b' }),
      make.reject({ host: 'b' }),
      make.unrecognised({ host: 'c' }),
    ];
    const { outcomes, results } = foldOf(events);

    expect(Object.fromEntries(outcomes.unmapped)).toEqual({
      b: { count: 2, text: 'line 1' },
      c: { count: 1, text: 'line 3' },
    });
    expect(outcomes).toMatchObject({ counted: 1, unused: 0, unrecognised: new Map() });
    expect(results[0]?.rejections).toEqual([]);
  });

  test('are sampled for a hundred hosts, the others together', () => {
    const events = Array.from({ length: 150 }, (_, n) => make.connect({ host: `h${String(n)}` }));
    const { unmapped } = foldOf([...events, ...events]).outcomes;

    expect(unmapped.size).toBe(101);
    expect(unmapped.get('h0')?.count).toBe(2);
    expect(unmapped.get('others')?.count).toBe(100);
  });

  test('with DNS queries count for the resolver', () => {
    const { results, outcomes } = foldOf([make.query({ client_address: '192.0.2.99' }), make.query()]);
    const [result] = results;
    const resolver = result?.contributions.find(({ subject }) => subject === 'dns:ns');
    const tally = resolver === undefined ? emptyTally(CAP) : unpacked(resolver.tally);

    expect(outcomes.counted).toBe(2);
    expect(result?.contributions.map(({ subject }) => subject).sort()).toEqual(['dns:ns', 'mail:mx']);
    expect(tally.counts.of('dns.queries')).toBe(2);
    expect(clientCounts(tally, '192.0.2.99')).toEqual({ dns_queries: 1 });
  });
});

describe('a DNS query', () => {
  const servers = identityOf([
    { id: 'mx', hosts: ['mx'], addresses: ['127.0.0.1'] },
    { id: 'out', hosts: ['out'], addresses: ['127.0.0.1', '192.0.2.2@ns'] },
  ]);

  test('from 127.0.0.1 is of another client at each resolver', () => {
    const events = ['mx', 'out', 'out', 'ns'].map((resolver) => make.query({ resolver, client_address: '127.0.0.1' }));
    const [result] = foldOf(events, servers).results;
    const queries = (result?.contributions ?? []).map(({ subject, tally }) => [
      subject,
      unpacked(tally).counts.of('dns.queries'),
    ]);

    expect(Object.fromEntries(queries)).toEqual({
      'mail:mx': 1,
      'mail:out': 2,
      'dns:mx': 1,
      'dns:out': 2,
      'dns:ns': 1,
    });
  });

  test('from an address at one resolver is not its at another', () => {
    const events = ['ns', 'other'].map((resolver) => make.query({ resolver, client_address: '192.0.2.2' }));
    const [result] = foldOf(events, servers).results;

    expect(result?.contributions.map(({ subject }) => subject).sort()).toEqual(['dns:ns', 'dns:other', 'mail:out']);
  });

  test('without a resolver counts for the default one, and so do other lines of its log', () => {
    const events = [
      make.query({ resolver: undefined }),
      make.other({ side: 'dns', host: '' }),
      make.other({ side: 'dns', host: 'ns2' }),
    ];
    const [result] = foldOf(events).results;

    expect(result === undefined ? {} : countsOf(result)).toMatchObject({
      'dns:ns': { 'dns.queries': 1, 'coverage.dns.used': 1, 'coverage.dns.unused': 1 },
      'dns:ns2': { 'coverage.dns.unused': 1 },
    });
  });
});

describe('of a DNS message that is there twice', () => {
  const message = { client_address: '192.0.2.1', client_port: 40_000, id: 7 };
  const events = [
    make.query(message),
    make.query({ ...message, time: NOON + 1 }),
    make.query({ ...message, direction: 'response', rcode: 'NOERROR' }),
    make.query({ ...message, id: 8 }),
    make.query({ ...message, client_address: '192.0.2.77' }),
    make.query({ ...message, client_address: '192.0.2.77' }),
  ];
  const foldWith = (dnsDuplicates: 'count' | 'drop', chunks: readonly (readonly Event[])[]) =>
    fold({ name: 'log', chunks }, { identity, aggregate: { dnsDuplicates } });

  test('both count, unless it is said that one is to be dropped', () => {
    const [both] = foldOf(events).results;
    const [once] = foldWith('drop', [events]).results;

    expect(foldOf(events).outcomes).toMatchObject({ counted: 6, duplicate: 0 });
    expect(both === undefined ? {} : countsOf(both)).toMatchObject({
      'mail:mx': { 'dns.queries': 3 },
      'dns:ns': { 'dns.queries': 5 },
    });
    expect(foldWith('drop', [events]).outcomes).toMatchObject({ counted: 4, duplicate: 2 });
    expect(once === undefined ? {} : countsOf(once)).toMatchObject({
      'mail:mx': { 'dns.queries': 2 },
      'dns:ns': { 'dns.queries': 3, 'coverage.dns.used': 4 },
    });
    expect(once?.mark).toEqual(both?.mark);
  });

  test('a chunk knows nothing of the one before it', () => {
    const { outcomes, results } = foldWith('drop', [events, events]);
    const [first, second] = results;

    expect(outcomes).toMatchObject({ counted: 8, duplicate: 4 });
    expect(second === undefined ? {} : countsOf(second)).toEqual(first === undefined ? undefined : countsOf(first));
  });

  test('one that is too late does not stand for another', () => {
    const day = [0, 1, 2].map((id) => make.query({ ...message, id, time: NOON + 24 * HOUR_MS }));
    const { outcomes } = foldWith('drop', [[...day, ...events]]);

    expect(outcomes).toMatchObject({ counted: 3, duplicate: 0, dead: { late: 6 } });
  });
});

test('what became of records: used, unused, unrecognised', () => {
  const events = [
    make.connect(),
    make.other(),
    make.unrecognised(),
    make.unrecognised({ program: 'sshd', side: undefined }),
    make.other({ side: undefined }),
    make.other({ side: undefined, host: 'firewall' }),
  ];
  const { outcomes } = foldOf(events);

  expect(outcomes).toMatchObject({ counted: 1, unused: 3 });
  expect(outcomes.unmapped.size).toBe(0);
  expect(Object.fromEntries(outcomes.unrecognised)).toEqual({ 'postfix/smtpd': { count: 1, text: 'line 2' } });
  expect(Object.fromEntries(outcomes.foreign)).toEqual({ sshd: { count: 1, text: 'line 3' } });
});
