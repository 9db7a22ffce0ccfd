import { describe, expect, test } from '@jest/globals';
import { base, message } from './lines.js';

const cleanup = (text: string) => message('postfix/cleanup[22648]', text);
const BASE = base('postfix/cleanup', 22648);

test.each([
  ['8848BC46B5: message-id=<75261536549315@c.test>', 'queued'],
  ['8848BC46B5: message-id=<>', 'queued'],
  ['8848BC46B5: removed (canceled)', 'removed'],
])('%s is %s', (text, kind) => {
  expect(cleanup(text)).toEqual({ ...BASE, kind, queue_id: '8848BC46B5' });
});

describe('a content check', () => {
  const head = { ...BASE, kind: 'reject', client_name: 'a', client_address: '192.0.2.1', queue_id: 'ABCDE' };
  const tail = { sender: 's@x', recipient: 'r@y', protocol: 'ESMTP', helo: 'h', sasl_username: undefined };
  const session = 'from a[192.0.2.1]; from=<s@x> to=<r@y> proto=ESMTP helo=<h>';

  test.each([
    [`reject: header Subject: pills ${session}: 5.7.1 No pills`, 'reject', 'header', '5.7.1', 'No pills'],
    [`reject: header Subject: pills ${session}`, 'reject', 'header', undefined, 'Subject: pills'],
    [`reject: header Subject: user unknown ${session}`, 'reject', 'header', undefined, 'Subject: user unknown'],
    [`reject: body buy ${session}: 4.7.1 Spam`, 'reject', 'body', '4.7.1', 'Spam'],
    [`warning: header X: y ${session}: note`, 'warning', 'header', undefined, 'note'],
    [`discard: content x ${session}`, 'discard', 'content', undefined, 'x'],
    [`milter-header-reject: header X: y ${session}: 5.7.1 z`, 'milter-header-reject', 'header', '5.7.1', 'z'],
    [`reject: header Subject: x from b[198.51.100.1]; from=<v@w> ${session}: no`, 'reject', 'header', undefined, 'no'],
  ])('%s', (text, action, stage, enhanced_code, reason_text) => {
    const verdict = { action, stage, reply_code: undefined, enhanced_code, reason: 'content', reason_text };

    expect(cleanup(`ABCDE: ${text}`)).toEqual({ ...head, ...verdict, ...tail });
  });

  test('of mail that a user of the host gave in has no address', () => {
    const text = 'ABCDE: reject: header Subject: x from local; from=<root@x> to=<r@y>: 5.7.1 No';

    expect(cleanup(text)).toMatchObject({
      client_name: 'local',
      client_address: 'unknown',
      sender: 'root@x',
      recipient: 'r@y',
      helo: undefined,
      reason_text: 'No',
    });
  });

  test('of broken MIME is one too', () => {
    const text = `ABCDE: reject: mime-error improper use of 8-bit data in message header: To: x from a[IPv6:2001:db8::1]; from=<s@x> to=<r@y>`;

    expect(cleanup(text)).toMatchObject({ stage: 'mime-error', client_address: '2001:db8::1', reason: 'content' });
  });
});

test("a filter's verdict has the form of smtpd's", () => {
  const text =
    'ABCDE: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.1 Go away; from=<s@x> to=<r@y> proto=ESMTP helo=<h>';

  expect(cleanup(text)).toMatchObject({
    kind: 'reject',
    action: 'milter-reject',
    stage: 'END-OF-MESSAGE',
    enhanced_code: '5.7.1',
    reason: 'content',
    reason_text: 'Go away',
  });
});

test('a message that cleanup bounces itself is a delivery', () => {
  const text =
    'ABCDE: to=<r@y>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=5.1.1, status=bounced (User unknown in virtual alias table)';

  expect(cleanup(text)).toMatchObject({ kind: 'delivery', status: 'bounced', enhanced_code: '5.1.1' });
});

test.each([
  ['ABCDE: resent-message-id=<x@y>', 'other'],
  ['warning: file system clock is 1 seconds ahead of local clock', 'other'],
  ['warning: ABCDE: queue file size limit exceeded', 'other'],
  ['table hash:/etc/postfix/virtual(0,lock) has changed -- restarting', 'other'],
  ['ABCDE: hello', 'unrecognised'],
  ['ABCDE: reject: header Subject: x', 'unrecognised'],
  ['ABCDE: reject: header Subject: x from a[]; from=<s@x>', 'unrecognised'],
  ['hello', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(cleanup(text)).toMatchObject({ kind, side: 'mail' });
});
