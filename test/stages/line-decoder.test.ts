import { describe, expect, test } from '@jest/globals';
import { createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { createLineDecoder } from '../../src/stages/line-decoder.js';
import { MAX_LINE_BYTES } from '../../src/stages/ports.js';

const WRITTEN_MS = Date.UTC(2026, 10, 23, 3);
const CONNECT = 'Nov 23 02:00:00 mx1 postfix/smtpd[7]: connect from mail.example.org[192.0.2.10]';

function decode(value: string | Buffer, writtenMs = WRITTEN_MS): ReturnType<ReturnType<typeof createLineDecoder>> {
  // A new one each time: what a parser remembers must not matter.
  return createLineDecoder(createLineParser({ zone: createZone('UTC') }))(Buffer.from(value), writtenMs);
}

const EVENT = { kind: 'connect', host: 'mx1', client_address: '192.0.2.10', time: Date.UTC(2026, 10, 23, 2) };

describe('a record that is a line', () => {
  test.each(['', '\n', '\n\n', '\r\n'])('is its event with %j behind it', (end) => {
    expect(decode(CONNECT + end)).toMatchObject(EVENT);
  });

  test('takes the year from when it was written', () => {
    expect(decode(CONNECT, Date.UTC(2003, 10, 24))).toMatchObject({ time: Date.UTC(2003, 10, 23, 2) });
    expect(decode(CONNECT, Date.UTC(2027, 0, 2))).toMatchObject({ time: Date.UTC(2026, 10, 23, 2) });
  });

  test('that says how often another one came is one that was heard', () => {
    expect(decode('Nov 23 02:00:00 mx1 last message repeated 3 times')).toMatchObject({
      kind: 'other',
      host: 'mx1',
      time: EVENT.time,
    });
  });
});

describe('a document of a shipper is the event of its line', () => {
  test.each([
    { '@timestamp': '2026-11-23T02:00:00.000Z', message: CONNECT },
    {
      '@timestamp': '2026-11-23T02:00:00.000Z',
      message: CONNECT,
      host: { name: 'shipper' },
      event: { original: CONNECT },
    },
  ])('%j', (document) => {
    expect(decode(JSON.stringify(document))).toMatchObject(EVENT);
  });
});

describe('what can never be an event is a dead letter', () => {
  test.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['only a newline', '\n'],
    ['words', 'no line of a log'],
    ['JSON that breaks off', '{"message": "Nov 23'],
    ['JSON that is no document', '[1, 2]'],
    ['bytes', Buffer.from([0, 255, 254, 10, 0])],
  ])('%s', (_, value) => {
    expect(decode(value)).toEqual({ kind: 'dead', reason: 'no_envelope' });
  });

  test('more than a line may have, with its newline', () => {
    const longest = CONNECT.padEnd(MAX_LINE_BYTES, ' x');

    expect(decode(longest)).not.toMatchObject({ reason: 'too_long' });
    expect(decode(`${longest}y`)).toEqual({ kind: 'dead', reason: 'too_long' });
  });
});
