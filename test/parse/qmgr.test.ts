import { describe, expect, test } from '@jest/globals';
import { base, message } from './lines.js';

const qmgr = (text: string) => message('postfix/qmgr[3]', text);
const BASE = base('postfix/qmgr', 3);

describe('an active message', () => {
  test.each([
    ['s@example.com', 's@example.com'],
    ['', ''],
    ['a>, size=1, nrcpt=1 (queue active)', 'a>, size=1, nrcpt=1 (queue active)'],
    ['J\u00c3\u00b6rg@example.com', 'J\u00f6rg@example.com'],
  ])('from <%s>', (sender, expected) => {
    expect(qmgr(`8848BC46B5: from=<${sender}>, size=1234, nrcpt=2 (queue active)`)).toEqual({
      ...BASE,
      kind: 'active',
      queue_id: '8848BC46B5',
      sender: expected,
      size_bytes: 1234,
      recipients: 2,
    });
  });
});

test('a sender may stand without angle brackets', () => {
  const fields = { kind: 'active', sender: 's@x', size_bytes: 1234, recipients: 1 };

  expect(qmgr('8848BC46B5: from=s@x, size=1234, nrcpt=1 (queue active)')).toMatchObject(fields);
  expect(qmgr('8848BC46B5: from=s@x, status=expired, returned to sender')).toMatchObject({
    kind: 'expired',
    sender: 's@x',
  });
});

test.each(['expired', 'force-expired'])('a message that is %s', (status) => {
  expect(qmgr(`8848BC46B5: from=<s@x>, status=${status}, returned to sender`)).toEqual({
    ...BASE,
    kind: 'expired',
    queue_id: '8848BC46B5',
    sender: 's@x',
  });
});

test('a removed message', () => {
  expect(qmgr('8848BC46B5: removed')).toEqual({ ...BASE, kind: 'removed', queue_id: '8848BC46B5' });
});

test('a message that the queue manager itself defers is a delivery', () => {
  expect(qmgr('ABCDE: to=<r@y>, relay=none, delay=3, status=deferred (transport is unavailable)')).toMatchObject({
    kind: 'delivery',
    status: 'deferred',
    delay_ms: 3000,
  });
});

test.each([
  ['ABCDE: skipped, still being delivered', 'other'],
  ['ABCDE: status=deferred (bounce failed)', 'other'],
  ['warning: connect to transport x: No such file', 'other'],
  ['ABCDE: from=<s@x>, size=, nrcpt=2 (queue active)', 'unrecognised'],
  ['ABCDE: from=<s@x>, size=1', 'unrecognised'],
  ['ABCDE: from=<s@x>, status=lost, returned to sender', 'unrecognised'],
  ['ABCDE: removed twice', 'unrecognised'],
  ['ABCDE', 'unrecognised'],
  ['0123456789012345678901234: removed', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(qmgr(text)).toMatchObject({ kind, side: 'mail' });
});

test.each(['nqmgr', 'oqmgr'])('%s is a queue manager too', (program) => {
  expect(message(`postfix/${program}[3]`, '012345678901234567890123: removed')).toMatchObject({ kind: 'removed' });
});

describe('a message of the host itself', () => {
  const pickup = (text: string) => message('postfix/pickup[3]', text);

  test.each([
    ['ABCDE: uid=1000 from=<joe>', 'joe'],
    ['ABCDE: uid=0 from=<root@example.com> orig_id=FGHIJ', 'root@example.com'],
    ['ABCDE: uid=0 from=<>', ''],
  ])('%s', (text, sender) => {
    expect(pickup(text)).toEqual({ ...base('postfix/pickup', 3), kind: 'local_queued', queue_id: 'ABCDE', sender });
  });

  test.each([
    ['warning: x', 'other'],
    ['ABCDE: uid=0', 'unrecognised'],
    ['ABCDE: uid=0 from=<joe', 'unrecognised'],
  ])('%s is %s', (text, kind) => {
    expect(pickup(text)).toMatchObject({ kind });
  });
});

describe('a bounce', () => {
  const bounce = (text: string) => message('postfix/bounce[3]', text);

  test.each([
    'sender non-delivery',
    'postmaster non-delivery',
    'sender delay',
    'postmaster delay',
    'sender delivery status',
  ])('%s notification names the new message', (what) => {
    expect(bounce(`ABCDE: ${what} notification: FGHIJ`)).toEqual({
      ...base('postfix/bounce', 3),
      kind: 'bounce_queued',
      queue_id: 'FGHIJ',
    });
  });

  test.each([
    ['warning: x', 'other'],
    ['ABCDE: not sending trace/success notification for double-bounce message', 'other'],
    ['ABCDE: sender non-delivery notification: ', 'unrecognised'],
    ['ABCDE: something else', 'unrecognised'],
  ])('%s is %s', (text, kind) => {
    expect(bounce(text)).toMatchObject({ kind });
  });
});

test.each([
  ['ABCDE: removed', 'removed'],
  ['ABCDE: removed from hold', 'other'],
  ['ABCDE: placed on hold', 'other'],
  ['Deleted: 115 messages', 'other'],
])('postsuper: %s is %s', (text, kind) => {
  expect(message('postfix/postsuper[3]', text)).toMatchObject({ kind });
});

test.each(['master', 'anvil', 'tlsmgr', 'scache', 'trivial-rewrite', 'postfix-script'])(
  'whatever %s writes is other',
  (program) => {
    expect(message(`postfix/${program}[3]`, 'statistics: anything')).toMatchObject({ kind: 'other', side: 'mail' });
  },
);
