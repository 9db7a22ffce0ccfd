import { describe, expect, test } from '@jest/globals';
import { base, expectAnyMessage, message } from './lines.js';

const courier = (text: string) => message('pop3d', text);
const CLIENT = { client_name: undefined, client_address: '::ffff:192.0.2.1', user: 'joe' };

describe('a log-in', () => {
  test.each([
    ['LOGIN, user=joe, ip=[::ffff:192.0.2.1], port=[1234]', {}],
    ['LOGIN, user=joe, ip=[::ffff:192.0.2.1]', {}],
    [
      'LOGIN, user=joe@example.com, ip=[2001:db8::1], port=[1234], stls=1',
      { client_address: '2001:db8::1', user: 'joe@example.com' },
    ],
    ['LOGIN, user=joe, ip=[::ffff:192.0.2.1], port=[1234], protocol=POP3', {}],
    ['LOGIN, user=a, ip=[203.0.113.9], ip=[::ffff:192.0.2.1], port=[1234]', { user: 'a, ip=[203.0.113.9]' }],
    ['LOGIN, user=j\u00c3\u00b6rg, ip=[::ffff:192.0.2.1]', { user: 'j\u00f6rg' }],
  ])('%s', (text, fields) => {
    expect(courier(text)).toEqual({ ...base('pop3d', undefined), kind: 'pop3_login', ...CLIENT, ...fields });
  });

  test.each(['pop3d', 'pop3d-ssl', 'courierpop3login', 'courierpop3d', 'courier-pop3d', 'pop3login'])(
    'of tag %s',
    (tag) => {
      const expected = { ...base(tag, undefined), kind: 'pop3_login', ...CLIENT };

      expect(message(tag, 'LOGIN, user=joe, ip=[::ffff:192.0.2.1], port=[1234]')).toEqual(expected);
    },
  );
});

describe('a failure', () => {
  test.each([
    ['LOGIN FAILED, user=joe, ip=[::ffff:192.0.2.1], port=[1234]', {}],
    ['LOGIN FAILED, user=joe, ip=[::ffff:192.0.2.1]', {}],
    ['LOGIN FAILED, method=PLAIN, ip=[::ffff:192.0.2.1], port=[1234]', { user: undefined }],
    ['LOGIN FAILED, ip=[::ffff:192.0.2.1]', { user: undefined }],
  ])('%s', (text, fields) => {
    expect(courier(text)).toEqual({ ...base('pop3d', undefined), kind: 'pop3_failure', ...CLIENT, ...fields });
  });
});

describe('the end of a session', () => {
  const rest = 'user=joe, ip=[::ffff:192.0.2.1], port=[1234], top=0, retr=0, rcvd=12, sent=39, time=0';

  test.each([`LOGOUT, ${rest}`, `DISCONNECTED, ${rest}`, `TIMEOUT, ${rest}, stls=1`])('%s', (text) => {
    expect(courier(text)).toEqual({ ...base('pop3d', undefined), kind: 'pop3_logout', user: 'joe' });
  });
});

test.each([
  ['Connection, ip=[::ffff:192.0.2.1]', 'other'],
  ['Disconnected, ip=[::ffff:192.0.2.1]', 'other'],
  ['LOGOUT, ip=[::ffff:192.0.2.1], port=[1234]', 'other'],
  ['authentication error: Input/output error', 'other'],
  ['LOGIN, user=joe', 'unrecognised'],
  ['LOGIN, user=joe, ip=[]', 'unrecognised'],
  ['LOGIN FAILED, user=joe, ip=[192.0.2.1', 'unrecognised'],
  ['LOGOUT, user=joe', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(courier(text)).toMatchObject({ kind, side: 'pop3' });
});

test.each(['imapd', 'imapd-ssl', 'courier-imapd', 'imaplogin'])('%s writes no POP3', (tag) => {
  const text = 'LOGIN, user=joe, ip=[::ffff:192.0.2.1], port=[1234], protocol=IMAP';

  expect(message(tag, text)).toMatchObject({ kind: 'other', side: 'pop3' });
});

test('any text', () => {
  const pieces = [
    'LOGIN, ',
    'LOGIN FAILED, ',
    'LOGOUT, user=',
    'user=',
    'ip=[',
    ']',
    ', ',
    '192.0.2.1',
    'method=PLAIN',
  ];
  expectAnyMessage('pop3d', pieces);
});
