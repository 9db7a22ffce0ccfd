import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import { Literal } from '../../src/parse/literal.js';
import { createLineParser } from '../../src/parse/line.js';
import { parse, parseWith, REFERENCE_MS } from './lines.js';

const DEPT = join(import.meta.dirname, '..', 'fixtures', 'dept');

/** Lines of all forms, in which a mutation has something to break. */
const REAL = [
  'Nov 23 01:57:14 gpo postfix/smtpd[22658]: connect from unknown[127.0.5.5]',
  'Nov 23 01:57:14 gpo postfix/smtpd[22658]: disconnect from unknown[127.0.5.5] ehlo=1 auth=0/1 quit=1 commands=2/3',
  'Nov 23 01:57:15 gpo postfix/smtpd[22613]: 8848BC46B5: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=joe',
  'Nov 23 01:57:15 gpo postfix/smtpd[22613]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 550 5.1.1 <r@y>: Recipient address rejected: User unknown; from=<s@x> to=<r@y> proto=ESMTP helo=<h>',
  'Nov 23 01:57:15 gpo postfix/smtpd[22613]: warning: a[192.0.2.1]: SASL PLAIN authentication failed: x, sasl_username=joe',
  'Nov 23 01:57:15 gpo postfix/smtpd[22613]: lost connection after DATA (12 bytes) from a[192.0.2.1]',
  'Nov 23 01:57:15 gpo postfix/cleanup[1]: ABCDE: reject: header Subject: x from a[192.0.2.1]; from=<s@x> to=<r@y> proto=ESMTP helo=<h>: 5.7.1 No',
  'Nov 23 01:57:15 gpo postfix/qmgr[1]: ABCDE: from=<s@x>, size=1234, nrcpt=2 (queue active)',
  'Nov 23 01:57:15 gpo postfix/smtp[1]: ABCDE: to=<r@y>, relay=mx[192.0.2.1]:25, delay=1.2, delays=0/0/0/1, dsn=2.0.0, status=sent (ok)',
  'Nov 23 01:57:15 gpo postfix/postscreen[1]: PREGREET 14 after 0.12 from [192.0.2.1]:4711: EHLO x',
  '2026-11-23T01:57:14.864123+01:00 gpo dovecot: pop3-login: Login: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1',
  'Nov 23 01:57:15 gpo dovecot: pop3(joe)<1><x>: Info: Disconnected: Logged out top=0/0',
  '23-Nov-2026 01:57:14.864 queries: info: client @0x7f 192.0.2.1#50857 (x.y): view v: query: x.y IN A +E(0)K (127.0.0.1)',
  "Nov 23 01:57:15 gpo named[1]: client 192.0.2.1#50857 (x.y): query (cache) 'x.y/A/IN' denied",
  'Nov 23 01:57:15 fw kernel: [1.2] DNS IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.53 LEN=71 PROTO=TCP SPT=4000 DPT=53 SYN URGP=0',
  'Nov 23 01:57:15 gpo iplog[1]: UDP: dgram to ns.example:domain from 192.0.2.1:4000 (38 data bytes)',
  '1795399034.857497\tC1\t192.0.2.1\t4000\t198.51.100.53\t53\tudp\t7\t0.01\tx.y\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF',
  '{"__REALTIME_TIMESTAMP":"1795399034000123","_HOSTNAME":"gpo","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"7","MESSAGE":"connect from a[192.0.2.1]"}',
  '{"@timestamp":"2026-11-23T02:00:00Z","message":"Nov 23 01:57:14 gpo postfix/smtpd[7]: connect from a[192.0.2.1]"}',
  '{"@timestamp":"2026-11-23T02:00:00Z","host":{"name":"gpo"},"process":{"name":"postfix/smtpd","pid":7},"message":"connect from a[192.0.2.1]"}',
  '{"@timestamp":"2026-11-23T02:00:00Z","type":"dns","client":{"ip":"192.0.2.1"},"server":{"ip":"198.51.100.53"},"dns":{"question":{"name":"x.y","type":"A"}}}',
  '{"timestamp":"2026-11-23T02:00:00.1+0000","event_type":"dns","src_ip":"192.0.2.1","dest_ip":"198.51.100.53","dns":{"type":"query","rrname":"x.y"}}',
  '{"ts":1795399034.8,"id.orig_h":"192.0.2.1","id.resp_h":"198.51.100.53","trans_id":7,"query":"x.y"}',
];

/** Pieces on which the grammars turn. */
const PIECES = [
  ' from=<',
  ' to=<',
  '; from=<',
  '>, size=',
  ' proto=',
  ' helo=<',
  '"',
  '[',
  ']',
  ': ',
  ', rip=',
  '/',
  '\r',
  '\u00c3',
  '\u0000',
  '{"',
  '":"',
  '\t',
];

/** A real line of which a part is replaced by another part, by pieces, or by any text. */
const mutated = fc
  .tuple(
    fc.constantFrom(...REAL),
    fc.nat(200),
    fc.nat(40),
    fc.oneof(
      fc.constantFrom(...REAL),
      fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary', maxLength: 40 }),
    ),
  )
  .map(([line, at, length, text]) => line.slice(0, at) + text + line.slice(at + length));

/** How many characters the parser searches in a line, an upper bound. */
function searched(line: string): number {
  const ofStrings = (['indexOf', 'lastIndexOf', 'includes'] as const).map((name) => jest.spyOn(String.prototype, name));
  const ofLiterals = (['findIn', 'findLastIn'] as const).map((name) => jest.spyOn(Literal.prototype, name));
  parse(line);
  const lengths = [
    ...ofStrings.flatMap((spy) => spy.mock.contexts.map((text) => String(text).length)),
    ...ofLiterals.flatMap((spy) => spy.mock.calls.map(([, start, end]) => end - start)),
  ];
  for (const spy of [...ofStrings, ...ofLiterals]) spy.mockRestore();
  return lengths.reduce((sum, length) => sum + length, 0);
}

describe('no line', () => {
  test('makes the parser throw', () => {
    fc.assert(
      fc.property(mutated, (line) => ['string'].includes(typeof parse(line).kind)),
      { numRuns: 5000 },
    );
  });

  test('of any text makes the parser throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => parse(line).kind === 'dead'),
      { numRuns: 1000 },
    );
  });

  test('has more searched than a fixed multiple of its length', () => {
    expect(searched(REAL[0] ?? '')).toBeGreaterThan(0);
    fc.assert(
      fc.property(mutated, (line) => searched(line) <= 200 * (line.length + 1)),
      { numRuns: 300 },
    );
  });

  test.each(PIECES)('grows more than linearly with %j in it', (piece) => {
    for (const line of REAL) {
      const [short, long] = [50, 400].map((times) => searched(line.replace(/[:@]? *([a-z]+)>?$/, piece.repeat(times))));

      expect(long).toBeLessThanOrEqual(10 * (short ?? 0) + 1000);
    }
  });
});

test('a line is parsed alike whatever came before it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(mutated, fc.constantFrom(...REAL)), { maxLength: 8 }), (lines) => {
      const parseLine = createLineParser({ zone: createZone('UTC') });
      for (const line of lines) {
        const alone = createLineParser({ zone: createZone('UTC') });
        expect(parseWith(parseLine, line)).toEqual(parseWith(alone, line));
      }
    }),
    { numRuns: 300 },
  );
});

test.each(REAL)('with a carriage return a line is the same: %s', (line) => {
  expect(parse(`${line}\r`)).toEqual(parse(line));
});

test.each(REAL)('%s is recognised', (line) => {
  expect(['dead', 'unrecognised', 'other']).not.toContain(parse(line).kind);
});

test('a line that is known to be ASCII is not looked at for UTF-8', () => {
  const line = 'Nov 23 01:57:15 gpo postfix/pickup[1]: ABCDE: uid=0 from=<j\u00c3\u00b6rg>';
  const parseLine = createLineParser({ zone: createZone('UTC') });

  const block = createBlock(Buffer.from(line, 'latin1'));

  expect(parseLine(block, 0, line.length, REFERENCE_MS)).toMatchObject({ sender: 'j\u00f6rg' });
  expect(parseLine({ ...block, isAscii: true }, 0, line.length, REFERENCE_MS)).toMatchObject({
    sender: 'j\u00c3\u00b6rg',
  });
});

describe('the recording of a department', () => {
  const lines = ['mail', 'dovecot', 'query'].flatMap((name) =>
    gunzipSync(readFileSync(join(DEPT, `${name}.log.gz`)))
      .toString('latin1')
      .split('\n')
      .filter((line) => line !== ''),
  );
  const kinds = new Map<string, number>();
  for (const line of lines) {
    const { kind } = parse(line);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }

  test('holds nothing that is not recognised', () => {
    expect([kinds.get('dead'), kinds.get('unrecognised')]).toEqual([undefined, undefined]);
  });

  test.each([
    ['connect', ': connect from '],
    ['disconnect', ': disconnect from '],
    ['opened', ': client='],
    ['queued', ': message-id='],
    ['active', ' (queue active)'],
    ['removed', ': removed'],
    ['delivery', ' status='],
    ['reject', ': reject: '],
    ['auth_failure', ' authentication failed: '],
    ['lost_connection', ': lost connection after '],
    ['pop3_login', ': Login: user='],
    ['pop3_logout', ': Disconnected: Logged out '],
    ['dns', ': query: '],
  ])('has as many %s events as lines with %j', (kind, text) => {
    expect(kinds.get(kind)).toBe(lines.filter((line) => line.includes(text)).length);
  });
});
