import { describe, expect, test } from '@jest/globals';
import { base, message } from './lines.js';

const smtpd = (text: string) => message('postfix/smtpd[22658]', text);
const BASE = base('postfix/smtpd', 22658);

const NO_COMMANDS = Object.fromEntries(
  'helo ehlo starttls auth mail rcpt data bdat rset noop vrfy etrn xclient xforward quit unknown commands'
    .split(' ')
    .flatMap((name) => [
      [name, 0],
      [`${name}_failed`, 0],
    ]),
);

describe('a connect line', () => {
  test.each([
    ['unknown[127.0.5.5]', 'unknown', '127.0.5.5'],
    ['mx.example.com[192.0.2.1]:54321', 'mx.example.com', '192.0.2.1'],
    ['mx.example.com [192.0.2.1]', 'mx.example.com', '192.0.2.1'],
    ['mx.example.com[IPv6:2001:db8::1]', 'mx.example.com', '2001:db8::1'],
    ['mx.example.com[2001:db8::1]', 'mx.example.com', '2001:db8::1'],
    ['mx.example.com[::ffff:192.0.2.1]', 'mx.example.com', '::ffff:192.0.2.1'],
    ['unknown[2xx.216.xyy.2zz]', 'unknown', '2xx.216.xyy.2zz'],
    ['unknown[unknown]', 'unknown', 'unknown'],
    ['pop3.example.com[192.0.2.1]', 'pop3.example.com', '192.0.2.1'],
  ])('names its client %s', (client, client_name, client_address) => {
    expect(smtpd(`connect from ${client}`)).toEqual({ ...BASE, kind: 'connect', client_name, client_address });
  });

  test.each(['unknown', 'unknown[]', 'unknown[127.0.5.5', 'unknown[127.0.5.5] and more'])(
    'from %s is unrecognised',
    (client) => {
      expect(smtpd(`connect from ${client}`)).toMatchObject({ kind: 'unrecognised', side: 'mail' });
    },
  );
});

describe('a disconnect line', () => {
  test.each([
    ['ehlo=1 quit=1 commands=2', { ehlo: 1, quit: 1, commands: 2 }],
    ['ehlo=1 auth=0/1 commands=1/2', { ehlo: 1, auth_failed: 1, commands: 1, commands_failed: 1 }],
    ['auth=1/3 commands=1/3', { auth: 1, auth_failed: 2, commands: 1, commands_failed: 2 }],
    ['rcpt=3/2 commands=3/2', { rcpt: 3, commands: 3 }],
    ['commands=0/0', {}],
    [
      'helo=1 xclient=2 xforward=3 starttls=4 commands=10',
      { helo: 1, xclient: 2, xforward: 3, starttls: 4, commands: 10 },
    ],
    ['mail=1 rcpt=2 data=3 bdat=4 rset=5 commands=15', { mail: 1, rcpt: 2, data: 3, bdat: 4, rset: 5, commands: 15 }],
    [
      'noop=1 vrfy=2 etrn=3 unknown=0/4 commands=6/10',
      { noop: 1, vrfy: 2, etrn: 3, unknown_failed: 4, commands: 6, commands_failed: 4 },
    ],
    ['quit=1 help=7 commands=8', { quit: 1, commands: 8 }],
    ['ehlo=1 commands=1 notes=bare_lf', { ehlo: 1, commands: 1 }],
  ])('with %s has these counts', (text, counts) => {
    expect(smtpd(`disconnect from unknown[127.0.5.5] ${text}`)).toEqual({
      ...BASE,
      kind: 'disconnect',
      client_name: 'unknown',
      client_address: '127.0.5.5',
      commands: { ...NO_COMMANDS, ...counts },
    });
  });

  test('before Postfix 3.0 has no counts', () => {
    expect(smtpd('disconnect from unknown[127.0.5.5]')).toMatchObject({ kind: 'disconnect', commands: undefined });
  });

  test('counts no further than numbers are exact', () => {
    expect(smtpd(`disconnect from unknown[127.0.5.5] auth=0/${'9'.repeat(400)} commands=0/1`)).toMatchObject({
      commands: { auth: 0, auth_failed: Number.MAX_SAFE_INTEGER },
    });
  });

  test('without the sum is unrecognised', () => {
    expect(smtpd('disconnect from unknown[127.0.5.5] ehlo=1')).toMatchObject({ kind: 'unrecognised' });
  });
});

describe('an opened message', () => {
  const none = { sasl_method: undefined, sasl_username: undefined, orig_client: undefined, orig_queue_id: undefined };

  test.each([
    ['8848BC46B5: client=a[192.0.2.1]', { ...none, queue_id: '8848BC46B5' }],
    ['4Zb1Yx2Kj3z5vR: client=a[192.0.2.1]', { ...none, queue_id: '4Zb1Yx2Kj3z5vR' }],
    ['NOQUEUE: client=a[192.0.2.1]', { ...none, queue_id: undefined }],
    [
      'ABCDE: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=joe@example.com',
      { ...none, queue_id: 'ABCDE', sasl_method: 'PLAIN', sasl_username: 'joe@example.com' },
    ],
    [
      'ABCDE: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=joe, sasl_sender=x@y',
      { ...none, queue_id: 'ABCDE', sasl_method: 'PLAIN', sasl_username: 'joe' },
    ],
    ['ABCDE: client=a[192.0.2.1], sasl_sender=x@y', { ...none, queue_id: 'ABCDE' }],
    [
      'ABCDE: client=a[192.0.2.1], orig_queue_id=FGHIJ, orig_client=b[198.51.100.7]',
      { ...none, queue_id: 'ABCDE', orig_queue_id: 'FGHIJ', orig_client: '198.51.100.7' },
    ],
    ['ABCDE: client=a[192.0.2.1], orig_client=b[]', { ...none, queue_id: 'ABCDE' }],
    [
      'ABCDE: client=a[192.0.2.1], orig_client=b[IPv6:2001:db8::7]',
      { ...none, queue_id: 'ABCDE', orig_client: '2001:db8::7' },
    ],
    [
      'ABCDE: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=j\u00c3\u00b6rg',
      { ...none, queue_id: 'ABCDE', sasl_method: 'PLAIN', sasl_username: 'j\u00f6rg' },
    ],
  ])('%s', (text, fields) => {
    const client = { client_name: 'a', client_address: '192.0.2.1' };

    expect(smtpd(text)).toEqual({ ...BASE, kind: 'opened', ...client, ...fields });
  });

  test('with a foreign attribute is unrecognised', () => {
    expect(smtpd('ABCDE: client=a[192.0.2.1], colour=red')).toMatchObject({ kind: 'unrecognised' });
  });
});

describe('an aborted session', () => {
  test.each([
    ['lost connection after AUTH from a[192.0.2.1]', 'lost_connection', 'AUTH'],
    ['lost connection after DATA (7774180 bytes) from a[192.0.2.1]', 'lost_connection', 'DATA'],
    ['NOQUEUE: lost connection after END-OF-MESSAGE from a[192.0.2.1]', 'lost_connection', 'END-OF-MESSAGE'],
    ['8848BC46B5: timeout after BDAT (12 bytes) from a[192.0.2.1]', 'timeout', 'BDAT'],
    ['timeout after CONNECT from a[192.0.2.1]', 'timeout', 'CONNECT'],
    ['too many errors after RCPT from a[192.0.2.1]', 'too_many_errors', 'RCPT'],
  ])('%s', (text, kind, stage) => {
    expect(smtpd(text)).toEqual({ ...BASE, kind, stage, client_name: 'a', client_address: '192.0.2.1' });
  });
});

describe('a broken protocol', () => {
  test.each([
    ['improper command pipelining after DATA from a[192.0.2.1]: QUIT', 'DATA', 'pipelining', 'QUIT'],
    ['warning: improper command pipelining after HELO from a[192.0.2.1]', 'HELO', 'pipelining', ''],
    ['bare <LF> received after CONNECT from a[192.0.2.1]', 'CONNECT', 'protocol', ''],
    ['SSL_accept error from a[192.0.2.1]: lost connection', 'STARTTLS', 'protocol', 'lost connection'],
    ['SSL_accept error from a[192.0.2.1]: -1', 'STARTTLS', 'protocol', '-1'],
    [
      'NOQUEUE: abort: TLS from a[192.0.2.1]: No client certificate presented',
      'STARTTLS',
      'tls_required',
      'No client certificate presented',
    ],
    ['warning: non-SMTP command from a[192.0.2.1]: GET / HTTP/1.1', undefined, 'protocol', 'GET / HTTP/1.1'],
    ['warning: Illegal address syntax from a[192.0.2.1] in MAIL command: <x', 'MAIL', 'protocol', '<x'],
    [
      'warning: a[192.0.2.1]: request longer than 2048: EHLO x...',
      undefined,
      'protocol',
      'request longer than 2048: EHLO x...',
    ],
    ['warning: NOQUEUE: null BDAT request from a[192.0.2.1]', 'BDAT', 'protocol', ''],
    ['warning: ABCDE: malformed BDAT command syntax from a[192.0.2.1]: BDAT x', 'BDAT', 'protocol', 'BDAT x'],
    [
      'warning: ABCDE: BDAT request from a[192.0.2.1] exceeds message size limit',
      'BDAT',
      'size',
      'exceeds message size limit',
    ],
    ['warning: ABCDE: too much BDAT content -- disabling further input from a[192.0.2.1]', 'BDAT', 'size', ''],
  ])('%s', (text, stage, reason, reason_text) => {
    const client = { client_name: 'a', client_address: '192.0.2.1' };

    expect(smtpd(text)).toEqual({ ...BASE, kind: 'protocol_error', ...client, stage, reason, reason_text });
  });
});

describe('a failed authentication', () => {
  test.each([
    ['failed: (reason unavailable), sasl_username=user7', 'user7', 'auth_failed', '(reason unavailable)'],
    ['failed: UGFzc3dvcmQ6', undefined, 'auth_failed', 'UGFzc3dvcmQ6'],
    [
      'failed: Connection lost to authentication server, sasl_username=(unavailable)',
      undefined,
      'auth_backend',
      'Connection lost to authentication server',
    ],
    [
      'failed: authentication failure, sasl_username=a, sasl_username=b',
      'b',
      'auth_failed',
      'authentication failure, sasl_username=a',
    ],
    ['aborted', undefined, 'auth_failed', ''],
  ])('that %s', (text, sasl_username, reason, reason_text) => {
    expect(smtpd(`warning: unknown[192.0.2.1]: SASL PLAIN authentication ${text}`)).toEqual({
      ...BASE,
      kind: 'auth_failure',
      client_name: 'unknown',
      client_address: '192.0.2.1',
      sasl_method: 'PLAIN',
      sasl_username,
      reason,
      reason_text,
    });
  });
});

describe('a rate limit', () => {
  test.each([
    ['Connection rate limit exceeded', 'CONNECT'],
    ['Connection concurrency limit exceeded', 'CONNECT'],
    ['Message delivery request rate limit exceeded', 'MAIL'],
    ['Recipient address rate limit exceeded', 'RCPT'],
    ['New TLS session rate limit exceeded', 'STARTTLS'],
    ['AUTH command rate limit exceeded', 'AUTH'],
    ['Too many connections', 'CONNECT'],
    ['Too frequent connections', 'CONNECT'],
  ])('%s is met at %s', (reason_text, stage) => {
    expect(smtpd(`warning: ${reason_text}: 61 from a[192.0.2.1] for service smtp`)).toEqual({
      ...BASE,
      kind: 'rate_limit',
      client_name: 'a',
      client_address: '192.0.2.1',
      stage,
      reason: 'rate_limit',
      reason_text,
    });
  });
});

test.each([
  ['Refusing STARTTLS request', 'STARTTLS'],
  ['Refusing TLS service request', 'CONNECT'],
])('%s: the limit of TLS sessions was met before', (reason_text, stage) => {
  const client = { client_name: 'a', client_address: '192.0.2.1' };

  expect(smtpd(`warning: ${reason_text} from a[192.0.2.1] for service smtp`)).toEqual({
    ...BASE,
    ...client,
    ...{ kind: 'rate_limit', stage, reason: 'rate_limit', reason_text },
  });
});

describe('a name that does not fit its address', () => {
  test.each([
    'hostname a.example does not resolve to address 192.0.2.1',
    'hostname a.example does not resolve to address 192.0.2.1: hostname nor servname provided, or not known',
    '192.0.2.1: hostname a.example verification failed: Host not found',
    '192.0.2.1: address not listed for hostname a.example',
  ])('%s', (text) => {
    const client = { client_name: 'a.example', client_address: '192.0.2.1' };

    expect(smtpd(`warning: ${text}`)).toEqual({ ...BASE, kind: 'name_mismatch', ...client });
  });

  test.each([
    'hostname a does not resolve to address ',
    'hostname a does not resolve to address : no',
    ': hostname a verification failed: no',
    ': address not listed for hostname a',
  ])('without an address is other: %s', (text) => {
    expect(smtpd(`warning: ${text}`)).toEqual({ ...BASE, kind: 'other', side: 'mail' });
  });

  test('may be an IPv6 address', () => {
    expect(smtpd('warning: hostname a does not resolve to address 2001:db8::1')).toMatchObject({
      client_address: '2001:db8::1',
    });
  });
});

describe('a line without anything to count', () => {
  test.each([
    'setting up TLS connection from a[192.0.2.1]',
    'Anonymous TLS connection established from a[192.0.2.1]: TLSv1.3 with cipher X (256/256 bits)',
    'a[192.0.2.1]: Issuing session ticket, key expiration: 1795399275',
    'a[192.0.2.1]: Decrypting session ticket, key expiration: 1795399275',
    'mapping DSN status 4.1.0 into sender address status 4.1.8',
    'close database /etc/postfix/access.db: No such file or directory (possible Berkeley DB bug)',
    'read from 55DC [55DD] (5 bytes => 5 (0x5))',
    '0000 16 03 01 02 00                                    .....',
    '0010 - <SPACES/NULLS>',
    'proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as X; from=<a@b> to=<c@d> proto=ESMTP helo=<e>',
    'NOQUEUE: proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok; from=<a@b> to=<c@d> proto=ESMTP helo=<e>',
    'discarding EHLO keywords: CHUNKING',
    'table hash:/etc/aliases(0,lock|fold_fix) has changed -- restarting',
    'a[192.0.2.1]: subject_CN=a, issuer=b, fingerprint=c',
    'a[192.0.2.1]: replacing client command "XX" with "NOOP"',
    'a[192.0.2.1]: depth=0 verify=1 subject=/CN=a',
    'ABCDE: reply filter in: 550 x',
    '> a[192.0.2.1]: 220 mx ESMTP',
    '>>> START Client host RESTRICTIONS <<<',
    'generic_checks: name=permit_mynetworks',
    'using backwards-compatible default setting relay_domains=$mydestination to accept mail for domain "x"',
    'warning: TLS library problem: error:0A000126',
    'warning: SASL authentication failure: Password verification failed',
    'warning: ABCDE: queue file size limit exceeded',
    'warning: x',
    'fatal: x',
    'error: x',
    'panic: x',
  ])('is other: %s', (text) => {
    expect(smtpd(text)).toEqual({ ...BASE, kind: 'other', side: 'mail' });
  });

  test.each(['hello', '8848BC46B5: hello', 'connects from a[192.0.2.1]', 'warnings: x', 'a[192.0.2.1]: hello', ''])(
    'but foreign to smtpd is unrecognised: %j',
    (text) => {
      expect(smtpd(text)).toEqual({ ...BASE, kind: 'unrecognised', side: 'mail', program: 'smtpd' });
    },
  );
});
