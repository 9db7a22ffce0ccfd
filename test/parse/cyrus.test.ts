import { describe, expect, test } from '@jest/globals';
import { base, expectAnyMessage, message } from './lines.js';

const cyrus = (text: string) => message('pop3[123]', text);
const CLIENT = { client_name: 'a.example', client_address: '192.0.2.1', user: 'joe' };

describe('a log-in', () => {
  test.each([
    ['login: a.example [192.0.2.1] joe plaintext User logged in', {}],
    ['login: a.example [192.0.2.1] joe plaintext+TLS User logged in SESSIONID=<gpo-1-1-1>', {}],
    ['login: a.example[192.0.2.1] joe plaintext', {}],
    ['login: [192.0.2.1] joe APOP User logged in', { client_name: undefined }],
    [
      'login: [2001:db8::1] joe DIGEST-MD5+TLS User logged in',
      { client_name: undefined, client_address: '2001:db8::1' },
    ],
    ['login: a.example [192.0.2.1] anonymous me@example.com', { user: 'anonymous' }],
    [
      'event=login.good r.sessionid=<gpo-1> r.clienthost="a.example [192.0.2.1]" u.username=joe login.mech=plaintext login.tls=0',
      {},
    ],
    [
      'event=login.good r.clienthost=[192.0.2.1] u.username="joe r.clienthost=[203.0.113.9]" login.tls=1',
      { client_name: undefined, user: 'joe r.clienthost=[203.0.113.9]' },
    ],
  ])('%s', (text, fields) => {
    expect(cyrus(text)).toEqual({ ...base('pop3', 123), kind: 'pop3_login', ...CLIENT, ...fields });
  });

  test.each(['pop3', 'pop3s', 'pop3d', 'cyrus/pop3', 'cyrus/pop3s', 'cyrus/pop3d', 'cyrus/cyr_pop3d'])(
    'of tag %s',
    (tag) => {
      const expected = { ...base(tag, 123), kind: 'pop3_login', ...CLIENT };

      expect(message(`${tag}[123]`, 'login: a.example [192.0.2.1] joe plaintext User logged in')).toEqual(expected);
    },
  );
});

describe('a failure', () => {
  test.each([
    ['badlogin: a.example [192.0.2.1] plaintext joe SASL(-13): authentication failure: checkpass failed', {}],
    ['badlogin: a.example [192.0.2.1] plaintext (joe) [SASL(-13): authentication failure: checkpass failed]', {}],
    ['badlogin: a.example [192.0.2.1] plaintext joe invalid user', {}],
    ['badlogin: a.example [192.0.2.1] PLAIN [SASL(-13): authentication failure]', { user: undefined }],
    ['badlogin: a.example [192.0.2.1] PLAIN (joe) [SASL(-13): authentication failure]', {}],
    ['badlogin: a.example [192.0.2.1] APOP (<1.2@gpo>) SASL(-13): authentication failure', { user: undefined }],
    ['badlogin: a.example [192.0.2.1] GSSAPI', { user: undefined }],
    [
      'event=login.bad r.clienthost="a.example [192.0.2.1]" u.username=joe login.mech=plaintext error="invalid user"',
      {},
    ],
    ['event=login.bad r.clienthost="a.example [192.0.2.1]" u.username=~null~ error=x', { user: undefined }],
  ])('%s', (text, fields) => {
    expect(cyrus(text)).toEqual({ ...base('pop3', 123), kind: 'pop3_failure', ...CLIENT, ...fields });
  });
});

test.each([
  ['counts: retr=<1> top=<0> dele=<0>', 'other'],
  ['accepted connection', 'other'],
  ['STARTTLS negotiation failed: a.example [192.0.2.1]', 'other'],
  ['login: a.example', 'unrecognised'],
  ['login: a.example [] joe plaintext', 'unrecognised'],
  ['badlogin: a.example 192.0.2.1', 'unrecognised'],
  ['event=login.good u.username=joe', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(cyrus(text)).toMatchObject({ kind, side: 'pop3' });
});

test.each(['imap', 'imaps', 'cyrus/imap', 'cyrus/imaps', 'cyrus/lmtpunix', 'cyrus/master', 'cyrus/sieve'])(
  '%s writes no POP3',
  (tag) => {
    const text = 'login: a.example [192.0.2.1] joe plaintext User logged in';

    expect(message(`${tag}[123]`, text)).toMatchObject({ kind: 'other', side: 'pop3' });
  },
);

test("a client's name is not a program's", () => {
  expect(message('postfix/smtpd[1]', 'connect from pop3.example.com[192.0.2.1]')).toMatchObject({ kind: 'connect' });
  expect(message('sshd[1]', 'login: pop3.example.com [192.0.2.1] joe')).toMatchObject({
    kind: 'unrecognised',
    side: undefined,
  });
});

test('any text', () => {
  const pieces = [
    'login: ',
    'badlogin: ',
    'a.example ',
    '[',
    '192.0.2.1',
    '] ',
    'joe ',
    'plaintext ',
    'APOP ',
    '(',
    ') ',
  ];
  expectAnyMessage('pop3[1]', [
    ...pieces,
    'event=login.good',
    'event=login.bad',
    ' r.clienthost=',
    ' u.username=',
    '"',
  ]);
});
