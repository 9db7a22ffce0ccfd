import { describe, expect, test } from '@jest/globals';
import { base, message, parse } from './lines.js';

const smtpd = (text: string) => message('postfix/smtpd[22658]', text);

const TAIL = 'from=<s@example.com> to=<r@example.net> proto=ESMTP helo=<h.example.com>';
const OF_TAIL = { sender: 's@example.com', recipient: 'r@example.net', protocol: 'ESMTP', helo: 'h.example.com' };

describe('the lines of the paper', () => {
  test.each([
    [
      'Apr 13 18:55:06 gpo postfix/smtpd[25182]: 6B7275F30: reject: RCPT from unknown[211.202.51.252]: 554 <mh4495.@co.kr>: Relay access denied; from=<test1@test1.com> to=<mh4495.@co.kr> proto=SMTP helo=<test1.com>',
      {
        host: 'gpo',
        process_id: 25182,
        client_name: 'unknown',
        client_address: '211.202.51.252',
        queue_id: '6B7275F30',
        reply_code: 554,
        reason: 'relay_denied',
        reason_text: 'Relay access denied',
        sender: 'test1@test1.com',
        recipient: 'mh4495.@co.kr',
        helo: 'test1.com',
      },
    ],
    [
      'Apr 13 00:47:54 gpo postfix/smtpd[16733]: D0FAE5F34: reject: RCPT from unknown[2xx.216.xyy.2zz]: 504 < @ .com>: Recipient address rejected: need fully-qualified address; from=<tbillion@indot.com> to=<?????@??.com> proto=SMTP helo=<XaP0paHgf>',
      {
        host: 'gpo',
        process_id: 16733,
        client_name: 'unknown',
        client_address: '2xx.216.xyy.2zz',
        queue_id: 'D0FAE5F34',
        reply_code: 504,
        reason: 'recipient_rejected',
        reason_text: 'Recipient address rejected: need fully-qualified address',
        sender: 'tbillion@indot.com',
        recipient: '?????@??.com',
        helo: 'XaP0paHgf',
      },
    ],
    [
      'Apr 28 23:13:59 mailserver postfix/smtpd[19610]: 9A48C5F34: reject: RCPT from mailer.xxxx.com [192.168.1.50]: 450 <xxxx@mailserver.kumamoto-u.ac.jp>: User unknown in local recipient table; from=<getyou87@gehehe.com> proto=SMTP helo=<mailer.xxxx.com>',
      {
        host: 'mailserver',
        process_id: 19610,
        client_name: 'mailer.xxxx.com',
        client_address: '192.168.1.50',
        queue_id: '9A48C5F34',
        reply_code: 450,
        reason: 'user_unknown',
        reason_text: 'User unknown in local recipient table',
        sender: 'getyou87@gehehe.com',
        recipient: undefined,
        helo: 'mailer.xxxx.com',
      },
    ],
  ])('%s', (line, fields) => {
    expect(parse(line)).toMatchObject({
      kind: 'reject',
      service: 'postfix/smtpd',
      action: 'reject',
      stage: 'RCPT',
      enhanced_code: undefined,
      protocol: 'SMTP',
      ...fields,
    });
  });
});

test('a rejection carries what Postfix knows', () => {
  const text = `NOQUEUE: reject: RCPT from a[192.0.2.1]:4711: 550 5.1.1 <r@example.net>: Recipient address rejected: User unknown in local recipient table; ${TAIL} sasl_method=PLAIN sasl_username=joe`;

  expect(smtpd(text)).toEqual({
    ...base('postfix/smtpd', 22658),
    kind: 'reject',
    client_name: 'a',
    client_address: '192.0.2.1',
    queue_id: undefined,
    action: 'reject',
    stage: 'RCPT',
    reply_code: 550,
    enhanced_code: '5.1.1',
    reason: 'user_unknown',
    reason_text: 'Recipient address rejected: User unknown in local recipient table',
    ...OF_TAIL,
    sasl_username: 'joe',
  });
});

test.each([
  'reject',
  'reject_warning',
  'warn',
  'discard',
  'hold',
  'filter',
  'redirect',
  'bcc',
  'prepend',
  'info',
  'delay',
  'defer',
  'hangup',
  'milter-reject',
  'milter-discard',
  'milter-hold',
  'milter-quarantine',
])('the action %s is kept as it was logged', (action) => {
  const text = `ABCDE: ${action}: RCPT from a[192.0.2.1]: <r@example.net>: Recipient address: x; ${TAIL}`;

  expect(smtpd(text)).toMatchObject({ kind: 'reject', action, queue_id: 'ABCDE', reason_text: 'Recipient address: x' });
});

test.each([
  'CONNECT',
  'HELO',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'BDAT',
  'END-OF-MESSAGE',
  'VRFY',
  'ETRN',
])('the stage %s is kept as it was logged', (stage) => {
  expect(smtpd(`NOQUEUE: reject: ${stage} from a[192.0.2.1]: 554 5.7.1 x; proto=SMTP`)).toMatchObject({ stage });
});

test.each([
  ['DATA', '8848BC46B5'],
  ['BDAT', undefined],
])('within the content of %s is of that stage', (stage, queue_id) => {
  const text = `${queue_id ?? 'NOQUEUE'}: reject: ${stage} content from a[192.0.2.1]: bare <LF> received; ${TAIL}`;

  expect(smtpd(text)).toMatchObject({ kind: 'reject', queue_id, stage, reason: 'protocol', ...OF_TAIL });
});

describe('a reply', () => {
  test.each([
    ['550 5.1.1 text', 550, '5.1.1', 'text'],
    ['550 text', 550, undefined, 'text'],
    ['5.7.1 text', undefined, '5.7.1', 'text'],
    ['text', undefined, undefined, 'text'],
    ['200 text', 200, undefined, 'text'],
    ['599 text', 599, undefined, 'text'],
    ['199 text', undefined, undefined, '199 text'],
    ['600 text', undefined, undefined, '600 text'],
    ['550 5.1 text', 550, undefined, '5.1 text'],
    ['550 3.1.1 text', 550, undefined, '3.1.1 text'],
    ['550 5.123.123 text', 550, '5.123.123', 'text'],
    ['550 5.1234.1 text', 550, undefined, '5.1234.1 text'],
    ['550 5.1.1.1 text', 550, undefined, '5.1.1.1 text'],
    ['550 5..1 text', 550, undefined, '5..1 text'],
    ['550-5.7.1 text', 550, '5.7.1', 'text'],
  ])('%s', (reply, reply_code, enhanced_code, reason_text) => {
    const text = `NOQUEUE: reject: RCPT from a[192.0.2.1]: ${reply}; ${TAIL}`;

    expect(smtpd(text)).toMatchObject({ reply_code, enhanced_code, reason_text });
  });
});

describe('a tail', () => {
  test.each([
    ['; from=<> to=<r@x> proto=SMTP helo=<h>', { sender: '', recipient: 'r@x', protocol: 'SMTP', helo: 'h' }],
    ['; from=<s@x> proto=SMTP helo=<h>', { sender: 's@x', recipient: undefined }],
    ['; from=<s@x> to=<r@x>', { sender: 's@x', recipient: 'r@x', protocol: undefined, helo: undefined }],
    ['; from=<s@x> to=<r@x> proto=SMTP', { sender: 's@x', recipient: 'r@x', protocol: 'SMTP', helo: undefined }],
    ['; proto=SMTP', { sender: undefined, recipient: undefined, protocol: 'SMTP' }],
    ['; proto=SMTP sasl_method=LOGIN sasl_username=a>', { protocol: 'SMTP', sasl_username: 'a>' }],
    ['; from=<" sasl_username=x"@y> to=<r@x> proto=SMTP', { protocol: 'SMTP', sasl_username: undefined }],
    [
      '; from=<s@x>, to=<r@x>, proto=ESMTP, helo=<h>',
      { sender: 's@x', recipient: 'r@x', protocol: 'ESMTP', helo: 'h' },
    ],
    ['; from=<s@x> proto=ESMTP helo=<h> sasl_username=<joe>', { sender: 's@x', helo: 'h', sasl_username: 'joe' }],
    [`; ${TAIL} sasl_method=LOGIN sasl_username=a b sasl_sender=x`, { ...OF_TAIL, sasl_username: 'a b' }],
    [';', { sender: undefined, recipient: undefined, protocol: undefined, helo: undefined }],
    ['', { sender: undefined, recipient: undefined, protocol: undefined, helo: undefined }],
  ])('%j', (tail, fields) => {
    expect(smtpd(`NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 x${tail}`)).toMatchObject({
      reason_text: 'x',
      ...fields,
    });
  });

  test.each([
    ['; to=<x', 's@x'],
    ['" to=<v@y> proto=SMTP helo=<z"@x', 'r@x'],
    ['"; from=<x"@y', 'r@x'],
    ['s@x', '"> to=<v@y"@x'],
    ['s@x', '"; from=<v@y> to=<w@z"@x'],
    ['"; from=<s> to=<x"@y', '"; from=<s> to=<x"@y'],
  ])('with the sender %s and the recipient %s is not misled', (sender, recipient) => {
    const tail = `from=<${sender}> to=<${recipient}> proto=ESMTP helo=<h>`;
    const text = `NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 <${recipient}>: Relay access denied; ${tail}`;

    expect(smtpd(text)).toMatchObject({
      sender,
      recipient,
      helo: 'h',
      protocol: 'ESMTP',
      reason: 'relay_denied',
      reason_text: 'Relay access denied',
    });
  });

  test('in UTF-8 is read as such, in latin1 as that', () => {
    const text = (name: string) =>
      `NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 x; from=<${name}@x> to=<r@x> proto=SMTP`;

    expect(smtpd(text('gr\u00c3\u00bc\u00c3\u009f'))).toMatchObject({ sender: 'gr\u00fc\u00df@x', recipient: 'r@x' });
    expect(smtpd(text('gr\u00fc\u00df'))).toMatchObject({ sender: 'gr\u00fc\u00df@x', recipient: 'r@x' });
  });
});

test.each([
  ['<a[192.0.2.1]>: Client host rejected: Access denied', 'Client host rejected: Access denied'],
  ['<h.example.com>: Helo command rejected: Host not found', 'Helo command rejected: Host not found'],
  ['<>: Sender address rejected: Access denied', 'Sender address rejected: Access denied'],
  ['<LF> is bare', '<LF> is bare'],
])('the text %s is kept without whom it is about', (text, reason_text) => {
  expect(smtpd(`NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 ${text}; ${TAIL}`)).toMatchObject({ reason_text });
});

test("a proxy filter's reply has no client", () => {
  const text = `proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=31619-02 - spam; ${TAIL}`;

  for (const line of [text, `NOQUEUE: ${text}`]) {
    expect(smtpd(line)).toMatchObject({
      kind: 'reject',
      action: 'proxy-reject',
      stage: 'END-OF-MESSAGE',
      client_name: undefined,
      client_address: 'unknown',
      queue_id: undefined,
      reply_code: 554,
      reason: 'content',
      ...OF_TAIL,
    });
  }
});

test.each([
  'NOQUEUE: reject: RCPT: 554 5.7.1 x; from=<s@x>',
  'NOQUEUE: reject: RCPT from a: 554 5.7.1 x; from=<s@x>',
  'NOQUEUE: reject: RCPT from a[192.0.2.1] 554 5.7.1 x',
])('without its client a rejection is unrecognised: %s', (text) => {
  expect(smtpd(text)).toMatchObject({ kind: 'unrecognised' });
});
