import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../src/elasticsearch/answer.js';
import type { Delay } from '../../src/elasticsearch/batcher.js';
import type { Method } from '../../src/elasticsearch/client.js';
import { fittingId } from '../../src/elasticsearch/request.js';
import { ElasticsearchWriter } from '../../src/elasticsearch/writer.js';
import type { WriteOutcome } from '../../src/stages/ports.js';
import { SMALL_BATCHES } from '../support/bulk-server.js';
import { VirtualTime } from '../support/virtual-time.js';

const NEVER = new AbortController().signal;

function found(...ids: readonly string[]): Answer {
  return { kind: 'answer', status: 200, body: { _shards: { failed: 0 }, hits: { hits: ids.map((_id) => ({ _id })) } } };
}

/** A writer to a server that answers so, one request after the other. */
function setUp(answers: readonly Answer[]) {
  const time = new VirtualTime();
  const left = [...answers];
  const requests: (readonly [Method, string, object | undefined])[] = [];
  const retries: Delay[] = [];
  const answer = async (): Promise<Answer> => left.shift() ?? { kind: 'silence', text: 'no more' };
  const writer = new ElasticsearchWriter(SMALL_BATCHES, {
    connection: {
      bulk: answer,
      request: (method, path, body) => {
        requests.push([method, path, body]);
        return answer();
      },
    },
    nowMs: () => Date.UTC(2026, 10, 23),
    random: () => 0.5,
    setTimer: time.setTimer,
    onRetry: (delay) => retries.push(delay),
  });
  return { time, writer, requests, retries };
}

describe('which documents are there', () => {
  test('is asked of the whole data stream, and only for their identities', async () => {
    const { writer, requests } = setUp([found('b')]);

    expect(await writer.existing('alert', ['a', 'b'], NEVER)).toEqual(new Set(['b']));

    expect(requests).toEqual([
      [
        'POST',
        expect.stringMatching(/^\/logs-mxwarden\.alert-default\/_search\?.*\ballow_partial_search_results=false\b/),
        expect.objectContaining({ _source: false, size: 10_000, query: { ids: { values: ['a', 'b'] } } }),
      ],
    ]);
  });

  test('is told by the identity that a document has, where that is too long for Elasticsearch', async () => {
    const id = 'a'.repeat(600);
    const fitting = fittingId(id);
    const { writer, requests } = setUp([found(fitting)]);

    expect(await writer.existing('rejection', [id, 'b'], NEVER)).toEqual(new Set([id]));

    expect(requests[0]?.[2]).toMatchObject({ query: { ids: { values: [fitting, 'b'] } } });
  });

  test('is not asked for kinds that may be written again', async () => {
    const { writer, requests } = setUp([]);

    expect(await writer.existing('correlation', ['a'], NEVER)).toEqual(new Set());
    expect(await writer.existing('alert', [], NEVER)).toEqual(new Set());

    expect(requests).toEqual([]);
  });

  test.each<[string, Answer]>([
    ['no_answer', { kind: 'silence', text: 'ECONNREFUSED' }],
    ['overloaded', { kind: 'answer', status: 429, body: {} }],
    ['server_error', { kind: 'answer', status: 503, body: {} }],
    ['forbidden', { kind: 'answer', status: 403, body: {} }],
    ['strange_answer', { kind: 'answer', status: 200, body: '<html>' }],
    ['strange_answer', { kind: 'answer', status: 200, body: { _shards: { failed: 1 }, hits: { hits: [] } } }],
  ])('is asked again: %s, %j', async (reason, answer) => {
    const { time, writer, retries } = setUp([answer, answer, found('a')]);

    expect(await time.until(writer.existing('alert', ['a'], NEVER))).toEqual(new Set(['a']));

    expect(retries).toMatchObject([
      { reason, count: 1, delayMs: 500 },
      { reason, count: 1, delayMs: 1000 },
    ]);
    expect(time.nowMs).toBe(1500);
  });

  test('is asked no more when nobody waits for it', async () => {
    const { time, writer, requests } = setUp([]);
    const abort = new AbortController();
    time.setTimer(700, () => abort.abort());

    await time.until(writer.existing('alert', ['a'], abort.signal));

    expect(requests).toHaveLength(2);
    expect([time.nowMs, time.pending]).toEqual([700, 0]);
  });
});

test.each([
  [200, 1],
  [403, 1],
  [404, 1],
  [429, 2],
  [503, 2],
])('a refresh that is answered by %d: %d requests', async (status, expected) => {
  const { time, writer, requests } = setUp([
    { kind: 'answer', status, body: {} },
    { kind: 'answer', status: 200, body: {} },
  ]);

  await time.until(writer.refresh('alert', NEVER));

  expect(requests).toHaveLength(expected);
  expect(requests[0]?.[1]).toMatch(/^\/logs-mxwarden\.alert-default\/_refresh\b/);
});

describe('a document', () => {
  const document = { event: { id: 'a' } };
  const json = Buffer.from(JSON.stringify(document));

  async function outcomeOf(answer: Answer, given: object = { document, json }): Promise<WriteOutcome | undefined> {
    const { time, writer } = setUp([answer]);
    let outcome: WriteOutcome | undefined;
    await writer.add({ kind: 'alert', document, json, ...given }, (told) => (outcome = told));
    await time.until(writer.flush());
    return outcome;
  }

  test.each([
    [201, undefined, { kind: 'settled' }],
    [409, undefined, { kind: 'stale' }],
    [
      400,
      {
        type: 'parsing',
        reason: "[1:2] field [a] in document with id 'x'. Preview of field's value: 'me@example.org'",
      },
      { kind: 'dead', reason: 'rejected', text: '400 parsing: [1:2] field [a] in document with id' },
    ],
    [400, { type: 'a', reason: 'b', caused_by: { reason: 'For "me"' } }, { text: '400 a: b: For' }],
  ])('that is answered by %d %j', async (status, error, expected) => {
    const body = { items: [{ create: { status, error } }] };

    expect(await outcomeOf({ kind: 'answer', status: 200, body })).toMatchObject(expected);
  });

  test('that no request can have is dead at once', async () => {
    const outcome = await outcomeOf({ kind: 'silence', text: '' }, { document: {} });

    expect(outcome).toEqual({ kind: 'dead', reason: 'no_identity', text: '' });
  });
});
