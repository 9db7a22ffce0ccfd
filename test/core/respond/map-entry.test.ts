import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accessOf, commented, isKey, parseAction, screenOf } from '../../../src/core/respond/map-entry.js';

describe('an action', () => {
  test.each([
    ['ok', 'OK', 'permit'],
    ['reject', 'REJECT', 'reject'],
    ['REJECT', 'REJECT', 'reject'],
    ['discard', 'DISCARD', undefined],
    ['dunno', 'DUNNO', 'dunno'],
    ['hold', 'HOLD', undefined],
    ['filter:scan:127.0.0.1:10025', 'FILTER scan:127.0.0.1:10025', undefined],
    ['filter:scan:', 'FILTER scan:', undefined],
    ['filter:scan:dummy', 'FILTER scan:dummy', undefined],
    ['defer', 'DEFER', undefined],
    ['warn', 'warn_if_reject reject', 'reject'],
  ])('%s is %s in smtpd', (text, access, screen) => {
    const action = parseAction(text);

    expect(action).toBeDefined();
    if (action === undefined) return;
    expect(accessOf(action)).toBe(access);
    expect(screenOf(action)).toBe(screen);
  });

  test.each(['', 'rejects', 'filter', 'filter:', 'filter:scan', 'filter:a b:c', 'filter:scan:a\nb', 'ok\n', '*'])(
    '%j is none',
    (text) => {
      expect(parseAction(text)).toBeUndefined();
    },
  );
});

describe('a key', () => {
  test.each(['192.0.2.66', '2001:db8::/64', '2001:db8:0:1::/64', '2001:db8::1'])('of a client is %s', (key) => {
    expect(isKey(key, 'smtpd')).toBe(true);
  });

  test.each([
    '',
    'unknown',
    '192.0.2.0/24',
    '192.0.2.66/32',
    '0.0.0.0/0',
    '::/0',
    '2001:db8::/32',
    '2001:db8::1/64',
    '192.0.2.066',
    '192.0.2.66 OK',
    '192.0.2.66\n0.0.0.0/0 OK',
    '2001:db8::%eth0',
    'mail.example.org',
  ])('of a client is not %j', (key) => {
    expect(isKey(key, 'postscreen')).toBe(false);
  });

  test.each(['jo', 'jo@example.org', "o'brien+x@example.org", '$user', 'a#b'])('of a user is %s', (key) => {
    expect(isKey(key, 'user')).toBe(true);
  });

  test.each([
    '',
    'jo doe',
    'jo\tOK',
    'jo\nroot OK',
    'jo\r',
    '#jo',
    '"jo"',
    'jo\\',
    '@example.org',
    'j\u00f6',
    'jo\u2028',
    'x'.repeat(321),
  ])('of a user is not %j', (key) => {
    expect(isKey(key, 'user')).toBe(false);
  });

  test.each(['jo', '@example.org', 'jo@', 'a@b@c', 'jo doe@example.org', '#jo@example.org'])(
    'of a recipient is not %j, which would stand for others',
    (key) => {
      expect(isKey(key, 'recipients')).toBe(false);
    },
  );

  test('of a recipient is an address', () => {
    expect(isKey('jo@example.org', 'recipients')).toBe(true);
  });
});

test('a comment is one line, whatever it says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = commented(text);

      expect(line.startsWith('# ')).toBe(true);
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    }),
  );
});
