import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { Progress } from '../../src/core/progress.js';
import { emptyTally, mergeInto, packTally, unpackTally } from '../../src/core/tally/tally.js';
import { createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { foldChunk } from '../../src/stages/fold-chunk.js';
import { lineBefore } from '../../src/stages/line-before.js';
import { jsonLines } from '../support/analysis.js';
import { AGGREGATE, cut, identityOf } from '../support/runs.js';
import { textOf } from '../support/sources.js';

const NO_LEAD = Buffer.alloc(0);
const NOON = Date.UTC(2026, 10, 23, 12);
const parse = createLineParser({ zone: createZone('UTC') });

const line = (second: number, text: string, host = 'mx'): string =>
  `Nov 23 11:59:${String(second).padStart(2, '0')} ${host} ${text}`;
const CONNECT = 'postfix/smtpd[1]: connect from unknown[192.0.2.7]';
const REJECT =
  'postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 <b@c.example>: Relay access denied; from=<> to=<b@c.example> proto=ESMTP helo=<x>';
const TWICE = 'last message repeated 2 times';

/** What the lines come to that are cut into chunks at these places, as a source gives them out. */
function folded(lines: readonly string[], places: readonly number[] = []) {
  const progress = new Progress('log', AGGREGATE.outOfOrdernessMs);
  const deps = { parse, identity: identityOf([{ id: 'mx', hosts: ['mx'] }]), config: AGGREGATE };
  const reference = { yearMs: NOON, nowMs: NOON };
  const tally = emptyTally(AGGREGATE.clientCap);
  const rejections: JsonObject[] = [];
  const all = Buffer.from(textOf(lines));
  let byte = 0;
  for (const part of cut(lines, places)) {
    const bytes = Buffer.from(textOf(part));
    const before = lineBefore(all, byte, { from: 0, line: undefined });
    const chunk = {
      bytes,
      leftOutBytes: 0,
      offset: byte,
      byte,
      origin: 'log:12ab',
      writtenMs: NOON,
      before,
      path: 'log',
    };
    const folded = foldChunk({ chunk, lead: NO_LEAD, reference, defaultResolver: 'ns' }, deps, progress.highest);
    for (const contribution of progress.take(folded.totals))
      if (contribution.subject === 'mail:mx') mergeInto(tally, unpackTally(contribution.tally, AGGREGATE.clientCap));
    rejections.push(...jsonLines(Buffer.concat(folded.rejections).toString()));
    byte += bytes.length;
  }
  return { tally: packTally(tally), rejections, outcomes: progress.outcomes };
}

test('each line that was left out is counted, with an identity and the time of the line that tells of it', () => {
  const { outcomes, rejections } = folded([line(1, REJECT), line(9, TWICE)]);

  const repeat = Buffer.byteLength(textOf([line(1, REJECT)]));
  expect(outcomes.counted).toBe(3);
  expect(rejections).toMatchObject([
    { '@timestamp': '2026-11-23T11:59:01.000Z', event: { id: 'log:12ab:0', original: line(1, REJECT) } },
    { '@timestamp': '2026-11-23T11:59:09.000Z', event: { id: `log:12ab:${String(repeat)}`, original: line(9, TWICE) } },
    { '@timestamp': '2026-11-23T11:59:09.000Z', event: { id: `log:12ab:${String(repeat)}#2` } },
  ]);
});

test('so is each message that rsyslog left out', () => {
  const { outcomes } = folded([
    line(1, 'postfix/smtpd[1]: message repeated 30 times: [ connect from unknown[192.0.2.7]]'),
  ]);

  expect(outcomes.counted).toBe(30);
});

test.each([
  ['a line', [CONNECT], 3],
  ['a repeat of a line', [CONNECT, TWICE], 5],
  ['a blank line after a line', [CONNECT, undefined], 3],
  [
    'a message with its own repeats',
    ['postfix/smtpd[1]: message repeated 4 times: [ connect from unknown[192.0.2.7]]'],
    6,
  ],
  ['nothing', [], 0],
  ['no log line', [''], 0],
])('a repeat after %s counts', (_what, texts, counted) => {
  const lines = texts.map((text) => (text === undefined ? '' : text === '' ? 'no log line' : line(1, text)));

  expect(folded([...lines, line(2, TWICE)]).outcomes.counted).toBe(counted);
});

test.each([
  'postfix/smtpd[1]: last message repeated 2 times',
  "postfix/smtpd: Last message 'connect from unknown' repeated 2 times, suppressed by syslog-ng on mx.example.com",
])('so does one under the tag of the message, also after another: %s', (text) => {
  expect(folded([line(1, CONNECT), line(2, text), line(3, text)]).outcomes.counted).toBe(5);
});

test('a repeat whose host the syslog daemon left out is of the host of the line before', () => {
  const repeat = line(2, 'postfix/smtpd[1]: last message repeated 2 times', '');

  expect(folded([line(1, CONNECT), repeat]).outcomes.counted).toBe(3);
});

test('a repeat after a line of another host, or after a line that is too long, is one recognised line', () => {
  for (const before of [line(1, CONNECT, 'mx2'), line(1, CONNECT + ' '.repeat(1 << 16))]) {
    const { outcomes } = folded([before, line(2, TWICE)]);

    expect([outcomes.counted, outcomes.unused]).toEqual([0, 1]);
  }
});

test('chunks do not change what repeats come to', () => {
  const text = fc.constantFrom(
    CONNECT,
    REJECT,
    TWICE,
    TWICE,
    TWICE,
    'sshd[3]: hello',
    'foo: last message repeated 2 times',
    "foo: Last message 'x' repeated 2 times, suppressed by syslog-ng on mx.example.com",
  );
  const host = fc.constantFrom('mx', 'mx', 'mx', 'mx2');
  const lines = fc.array(
    fc.tuple(text, host).map(([what, who]) => line(1, what, who)),
    { maxLength: 14 },
  );

  fc.assert(
    fc.property(lines, fc.array(fc.nat(14), { maxLength: 5 }), (all, places) => {
      expect(folded(all, places)).toEqual(folded(all));
    }),
  );
});
