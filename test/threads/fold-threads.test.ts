import { spawnSync } from 'node:child_process';
import { beforeAll, expect, jest, test } from '@jest/globals';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { MINUTE_MS, SECOND_MS } from '../../src/core/time.js';
import { jsonObject } from '../support/analysis.js';
import { commandOf } from '../support/program.js';
import { connectLine, lookupLine, textOf } from '../support/sources.js';

jest.setTimeout(60_000);

const START_MS = Date.UTC(2026, 10, 23, 0);

const REJECT = 'NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 <a@example.org>: Relay access denied; from=<>';

// Jest's modules are not those of a thread.
let told: JsonObject = {};
beforeAll(() => {
  const lines = Array.from({ length: 300 }, (_, n) => {
    const timeMs = START_MS + n * 5 * SECOND_MS - (n % 50 === 49 ? 90 * MINUTE_MS : 0);
    const address = `198.51.100.${String(n % 250)}`;
    if (n % 7 === 0) return lookupLine(timeMs, 'ns', { from: '192.0.2.1', about: address });
    if (n % 11 === 0) return `${new Date(timeMs).toISOString()} mx postfix/smtpd[1]: ${REJECT}`;
    return n % 13 === 0 ? 'br\u00f6ken' : connectLine(timeMs, n % 17 === 0 ? 'stranger' : 'mx', address);
  });
  const [program = '', ...args] = commandOf('fold-in-thread.ts');
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = spawnSync(program, args, { input: textOf(lines), encoding: 'utf8', env });
  expect(stderr).toBe('');
  told = jsonObject(stdout);
});

test('a thread gives what this one would, of the same types, one chunk after the other', () => {
  const types = ['Float64Array', 'Uint8Array', 'Uint32Array', 'seen: {'];
  for (const part of [...types, 'Relay access denied', 'br\u00f6ken', '"late"', 'stranger'])
    expect(told.alone).toContain(part);
  expect(told.folded).toEqual([told.alone, told.alone]);
});

test('threads that fail give nothing, and have room for nothing more', () => {
  expect([told.before, told.answers, told.after]).toEqual([4, ['', '', ''], 0]);
});
