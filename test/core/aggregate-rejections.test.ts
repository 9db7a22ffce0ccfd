import { describe, expect, test } from '@jest/globals';
import { Aggregator } from '../../src/core/aggregate.js';
import type { Event } from '../../src/core/event.js';
import { HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import { at, written } from '../support/documents.js';
import * as make from '../support/events.js';
import { NOON, record } from '../support/events.js';
import { AGGREGATE, cut, fold, identityOf } from '../support/runs.js';

const KEPT = 1000;

/** Rejections of a log, one line for each: id and, of those that stand for others, how many. */
function rejectionsOf(events: readonly Event[], places: readonly number[] = []): readonly string[] {
  const { results } = fold({ name: 'log', chunks: cut(events, places) }, { identity: identityOf() });
  const documents = results.flatMap(({ rejections }) => rejections);
  return documents.map((document) => {
    const leftOut = at(document, 'mxwarden.rejection.left_out');
    return `${String(at(document, 'event.id'))}${typeof leftOut === 'number' ? ` +${String(leftOut)}` : ''}`;
  });
}

const rejects = (count: number, over: Parameters<typeof make.reject>[0] = {}) =>
  Array.from({ length: count }, () => make.reject(over));

test.each([
  ['reject', make.reject(), 1],
  ['reject that is not enforced', make.reject({ action: 'warn' }), 1],
  ['auth_failure', make.authFailure(), 1],
  ['protocol_error', make.protocolError(), 1],
  ['rate_limit', make.rateLimit(), 1],
  ['too_many_errors', make.tooManyErrors(), 1],
  ['screen_hit', make.screenHit(), 1],
  ['screen_connect', make.screenConnect(), 0],
  ['lost_connection', make.lostConnection(), 0],
  ['disconnect', make.disconnect(), 0],
  ['pop3_failure', make.pop3Failure(), 0],
])('a line of kind %s', (_, event, documents) => {
  expect(rejectionsOf([event])).toHaveLength(documents);
});

describe('of the rejections of a client, reason and pane', () => {
  test(`${String(KEPT)} in a chunk have documents`, () => {
    const documents = rejectionsOf(rejects(KEPT));

    expect(documents).toHaveLength(KEPT);
    expect(documents[KEPT - 1]).toBe(`log:${String(KEPT - 1)}`);
  });

  test('further ones have one that says how many they are', () => {
    const documents = rejectionsOf(rejects(KEPT + 7));

    expect(documents).toHaveLength(KEPT + 1);
    expect(documents[KEPT]).toBe('log:1000|left out +7');
  });

  test('each chunk has its own', () => {
    const documents = rejectionsOf(rejects(2 * KEPT + 1), [KEPT]);

    expect(documents).toHaveLength(2 * KEPT + 1);
    expect(documents[2 * KEPT]).toBe('log:2000|left out +1');
  });

  test.each([
    ['client', { client_address: '192.0.2.11' }],
    ['reason', { reason: 'relay_denied' }],
    ['pane', { time: NOON + 5 * MINUTE_MS }],
  ] as const)('another %s has its own', (_, over) => {
    expect(rejectionsOf([...rejects(KEPT), ...rejects(KEPT, over)])).toHaveLength(2 * KEPT);
  });

  test('addresses of one /64 are one client', () => {
    const addresses = ['2001:db8::1', '2001:db8::2'].flatMap((client_address) => rejects(501, { client_address }));

    expect(rejectionsOf(addresses)[KEPT]).toBe('log:1000|left out +2');
  });

  test('a pane that is entered again goes on with its count', () => {
    const later = { time: NOON + 5 * MINUTE_MS };
    const events = [...rejects(600), ...rejects(1, later), ...rejects(600)];

    expect(rejectionsOf(events)).toHaveLength(KEPT + 1 + 1);
  });
});

describe('in a flood of clients, more than are counted exactly', () => {
  const flood = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => make.reject({ client_address: `198.51.100.${String(from + n)}` }));

  test('every rejection of a client that comes once has its document', () => {
    const { results } = fold(
      { name: 'log', chunks: [flood(0, 250)] },
      { identity: identityOf(), aggregate: { clientCap: 10 } },
    );

    expect(results.flatMap(({ rejections }) => rejections).length).toBe(250);
  });

  test('none is lost of one that comes often: it has a document or is in the number of those left out', () => {
    const events = Array.from({ length: 8 }, (_, n) => [...rejects(200), ...flood(n * 25, 25)]).flat();
    const { results } = fold(
      { name: 'log', chunks: [events] },
      { identity: identityOf(), aggregate: { clientCap: 10 } },
    );
    const ofClient = results
      .flatMap(({ rejections }) => rejections)
      .filter((document) => at(document, 'source.address') === '192.0.2.10');
    const leftOut = ofClient.map((document) => Number(at(document, 'mxwarden.rejection.left_out') ?? 0));
    const kept = leftOut.filter((count) => count === 0).length;

    expect(kept + leftOut.reduce((sum, count) => sum + count, 0)).toBe(1600);
    expect(kept).toBe(KEPT);
  });
});

test('the document that stands for others says whose they are', () => {
  const { results } = fold({ name: 'log', chunks: [rejects(KEPT + 1)] }, { identity: identityOf() });
  const [document = {}] = results[0]?.rejections.slice(-1) ?? [];

  expect(written(document)).toEqual({
    '@timestamp': '2003-04-13T12:00:00.000Z',
    ecs: { version: '9.4.0' },
    event: {
      kind: 'event',
      category: ['email', 'network'],
      type: ['info'],
      module: 'mxwarden',
      dataset: 'mxwarden.rejection',
      id: 'log:1000|left out',
    },
    host: { name: 'mx' },
    observer: { vendor: 'mxwarden' },
    related: { hosts: ['mx'], ip: ['192.0.2.10'] },
    source: { address: '192.0.2.10' },
    mxwarden: { subject: 'mail:mx', rejection: { reason: 'user_unknown', left_out: 1 } },
  });
});

test('what no event can be in time for is given out once, and dropped before its chunk ends', () => {
  const aggregator = new Aggregator(AGGREGATE, identityOf(), 'ns');
  for (const [offset, event] of rejects(KEPT + 7).entries()) aggregator.add(event, record(offset));
  for (let offset = 2000; offset < 2003; offset += 1) {
    const time = NOON + 2 * HOUR_MS;
    aggregator.add(make.connect({ time }), record(offset, time));
  }
  const idsAfter = (step: () => void): readonly string[] => {
    aggregator.takeAsides();
    step();
    return aggregator.takeAsides().rejections.map((document) => String(at(document, 'event.id')));
  };

  expect(
    idsAfter(() => expect(aggregator.changed().map(({ paneMs }) => paneMs)).toEqual([NOON, NOON + 2 * HOUR_MS])),
  ).toEqual([]);
  expect(idsAfter(() => expect(aggregator.changed()).toEqual([]))).toEqual(['log:1000|left out']);
  expect(idsAfter(() => expect(aggregator.finish().tallies).toEqual([]))).toEqual([]);
});
