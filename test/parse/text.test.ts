import { expect, test } from '@jest/globals';
import { message } from './lines.js';

test.each([
  ['550-5.1.1 no#012550 5.1.1 such user', '550-5.1.1 no 550 5.1.1 such user'],
  ['a#015#012b#011c#033[31m', 'a b c [31m'],
  ['ticket #12, #01, #048 and #0', 'ticket #12, #01, #048 and #0'],
  ['Gr\u00c3\u00bc\u00c3\u009fe#012', 'Gr\u00fc\u00dfe '],
])('the text %j of a delivery reads %j', (text, reason_text) => {
  const line = `8848BC46B5: to=<a#012b@c.example>, relay=none, delay=1, delays=0/0/0/1, dsn=5.0.0, status=bounced (${text})`;

  expect(message('postfix/smtp[1]', line)).toMatchObject({
    kind: 'delivery',
    recipient: 'a#012b@c.example',
    reason_text,
  });
});

test('an escape in the middle of the words does not hide why a client was refused', () => {
  const text =
    'NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 <b@c.example>: Relay#012access denied; from=<> to=<b@c.example> proto=SMTP';

  expect(message('postfix/smtpd[1]', text)).toMatchObject({
    reason: 'relay_denied',
    reason_text: 'Relay access denied',
  });
});
