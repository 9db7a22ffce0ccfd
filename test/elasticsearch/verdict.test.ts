import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../src/elasticsearch/answer.js';
import { judge } from '../../src/elasticsearch/verdict.js';
import type { Judgement } from '../../src/elasticsearch/verdict.js';

function answer(status: number, body?: unknown): Answer {
  return { kind: 'answer', status, body };
}

const refused = (type: string, reason = 'because'): object => ({ error: { type, reason } });

describe('of a request of two items', () => {
  test.each<[string, Answer, object]>([
    ['no answer', { kind: 'silence', text: 'ECONNRESET' }, { kind: 'retry', reason: 'no_answer', text: 'ECONNRESET' }],
    ['429 of Elasticsearch', answer(429, refused('rejected')), { kind: 'retry', reason: 'overloaded' }],
    ['429 of a proxy', answer(429, '<html>'), { kind: 'retry', reason: 'overloaded', text: 'HTTP 429' }],
    ['500', answer(500, undefined), { kind: 'retry', reason: 'server_error' }],
    ['503', answer(503, refused('cluster_block_exception')), { kind: 'retry', reason: 'server_error' }],
    ['401', answer(401, refused('security_exception')), { kind: 'retry', reason: 'forbidden' }],
    ['403', answer(403, refused('security_exception')), { kind: 'retry', reason: 'forbidden' }],
    ['404', answer(404, { error: 'no handler found', status: 404 }), { kind: 'retry', reason: 'no_index' }],
    ['405', answer(405, { error: 'Incorrect HTTP method' }), { kind: 'retry', reason: 'strange_answer' }],
    ['302', answer(302, ''), { kind: 'retry', reason: 'strange_answer' }],
    ['413 with no body', answer(413, undefined), { kind: 'halve', reason: 'too_large', text: 'HTTP 413' }],
    ['413 of a proxy', answer(413, '<html>'), { kind: 'halve', reason: 'too_large' }],
    ['400', answer(400, refused('illegal_argument_exception', 'id too long')), { kind: 'halve', reason: 'malformed' }],
    ['400 of a proxy', answer(400, '<html>'), { kind: 'retry', reason: 'strange_answer' }],
    [
      '400 for the version of the client',
      answer(400, refused('media_type_header_exception')),
      { kind: 'retry', reason: 'strange_answer' },
    ],
    ['200 with a page', answer(200, '<html>'), { kind: 'retry', reason: 'strange_answer' }],
    ['200 with no items', answer(200, {}), { kind: 'retry', reason: 'strange_answer' }],
    ['200 with one item', answer(200, { items: [{ index: { status: 201 } }] }), { kind: 'retry' }],
    ['200 with null', answer(200, null), { kind: 'retry', reason: 'strange_answer' }],
  ])('%s', (_, given, expected) => {
    expect(judge(given, 2)).toMatchObject(expected);
  });
});

describe('of an item', () => {
  test.each<[string, unknown, object]>([
    ['created', { index: { status: 201 } }, { kind: 'settled' }],
    ['replaced', { index: { status: 200 } }, { kind: 'settled' }],
    ['a newer one is there', { index: { status: 409, ...refused('version_conflict') } }, { kind: 'stale' }],
    ['it was created before', { create: { status: 409, ...refused('version_conflict') } }, { kind: 'stale' }],
    [
      'a newer version is there, and the identity says so itself',
      { index: { status: 409, ...refused('v', '[current version [1]]: conflict, current version [9] is higher') } },
      { kind: 'stale', storedVersion: 9 },
    ],
    ['full queue', { index: { status: 429, ...refused('rejected') } }, { kind: 'retry', reason: 'overloaded' }],
    ['no shard', { index: { status: 503, ...refused('unavailable') } }, { kind: 'retry', reason: 'server_error' }],
    ['no right', { create: { status: 403, ...refused('security') } }, { kind: 'retry', reason: 'forbidden' }],
    ['no index', { index: { status: 404, ...refused('index_not_found') } }, { kind: 'retry', reason: 'no_index' }],
    ['closed', { index: { status: 400, ...refused('index_closed_exception') } }, { kind: 'retry', reason: 'no_index' }],
    [
      'a wrong value',
      { index: { status: 400, error: { type: 'a', reason: 'b', caused_by: { type: 'c', reason: 'd' } } } },
      { kind: 'dead', reason: 'rejected', text: '400 a: b: d' },
    ],
    ['no status', { index: {} }, { kind: 'retry', reason: 'strange_answer' }],
    ['nothing', null, { kind: 'retry', reason: 'strange_answer' }],
  ])('%s', (_, item, expected) => {
    const { verdicts } = itemsOf(judge(answer(200, { items: [item] }), 1));

    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]).toMatchObject(expected);
  });

  test('the verdicts have the order of the items', () => {
    const items = [201, 409, 400].map((status) => ({ index: { status } }));

    const { verdicts } = itemsOf(judge(answer(200, { items }), 3));

    expect(verdicts.map(({ kind }) => kind)).toEqual(['settled', 'stale', 'dead']);
  });
});

test("a server's words are cut to a length", () => {
  const text = 'x'.repeat(1 << 20);

  for (const body of [refused('a', text), { error: text }])
    expect(JSON.stringify(judge(answer(503, body), 1)).length).toBeLessThan(500);
});

function itemsOf(judgement: Judgement): Extract<Judgement, { kind: 'items' }> {
  if (judgement.kind !== 'items') throw new Error(judgement.kind);
  return judgement;
}
