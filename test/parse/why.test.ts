import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import { createExplainer } from '../../src/parse/why.js';
import { REFERENCE_MS } from './lines.js';

const ZONE = createZone('UTC');

/** Why a line, in the middle of a block, is not recognised. */
function why(line: string): string | undefined {
  const before = 'Nov 23 01:57:14 gpo postfix/smtpd[1]: connect from a[192.0.2.1]\n';
  const bytes = Buffer.from(`${before}${line}\nand more`, 'latin1');
  const [start, end] = [before.length, before.length + line.length];
  const block = createBlock(bytes);
  const parsed = createLineParser({ zone: ZONE })(block, start, end, REFERENCE_MS);
  return createExplainer({ zone: ZONE })({ block, start, end, parsed }, REFERENCE_MS);
}

const TIME = 'expected a time such as Nov 23 01:57:14 or 2026-11-23T01:57:14+01:00';
const PROGRAM = 'expected a host and a program after the time';
const SMTPD = 'smtpd is not known to write such a message';

test.each([
  ['hello', `${TIME}; at column 1 it goes on: hello`],
  ['<22>hello', `${TIME}; at column 5 it goes on: hello`],
  ['', 'the line is empty'],
  ['Nov 23 01:57:14 ', `${PROGRAM}; at column 17 the line ends`],
  ['Nov 23 01:57:14 gpo', `${PROGRAM}; at column 17 it goes on: gpo`],
  ['Nov 23 01:57:14 gpo sshd[1]: x', 'sshd is no program that mxwarden reads'],
  ['Nov 23 01:57:14 gpo postfix/smtpd[1]: hello', `${SMTPD}; at column 39 it goes on: hello`],
  ['Nov 23 01:57:14 gpo postfix/smtpd[1]: ', `${SMTPD}; at column 39 the line ends`],
  [`Nov 23 01:57:14 gpo postfix/smtpd[1]: ${'x'.repeat(99)}`, `${SMTPD}; at column 39 it goes on: ${'x'.repeat(40)}`],
])('%s', (line, text) => {
  expect(why(line)).toBe(text);
});

test('a line that is recognised needs no explanation', () => {
  expect(why('Nov 23 01:57:14 gpo postfix/smtpd[1]: connect from a[192.0.2.1]')).toBeUndefined();
});

test('any other line has one', () => {
  const texts = fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString('latin1').replace(/\n/g, ' '));
  const envelopes = fc.constantFrom('', '<22>', 'Nov 23 01:57:14 ', 'Nov 23 01:57:14 gpo postfix/smtpd[1]: \u0001');

  fc.assert(
    fc.property(envelopes, texts, (envelope, text) => why(envelope + text) !== undefined),
    { numRuns: 500 },
  );
});
