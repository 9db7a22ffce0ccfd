import { describe, expect, test } from '@jest/globals';
import { base, message } from './lines.js';

const smtp = (text: string) => message('postfix/smtp[3]', text);

describe('a delivery', () => {
  test.each([
    [
      'to=<r@y>, relay=mx.y[192.0.2.1]:25, delay=1.2, delays=0.1/0/0.1/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as X)',
      {
        relay: 'mx.y[192.0.2.1]:25',
        delay_ms: 1200,
        enhanced_code: '2.0.0',
        status: 'sent',
        reason_text: '250 2.0.0 Ok: queued as X',
      },
    ],
    [
      'to=<r@y>, orig_to=<o@z>, relay=local, conn_use=3, delay=63495, delays=1/2/3/4, tls=1/1, dsn=4.4.2, status=deferred (a (b))',
      { relay: 'local', delay_ms: 63_495_000, enhanced_code: '4.4.2', status: 'deferred', reason_text: 'a (b)' },
    ],
    [
      'to=<r@y>, relay=none, delay=0.01, status=bounced (unknown user: "r")',
      { relay: 'none', delay_ms: 10, enhanced_code: undefined, status: 'bounced', reason_text: 'unknown user: "r"' },
    ],
    [
      'to=<r@y>, relay=x, delay=0, delays=0/0/0/0, dsn=5.1.1, status=undeliverable-but-not-cached (x',
      { relay: 'x', delay_ms: 0, enhanced_code: '5.1.1', status: 'undeliverable-but-not-cached', reason_text: 'x' },
    ],
    [
      'to=<r@y>, relay=x, delay=0.0016, delays=0/0/0/0, dsn=2.0.0, status=sent (\u00c3\u00bc)',
      { relay: 'x', delay_ms: 1, enhanced_code: '2.0.0', status: 'sent', reason_text: '\u00fc' },
    ],
    [
      'to=r@y, orig_to=o@z, relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to mailbox)',
      { relay: 'local', delay_ms: 1000, enhanced_code: '2.0.0', status: 'sent', reason_text: 'delivered to mailbox' },
    ],
  ])('%s', (text, fields) => {
    expect(smtp(`4Zb1Yx2Kj3z5vR: ${text}`)).toEqual({
      ...base('postfix/smtp', 3),
      kind: 'delivery',
      queue_id: '4Zb1Yx2Kj3z5vR',
      recipient: 'r@y',
      ...fields,
    });
  });

  test.each(['lmtp', 'local', 'virtual', 'pipe', 'error', 'retry', 'discard', 'relay/smtp', 'mytransport'])(
    'may come from %s',
    (program) => {
      const text = 'ABCDE: to=<r@y>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (ok)';

      expect(message(`postfix/${program}[3]`, text)).toMatchObject({ kind: 'delivery', service: `postfix/${program}` });
    },
  );
});

test.each([
  ['ABCDE: host mx.y[192.0.2.1] said: 450 4.7.1 Greylisted (in reply to RCPT TO command)', 'other'],
  ['ABCDE: lost connection with mx.y[192.0.2.1] while sending RCPT TO', 'other'],
  ['ABCDE: passing <r@y> to transport=discard', 'other'],
  ['connect to mx.y[192.0.2.1]:25: Connection refused', 'other'],
  ['Untrusted TLS connection established to mx.y[192.0.2.1]:25: TLSv1.3', 'other'],
  ['mx.y[192.0.2.1]:25: subject_CN=mx.y, issuer=z', 'other'],
  ['SSL_connect error to mx.y[192.0.2.1]:25: lost connection', 'other'],
  ['warning: x', 'other'],
  ['ABCDE: status=deferred (trace failed)', 'other'],
  ['ABCDE: mail for y loops back to myself', 'other'],
  ['ABCDE: message size 5 exceeds size limit 4 of server mx.y[192.0.2.1]', 'other'],
  ['ABCDE: SMTPUTF8 is required, but was not offered by host mx.y[192.0.2.1]', 'other'],
  ['mx.y[2001:db8::1]:25: re-using session with untrusted certificate, look for details earlier in the log', 'other'],
  ['mx.y[192.0.2.1]: Matched subjectAltName: mx.y', 'other'],
  ['CA certificate verification failed for mx.y[192.0.2.1]:25: certificate has expired', 'other'],
  ['server certificate verification failed for mx.y[192.0.2.1]:25: num=62:hostname mismatch', 'other'],
  ['mx.y[192.0.2.1]:25: SNI hostname: mx.y', 'other'],
  ['mx.y[192.0.2.1]:25: raw public key fingerprint=AA:BB', 'other'],
  ['DNSSEC-signed TLSA record: _25._tcp.mx.y: 3 1 1 00AA', 'other'],
  ['mx.y[192.0.2.1]:25: replacing server reply "250-SIZE" with "250-X"', 'other'],
  ['TLSRPT: status=success, domain=y, receiving_mx=mx.y[192.0.2.1]', 'other'],
  ['database lmdb:/var/lib/postfix/x: using size limit 33554432 after MDB_MAP_FULL', 'other'],
  ['> mx.y[192.0.2.1]:25: EHLO a', 'other'],
  ['< mx.y[192.0.2.1]:25: 250 ok', 'other'],
  ['send attr request = seek', 'other'],
  ['private/anvil: wanted attribute: status', 'other'],
  ['smtp_addr_one: host mx.y', 'other'],
  ['ABCDE: to=<r@y>, relay=none, delay=0', 'unrecognised'],
  ['ABCDE: to=<r@y>, relay=none, delay=0, status=sent', 'unrecognised'],
  ['ABCDE: hello', 'unrecognised'],
  ['hello', 'unrecognised'],
  ['hello[1]:2', 'unrecognised'],
  ['mx.y[192.0.2.1]:25: hello', 'unrecognised'],
  ['ABCDE: to=r@y relay=none', 'unrecognised'],
  ['hello_world', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(smtp(text)).toMatchObject({ kind, side: 'mail' });
});
