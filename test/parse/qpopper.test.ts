import { describe, expect, test } from '@jest/globals';
import { base, expectAnyMessage, message } from './lines.js';

const qpopper = (text: string) => message('popper[123]', text);
const CLIENT = { client_name: 'a.example', client_address: '192.0.2.1', user: 'joe' };

describe('a log-in', () => {
  test.each([
    ['(v4.0.5) POP login by user "joe" at (a.example) 192.0.2.1 [pop_log.c:244]', {}],
    ['(v4.1) POP login by user "joe" at (192.0.2.1) 192.0.2.1', { client_name: undefined }],
    ['POP login by user "joe" at (a.example) 192.0.2.1', {}],
    ['(v4.0.5) POP login by user "j\u00c3\u00b6rg" at (a.example) 192.0.2.1', { user: 'j\u00f6rg' }],
  ])('%s', (text, fields) => {
    expect(qpopper(text)).toEqual({ ...base('popper', 123), kind: 'pop3_login', ...CLIENT, ...fields });
  });

  test.each(['popper', 'qpopper', 'in.popper', 'in.qpopper', '/usr/sbin/popper', '/usr/local/libexec/qpopper'])(
    'of tag %s',
    (tag) => {
      const text = '(v4.0.5) POP login by user "joe" at (a.example) 192.0.2.1 [pop_log.c:244]';

      expect(message(`${tag}[123]`, text)).toEqual({ ...base(tag, 123), kind: 'pop3_login', ...CLIENT });
    },
  );
});

describe("a session's statistics are its end, not another log-in", () => {
  test.each(['Stats: joe 0 0 1 1234 a.example 192.0.2.1 [pop_updt.c:296]', 'Stats: joe 0 0 1 1234'])('%s', (text) => {
    expect(qpopper(text)).toEqual({ ...base('popper', 123), kind: 'pop3_logout', user: 'joe' });
  });
});

describe('a failure', () => {
  test.each([
    ['joe at a.example (192.0.2.1): -ERR [AUTH] Password supplied for "joe" is incorrect. [pop_pass.c:1306]', {}],
    ['joe at 192.0.2.1 (192.0.2.1): -ERR [AUTH] "joe": access denied.', { client_name: undefined }],
    ['joe@a.example: -ERR Password supplied for "joe" is incorrect.', { client_address: 'unknown' }],
  ])('%s', (text, fields) => {
    expect(qpopper(text)).toEqual({ ...base('popper', 123), kind: 'pop3_failure', ...CLIENT, ...fields });
  });

  test('is counted once', () => {
    const second = '[AUTH] Failed attempted login to joe from host (a.example) 192.0.2.1 [pop_pass.c:1400]';

    expect(qpopper(second)).toMatchObject({ kind: 'other', side: 'pop3' });
  });
});

test.each([
  ['(v4.0.9) Servicing request from "a.example" at 192.0.2.1 [pop_init.c:1408]', 'other'],
  ['joe at a.example (192.0.2.1): -ERR POP EOF or I/O Error [popper.c:828]', 'other'],
  ['joe at a.example (192.0.2.1): -ERR [IN-USE] joe lock busy! [pop_lock.c:1]', 'other'],
  ['-ERR [AUTH] Password supplied for "joe" is incorrect.', 'other'],
  ['(v4.0.5) POP login by user "joe" at (a.example) ', 'unrecognised'],
  ['(v4.0.5) POP login by user "joe"', 'unrecognised'],
  ['Stats: ', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(qpopper(text)).toMatchObject({ kind, side: 'pop3' });
});

test('any text', () => {
  const pieces = [
    '(v4) ',
    'POP login by user "',
    '" at (',
    ') ',
    'Stats: ',
    ' at ',
    ' (',
    '): ',
    '-ERR [AUTH] ',
    '@',
    ': ',
    '-ERR Password supplied for ',
    '192.0.2.1',
  ];
  expectAnyMessage('popper[1]', pieces);
});
