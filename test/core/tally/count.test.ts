import { describe, expect, test } from '@jest/globals';
import type { MailEvent } from '../../../src/core/event.js';
import { countMail, countQuerySent, countQueryServed, isEnforced } from '../../../src/core/tally/count.js';
import { emptyTally } from '../../../src/core/tally/tally.js';
import * as make from '../../support/events.js';
import { CAP, clientCounts, nonZero, plainCounts, plainTable, tallyOf } from '../../support/tallies.js';

const A = '192.0.2.10';
type Counted = readonly [
  name: string,
  event: MailEvent,
  counts: Record<string, number>,
  client: Record<string, number>,
];

/** Every kind of event: what it adds to the counters, and to those of its client. */
const KINDS: readonly Counted[] = [
  ['connect', make.connect(), { 'role.mx.connects': 1 }, { connects: 1 }],
  [
    'disconnect with command counts',
    make.disconnect(),
    { 'role.mx.sessions': 1, 'role.mx.counted_sessions': 1, 'role.mx.delivering_sessions': 1, 'role.mx.accepted': 1 },
    { sessions: 1, counted_sessions: 1, delivering_sessions: 1, accepted: 1, recipients: 1 },
  ],
  ['disconnect without', make.disconnect({ commands: undefined }), { 'role.mx.sessions': 1 }, { sessions: 1 }],
  ['opened', make.opened(), { 'role.mx.opened': 1 }, { opened: 1 }],
  ['opened without a queue file', make.opened({ queue_id: undefined }), { 'role.mx.opened': 1 }, { opened: 1 }],
  ['queued', make.queued(), { 'messages.queued': 1 }, {}],
  ['local_queued', make.localQueued(), { 'messages.local': 1 }, {}],
  ['bounce_queued', make.bounceQueued(), { 'messages.bounce': 1 }, {}],
  ['active', make.active(), { 'qmgr.from': 1 }, {}],
  ['active of a bounce', make.active({ sender: '' }), { 'qmgr.from': 1, 'qmgr.from_null': 1 }, {}],
  ['removed', make.removed(), { 'qmgr.removed': 1 }, {}],
  ['expired', make.expired(), { 'qmgr.expired': 1 }, {}],
  [
    'reject',
    make.reject(),
    { 'reject.total': 1, 'reject.user_unknown': 1, 'role.mx.rejected': 1 },
    { rejects: 1, user_unknown: 1 },
  ],
  [
    'reject by an access list',
    make.reject({ reason: 'client_rejected', stage: 'CONNECT', recipient: undefined }),
    { 'reject.total': 1, 'reject.client_rejected': 1, 'role.mx.rejected': 1 },
    { rejects: 1, client_rejected: 1 },
  ],
  [
    'what an access list would have rejected',
    make.reject({ reason: 'client_rejected', action: 'reject_warning' }),
    { 'reject.not_enforced': 1 },
    {},
  ],
  ['auth_failure', make.authFailure(), { 'smtp.auth_failures': 1 }, { auth_failures: 1 }],
  ['lost_connection', make.lostConnection(), { 'smtp.aborted': 1 }, { aborted: 1 }],
  ['timeout', make.timedOut(), { 'smtp.aborted': 1 }, { aborted: 1 }],
  ['too_many_errors', make.tooManyErrors(), { 'smtp.too_many_errors': 1 }, {}],
  ['protocol_error', make.protocolError(), { 'smtp.protocol_errors': 1 }, {}],
  ['rate_limit', make.rateLimit(), { 'smtp.rate_limits': 1 }, {}],
  ['name_mismatch', make.nameMismatch(), {}, {}],
  ['screen_connect', make.screenConnect(), { 'smtp.screen_connects': 1 }, { screen_connects: 1 }],
  ['screen_pass', make.screenPass(), {}, {}],
  ['screen_hit', make.screenHit(), { 'smtp.screen_hits': 1 }, { screen_hits: 1 }],
  [
    'screen_hit of the deny list',
    make.screenHit({ action: 'DENYLISTED', reason: 'client_rejected' }),
    { 'smtp.screen_hits': 1 },
    { screen_hits: 1, screen_denied: 1 },
  ],
  [
    'connect to a submission service',
    make.connect({ service: 'postfix/submission/smtpd' }),
    { 'role.submission.connects': 1 },
    { connects: 1, submission_connects: 1 },
  ],
];

test.each(KINDS)('%s', (_, event, counts, client) => {
  const tally = tallyOf([event]);

  expect(nonZero(tally)).toEqual({ 'coverage.mail.used': 1, ...counts });
  expect(clientCounts(tally, A)).toEqual(client);
  expect(tally.lastHeard).toEqual({ mail: make.NOON, pop3: -Infinity, dns: -Infinity });
});

test.each([
  ['pop3_login', make.pop3Login(), { 'pop3.sessions': 1 }, { pop3_sessions: 1 }],
  ['pop3_failure', make.pop3Failure(), { 'pop3.failures': 1 }, { pop3_failures: 1 }],
  ['pop3_logout', make.pop3Logout(), {}, {}],
])('%s', (_, event, counts, client) => {
  const tally = tallyOf([event]);

  expect(nonZero(tally)).toEqual({ 'coverage.pop3.used': 1, ...counts });
  expect(clientCounts(tally, A)).toEqual(client);
  expect(tally.lastHeard).toEqual({ mail: -Infinity, pop3: make.NOON, dns: -Infinity });
});

test.each([
  [make.other({ side: 'mail' }), { 'coverage.mail.unused': 1 }],
  [make.other({ side: 'pop3' }), { 'coverage.pop3.unused': 1 }],
  [make.unrecognised({ side: 'mail' }), { 'coverage.mail.unrecognised': 1 }],
  [make.unrecognised({ side: 'dns' }), { 'coverage.dns.unrecognised': 1 }],
  [make.unrecognised({ side: undefined }), {}],
])('a line that says nothing tells only that its side was heard: %#', (event, counts) => {
  const tally = tallyOf([event]);
  const side = event.side;

  expect(nonZero(tally)).toEqual(counts);
  expect(side === undefined ? Math.max(...Object.values(tally.lastHeard)) : tally.lastHeard[side]).toBe(
    side === undefined ? -Infinity : make.NOON,
  );
});

describe('a client', () => {
  test('is known by the name that was found, not by unknown', () => {
    const names = ['unknown', 'z.example.org', undefined].map((client_name) => make.connect({ client_name }));

    expect(plainTable(tallyOf(names).clients).rows).toMatchObject([
      { key: A, name: 'z.example.org', counts: { connects: 3 } },
    ]);
  });

  test('of IPv6 is its /64, and one of IPv4 in IPv6 that of IPv4', () => {
    const addresses = ['2001:db8::25', '2001:db8::26', `::ffff:${A}`, A];
    const tally = tallyOf(addresses.map((client_address) => make.connect({ client_address })));

    expect(clientCounts(tally, '2001:db8::/64')).toEqual({ connects: 2 });
    expect(clientCounts(tally, A)).toEqual({ connects: 2 });
  });

  test('of smtpd and postscreen is one SMTP client; those of other lines are none', () => {
    const events = [
      make.connect(),
      make.connect(),
      make.screenConnect(),
      make.screenConnect({ client_address: '192.0.2.11' }),
      make.disconnect({ client_address: '192.0.2.12' }),
      make.pop3Login({ client_address: '192.0.2.13' }),
    ];

    expect(tallyOf(events).smtpClients.estimate().count).toBe(2);
  });
});

describe('a delivery', () => {
  test.each([
    ['sent', '2.0.0', { 'delivery.sent': 1, 'delivery.attempts': 1 }],
    ['deferred', '4.0.0', { 'delivery.deferred': 1, 'delivery.attempts': 1, 'delivery.attempts_deferred': 1 }],
    ['bounced', '5.1.1', { 'delivery.bounced': 1, 'delivery.attempts': 1, 'delivery.user_unknown': 1 }],
    ['bounced', '5.1.2', { 'delivery.bounced': 1, 'delivery.attempts': 1 }],
    ['undeliverable', '5.1.1', { 'delivery.attempts': 1 }],
  ])('that is %s with %s', (status, enhanced_code, counts) => {
    const tally = tallyOf([make.delivery({ status, enhanced_code })]);

    expect(nonZero(tally)).toEqual({ 'coverage.mail.used': 1, 'delivery.lines': 1, ...counts });
  });

  test.each([
    ['postfix/smtp', 1],
    ['postfix-out/smtp', 1],
    ['postfix/relay/smtp', 1],
    ['postfix/lmtp', 0],
    ['postfix/error', 0],
    ['postfix/local', 0],
    ['postfix/smtpd', 0],
  ])('of %s is a transmission %i times', (service, attempts) => {
    expect(tallyOf([make.delivery({ service })]).counts.of('delivery.attempts')).toBe(attempts);
  });

  test('counts a domain once for each message and second', () => {
    const one = { queue_id: 'Q1', recipient: 'a@example.net', time: make.NOON };
    const transmissionsWith = (over: object): number =>
      tallyOf([make.delivery(one), make.delivery({ ...one, ...over })]).transmissions.estimate().count;

    expect(transmissionsWith({ recipient: 'b@example.net' })).toBe(1);
    expect(transmissionsWith({ time: make.NOON + 999 })).toBe(1);
    expect(transmissionsWith({ time: make.NOON + 1000 })).toBe(2);
    expect(transmissionsWith({ recipient: 'a@example.org' })).toBe(2);
    expect(transmissionsWith({ queue_id: 'Q2' })).toBe(2);
    expect(transmissionsWith({ service: 'postfix/lmtp', queue_id: 'Q2' })).toBe(1);
  });
});

describe('a DNS query', () => {
  test.each(['A', 'AAAA', 'MX', 'PTR', 'TXT', 'NS', 'SOA', 'SRV', 'ANY'])('of type %s is counted by it', (qtype) => {
    expect(nonZero(tallyOf([make.query({ qtype })]))).toMatchObject({ [`dns.by_type.${qtype.toLowerCase()}`]: 1 });
  });

  test.each(['HTTPS', 'other', 'a', undefined])('of type %s is counted as other', (qtype) => {
    expect(nonZero(tallyOf([make.query({ qtype })]))).toEqual({
      'coverage.dns.used': 1,
      'dns.queries': 1,
      'dns.by_type.other': 1,
    });
  });

  test('and its response are one query', () => {
    const tally = tallyOf([make.query(), make.query({ direction: 'response', rcode: 'REFUSED' })]);

    expect(plainCounts(tally)).toMatchObject({ 'dns.queries': 1, 'dns.refused': 1, 'coverage.dns.used': 2 });
  });

  test('with its response in one record is one query, and may be refused', () => {
    const tally = tallyOf([make.query({ rcode: 'REFUSED' }), make.query({ rcode: 'NOERROR' })]);

    expect(plainCounts(tally)).toMatchObject({ 'dns.queries': 2, 'dns.refused': 1, 'coverage.dns.used': 2 });
  });

  test('that was not refused is not counted as refused', () => {
    const tally = tallyOf([make.query({ direction: 'response', rcode: 'NXDOMAIN' })]);

    expect(plainCounts(tally)).toMatchObject({ 'dns.queries': 0, 'dns.refused': 0 });
  });

  test('counts for the client that it is about where a mail server sent it, and for its sender in a resolver', () => {
    const sent = emptyTally(CAP);
    const served = emptyTally(CAP);
    for (const qname of ['10.2.0.192.in-addr.arpa', '10.2.0.192.bl.example.org', 'example.org', undefined]) {
      countQuerySent(sent, make.query({ qname }));
      countQueryServed(served, make.query({ qname }));
    }

    expect(clientCounts(sent, A)).toEqual({ dns_queries: 2 });
    expect(clientCounts(sent, '192.0.2.1')).toEqual({});
    expect(clientCounts(served, '192.0.2.1')).toEqual({ dns_queries: 4 });
    expect(sent.names.distinct().count).toBe(3);
    expect(sent.counts.of('dns.queries')).toBe(4);
  });

  test('for a name in another spelling is for the same name', () => {
    const tally = emptyTally(CAP);
    for (const qname of ['a.example.org', 'A.exAmple.org']) countQuerySent(tally, make.query({ qname }));

    expect(plainTable(tally.names).rows).toMatchObject([{ key: 'a.example.org', counts: { queries: 2 } }]);
  });

  test('for a name asked again counts for the client again', () => {
    const sent = emptyTally(CAP);
    for (let i = 0; i < 3; i += 1) countQuerySent(sent, make.query());

    expect(clientCounts(sent, A)).toEqual({ dns_queries: 3 });
    expect(plainTable(sent.names).rows).toMatchObject([{ key: '10.2.0.192.in-addr.arpa', counts: { queries: 3 } }]);
  });
});

test.each([
  ['reject', true],
  ['milter-reject', true],
  ['proxy-reject', true],
  ['milter-header-reject', true],
  ['hangup', true],
  ['discard', true],
  ['milter-discard', true],
  ['milter-header-discard', true],
  ['hold', false],
  ['warn', false],
  ['filter', false],
  ['redirect', false],
  ['reject_warning', false],
  ['milter-hold', false],
  ['milter-header-redirect', false],
  ['', false],
  ['REJECT', false],
])('the action %s is enforced: %s', (action, enforced) => {
  const { counts } = tallyOf([make.reject({ action })]);

  expect(isEnforced(action)).toBe(enforced);
  expect(counts.of('reject.total')).toBe(enforced ? 1 : 0);
  expect(counts.of('reject.not_enforced')).toBe(enforced ? 0 : 1);
});

test('a server counts only into the tally it is given', () => {
  const [one, two] = [emptyTally(CAP), emptyTally(CAP)];
  countMail(one, make.connect(), make.mailServer());

  expect(nonZero(two)).toEqual({});
});
