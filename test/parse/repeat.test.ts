import { describe, expect, test } from '@jest/globals';
import { message, parse, TIME } from './lines.js';

const FROM = 'from a[192.0.2.1]';

describe('a message that was repeated', () => {
  test.each([
    ['postfix/smtpd[7]', `connect ${FROM}`],
    [
      'postfix/smtpd[7]',
      `NOQUEUE: reject: RCPT ${FROM}: 554 5.7.1 <b@c.example>: Relay access denied; from=<> to=<b@c.example> proto=ESMTP helo=<[192.0.2.1]>`,
    ],
    ['postfix/smtpd', 'warning: [x]: hello'],
    ['postfix/anvil[8]', 'statistics: max cache size 1 at Nov 23 01:57:14'],
    ['named[9]', 'client @0x7f 192.0.2.1#50857 (example.com): query: example.com IN A + (192.0.2.2)'],
    ['dovecot', 'pop3-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, session=<x>'],
  ])('under the tag %s is that message: %s', (tag, text) => {
    for (const blank of ['', ' '])
      expect(message(tag, `message repeated 3 times: [${blank}${text}]`)).toEqual({
        kind: 'repeat',
        time: TIME,
        times: 3,
        event: message(tag, text),
        isOfLineBefore: false,
      });
  });

  test('of no known form is unrecognised, once', () => {
    expect(message('postfix/smtpd[7]', 'message repeated 2 times: [ hello]')).toMatchObject({ kind: 'unrecognised' });
    expect(message('postfix/smtpd[7]', `message repeated 2 times: [ connect ${FROM}`)).toMatchObject({
      kind: 'unrecognised',
    });
  });

  test.each([
    [1, 'repeat'],
    [1000, 'repeat'],
    [0, 'unrecognised'],
    [1001, 'unrecognised'],
    ['9'.repeat(400), 'unrecognised'],
  ])('%s times is a %s', (times, kind) => {
    expect(message('postfix/smtpd[7]', `message repeated ${String(times)} times: [ connect ${FROM}]`).kind).toBe(kind);
  });
});

describe('a repeat of the line before', () => {
  test.each([
    ['postfix/smtpd[7]', 'mail'],
    ['named', 'dns'],
    ['dovecot', 'pop3'],
    ['sshd[7]', 'mail'],
  ])('under the tag %s is of the side %s, to a reader that has no line before', (tag, side) => {
    for (const text of [
      'last message repeated 3 times',
      "Last message 'x' repeated 3 times, suppressed by syslog-ng on mx",
    ])
      expect(message(tag, text)).toMatchObject({ kind: 'repeat', times: 3, event: { kind: 'other', side } });
  });

  test.each(['last', 'syslogd: last', '<syslog.info> gpo last', 'syslogd[5]: last'])('is told by %j', (text) => {
    const rest = text.includes('gpo') ? text : `gpo ${text}`;
    expect(parse(`Nov 23 01:57:14 ${rest} message repeated 2 times`)).toMatchObject({
      kind: 'repeat',
      time: TIME,
      times: 2,
      event: { kind: 'other', host: 'gpo', time: TIME },
      isOfLineBefore: true,
    });
  });

  test.each([
    ['last message repeated 1 time', 'repeat'],
    ['last message repeated 1000 times', 'repeat'],
    ['last message repeated 0 times', 'other'],
    ['last message repeated 1001 times', 'other'],
    ['last message repeated 2 times.', 'unrecognised'],
    ['last message repeated', 'unrecognised'],
    ['postfix/smtpd[7]: last message repeated 2 times', 'repeat'],
    ['postfix/smtpd[7]: last message repeated 2000 times', 'other'],
    ['named[9]: last message repeated 2 times', 'repeat'],
    ['postfix/smtpd[7]: last message repeated 2 times ago', 'unrecognised'],
    ["named[9]: Last message 'client @0x7f69022a70' repeated 2 times, suppressed by syslog-ng on mx.example", 'repeat'],
    ["dovecot: Last message 'it's' repeated 2 times, suppressed by syslog-ng on mx.example", 'repeat'],
    ["dovecot: Last message 'x' repeated 2000 times, suppressed by syslog-ng on mx.example", 'other'],
    ["dovecot: Last message 'x' repeated 2 times", 'unrecognised'],
    ['last: message repeated 2 times', 'repeat'],
  ])('%j is %s', (text, kind) => {
    expect(parse(`Nov 23 01:57:14 gpo ${text}`).kind).toBe(kind);
  });
});
