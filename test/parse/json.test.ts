import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import type { Parsed } from '../../src/parse/line.js';
import { base, message, parse, parseWith, TIME } from './lines.js';

const AT = '2026-11-23T01:57:14.000Z';
/** When a shipper may have read a line that was written at `TIME`. */
const LATER = '2026-11-23T09:30:00.000Z';
const TEXT = 'connect from unknown[192.0.2.9]';
const LINE = `Nov 23 01:57:14 gpo postfix/smtpd[22658]: ${TEXT}`;
const CONNECT = {
  kind: 'connect',
  ...base('postfix/smtpd', 22658),
  client_name: 'unknown',
  client_address: '192.0.2.9',
};

/** What a document is parsed to, its text being UTF-8 as in a file. */
function json(document: unknown): Parsed {
  return parse(Buffer.from(JSON.stringify(document)).toString('latin1'));
}

describe('a whole line', () => {
  test.each([
    ['as Filebeat ships it', { '@timestamp': LATER, message: LINE, host: { name: 'collector' }, log: { offset: 7 } }],
    ['with what an integration read of it', { '@timestamp': AT, event: { original: LINE }, message: TEXT }],
    ['as Logstash reads it', { '@timestamp': LATER, '@version': '1', message: LINE, host: 'collector' }],
    ['that Logstash also took apart', { '@timestamp': AT, message: [LINE, TEXT], program: 'postfix/smtpd', pid: '1' }],
    ['as Fluent Bit tails it', { date: 1795422600.5, log: `${LINE}\n` }],
    ['as Docker keeps it', { log: `${LINE}\n`, stream: 'stdout', time: LATER }],
    ['as rsyslog got it', { rawmsg: `<22>${LINE}`, msg: ` ${TEXT}` }],
    ['as Elasticsearch gives it out', { _index: 'x', _source: { '@timestamp': LATER, message: LINE } }],
    ['packed twice', { '@timestamp': LATER, message: JSON.stringify({ log: LINE }) }],
  ])('%s', (_, document) => {
    expect(json(document)).toEqual(CONNECT);
  });
});

describe('a message with its envelope in fields', () => {
  const process = { name: 'postfix/smtpd', pid: 22658 };
  test.each([
    ['of ECS', { '@timestamp': AT, message: TEXT, host: { hostname: 'gpo', name: 'collector' }, process }],
    [
      'of ECS, dotted',
      { '@timestamp': AT, message: TEXT, 'host.name': 'gpo', 'process.name': process.name, 'process.pid': '22658' },
    ],
    ['of ECS, in lists', { '@timestamp': [AT], message: [TEXT], host: [{ name: ['gpo'] }], process: [process] }],
    [
      'of ECS with syslog',
      {
        '@timestamp': AT,
        message: TEXT,
        host: { name: 'collector' },
        log: { syslog: { appname: 'postfix/smtpd', hostname: 'gpo', procid: '22658' } },
        process: { name: 'smtpd', pid: 1 },
      },
    ],
    [
      'of Filebeat 6',
      { '@timestamp': AT, message: TEXT, hostname: 'gpo', process: { program: 'postfix/smtpd', pid: 22658 } },
    ],
    [
      'of Logstash',
      {
        '@timestamp': LATER,
        timestamp: 'Nov 23 01:57:14',
        logsource: 'gpo',
        program: 'postfix/smtpd',
        pid: '22658',
        message: TEXT,
      },
    ],
    [
      'of Vector',
      {
        appname: 'postfix/smtpd',
        host: 'gpo',
        hostname: 'gpo',
        procid: 22658,
        timestamp: '2026-11-23T01:57:14Z',
        message: TEXT,
      },
    ],
    ['of Fluent Bit', { date: 1795399034, host: 'gpo', ident: 'postfix/smtpd', pid: '22658', message: TEXT }],
    [
      'of rsyslog',
      {
        timereported: '2026-11-23T02:57:14+01:00',
        hostname: 'gpo',
        fromhost: 'relay',
        programname: 'postfix',
        syslogtag: 'postfix/smtpd[22658]:',
        msg: ` ${TEXT}`,
      },
    ],
    [
      'of syslog-ng',
      { PROGRAM: 'postfix/smtpd', PID: '22658', MESSAGE: TEXT, HOST: 'gpo', ISODATE: '2026-11-23T01:57:14+00:00' },
    ],
    ['with the tag in front', { '@timestamp': AT, hostname: 'gpo', message: `postfix/smtpd[22658]: ${TEXT}` }],
  ])('%s', (_, document) => {
    expect(json(document)).toEqual(CONNECT);
  });

  test('without a process id', () => {
    expect(json({ '@timestamp': AT, message: TEXT, hostname: 'gpo', program: 'postfix/smtpd' })).toEqual({
      ...CONNECT,
      process_id: undefined,
    });
  });

  test('of Infoblox', () => {
    const text = 'client @0x7f 192.0.2.25#4000 (mx.example): query: mx.example IN MX + (198.51.100.53)';
    const infoblox = { log: { service_name: 'named', type: 'DNS', dns: { header_flags: '+' } } };

    expect(
      json({
        '@timestamp': AT,
        message: text,
        host: { domain: 'ns1.example' },
        client: { ip: '192.0.2.25' },
        dns: { question: { name: 'mx.example', type: 'MX' } },
        infoblox_nios: infoblox,
      }),
    ).toMatchObject({
      kind: 'dns',
      resolver: 'ns1.example',
      direction: 'query',
      client_port: 4000,
      qname: 'mx.example',
    });
  });

  test("names the resolver of a query in BIND's words", () => {
    const text = 'client @0x7f 192.0.2.25#4000 (mx.example): query: mx.example IN MX + (198.51.100.53)';

    expect(json({ '@timestamp': AT, message: text, host: { name: 'ns1' }, process: { name: 'named' } })).toMatchObject({
      kind: 'dns',
      resolver: 'ns1',
      qname: 'mx.example',
    });
    // A file that BIND writes itself names no host.
    expect(
      json({ '@timestamp': AT, message: `23-Nov-2026 01:57:14.864 ${text}`, host: { name: 'ns1' } }),
    ).toMatchObject({
      kind: 'dns',
      time: TIME + 864,
      resolver: 'ns1',
    });
  });
});

describe('the time', () => {
  const withTime = (times: object): Parsed =>
    json({ hostname: 'gpo', program: 'postfix/smtpd', message: TEXT, ...times });

  test.each([
    [{ '@timestamp': '2026-11-23T01:57:14.857Z' }, 857],
    [{ '@timestamp': '2026-11-23T02:57:14.857123+01:00' }, 857],
    [{ '@timestamp': '2026-11-23T01:57:14.857123456+0000' }, 857],
    [{ '@timestamp': '2026-11-23 01:57:14' }, 0],
    [{ '@timestamp': LATER, timestamp: 'Nov 23 01:57:14' }, 0],
    [{ timestamp: 1795399034 }, 0],
    [{ timestamp: 1795399034.857 }, 857],
    [{ timestamp: '1795399034.857' }, 857],
    [{ timestamp: 1795399034857 }, 857],
    [{ timestamp: 1795399034857123 }, 857],
    [{ timestamp: '1795399034857123456' }, 857],
    [{ timestamp: 'soon', '@timestamp': AT }, 0],
  ])('of %j', (times, ms) => {
    expect(withTime(times)).toMatchObject({ kind: 'connect', time: TIME + ms });
  });

  test.each([
    [{}],
    [{ timestamp: 'soon' }],
    [{ timestamp: -1 }],
    [{ timestamp: 0 }],
    [{ timestamp: 1e300 }],
    [{ timestamp: {} }],
  ])('is missing in %j', (times) => {
    expect(withTime(times)).toEqual({ kind: 'dead', reason: 'no_envelope' });
  });

  test('of a stamp without a year is near that of the document', () => {
    expect(json({ '@timestamp': '2019-11-23T05:00:00Z', message: LINE })).toMatchObject({
      time: Date.UTC(2019, 10, 23, 1, 57, 14),
    });
    expect(
      json({ '@timestamp': '2020-01-01T00:00:05Z', message: LINE.replace('Nov 23 01', 'Dec 31 23') }),
    ).toMatchObject({
      time: Date.UTC(2019, 11, 31, 23, 57, 14),
    });
  });

  test('of a stamp without an offset is that of the zone', () => {
    const inBerlin = createLineParser({ zone: createZone('Europe/Berlin') });
    const line = (times: object): string =>
      JSON.stringify({ hostname: 'gpo', program: 'postfix/smtpd', pid: 22658, message: TEXT, ...times });

    expect(parseWith(inBerlin, line({ timestamp: '2026-11-23T02:57:14' }))).toEqual(CONNECT);
    expect(parseWith(inBerlin, line({ timestamp: AT }))).toEqual(CONNECT);
  });
});

describe('what is no line of ours', () => {
  test.each([
    [{ '@timestamp': AT, hostname: 'gpo', program: 'sshd', message: 'x' }, 'unrecognised'],
    [{ '@timestamp': AT, hostname: 'gpo', program: 'kernel', message: 'eth0: link up' }, 'other'],
    [{ '@timestamp': AT, hostname: 'gpo', program: 'postfix/smtpd', message: 'new words' }, 'unrecognised'],
    [{ '@timestamp': AT, hostname: 'gpo', message: 'GET / HTTP/1.1' }, 'dead'],
    [{ '@timestamp': AT, hostname: 'gpo', program: 'postfix/smtpd' }, 'dead'],
    [{}, 'dead'],
  ])('%j', (document, kind) => {
    expect(json(document).kind).toBe(kind);
  });

  test.each([
    '{',
    '{"message":"x"',
    '{}{}',
    `{"a":${'['.repeat(60_000)}`,
    `{"message":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
  ])('%.20s', (line) => {
    expect(parse(line)).toEqual({ kind: 'dead', reason: 'no_envelope' });
  });
});

test('a line that is packed again and again is given up', () => {
  let line = LINE;
  for (let depth = 0; depth < 8; depth += 1) line = JSON.stringify({ '@timestamp': AT, message: line });

  expect(parse(line).kind).toBe('dead');
});

test('the lines of a block say nothing of each other', () => {
  const parser = createLineParser({ zone: createZone('UTC') });
  const document = { '@timestamp': AT, hostname: 'gpo', program: 'postfix/smtpd', pid: 22658, message: TEXT };
  const lines = [LINE, JSON.stringify(document), TEXT, JSON.stringify({ ...document, hostname: 'mx2' }), LINE];
  const block = createBlock(Buffer.from(lines.join('\n')));
  let end = -1;
  const events = lines.map((line) => {
    const start = end + 1;
    end = start + line.length;
    return parser(block, start, end, TIME);
  });

  expect(events).toEqual([
    CONNECT,
    CONNECT,
    { kind: 'dead', reason: 'no_envelope' },
    { ...CONNECT, host: 'mx2' },
    CONNECT,
  ]);
});

test('of a text with several lines the first is read', () => {
  expect(json({ '@timestamp': AT, message: `${LINE}\n\tand more` })).toEqual(CONNECT);
});

/** Messages of all programs. */
const MESSAGES: readonly (readonly [string, string])[] = [
  ['postfix/smtpd[7]', 'disconnect from a[192.0.2.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5'],
  [
    'postfix/smtpd[7]',
    'NOQUEUE: reject: RCPT from a[192.0.2.1]: 550 5.1.1 <r@y>: Recipient address rejected: Benutzer j\u00f6rg "unbekannt"; from=<s@x> to=<r@y> proto=ESMTP helo=<h>',
  ],
  ['postfix/qmgr[7]', 'ABCDE: from=<s@x.example>, size=1234, nrcpt=2 (queue active)'],
  [
    'postfix/smtp[7]',
    'ABCDE: to=<r@y>, relay=mx[192.0.2.1]:25, delay=1.2, delays=0/0/0/1, dsn=2.0.0, status=sent (250 \u4f60\u597d)',
  ],
  ['dovecot', 'pop3-login: Login: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1'],
  ['named[7]', 'client @0x7f 192.0.2.1#50857 (x.y): view v: query: x.y IN A +E(0)K (127.0.0.1)'],
  ['kernel', '[1.2] DNS IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.53 LEN=71 PROTO=UDP SPT=4000 DPT=53 LEN=51'],
];

test.each(MESSAGES)('%s: %s is one event, however it comes', (tag, text) => {
  const [name = '', id] = tag.replace(']', '').split('[');
  const bytes = Buffer.from(text).toString('latin1');
  const expected = message(tag, bytes);
  const journal = {
    __REALTIME_TIMESTAMP: String(TIME * 1000),
    _HOSTNAME: 'gpo',
    SYSLOG_IDENTIFIER: name,
    SYSLOG_PID: id,
  };
  const ecs = {
    '@timestamp': AT,
    host: { name: 'gpo' },
    process: { name, pid: id === undefined ? undefined : Number(id) },
  };

  expect(['dead', 'unrecognised', 'other']).not.toContain(expected.kind);
  expect(json({ ...journal, MESSAGE: text })).toEqual(expected);
  expect(json({ ...journal, MESSAGE: [...Buffer.from(text)] })).toEqual(expected);
  expect(json({ ...ecs, message: text })).toEqual(expected);
  expect(json({ '@timestamp': LATER, event: { original: `Nov 23 01:57:14 gpo ${tag}: ${text}` } })).toEqual(expected);
  // As by a shipper that escapes what is not ASCII.
  const escaped = JSON.stringify({ ...ecs, message: text }).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  expect(parse(escaped)).toEqual(expected);
});

describe('the journal', () => {
  const entry = {
    __REALTIME_TIMESTAMP: String(TIME * 1000 + 5_000_000),
    _HOSTNAME: 'gpo',
    SYSLOG_IDENTIFIER: 'postfix/smtpd',
    _PID: '22658',
    MESSAGE: TEXT,
  };

  test.each([
    ['an entry', {}, { time: TIME + 5000 }],
    ['the time of its program', { _SOURCE_REALTIME_TIMESTAMP: String(TIME * 1000 + 1999) }, { time: TIME + 1 }],
    ['the process that syslog was told', { SYSLOG_PID: '4' }, { time: TIME + 5000, process_id: 4 }],
    ['a message of bytes', { MESSAGE: [...Buffer.from(TEXT)] }, { time: TIME + 5000 }],
    ['a message that stands there twice', { MESSAGE: [TEXT, TEXT] }, { time: TIME + 5000 }],
  ])('%s', (_, changed, expected) => {
    expect(json({ ...entry, ...changed })).toEqual({ ...CONNECT, ...expected });
  });

  test.each([[null], [''], [{}]])('without a message (%j)', (MESSAGE) => {
    expect(json({ ...entry, MESSAGE }).kind).toBe('dead');
  });
});

/** Keys that the readers look for, in any mixture. */
const KEYS =
  '@timestamp timestamp ts date time __REALTIME_TIMESTAMP message MESSAGE event original log syslog hostname host name _HOSTNAME ' +
  'process pid program syslogtag dns question type id query queries rrname event_type src_ip src_port dest_ip proto client server ip ' +
  'port id.orig_h id.resp_p trans_id service dnstap operation dnstap.operation network.query-ip zeek connection _source';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    LINE,
    TEXT,
    AT,
    'Feb 30 25:00:00',
    'dns',
    'flow',
    'postfix/smtpd',
    'CLIENT_QUERY',
    'kernel',
    JSON.stringify({ message: LINE }),
  ),
);
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    anyText,
    fc.double(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(null, true, 1795399034, '1795399034.5', 1e300),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS.split(' ')), fc.string()), tie('value'), { maxKeys: 12 }),
  ),
})).value;

function hasValidTime(parsed: Parsed): boolean {
  return parsed.kind === 'dead' || (Number.isInteger(parsed.time) && !Number.isNaN(new Date(parsed.time).getTime()));
}

test('no JSON value makes the parser throw or give an event at no time', () => {
  const document = fc.dictionary(fc.constantFrom(...KEYS.split(' ')), anyValue, { minKeys: 1, maxKeys: 20 });
  let events = 0;
  fc.assert(
    fc.property(fc.oneof(document, fc.jsonValue(), anyValue), (value) => {
      const parsed = json(value);
      if (parsed.kind !== 'dead') events += 1;
      return hasValidTime(parsed);
    }),
    { numRuns: 3000 },
  );
  expect(events).toBeGreaterThan(0);
});

test('a time of any size is valid or none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.double().map(String), anyText), (timestamp) =>
      hasValidTime(json({ timestamp, hostname: 'gpo', program: 'postfix/smtpd', message: TEXT })),
    ),
  );
});
