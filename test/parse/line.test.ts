import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import { parse, REFERENCE_MS } from './lines.js';

const DEPT = join(import.meta.dirname, '..', 'fixtures', 'dept');

test('a line of any text has no envelope', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (line) => parse(line).kind === 'dead'),
    { numRuns: 1000 },
  );
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
