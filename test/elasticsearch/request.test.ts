import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bulkItemOf } from '../support/elasticsearch-writer.js';
import type { DocumentKind } from '../../src/core/documents/fields.js';

const NOW_MS = Date.parse('2026-11-23T10:00:00Z');

function windowDocument(change: object = {}): object {
  return {
    '@timestamp': '2026-11-23T02:05:00.000Z',
    event: { id: 'mail:mx1|5m|2026-11-23T02:05:00.000Z', kind: 'metric' },
    mxwarden: { subject: 'mail:mx1', window: { version: 7 } },
    ...change,
  };
}

/** The two lines of a document's item. */
function linesOf(kind: DocumentKind, document: object, json?: string): readonly unknown[] {
  const item = bulkItemOf(kind, document, NOW_MS, json);
  if ('reason' in item) throw new Error(item.reason);
  const text = Buffer.from(item.bytes).toString();
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

test("a window replaces older versions of it in the index of its month's first day", () => {
  expect(linesOf('correlation', windowDocument())).toEqual([
    {
      index: {
        _index: 'mxwarden-correlation-2026.11.01',
        _id: 'mail:mx1|5m|2026-11-23T02:05:00.000Z',
        version: 7,
        version_type: 'external_gte',
      },
    },
    windowDocument({
      event: { id: 'mail:mx1|5m|2026-11-23T02:05:00.000Z', kind: 'metric', ingested: '2026-11-23T10:00:00.000Z' },
    }),
  ]);
});

test.each(['alert', 'rejection'] as const)('a document of kind %s is created once in its data stream', (kind) => {
  const [action] = linesOf(kind, { '@timestamp': '2026-11-23T02:05:00.000Z', event: { id: 'a|b' } });

  expect(action).toEqual({ create: { _index: `logs-mxwarden.${kind}-default`, _id: 'a|b' } });
});

test.each([
  ['2026-11-01T00:00:00.000Z', '2026.11.01'],
  ['2026-10-31T23:59:59.999Z', '2026.10.01'],
  ['2026-11-01T00:30:00+01:00', '2026.10.01'],
  ['0001-01-01T00:00:00.000Z', '0001.01.01'],
])('a window that starts at %s goes to the index of %s', (start, day) => {
  const item = bulkItemOf('client', windowDocument({ '@timestamp': start }), NOW_MS);

  expect(item).toHaveProperty('index', `mxwarden-client-${day}`);
});

describe('an identity', () => {
  test.each([
    ['a'.repeat(512), 'a'.repeat(512)],
    ['ä'.repeat(256), 'ä'.repeat(256)],
    ['a'.repeat(513), expect.stringMatching(/^sha256:[\da-f]{64}$/)],
    ['ä'.repeat(257), expect.stringMatching(/^sha256:[\da-f]{64}$/)],
  ])('%s fits into 512 bytes', (id, expected) => {
    expect(bulkItemOf('alert', { event: { id } }, NOW_MS)).toHaveProperty('id', expected);
  });

  test('that is too long is told from others that begin alike, and stays in the document', () => {
    const [one, other] = ['x', 'y'].map((end) => bulkItemOf('alert', { event: { id: 'a'.repeat(600) + end } }, NOW_MS));

    expect(one).not.toEqual(other);
    expect(linesOf('alert', { event: { id: 'a'.repeat(600) } })[1]).toHaveProperty('event.id', 'a'.repeat(600));
  });
});

describe('the document is sent as it came', () => {
  const ingested = '"ingested":"2026-11-23T10:00:00.000Z",';
  test.each([
    ['{"@timestamp":"T","event":{"id":"a"},"x":1.50}', `{"@timestamp":"T","event":{${ingested}"id":"a"},"x":1.50}`],
    // The name as a value, inside a text, deeper down, and as a part of another name.
    [
      '{"a":"event","b":"\\\\\\"event\\":{","c":[{"event":{}}],"\\"event":{},"event":{"id":"a"}}',
      `{"a":"event","b":"\\\\\\"event\\":{","c":[{"event":{}}],"\\"event":{},"event":{${ingested}"id":"a"}}`,
    ],
    ['{\n\t"event" :\r\n {\n"b": "\\n", "id": "a"}\n}\n', `{ \t"event" :\r  {${ingested} "b": "\\n", "id": "a"} } `],
    ['{"event":{"ingested":"then","id":"a"}}', '{"event":{"ingested":"then","id":"a"}}'],
  ])('%j', (json, expected) => {
    const item = bulkItemOf('alert', {}, NOW_MS, json);

    const text = 'bytes' in item ? Buffer.from(item.bytes).toString() : item.reason;
    expect(text).toBe(`{"create":{"_index":"logs-mxwarden.alert-default","_id":"a"}}\n${expected}\n`);
  });

  test('whatever it holds, as two lines, and all that is added is the time', () => {
    const around = fc.dictionary(fc.oneof(fc.string(), fc.constant('event')), fc.jsonValue());
    const spaced = fc.constantFrom(undefined, 1, '\t');
    fc.assert(
      fc.property(around, around, spaced, (before, event, space) => {
        const document = { ...before, event: { ...event, id: 'a' } };

        const [, source] = linesOf('alert', document, JSON.stringify(document, undefined, space));

        const ingested = 'ingested' in event ? {} : { ingested: '2026-11-23T10:00:00.000Z' };
        const expected = { ...document, event: { ...document.event, ...ingested } };
        expect(source).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });
});

describe('no request can have', () => {
  test.each([
    ['correlation', {}, 'no_identity'],
    ['correlation', { event: null }, 'no_identity'],
    ['alert', { event: { id: '' } }, 'no_identity'],
    ['alert', { event: { id: 7 } }, 'no_identity'],
    ['client', windowDocument({ '@timestamp': undefined }), 'no_time'],
    ['client', windowDocument({ '@timestamp': 'yesterday' }), 'no_time'],
    ['client', windowDocument({ '@timestamp': '+012026-11-23T02:05:00.000Z' }), 'no_time'],
    ['client', windowDocument({ mxwarden: {} }), 'no_version'],
    ['client', windowDocument({ mxwarden: { window: { version: -1 } } }), 'no_version'],
    ['client', windowDocument({ mxwarden: { window: { version: 0.5 } } }), 'no_version'],
    ['client', windowDocument({ mxwarden: { window: { version: 2 ** 53 } } }), 'no_version'],
    ['client', windowDocument({ mxwarden: { window: { version: '7' } } }), 'no_version'],
  ] as const)('as a %s %j: %s', (kind, document, reason) => {
    expect(bulkItemOf(kind, document, NOW_MS)).toEqual({ kind: 'dead', reason, text: '' });
  });
});
