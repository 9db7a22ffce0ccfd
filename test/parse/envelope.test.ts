import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
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
    [`Nov 3 01:57:14 ${CONNECT}`, '2026-11-03T01:57:14.000Z'],
    [`Nov 03 01:57:14 ${CONNECT}`, '2026-11-03T01:57:14.000Z'],
    [`Nov 23 23:59:60 ${CONNECT}`, '2026-11-24T00:00:00.000Z'],
    [`<22>Nov 23 01:57:14 ${CONNECT}`, '2026-11-23T01:57:14.000Z'],
    [`2026-11-23T01:57:14.864123+01:00 ${CONNECT}`, '2026-11-23T00:57:14.864Z'],
    [`2026-11-23T01:57:14-0330 ${CONNECT}`, '2026-11-23T05:27:14.000Z'],
    [`2026-11-23T01:57:14+09 ${CONNECT}`, '2026-11-22T16:57:14.000Z'],
    [`2026-11-23T01:57:14Z ${CONNECT}`, '2026-11-23T01:57:14.000Z'],
    [`2026-11-23T01:57:14.5 ${CONNECT}`, '2026-11-23T01:57:14.500Z'],
    [`2026-11-23 01:57:14,25 ${CONNECT}`, '2026-11-23T01:57:14.250Z'],
    ['[1795399034] unbound[1:0] info: 192.0.2.1 example.com. A IN', '2026-11-23T01:57:14.000Z'],
    ['[1795399034.864123456] Packet from 192.0.2.1:4711 for example.com. A with id 1', '2026-11-23T01:57:14.864Z'],
    [`Nov 23 01:57:14.123456 ${CONNECT}`, '2026-11-23T01:57:14.123Z'],
    [`Nov  3 2026 01:57:14 ${CONNECT}`, '2026-11-03T01:57:14.000Z'],
    [`Nov 23 2025 01:57:14.5 ${CONNECT}`, '2025-11-23T01:57:14.500Z'],
    [`2025 Nov  3 01:57:14 ${CONNECT}`, '2025-11-03T01:57:14.000Z'],
    [`Nov 23 01:57:14 UTC ${CONNECT}`, '2026-11-23T01:57:14.000Z'],
    [`Nov 23 01:57:14 +01:00 ${CONNECT}`, '2026-11-23T00:57:14.000Z'],
    [`Nov 23 2026 01:57:14 -0330 ${CONNECT}`, '2026-11-23T05:27:14.000Z'],
    [`Mon 2026-11-23 01:57:14 UTC ${CONNECT}`, '2026-11-23T01:57:14.000Z'],
    [`Mon 2026-11-23 01:57:14.864123 +03 ${CONNECT}`, '2026-11-22T22:57:14.864Z'],
    [`1795399034.864123 ${CONNECT}`, '2026-11-23T01:57:14.864Z'],
    [`2026-11-23T01:57:14.123456789Z Nov 23 03:57:14 ${CONNECT}`, '2026-11-23T01:57:14.123Z'],
    [`2026-11-23T01:57:14.123456789Z stdout F Nov 23 03:57:14 ${CONNECT}`, '2026-11-23T01:57:14.123Z'],
    [`2026-11-23T01:57:14.1+01:00 stderr F 2026-11-23T03:57:14Z ${CONNECT}`, '2026-11-23T00:57:14.100Z'],
    [`2028-02-29T01:57:14Z Feb 29 01:57:14 ${CONNECT}`, '2028-02-29T01:57:14.000Z'],
    ['2026-11-23T01:57:14.5Z 23-Nov-2026 03:57:14.864 general: info: running', '2026-11-23T01:57:14.500Z'],
    [`<22>1 2026-11-23T01:57:14.864Z gpo postfix/smtpd 1 - - connect from a[192.0.2.1]`, '2026-11-23T01:57:14.864Z'],
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
    ['a year of letters', `Nov 23 2026 01:57:14`, `Nov 23 20x6 01:57:14`],
    ['a half year in front', `2026 Nov 23 01:57:14`, `26 Nov 23 01:57:14`],
    ['31 November of a year', `Nov 30 2026 01:57:14`, `Nov 31 2026 01:57:14`],
    ['nine digits', `1795399034.1`, `179539903.1`],
    ['digits without a point', `1795399034.1`, `1795399034`],
    [
      'two stamps in front',
      `2026-11-23T01:57:14Z Nov 23 01:57:14`,
      `2026-11-23T01:57:14Z Nov 23 01:57:14 Nov 23 01:57:14`,
    ],
    ['a day of no digit', `Nov 3 01:57:14`, `Nov  01:57:14`],
  ])('with %s is none', (_what, good, bad) => {
    expect(timeOf(`${good} ${CONNECT}`)).toMatch(/Z$/);
    expect(timeOf(`${bad} ${CONNECT}`)).toBe('no_envelope');
  });

  test.each([
    '[1795399034] kernel: something else',
    '[1795399034]unbound[1:0] info: 192.0.2.1 example.com. A IN',
    '[] unbound[1:0] info: 192.0.2.1 example.com. A IN',
    '[99999999999999] unbound[1:0] info: 192.0.2.1 example.com. A IN',
  ])('in seconds is none in %j', (line) => {
    expect(timeOf(line)).toBe('no_envelope');
  });

  test('without an offset is of the zone', () => {
    expect(timeOf(`Nov 23 01:57:14 ${CONNECT}`, 'Asia/Tokyo')).toBe('2026-11-22T16:57:14.000Z');
    expect(timeOf(`2026-07-23T01:57:14 ${CONNECT}`, 'Europe/Berlin')).toBe('2026-07-22T23:57:14.000Z');
    expect(timeOf(`2026-07-23T01:57:14Z ${CONNECT}`, 'Europe/Berlin')).toBe('2026-07-23T01:57:14.000Z');
  });

  test('with the abbreviation of a zone is of the configured one', () => {
    for (const stamp of ['Jul 23 01:57:14 CEST', 'Thu 2026-07-23 01:57:14 CEST'])
      expect(timeOf(`${stamp} ${CONNECT}`, 'Europe/Berlin')).toBe('2026-07-22T23:57:14.000Z');
    expect(timeOf(`Nov 23 01:57:14 GMT ${CONNECT}`, 'Europe/Berlin')).toBe('2026-11-23T01:57:14.000Z');
    expect(timeOf(`Nov 23 01:57:14 Z ${CONNECT}`, 'Europe/Berlin')).toBe('2026-11-23T01:57:14.000Z');
  });

  test('without an offset is of the zone of its host, where that has its own', () => {
    const tokyo = createZone('Asia/Tokyo');
    const zoneOf = (host: string) => (host === 'mx-tokyo' ? tokyo : undefined);
    const parseLine = createLineParser({ zone: createZone('Europe/Berlin'), zoneOf });
    const timeIn = (line: string): string => {
      const parsed = parseWith(parseLine, line);
      return parsed.kind === 'dead' ? parsed.reason : new Date(parsed.time).toISOString();
    };
    const rest = 'postfix/smtpd[1]: connect from a[192.0.2.1]';

    expect(timeIn(`Nov 23 01:57:14 mx-berlin ${rest}`)).toBe('2026-11-23T00:57:14.000Z');
    expect(timeIn(`Nov 23 01:57:14 mx-tokyo ${rest}`)).toBe('2026-11-22T16:57:14.000Z');
    expect(timeIn(`Nov 23 01:57:15 mx-tokyo ${rest}`)).toBe('2026-11-22T16:57:15.000Z');
    expect(timeIn(`Nov 23 01:57:15 mx-berlin ${rest}`)).toBe('2026-11-23T00:57:15.000Z');
    expect(timeIn(`2026-11-23T01:57:14Z mx-tokyo ${rest}`)).toBe('2026-11-23T01:57:14.000Z');
    expect(timeIn(`1795399034.5 mx-tokyo ${rest}`)).toBe('2026-11-23T01:57:14.500Z');
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

  test.each(['unbound[1:0] info: start of service', 'dnsmasq[1]: started', 'kernel: booted'])(
    'is read anew after a line without one: %j',
    (text) => {
      const lines = [`Nov 23 01:57:14 ${text}`, `Nov 23 01:57:14 ${CONNECT}`];
      const block = createBlock(Buffer.from(lines.join('\n')));
      const parseLine = createLineParser({ zone: createZone('UTC') });
      const end = (lines[0] ?? '').length;
      parseLine(block, 0, end, REFERENCE_MS);

      expect(parseLine(block, end + 1, block.bytes.length, REFERENCE_MS)).toMatchObject({
        kind: 'connect',
        host: 'gpo',
      });
    },
  );

  test.each([
    ['Nov 23 01:57:14 pop3-login: Info: Login: user=<a>, rip=192.0.2.1', 'pop3_login', 'dovecot/pop3-login'],
    ['2026-11-23 01:57:14 pop3(a)<1><b>: Info: Disconnected: Logged out', 'pop3_logout', 'dovecot/pop3'],
    ['Nov 23 01:57:14 gpo dovecot: pop3-login: Login: user=<a>, rip=192.0.2.1', 'pop3_login', 'dovecot/pop3-login'],
  ])('is missing where Dovecot writes its own file: %j', (line, kind, service) => {
    expect(parse(line)).toMatchObject({ kind, service, host: line.includes('gpo') ? 'gpo' : '' });
  });
});

test.each([
  ['gpo 192.0.2.1', 'gpo'],
  ['192.0.2.9 192.0.2.1', '192.0.2.9'],
])('an address behind the host is passed over: %s', (place, host) => {
  const line = `Nov 23 01:57:14 ${place} postfix/smtpd[1]: connect from a[192.0.2.1]`;

  expect(parse(line)).toMatchObject({ kind: 'connect', host });
});

describe('between stamp and tag', () => {
  test.each([
    '<mail.info> gpo ',
    '<22.6> gpo ',
    'mail.info gpo ',
    'gpo mail.info ',
    'gpo mail:info ',
    'CET gpo mail.info ',
    '<local7.warning> gpo ',
  ])('%j names the host', (between) => {
    const line = `Nov 23 01:57:14 ${between}postfix/smtpd[1]: connect from a[192.0.2.1]`;

    // Once as it is new and once as it is known.
    for (const parsed of [parse(line), parse(line)])
      expect(parsed).toEqual(parse('Nov 23 01:57:14 gpo postfix/smtpd[1]: connect from a[192.0.2.1]'));
  });

  test.each([
    ['mail.info ', 'mail.info'],
    ['GPO ', 'GPO'],
    ['CETI ', 'CETI'],
    ['client ', 'client'],
    ['fe80:: ', 'fe80::'],
    ['', ''],
    [' ', ''],
  ])('%j stands the host %j', (between, host) => {
    expect(parse(`Nov 23 01:57:14 ${between}postfix/smtpd[1]: connect from a[192.0.2.1]`)).toMatchObject({
      kind: 'connect',
      host,
      service: 'postfix/smtpd',
    });
  });

  test('a host called client is told from what BIND writes into its own file', () => {
    const query = 'client @0x7f69022a7098 192.0.2.1#50857 (example.com): query: example.com IN A + (192.0.2.2)';
    const lines = ['client named[1]: running', query, 'client named[1]: running', query];

    expect(lines.map((line) => parse(`2026-11-23T01:57:14.000Z ${line}`).kind)).toEqual([
      'other',
      'dns',
      'other',
      'dns',
    ]);
  });
});

describe('a line of RFC 5424', () => {
  const opened = { kind: 'connect', host: 'gpo', service: 'postfix/smtpd', process_id: 7, client_address: '192.0.2.1' };

  test.each([
    'postfix/smtpd 7 - - connect',
    'postfix/smtpd 7 - -  connect',
    'postfix/smtpd 7 ID47 - \u00ef\u00bb\u00bfconnect',
    'postfix/smtpd[7] - - - connect',
    'postfix/smtpd[7] 8 - - connect',
    'postfix/smtpd 7 - [meta sequenceId="29" origin="a b"] connect',
    'postfix/smtpd 7 - [a@32473 x="\\]" y="\\"] [" z="\\\\"][b@32473] connect',
    '- - - - postfix/smtpd[7]: connect',
  ])('%j is read', (text) => {
    for (const before of ['<22>1 ', '213 <22>1 ', '\u00ef\u00bb\u00bf<22>1 '])
      expect(parse(`${before}2026-11-23T01:57:14.864+01:00 gpo ${text} from a[192.0.2.1]`)).toMatchObject({
        ...opened,
        time: Date.UTC(2026, 10, 23, 0, 57, 14, 864),
      });
  });

  test.each([
    ['postfix/smtpd - - - connect from a[192.0.2.1]', { kind: 'connect', process_id: undefined }],
    ['postfix/smtpd 7 - -', { kind: 'unrecognised', program: 'smtpd' }],
    ['postfix/smtpd 7 - [a x="', { kind: 'unrecognised', program: 'smtpd' }],
    ['named 7 - - running', { kind: 'other', side: 'dns' }],
  ])('%j is %j', (text, event) => {
    expect(parse(`<22>1 2026-11-23T01:57:14Z gpo ${text}`)).toMatchObject(event);
  });

  test('may name no host', () => {
    expect(parse('<22>1 2026-11-23T01:57:14Z - postfix/smtpd 7 - - connect from a[192.0.2.1]')).toMatchObject({
      kind: 'connect',
      host: '',
    });
  });

  test('without a time has no envelope', () => {
    expect(parse('<22>1 - gpo postfix/smtpd 7 - - connect from a[192.0.2.1]')).toEqual({
      kind: 'dead',
      reason: 'no_envelope',
    });
  });
});

test('every form of an instant gives the same event, in whatever order they come', () => {
  const instant = fc.date({
    min: new Date('2026-06-01T00:00:00Z'),
    max: new Date('2026-11-23T00:00:00Z'),
    noInvalidDate: true,
  });
  const text = fc.constantFrom('connect from a[192.0.2.1]', 'disconnect from a[192.0.2.1]', 'hello');
  const twoDigits = (value: number, fill = '0'): string => String(value).padStart(2, fill);
  const forms: readonly ((date: Date) => string)[] = [
    (date) => `${monthOf(date)} ${twoDigits(date.getUTCDate(), ' ')} ${clockOf(date)} gpo postfix/smtpd[7]: `,
    (date) => `${monthOf(date)} ${twoDigits(date.getUTCDate())} ${clockOf(date)} gpo postfix/smtpd[7]: `,
    (date) => `<22>${monthOf(date)} ${twoDigits(date.getUTCDate(), ' ')} 2026 ${clockOf(date)} gpo postfix/smtpd[7]: `,
    (date) => `2026 ${monthOf(date)} ${twoDigits(date.getUTCDate(), ' ')} ${clockOf(date)} GMT gpo postfix/smtpd[7]: `,
    (date) =>
      `${monthOf(date)} ${twoDigits(date.getUTCDate(), ' ')} ${clockOf(date)}.000 <mail.info> gpo postfix/smtpd[7]: `,
    (date) => `${date.toISOString()} gpo postfix/smtpd[7]: `,
    (date) =>
      `${new Date(date.getTime() + 19_800_000).toISOString().slice(0, 19)}+05:30 gpo mail.info postfix/smtpd[7]: `,
    (date) => `Mon ${date.toISOString().slice(0, 19).replace('T', ' ')} UTC gpo postfix/smtpd[7]: `,
    (date) => `${String(date.getTime() / 1000)}.000000 gpo postfix/smtpd[7]: `,
    (date) => `<22>1 ${date.toISOString()} gpo postfix/smtpd 7 - - `,
    (date) => `99 <22>1 ${date.toISOString()} gpo postfix/smtpd 7 - [a b="c]"] `,
    (date) =>
      `${date.toISOString()} ${monthOf(date)} ${twoDigits(date.getUTCDate(), ' ')} 00:00:00 gpo postfix/smtpd[7]: `,
  ];
  const monthOf = (date: Date): string => date.toUTCString().slice(8, 11);
  const clockOf = (date: Date): string => date.toISOString().slice(11, 19);
  const parseLine = createLineParser({ zone: createZone('UTC') });

  fc.assert(
    fc.property(fc.array(fc.tuple(instant, fc.nat(forms.length - 1), text), { maxLength: 20 }), (lines) => {
      for (const [date, index, message] of lines) {
        const second = new Date(Math.floor(date.getTime() / 1000) * 1000);
        const form = forms[index]?.(second) ?? '';

        expect(parseWith(parseLine, form + message)).toEqual({
          ...parse(`Nov 23 01:57:14 gpo postfix/smtpd[7]: ${message}`),
          time: second.getTime(),
        });
      }
    }),
  );
});

test('the forms that the README lists are read as it says', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const forms = [...readme.matchAll(/^\|.*\| `([^`]*gpo [^`]*)` \|$/gm)].map(([, form = '']) => form);

  expect(forms.length).toBeGreaterThan(15);
  for (const form of forms)
    expect(parse(`${form}connect from unknown[192.0.2.9]`)).toEqual(
      parse('2026-11-23T02:01:15Z gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]'),
    );
});

test('no bytes before a message make the parser throw, or read a later line in another way', () => {
  const zone = createZone('UTC');
  const parseLine = createLineParser({ zone });
  const opening = fc.constantFrom(
    ...['Nov 23 01:57:14 gpo ', '2026-11-23T01:57:14Z gpo ', '<22>Nov 23 01:57:14 gpo ', '23-Nov-2026 01:57:14.864 '],
    ...[
      '<22>1 2026-11-23T01:57:14Z gpo ',
      '12 <22>1 2026-11-23T01:57:14Z gpo ',
      '\u00ef\u00bb\u00bfNov 23 01:57:14 gpo ',
    ],
  );
  const word = fc.constantFrom(
    ...['Nov 23 01:57:14', '2026-11-23T01:57:14', 'Z', '+01:00', ' ', 'UTC', '<22>', '1 ', '12 ', '[a b="', '\\"]'],
    ...[
      'mail.info',
      '<mail.info>',
      'gpo',
      'kernel: ',
      'unbound[1:0] ',
      'client',
      '@',
      'postfix/smtpd',
      '[7',
      ']',
      ': ',
      '-',
      'stdout F ',
    ],
    ...[
      'last',
      'message repeated 2 times: [ ',
      'last message repeated 2 times',
      'pop3-login',
      'general',
      '\u00ef\u00bb\u00bf',
    ],
    ...['connect from a[192.0.2.1]', 'postfix/smtpd[7]: '],
  );
  const words = fc.array(word, { maxLength: 12 }).map((all) => all.join(''));
  const line = fc.oneof(
    words,
    fc.tuple(opening, words).map((both) => both.join('')),
  );

  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
      const block = createBlock(Buffer.from(lines.join('\n'), 'latin1'));
      let start = 0;
      const parsed = lines.map(({ length }) => {
        const end = start + length;
        const event = parseLine(block, start, end, REFERENCE_MS);
        start = end + 1;
        return event;
      });

      expect(parsed).toEqual(lines.map((text) => parseWith(createLineParser({ zone }), text)));
    }),
    { numRuns: 500 },
  );
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
    // A template of rsyslog, `%syslogtag% %msg%`: the message begins with a blank of its own.
    ['postfix/smtpd[1]:  ', 'postfix/smtpd', 1],
    ['postfix/smtpd:  ', 'postfix/smtpd', undefined],
    ['postfix/smtpd[1]  ', 'postfix/smtpd', 1],
    // The name of a service that listens at one address, `syslog_name=postfix/$service_name`.
    ['postfix/127.0.0.1:10025/smtpd[1]: ', 'postfix/127.0.0.1:10025/smtpd', 1],
    ['postfix/[2001:db8::1]:10025/smtpd[1]: ', 'postfix/[2001:db8::1]:10025/smtpd', 1],
  ])('%j names service and process', (tag, service, process_id) => {
    const parsed = parse(`Nov 23 01:57:14 gpo ${tag}connect from a[192.0.2.1]`);

    expect(parsed).toMatchObject({ kind: 'connect', service, process_id });
  });

  test.each([
    ['systemd: eth0 up', 'systemd', undefined],
    ['smtpd[1]: connect from a[192.0.2.1]', 'smtpd', undefined],
    ['opendkim[7]: 8848BC46B5: no signature', 'opendkim', undefined],
    ['postfix/mytransport[1]: hello', 'mytransport', 'mail'],
    ['postfix/smtpd[1]: hello', 'smtpd', 'mail'],
    ['postfix@-.service[1]: connect from a[192.0.2.1]', 'postfix@-.service', 'mail'],
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
