import { describe, expect, test } from '@jest/globals';
import { createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { parse, parseWith, REFERENCE_MS } from './lines.js';

const CONNECT = 'gpo postfix/smtpd[1]: connect from a[192.0.2.1]';

function timeOf(line: string, zone = 'UTC', referenceMs = REFERENCE_MS): string {
  const parsed = parseWith(createLineParser({ zone: createZone(zone) }), line, referenceMs);
  return parsed.kind === 'dead' ? parsed.reason : new Date(parsed.time).toISOString();
}

describe('a stamp', () => {
  test.each([
    [`Nov 23 01:57:14 ${CONNECT}`, '2026-11-23T01:57:14.000Z'],
    [`Nov  3 01:57:14 ${CONNECT}`, '2026-11-03T01:57:14.000Z'],
    [`Nov 03 01:57:14 ${CONNECT}`, '2026-11-03T01:57:14.000Z'],
    [`Nov 23 23:59:60 ${CONNECT}`, '2026-11-24T00:00:00.000Z'],
    [`<22>Nov 23 01:57:14 ${CONNECT}`, '2026-11-23T01:57:14.000Z'],
    [`2026-11-23T01:57:14.864123+01:00 ${CONNECT}`, '2026-11-23T00:57:14.864Z'],
    [`2026-11-23T01:57:14-0330 ${CONNECT}`, '2026-11-23T05:27:14.000Z'],
    [`2026-11-23T01:57:14+09 ${CONNECT}`, '2026-11-22T16:57:14.000Z'],
    [`2026-11-23T01:57:14Z ${CONNECT}`, '2026-11-23T01:57:14.000Z'],
    [`2026-11-23T01:57:14.5 ${CONNECT}`, '2026-11-23T01:57:14.500Z'],
    [`2026-11-23 01:57:14,25 ${CONNECT}`, '2026-11-23T01:57:14.250Z'],
    ['23-Nov-2026 01:57:14.864 general: info: running', '2026-11-23T01:57:14.864Z'],
    ['2026-11-23T01:57:14.864Z general: info: running', '2026-11-23T01:57:14.864Z'],
  ])('in %j is %s', (line, time) => {
    expect(timeOf(line)).toBe(time);
  });

  test.each([
    ['an unknown month', `Nov 23 01:57:14`, `Nox 23 01:57:14`],
    ['hour 24', `Nov 23 23:57:14`, `Nov 23 24:57:14`],
    ['minute 60', `Nov 23 01:59:14`, `Nov 23 01:60:14`],
    ['second 61', `Nov 23 01:57:60`, `Nov 23 01:57:61`],
    ['day 0', `Nov  1 01:57:14`, `Nov  0 01:57:14`],
    ['day 31 of November', `Nov 30 01:57:14`, `Nov 31 01:57:14`],
    ['month 13', `2026-12-23T01:57:14`, `2026-13-23T01:57:14`],
    ['month 0', `2026-01-23T01:57:14`, `2026-00-23T01:57:14`],
    ['29 February of a common year', `2024-02-29T01:57:14`, `2023-02-29T01:57:14`],
    ['29 February of a century', `2000-02-29T01:57:14`, `1900-02-29T01:57:14`],
    ['a half offset', `2026-11-23T01:57:14+01:00`, `2026-11-23T01:57:14+0x:00`],
    ['a day of one digit without a blank', `Nov  3 01:57:14`, `Nov 3 01:57:14`],

  ])('with %s is none', (_what, good, bad) => {
    expect(timeOf(`${good} ${CONNECT}`)).toMatch(/Z$/);
    expect(timeOf(`${bad} ${CONNECT}`)).toBe('no_envelope');
  });

  test('without an offset is of the zone', () => {
    expect(timeOf(`Nov 23 01:57:14 ${CONNECT}`, 'Asia/Tokyo')).toBe('2026-11-22T16:57:14.000Z');
    expect(timeOf(`2026-07-23T01:57:14 ${CONNECT}`, 'Europe/Berlin')).toBe('2026-07-22T23:57:14.000Z');
    expect(timeOf(`2026-07-23T01:57:14Z ${CONNECT}`, 'Europe/Berlin')).toBe('2026-07-23T01:57:14.000Z');
  });

  test.each([
    ['Dec 31 23:59:59', '2027-01-01T00:00:05Z', '2026-12-31T23:59:59.000Z'],
    ['Jan  1 00:00:05', '2026-12-31T23:59:59Z', '2027-01-01T00:00:05.000Z'],
    ['Jan  1 00:00:05', '2026-06-01T00:00:00Z', '2026-01-01T00:00:05.000Z'],
    ['Feb 29 12:00:00', '2027-03-01T00:00:00Z', '2028-02-29T12:00:00.000Z'],
    ['Feb 29 12:00:00', '2026-03-01T00:00:00Z', 'no_envelope'],
  ])('%s seen at %s is of the nearest year that has the day', (stamp, reference, time) => {
    expect(timeOf(`${stamp} ${CONNECT}`, 'UTC', Date.parse(reference))).toBe(time);
  });

  test('that comes again with another reference is of that year', () => {
    const parseLine = createLineParser({ zone: createZone('UTC') });
    const years = [2003, 2003, 2026, 2003].map((year) => {
      const parsed = parseWith(parseLine, `Apr 13 18:55:06 ${CONNECT}`, Date.UTC(year, 3, 14));
      return parsed.kind === 'dead' ? undefined : new Date(parsed.time).getUTCFullYear();
    });

    expect(years).toEqual([2003, 2003, 2026, 2003]);
  });

  test('keeps its own fraction and offset after a line of the same second', () => {
    const parseLine = createLineParser({ zone: createZone('UTC') });
    const times = ['.1+01:00', '.2Z', '.3+01:00', '', '.4+01', '.5+01:30'].map((rest) => {
      const parsed = parseWith(parseLine, `2026-10-25T02:30:00${rest} ${CONNECT}`);
      return parsed.kind === 'dead' ? undefined : new Date(parsed.time).toISOString().slice(11, 23);
    });

    expect(times).toEqual([
      '01:30:00.100',
      '02:30:00.200',
      '01:30:00.300',
      '02:30:00.000',
      '01:30:00.400',
      '01:00:00.500',
    ]);
  });
});

describe('a host', () => {
  test('is read anew on each line', () => {
    const hosts = ['gpo', 'gpo', 'mx-2', '2001:db8::1', 'gpo'].map((host) => {
      const parsed = parse(`Nov 23 01:57:14 ${host} postfix/smtpd[1]: connect from a[192.0.2.1]`);
      return 'host' in parsed ? parsed.host : undefined;
    });

    expect(hosts).toEqual(['gpo', 'gpo', 'mx-2', '2001:db8::1', 'gpo']);
  });

  test.each([
    ['Nov 23 01:57:14 pop3-login: Info: Login: user=<a>, rip=192.0.2.1', 'pop3_login', 'dovecot/pop3-login'],
    ['2026-11-23 01:57:14 pop3(a)<1><b>: Info: Disconnected: Logged out', 'pop3_logout', 'dovecot/pop3'],
    ['Nov 23 01:57:14 gpo dovecot: pop3-login: Login: user=<a>, rip=192.0.2.1', 'pop3_login', 'dovecot/pop3-login'],
  ])('is missing where Dovecot writes its own file: %j', (line, kind, service) => {
    expect(parse(line)).toMatchObject({ kind, service, host: line.includes('gpo') ? 'gpo' : '' });
  });
});

describe('a tag', () => {
  test.each([
    ['postfix/smtpd[22658]: ', 'postfix/smtpd', 22658],
    ['postfix/submission/smtpd[1]: ', 'postfix/submission/smtpd', 1],
    ['postfix-out/smtpd[1]: ', 'postfix-out/smtpd', 1],
    ['postfix/10025/smtpd[1]: ', 'postfix/10025/smtpd', 1],
    ['mx-in/smtpd[1]: ', 'mx-in/smtpd', 1],
    ['postfix/smtpd: ', 'postfix/smtpd', undefined],
    ['postfix/smtpd[1]: [ID 197553 mail.info] ', 'postfix/smtpd', 1],
    ['postfix/smtpd[1]:', 'postfix/smtpd', 1],
    ['postfix/smtpd[1] ', 'postfix/smtpd', 1],
  ])('%j names service and process', (tag, service, process_id) => {
    const parsed = parse(`Nov 23 01:57:14 gpo ${tag}connect from a[192.0.2.1]`);

    expect(parsed).toMatchObject({ kind: 'connect', service, process_id });
  });

  test.each([
    ['kernel: [ 12.3] eth0 up', 'kernel', undefined],
    ['smtpd[1]: connect from a[192.0.2.1]', 'smtpd', undefined],
    ['opendkim[7]: 8848BC46B5: no signature', 'opendkim', undefined],
    ['last message repeated 2 times', 'last', undefined],
    ['postfix/mytransport[1]: hello', 'mytransport', 'mail'],
    ['postfix/smtpd[1]: hello', 'smtpd', 'mail'],
    ['postfix/smtpd[1]: message repeated 2 times: [ connect from a[192.0.2.1]]', 'smtpd', 'mail'],
    ['dovecot: hello', 'dovecot', 'pop3'],
    ['named[1]: client hello', 'named', 'dns'],
  ])('in front of a foreign message leaves it unrecognised: %j', (text, program, side) => {
    expect(parse(`Nov 23 01:57:14 gpo ${text}`)).toMatchObject({ kind: 'unrecognised', program, side });
  });

  test('of many programs is told from the others after more of them than are remembered', () => {
    const tags = Array.from({ length: 40 }, (_, number) => `postfix/${number % 20}/smtpd`);
    const services = tags.map((tag) => {
      const parsed = parse(`Nov 23 01:57:14 gpo ${tag}[1]: connect from a[192.0.2.1]`);
      return 'service' in parsed ? parsed.service : undefined;
    });

    expect(services).toEqual(tags);
  });
});

test.each([
  '',
  'gpo postfix/smtpd[1]: connect from a[192.0.2.1]',
  'Nov 23 01:57:14',
  'Nov 23 01:57:14 ',
  'Nov 23 01:57:14 gpo',
  'Nov 23 01:57:14 gpo ',
  '2026-11-23',
  '0001-01-01T00:00:00Z gpo postfix/smtpd[1]: connect from a[192.0.2.1]',
  '{"message":"x"}',
])('%j has no envelope', (line) => {
  expect(parse(line)).toEqual({ kind: 'dead', reason: 'no_envelope' });
});
