import { describe, expect, test } from '@jest/globals';
import { base, message } from './lines.js';

const dovecot = (text: string) => message('dovecot', text);
const LOGIN = { ...base('dovecot/pop3-login', undefined), client_name: undefined };

describe('a log-in', () => {
  const rest = 'method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=7, TLS, session=<UH7C6edgpsR/AAAB>';

  test.each([
    [`pop3-login: Login: user=<joe>, ${rest}`, 'joe'],
    [`pop3-login: Info: Login: user=<joe@example.com>, ${rest}`, 'joe@example.com'],
    [`pop3-login: Logged in: user=<joe>, ${rest}`, 'joe'],
    [`pop3-login: Login: user=<>, rip=192.0.2.1, lip=198.51.100.1`, undefined],
    [`pop3-login: Login: user=<joe>, rip=203.0.113.9, lip=x>, ${rest}`, 'joe>, rip=203.0.113.9, lip=x'],
    [`pop3-login: Login: user=<j\u00c3\u00b6rg>, ${rest}`, 'j\u00f6rg'],
  ])('%s', (text, user) => {
    expect(dovecot(text)).toEqual({ ...LOGIN, kind: 'pop3_login', client_address: '192.0.2.1', user });
  });

  test('carries the process where the tag has it', () => {
    expect(message('dovecot[12]', `pop3-login: Login: user=<joe>, ${rest}`)).toMatchObject({ process_id: 12 });
  });
});

describe('a failure', () => {
  test.each([
    ['Aborted login (auth failed, 1 attempts in 2 secs)', 'pop3_failure'],
    ['Info: Disconnected (auth failed, 3 attempts in 9 secs)', 'pop3_failure'],
    ['Disconnected: Inactivity (auth failed, 1 attempts in 180 secs)', 'pop3_failure'],
    ['Login aborted: Connection closed (auth failed, 1 attempts in 3 secs) (auth_failed)', 'pop3_failure'],
    ['Aborted login (no auth attempts in 0 secs)', 'other'],
    ['Login aborted: Connection closed (no auth attempts in 5 secs) (no_auth_attempts)', 'other'],
    ['Disconnected: Inactivity (disconnected before auth was ready, waited 0 secs)', 'other'],
  ])('%s is %s', (text, kind) => {
    expect(dovecot(`pop3-login: ${text}: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1`)).toMatchObject({
      kind,
      ...(kind === 'other' ? { side: 'pop3' } : { user: 'joe', client_address: '192.0.2.1' }),
    });
  });
});

describe('the end of a session', () => {
  test.each([
    ['pop3(joe)<22742><UH7C6edgpsR/AAAB>: Disconnected: Logged out top=0/0, retr=0/0, del=0/0, size=0', 'joe'],
    ['pop3(joe)<22742><UH7C6edgpsR/AAAB>: Info: Disconnected: Inactivity top=0/0', 'joe'],
    ['pop3(joe@example.com): Disconnected: Logged out top=0/0', 'joe@example.com'],
    ['pop3(joe): Connection closed top=0/0', 'joe'],
  ])('%s', (text, user) => {
    expect(dovecot(text)).toEqual({ ...base('dovecot/pop3', undefined), kind: 'pop3_logout', user });
  });
});

test.each([
  ['auth: Error: auth client 0 disconnected with 1 pending requests: EOF', 'other'],
  ['imap-login: Login: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1', 'other'],
  ['imap(joe)<1><x>: Disconnected: Logged out in=1 out=2', 'other'],
  ['lmtp(joe)<1><x>: msgid=<a@b>: saved mail to INBOX', 'other'],
  ['master: Warning: Killed with signal 15', 'other'],
  ['pop3-login: Error: Timeout waiting for handshake', 'other'],
  ['pop3(joe)<1><x>: Error: Mailbox is broken', 'other'],
  ['pop3(joe', 'unrecognised'],
  ['pop3-login: Login: user=<joe>, lip=198.51.100.1', 'unrecognised'],
  ['pop3-login: Login: user=<joe>, rip=, lip=198.51.100.1', 'unrecognised'],
  ['hello there', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(dovecot(text)).toMatchObject({ kind, side: 'pop3' });
});
