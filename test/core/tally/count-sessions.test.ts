import { describe, expect, test } from '@jest/globals';
import { REASONS } from '../../../src/core/event.js';
import type { Commands } from '../../../src/core/event.js';
import {
  commands,
  connect,
  disconnect,
  lostConnection,
  mailServer,
  opened,
  reject,
  timedOut,
} from '../../support/events.js';
import { clientCounts, nonZero, plainCounts, rowsOf, tallyOf } from '../../support/tallies.js';

const A = '192.0.2.10';
const session = (counts: Partial<Commands>) => tallyOf([disconnect({ commands: commands(counts) })]);

describe('messages accepted in a session', () => {
  test.each<[Partial<Commands>, number]>([
    [{ mail: 1, rcpt: 1, data: 1 }, 1],
    [{ mail: 3, rcpt: 3, data: 3 }, 3],
    [{ mail: 1, rcpt: 1 }, 0],
    [{ mail: 1, rcpt: 1, data_failed: 1 }, 0],
    [{ mail: 2, data: 1, data_failed: 1 }, 1],
    [{ mail: 1, bdat: 1 }, 1],
    [{ mail: 1, bdat: 7 }, 1],
    [{ mail: 3, bdat: 2 }, 2],
    [{ mail: 2, bdat: 1, bdat_failed: 3 }, 1],
    [{ mail: 2, rcpt: 1, rcpt_failed: 1, bdat: 1, bdat_failed: 3, rset: 1 }, 1],
    [{ mail: 1, bdat_failed: 3 }, 0],
    [{ mail: 1, bdat: 2, bdat_failed: 1 }, 0],
    [{ mail: 2, data: 1, bdat: 1 }, 2],
    [{ mail: 1, data: 1, bdat: 5 }, 1],
    [{ mail: 1, data_failed: 2, bdat: 1 }, 1],
    [{ mail: 1, data_failed: 1 }, 0],
    [{ bdat: 2 }, 0],
    [{ bdat: 2, bdat_failed: 5 }, 0],
    [{}, 0],
  ])('%j are %i', (counts, accepted) => {
    const tally = session(counts);

    expect(tally.counts.of('role.mx.accepted')).toBe(accepted);
    expect(tally.counts.of('role.mx.delivering_sessions')).toBe(accepted > 0 ? 1 : 0);
    expect(clientCounts(tally, A)['accepted'] ?? 0).toBe(accepted);
  });
});

describe('a session is probe-like', () => {
  test.each<[boolean, Partial<Commands>]>([
    [true, {}],
    [true, { quit: 1 }],
    [true, { ehlo: 1, quit: 1 }],
    [true, { ehlo: 2, starttls: 1, noop: 1, quit: 1 }],
    [false, { ehlo: 1 }],
    [false, { noop: 1 }],
    [false, { ehlo: 1, mail: 1, quit: 1 }],
    [false, { ehlo: 1, auth: 1, quit: 1 }],
    [false, { ehlo: 1, auth_failed: 1, quit: 1 }],
    [false, { ehlo: 1, mail_failed: 1, quit: 1 }],
    [false, { helo_failed: 1, quit: 1 }],
    [false, { starttls_failed: 1, quit: 1 }],
    [false, { unknown_failed: 1, quit: 1 }],
    [false, { unknown: 1, quit: 1 }],
    [false, { unknown_failed: 1 }],
  ])('%s: %j', (isProbe, counts) => {
    const tally = session(counts);

    expect(tally.counts.of('smtp.probes')).toBe(isProbe ? 1 : 0);
    expect(clientCounts(tally, A)['probes'] ?? 0).toBe(isProbe ? 1 : 0);
  });

  test('on a submission service it is counted as such, too', () => {
    const probe = disconnect({ service: 'postfix/submission/smtpd', commands: commands({ quit: 1 }) });

    expect(clientCounts(tallyOf([probe]), A)).toMatchObject({ probes: 1, submission_probes: 1 });
  });
});

test.each<[Partial<Commands>, number]>([
  [{ rcpt_failed: 3 }, 1],
  [{ mail_failed: 1 }, 1],
  [{ helo_failed: 1 }, 1],
  [{ ehlo_failed: 1 }, 1],
  [{ data_failed: 1 }, 1],
  [{ bdat_failed: 1 }, 1],
  [{ auth_failed: 1 }, 0],
  [{ unknown_failed: 1 }, 0],
  [{ starttls_failed: 1 }, 0],
  [{ rcpt: 1 }, 0],
])('a session with %j was refused something %i times', (counts, refused) => {
  expect(session(counts).counts.of('reject.sessions')).toBe(refused);
});

describe('the role', () => {
  const server = mailServer({
    services: { 'postfix/10025/smtpd': 'reinject' },
    reinjection: ['127.0.0.1', '198.51.100.0/24'],
  });
  const sessionsBy = (event: Parameters<typeof tallyOf>[0][number]) =>
    Object.keys(nonZero(tallyOf([event], server))).filter(
      (name) => name.endsWith('.sessions') && name.startsWith('role.'),
    );

  test.each([
    ['postfix/smtpd', A, 'mx'],
    ['postfix/submission/smtpd', A, 'submission'],
    ['postfix/submissions/smtpd', A, 'submission'],
    ['postfix/smtps/smtpd', A, 'submission'],
    ['postfix/10025/smtpd', A, 'reinject'],
    ['postfix/smtpd', '127.0.0.1', 'reinject'],
    ['postfix/smtpd', '::ffff:127.0.0.1', 'reinject'],
    ['postfix/smtpd', '127.0.0.2', 'mx'],
    ['postfix/smtpd', '198.51.100.255', 'reinject'],
    ['postfix/smtpd', '198.51.101.0', 'mx'],
    ['postfix/smtpd', '::1', 'mx'],
    ['postfix/submission/smtpd', '127.0.0.1', 'submission'],
  ])('of a session at %s with %s is %s', (service, client_address, role) => {
    expect(sessionsBy(disconnect({ service, client_address }))).toEqual([`role.${role}.sessions`]);
    expect(nonZero(tallyOf([connect({ service, client_address })], server))).toMatchObject({
      [`role.${role}.connects`]: 1,
    });
    expect(nonZero(tallyOf([opened({ service, client_address })], server))).toMatchObject({
      [`role.${role}.opened`]: 1,
    });
    expect(nonZero(tallyOf([reject({ service, client_address })], server))).toMatchObject({
      [`role.${role}.rejected`]: 1,
    });
  });

  test.each<[Partial<Commands>, string]>([
    [{ mail: 1, data: 1 }, 'mx'],
    [{ auth: 1, mail: 1, data: 1 }, 'submission'],
    [{ auth_failed: 1 }, 'mx'],
    [{ xforward: 1, mail: 1, data: 1 }, 'reinject'],
    [{ xforward: 1, auth: 1 }, 'reinject'],
    [{ xforward_failed: 1, mail: 1, data: 1 }, 'mx'],
  ])('of a session with %j is %s', (counts, role) => {
    expect(sessionsBy(disconnect({ commands: commands(counts) }))).toEqual([`role.${role}.sessions`]);
  });

  test('of a session that hands mail back stays, also with AUTH', () => {
    const event = disconnect({ service: 'postfix/10025/smtpd', commands: commands({ auth: 1 }) });

    expect(sessionsBy(event)).toEqual(['role.reinject.sessions']);
  });

  test.each([
    [{}, 'mx'],
    [{ sasl_username: 'u' }, 'submission'],
    [{ orig_queue_id: 'Q0' }, 'reinject'],
    [{ orig_client: '203.0.113.7' }, 'reinject'],
    [{ orig_client: '203.0.113.7', sasl_username: 'u' }, 'reinject'],
    [{ service: 'postfix/10025/smtpd', sasl_username: 'u' }, 'reinject'],
  ])('of a message with %j is %s', (over, role) => {
    expect(nonZero(tallyOf([opened(over)], server))).toMatchObject({ [`role.${role}.opened`]: 1 });
  });

  test('of a message refused after AUTH is submission', () => {
    expect(nonZero(tallyOf([reject({ sasl_username: 'u' })]))).toMatchObject({ 'role.submission.rejected': 1 });
  });

  test('of re-injection keeps a session and its messages out of the clients', () => {
    const reinjected = { service: 'postfix/10025/smtpd', client_address: '127.0.0.1' };
    const events = [
      connect(reinjected),
      disconnect(reinjected),
      opened(reinjected),
      reject({ ...reinjected, stage: 'DATA', queue_id: 'Q' }),
    ];
    const tally = tallyOf([...events, lostConnection({ ...reinjected, stage: 'DATA' })], server);

    expect(rowsOf(tally.clients)).toEqual([]);
    expect(tally.smtpClients.estimate().count).toBe(0);
  });

  test('of re-injection counts a message for the client that it came from', () => {
    const tally = tallyOf([opened({ orig_client: '203.0.113.7', client_address: '127.0.0.1' })]);

    expect(clientCounts(tally, '203.0.113.7')).toEqual({ reinjected: 1 });
    expect(clientCounts(tally, '127.0.0.1')).toEqual({});
  });
});

describe('a rejection', () => {
  test.each(REASONS)('is counted by its reason %s', (reason) => {
    const rejects = Object.entries(nonZero(tallyOf([reject({ reason })]))).filter(([name]) =>
      name.startsWith('reject.'),
    );

    expect(Object.fromEntries(rejects)).toEqual({ 'reject.total': 1, [`reject.${reason}`]: 1 });
  });

  test.each([
    [450, '5.1.1', 1],
    [499, undefined, 1],
    [500, '4.7.1', 0],
    [550, undefined, 0],
    [undefined, '4.7.1', 1],
    [undefined, '5.7.1', 0],
    [undefined, undefined, 0],
  ])('with reply %s and code %s is temporary %i times', (reply_code, enhanced_code, temporary) => {
    expect(tallyOf([reject({ reply_code, enhanced_code })]).counts.of('reject.temporary')).toBe(temporary);
  });

  test('counts its recipient at RCPT only, in whatever case', () => {
    const events = [
      reject({ recipient: 'A@Example.com' }),
      reject({ recipient: 'a@example.com' }),
      reject({ recipient: 'b@example.com', stage: 'DATA' }),
      reject({ recipient: undefined }),
      reject({ recipient: 'c@example.com', action: 'warn' }),
    ];

    expect(tallyOf(events).recipients.ranked([0], 9)).toEqual([
      { key: 'a@example.com', name: '', counts: { rejects: 2 } },
    ]);
  });

  test('that is not enforced counts for nobody', () => {
    expect(nonZero(tallyOf([reject({ action: 'warn' })]))).toEqual({
      'coverage.mail.used': 1,
      'reject.not_enforced': 1,
    });
    expect(clientCounts(tallyOf([reject({ action: 'warn' })]), A)).toEqual({});
  });

  test.each([
    [{ stage: 'RCPT', queue_id: 'Q' }, 0, 0],
    [{ stage: 'MAIL' }, 0, 0],
    [{ stage: 'DATA' }, 0, 0],
    [{ stage: 'DATA', queue_id: 'Q' }, 1, 0],
    [{ stage: 'END-OF-MESSAGE', queue_id: 'Q' }, 1, 1],
    [{ stage: 'END-OF-MESSAGE', action: 'proxy-reject' }, 1, 0],
    [{ stage: 'END-OF-MESSAGE', action: 'milter-reject', queue_id: 'Q' }, 1, 1],
    [{ stage: 'header', queue_id: 'Q' }, 1, 1],
    [{ stage: 'body', queue_id: 'Q' }, 1, 1],
    [{ stage: 'mime-error', queue_id: 'Q' }, 1, 1],
    [{ stage: 'header', queue_id: 'Q', action: 'discard' }, 0, 1],
    [{ stage: 'RCPT', queue_id: 'Q', action: 'discard' }, 0, 0],
    [{ stage: 'END-OF-MESSAGE', queue_id: 'Q', action: 'milter-discard' }, 0, 1],
    [{ stage: 'header', queue_id: 'Q', action: 'milter-header-discard' }, 0, 1],
    [{ stage: 'header', queue_id: 'Q', action: 'milter-header-reject' }, 1, 1],
    [{ stage: 'header', queue_id: 'Q', action: 'hold' }, 0, 0],
  ])('%j loses %i messages, %i of them with a queue file', (over, lost, refused) => {
    const tally = tallyOf([reject(over)]);

    expect(tally.counts.of('role.mx.lost_messages')).toBe(lost);
    expect(tally.counts.of('messages.refused')).toBe(refused);
    expect(clientCounts(tally, A)['lost_messages'] ?? 0).toBe(lost);
  });
});

test.each([
  ['CONNECT', 0],
  ['AUTH', 0],
  ['MAIL', 0],
  ['RCPT', 0],
  ['DATA', 1],
  ['DATA (1234 bytes)', 1],
  ['BDAT', 1],
  ['END-OF-MESSAGE', 0],
])('a session broken off at %s loses %i messages', (stage, lost) => {
  for (const event of [lostConnection({ stage }), timedOut({ stage })]) {
    const tally = tallyOf([event]);
    expect(plainCounts(tally)).toMatchObject({ 'smtp.aborted': 1, 'role.mx.lost_messages': lost });
    expect(clientCounts(tally, A)['lost_messages'] ?? 0).toBe(lost);
  }
});

test('authenticated sessions are counted once each', () => {
  expect(session({ auth: 2 }).counts.of('smtp.authenticated')).toBe(1);
  expect(session({ auth_failed: 2 }).counts.of('smtp.authenticated')).toBe(0);
});
