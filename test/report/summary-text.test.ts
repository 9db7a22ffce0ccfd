import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import type { IncidentSummary, InputSummary, ServerSummary, Summary } from '../../src/core/documents/summary.js';
import { summaryText } from '../../src/report/summary-text.js';

const INCIDENT: IncidentSummary = {
  id: 'mail:mx1|auth_flood|192.0.2.150|2026-11-23T02:05:00.000Z',
  subject: 'mail:mx1',
  kind: 'auth_flood',
  name: 'Password guessing',
  severity: 'medium',
  who: '192.0.2.150',
  started: '2026-11-23T02:05:00.000Z',
  ended: '2026-11-23T02:08:00.000Z',
  evidence: '904 failed log-ins in 930 sessions',
  advice: 'refuse the client',
};
const SERVER: ServerSummary = {
  subject: 'mail:mx1',
  hosts: ['mx1'],
  addresses: ['192.0.2.1'],
  discovery: { connects: 5432, scores: [{ address: '192.0.2.1@ns1', score: 0.987, connects: 5432 }] },
  dns_queries: 33552,
  connects: 11480,
  from: 15969,
  messages: { smtp: 8109, local: 2, bounce: 1 },
  accepted: 8109,
  pop3_sessions: 4986,
  mee: 1.391028,
  mee_adjusted: 0.762339,
  mee_lower: 0.740628,
  mee_upper: 0.784687,
  probes_left_out: 843,
  probe_clients: ['192.0.2.5'],
  rejections: [
    { reason: 'user_unknown', count: 5558 },
    { reason: 'relay_denied', count: 2 },
  ],
  coverage: { mail: { lines: 98427, share: 0.9994, last_heard: '2026-11-23T02:24:56.000Z' } },
};
const QUIET: ServerSummary = {
  ...SERVER,
  ...{ subject: 'mail:mx2', dns_queries: 0, connects: 0, from: 0, accepted: 0, pop3_sessions: 0, probes_left_out: 0 },
  ...{ mee: undefined, mee_adjusted: undefined, mee_lower: undefined, mee_upper: undefined },
  ...{ discovery: { connects: 2, scores: [], missing: 'few_connects' } },
  ...{ messages: { smtp: 0, local: 0, bounce: 0 }, rejections: [], probe_clients: [], coverage: {} },
};
const INPUT: InputSummary = {
  source: 'logs/mail.log',
  lines: 98500,
  incomplete: [{ file: 'logs/mail.log.2.xz', after_byte: 1234567, reason: 'the xz data ends too early' }],
  counted: 98400,
  unused: 20,
  duplicate: 41,
  unrecognised: [{ program: 'postfix/smtpd', count: 60, sample: 'Nov 23 01:57:14 mx1 postfix/smtpd[1]: well' }],
  foreign: [{ program: 'sshd', count: 1200, sample: 'Nov 23 01:57:14 mx1 sshd[1]: x' }],
  unmapped: [{ host: 'mx9', count: 13, sample: 'Nov 23 01:57:14 mx9 postfix/smtpd[1]: connect' }],
  dead_letters: { no_envelope: 7, too_long: 0, future: 0, late: 2, no_schema: 0, unreadable: 0 },
};
const SUMMARY: Summary = {
  start: '2026-11-23T01:57:00.000Z',
  end: '2026-11-23T02:25:00.000Z',
  window: '30s',
  servers: [SERVER, QUIET],
  resolvers: [
    {
      subject: 'dns:ns1',
      queries: 38438,
      clients: 2,
      clients_estimated: undefined,
    },
  ],
  incidents: [
    INCIDENT,
    {
      ...INCIDENT,
      ...{ subject: 'dns:ns1', kind: 'infected_host', name: 'Infected', who: undefined, ended: undefined },
    },
  ],
  incidents_by_month: [{ month: '2026-11', counts: { auth_flood: 1, infected_host: 1 } }],
  inputs: [INPUT],
};
test('a summary has what a postmaster looks for first', () => {
  expect(summaryText(SUMMARY)).toBe(`2026-11-23 01:57:00 to 2026-11-23 02:25:00 UTC, windows of 30s
Found mail server mx1, asks DNS from 192.0.2.1@ns1 (explains 99 % of 5,432 connections)
Found mail server mx2; where it asks DNS from was not found: only 2 connections while a DNS log was written, and 3 are needed (--server says it)

server        Dq      Nc      Nf  messages  accepted     Np   MEE          adjusted  probes
mail:mx1  33,552  11,480  15,969     8,112     8,109  4,986  1.39  0.76 [0.74-0.78]     843
mail:mx2       0       0       0         0         0      0     -                 -       0
mail:mx1 rejected: user_unknown 5,558, relay_denied 2
mail:mx1 health probes: 192.0.2.5
mail:mx2 rejected: nothing

incident           at        what               who          evidence
02:05:00-02:08:00  mail:mx1  Password guessing  192.0.2.150  904 failed log-ins in 930 sessions
02:05:00-          dns:ns1   Infected                        904 failed log-ins in 930 sessions

Password guessing: refuse the client.
Infected: refuse the client.

mail:mx1 recognised: mail 99.9 % of 98,427 lines, last at 2026-11-23 02:24:56
logs/mail.log: 98,500 lines
  logs/mail.log.2.xz is read up to byte 1,234,567 only: the xz data ends too early
  60 lines not recognised: postfix/smtpd 60; mxwarden parse says why, the README (My log is not recognised) how to report them; such as: Nov 23 01:57:14 mx1 postfix/smtpd[1]: well
  41 DNS messages that were there twice are counted once
  1,200 lines of programs that are not read: sshd 1,200
  13 lines of host mx9, which no server in the configuration has; add it under servers: hosts
  7 dead letters (no_envelope: they do not begin as a log line does; mxwarden parse says why), see dead-letters.ndjson
  2 dead letters (late: their windows were over; is a clock ahead, or a log out of order?), see dead-letters.ndjson
`);
});

test('a run of more than two months tells how often', () => {
  const months = Array.from({ length: 14 }, (_, n) => ({
    month: new Date(Date.UTC(2025, 9 + n)).toISOString().slice(0, 7),
    counts: n % 13 === 0 ? { auth_flood: n, pop3_storm: 1 } : {},
  }));
  const ofMonths = (count: number, start: string): string =>
    summaryText({ ...SUMMARY, start, incidents_by_month: months.slice(-count) });

  expect(ofMonths(3, '2026-09-23T00:00:00.000Z')).not.toContain('incidents by month');
  expect(ofMonths(3, '2026-09-22T00:00:00.000Z')).toContain(`
incidents by month  2026-09  2026-10  2026-11
Password guessing         0        0       13
POP3 storm                0        0        1
All                       0        0       14

`);
  expect(ofMonths(13, '2025-11-22T00:00:00.000Z')).not.toContain('Earlier months');
  expect(ofMonths(14, '2025-10-22T00:00:00.000Z')).toContain('\nEarlier months are in summary.json.\n');
});

test('what Postfix could do, and what came of it, is told where there is something', () => {
  const proposal = { layer: 'smtpd', refusal: undefined, cautious: 'warn', firm: 'reject' } as const;
  const effect = { verdict: 'confirmed', text: 'refused since then: it is gone' } as const;
  const textOf = (incident: Partial<IncidentSummary>): string =>
    summaryText({ ...SUMMARY, incidents: [{ ...INCIDENT, ...incident }] });

  expect(textOf({ proposal, effect, who: 'a\u0007' })).toContain(
    '\nPassword guessing: refuse the client.\nPassword guessing, a\\u0007: refused since then: it is gone.\n' +
      'mxwarden access-map prints what Postfix could do.\n\n',
  );
  expect(textOf({ proposal: { ...proposal, refusal: 'partner' } })).not.toContain('access-map');
  expect(textOf({})).not.toContain('access-map');
});

test('a run without incidents says so', () => {
  expect(summaryText({ ...SUMMARY, incidents: [] })).toContain('\nNo incident.\n');
});

test('a known incident is named with its reason, and nobody need do anything', () => {
  const known = { reason: 'the \u001b[1mauditors', until: '2026-12-31T23:00:00.000Z' };
  const text = (incidents: readonly IncidentSummary[]): string => summaryText({ ...SUMMARY, incidents });
  const row =
    '904 failed log-ins in 930 sessions (known until 2026-12-31 23:00:00: the \\u001b[1mauditors)\n\nmail:mx1 recognised';

  expect(text([{ ...INCIDENT, known }])).toContain(row);
  // What is to be done about others of its kind is told.
  expect(text([{ ...INCIDENT, known }, INCIDENT])).toContain('\n\nPassword guessing: refuse the client.\n\n');
});

test('a run over DNS logs alone tells of the busiest resolvers', () => {
  const resolvers = Array.from({ length: 12 }, (_, index) => ({
    subject: `dns:ns${String(index)}` as const,
    queries: 1000 * index,
    clients: index,
    clients_estimated: undefined,
  }));

  expect(summaryText({ ...SUMMARY, servers: [], resolvers, incidents: [] })).toContain(`
No mail server in these logs: DNS servers only.
resolver  queries  clients
dns:ns11   11,000       11
dns:ns10   10,000       10
`);
  expect(summaryText({ ...SUMMARY, servers: [], resolvers })).toContain('\n2 more are in summary.json.\n');
});

test('a run without events says what became of the lines', () => {
  const { start: _start, end: _end, ...rest } = SUMMARY;
  const text = summaryText({ ...rest, start: undefined, end: undefined, servers: [], resolvers: [] });

  expect(text).toMatch(/^logs\/mail\.log: 98,500 lines\n/);
  expect(text).toMatch(
    /\n {2}7 dead letters \(no_envelope: .*\), see dead-letters\.ndjson\n {2}2 dead .*\nNo events: nothing was counted\.\n$/,
  );
});

test('at most three programs are named', () => {
  const sample = (n: number): { program: string; count: number; sample: string } => ({
    program: `p${n}`,
    count: 1,
    sample: 'x',
  });
  const text = summaryText({ ...SUMMARY, inputs: [{ ...INPUT, unrecognised: [1, 2, 3, 4].map(sample) }] });

  expect(text).toContain('  4 lines not recognised: p1 1, p2 1, p3 1 and others; ');
});

describe('text from a log', () => {
  /** The text with one hostile string wherever a log, or whoever writes into it, has a say. */
  function hostile(text: string): string {
    const server: ServerSummary = {
      ...SERVER,
      subject: `mail:${text}`,
      probe_clients: [text],
      discovery: { connects: 10, scores: [{ address: text, score: 1, connects: 10 }] },
    };
    const input: InputSummary = {
      ...INPUT,
      source: text,
      unrecognised: [{ program: text, count: 1, sample: text }],
      foreign: [{ program: text, count: 1, sample: text }],
      unmapped: [{ host: text, count: 1, sample: text }],
    };
    const incident: IncidentSummary = { ...INCIDENT, subject: `mail:${text}`, who: text, evidence: text };
    return summaryText({ ...SUMMARY, servers: [server], incidents: [incident], inputs: [input] });
  }
  // eslint-disable-next-line no-control-regex -- they are what must not be there
  const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

  test.each([
    ['colours', '\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['a title of the terminal', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
    ['the 8-bit form of an escape', '\u009b2J', '\\u009b2J'],
    ['a new line', 'one\r\ntwo', 'one\\u000d\\u000atwo'],
    ['a deletion', 'abc\u0008\u007f\u0000', 'abc\\u0008\\u007f\\u0000'],
  ])('cannot send %s to the terminal', (_name, text, shown) => {
    const printed = hostile(text);

    expect(printed).not.toMatch(CONTROL);
    expect(printed).toContain(`such as: ${shown}\n`);
    expect(printed.split('\n').length).toBe(hostile('harmless').split('\n').length);
  });

  test('has no control character left, whatever it is', () => {
    const characters = fc.string({ unit: 'binary' });
    const withEscapes = fc
      .array(fc.oneof(characters, fc.constantFrom('\u001b[', '\u009b', '\n', '\u0000')))
      .map((parts) => parts.join(''));
    const lines = hostile('harmless').split('\n').length;

    fc.assert(
      fc.property(withEscapes, (text) => {
        const printed = hostile(text);
        expect(printed).not.toMatch(CONTROL);
        expect(printed.split('\n').length).toBe(lines);
      }),
      { numRuns: 200 },
    );
  });
});
