import { describe, expect, test } from '@jest/globals';
import { base, message } from './lines.js';

const postscreen = (text: string) => message('postfix/postscreen[3]', text);
const BASE = { ...base('postfix/postscreen', 3), client_name: undefined };

test.each([
  ['CONNECT from [192.0.2.1]:54321 to [198.51.100.1]:25', '192.0.2.1', 54321],
  ['CONNECT from [2001:db8::1]:1 to [2001:db8::2]:25', '2001:db8::1', 1],
])('%s', (text, client_address, client_port) => {
  expect(postscreen(text)).toEqual({ ...BASE, kind: 'screen_connect', client_address, client_port });
});

test.each(['PASS OLD', 'PASS NEW', 'ALLOWLISTED', 'WHITELISTED'])('%s lets a client pass', (action) => {
  expect(postscreen(`${action} [192.0.2.1]:54321`)).toEqual({
    ...BASE,
    kind: 'screen_pass',
    client_address: '192.0.2.1',
    client_port: 54321,
    action,
  });
});

describe('a hit', () => {
  test.each([
    [
      'PREGREET 14 after 0.12 from [192.0.2.1]:4711: EHLO x\\r\\n',
      'PREGREET',
      'protocol',
      '14 after 0.12: EHLO x\\r\\n',
    ],
    ['DNSBL rank 3 for [192.0.2.1]:4711', 'DNSBL', 'dnsbl', 'rank 3'],
    [
      'HANGUP after 63 from [192.0.2.1]:4711 in tests after SMTP handshake',
      'HANGUP',
      'other',
      'after 63 in tests after SMTP handshake',
    ],
    ['DENYLISTED [192.0.2.1]:4711', 'DENYLISTED', 'client_rejected', ''],
    ['BLACKLISTED [192.0.2.1]:4711', 'BLACKLISTED', 'client_rejected', ''],
    ['ALLOWLIST VETO [192.0.2.1]:4711', 'ALLOWLIST VETO', 'policy', ''],
    ['WHITELIST VETO [192.0.2.1]:4711', 'WHITELIST VETO', 'policy', ''],
    [
      'NON-SMTP COMMAND from [192.0.2.1]:4711 after CONNECT: GET / HTTP/1.1',
      'NON-SMTP COMMAND',
      'protocol',
      'after CONNECT: GET / HTTP/1.1',
    ],
    ['BARE NEWLINE from [192.0.2.1]:4711 after HELO', 'BARE NEWLINE', 'protocol', 'after HELO'],
    ['COMMAND PIPELINING from [192.0.2.1]:4711 after EHLO: x', 'COMMAND PIPELINING', 'pipelining', 'after EHLO: x'],
    ['COMMAND TIME LIMIT from [192.0.2.1]:4711 after CONNECT', 'COMMAND TIME LIMIT', 'other', 'after CONNECT'],
    ['COMMAND COUNT LIMIT from [192.0.2.1]:4711 after RCPT', 'COMMAND COUNT LIMIT', 'rate_limit', 'after RCPT'],
    ['COMMAND LENGTH LIMIT from [192.0.2.1]:4711 after RCPT', 'COMMAND LENGTH LIMIT', 'protocol', 'after RCPT'],
    ['DATA without valid RCPT from [192.0.2.1]:4711', 'DATA without valid RCPT', 'protocol', ''],
  ])('%s', (text, action, reason, reason_text) => {
    expect(postscreen(text)).toEqual({
      ...BASE,
      kind: 'screen_hit',
      client_address: '192.0.2.1',
      client_port: 4711,
      action,
      reason,
      reason_text,
    });
  });
});

describe('a rejection', () => {
  test.each([
    [
      'NOQUEUE: reject: RCPT from [192.0.2.1]:55: 550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.example; from=<s@x>, to=<r@y>, proto=ESMTP, helo=<h>',
      {
        stage: 'RCPT',
        reply_code: 550,
        reason: 'dnsbl',
        sender: 's@x',
        recipient: 'r@y',
        protocol: 'ESMTP',
        helo: 'h',
      },
    ],
    ['NOQUEUE: reject: CONNECT from [192.0.2.1]:55: too many connections', { stage: 'CONNECT', reason: 'rate_limit' }],
    [
      'NOQUEUE: reject: CONNECT from [192.0.2.1]:55: all server ports busy',
      { stage: 'CONNECT', reason: 'server_full' },
    ],
    ['reject: connect from [192.0.2.1]:55: all screening ports busy', { stage: 'CONNECT', reason: 'server_full' }],
  ])('%s', (text, fields) => {
    expect(postscreen(text)).toMatchObject({
      ...BASE,
      kind: 'reject',
      action: 'reject',
      queue_id: undefined,
      client_address: '192.0.2.1',
      ...fields,
    });
  });
});

test.each([
  ['DISCONNECT [192.0.2.1]:55', 'other'],
  ['cache btree:/var/lib/postfix/postscreen_cache full cleanup: retained=242 dropped=7 entries', 'other'],
  ['entering STRESS mode with 90 connections', 'other'],
  ['warning: getpeername: Transport endpoint is not connected -- dropping this connection', 'other'],
  ['PASS OLD 192.0.2.1', 'unrecognised'],
  ['PASS OLD [192.0.2.1]:55 and more', 'unrecognised'],
  ['CONNECT from [192.0.2.1]:55', 'unrecognised'],
  ['CONNECT from []:55 to [198.51.100.1]:25', 'unrecognised'],
  ['PASS OLD []:55', 'unrecognised'],
  ['DNSBL rank 3 for []:55', 'unrecognised'],
  ['DNSBL rank 3', 'unrecognised'],
  ['NOQUEUE: hello', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(postscreen(text)).toMatchObject({ kind, side: 'mail' });
});
