import { describe, expect, test } from '@jest/globals';
import { rejectionDocument } from '../../../src/core/documents/rejection.js';
import type { RejectionEvent } from '../../../src/core/documents/rejection.js';
import type { ServerConfig } from '../../../src/core/identity.js';
import { at, expectDocuments, leaves, written } from '../../support/documents.js';
import * as make from '../../support/events.js';

function documentOf(event: RejectionEvent, config: Partial<ServerConfig> = {}) {
  const document = rejectionDocument(event, make.record(7), make.mailServer(config));
  expectDocuments({ rejection: [document] });
  return written(document);
}

test('a rejection is identified by the origin of its line', () => {
  expect(documentOf(make.reject({ client_name: 'a.example.org' }))).toEqual({
    '@timestamp': '2003-04-13T12:00:00.000Z',
    ecs: { version: '9.4.0' },
    event: {
      kind: 'event',
      category: ['email', 'network'],
      type: ['denied'],
      outcome: 'failure',
      module: 'mxwarden',
      dataset: 'mxwarden.rejection',
      id: 'log:7',
      original: 'line 7',
    },
    host: { name: 'mx' },
    observer: { vendor: 'mxwarden' },
    related: { hosts: ['mx', 'a.example.org'], ip: ['192.0.2.10'] },
    source: { ip: '192.0.2.10', address: '192.0.2.10', domain: 'a.example.org' },
    mxwarden: {
      subject: 'mail:mx',
      rejection: {
        kind: 'reject',
        role: 'mx',
        service: 'postfix/smtpd',
        reason: 'user_unknown',
        action: 'reject',
        enforced: true,
        stage: 'RCPT',
        reply_code: 550,
        enhanced_code: '5.1.1',
        text: 'User unknown',
        helo: 'a.example.org',
        sender_domain: 'example.org',
        recipient_domain: 'example.com',
      },
    },
  });
});

test.each([
  [make.reject(), ['email', 'network'], ['denied'], 'failure'],
  [make.reject({ action: 'warn' }), ['email', 'network'], ['info'], undefined],
  [make.authFailure(), ['authentication', 'email'], ['info'], 'failure'],
  [make.rateLimit(), ['email', 'network'], ['denied'], 'failure'],
  [make.tooManyErrors(), ['email', 'network'], ['denied'], 'failure'],
  [make.protocolError(), ['email', 'network'], ['info'], undefined],
  [make.screenHit(), ['email', 'network'], ['info'], undefined],
])('%j is in ECS of %j, %j and %s', (event, category, type, outcome) => {
  const document = documentOf(event);

  expect(at(document, 'event.category')).toEqual(category);
  expect(at(document, 'event.type')).toEqual(type);
  expect(at(document, 'event.outcome')).toBe(outcome);
});

describe('senders and recipients', () => {
  test.each([
    ['someone@Example.ORG', 'example.org'],
    ['"odd@name"@example.org', 'example.org'],
    ['postmaster', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %s are kept as %s only', (mailbox, domain) => {
    const document = documentOf(make.reject({ sender: mailbox, recipient: mailbox }));

    expect(at(document, 'mxwarden.rejection.sender_domain')).toBe(domain);
    expect(at(document, 'mxwarden.rejection.recipient_domain')).toBe(domain);
    expect(leaves(document).some(([, value]) => value === mailbox && mailbox !== undefined)).toBe(false);
  });
});

describe('a client', () => {
  test.each([
    ['192.0.2.10', '192.0.2.10'],
    ['2001:db8::25', '2001:db8::25'],
    ['::ffff:192.0.2.10', '::ffff:192.0.2.10'],
    ['unknown', undefined],
    ['192.0.2.x', undefined],
    ['fe80::1%eth0', undefined],
    ['', undefined],
  ])('%s has the ip %s, and its address as logged', (client_address, ip) => {
    const document = documentOf(make.reject({ client_address }));

    expect(at(document, 'source.ip')).toBe(ip);
    expect(at(document, 'source.address')).toBe(client_address);
  });

  test.each(['unknown', undefined])('whose name is %s has none', (client_name) => {
    expect(at(documentOf(make.reject({ client_name })), 'source.domain')).toBeUndefined();
  });
});

test.each([
  [make.reject({ action: 'warn' }), { kind: 'reject', enforced: false, action: 'warn' }],
  [make.authFailure(), { kind: 'auth_failure', reason: 'auth_failed', text: 'no' }],
  [make.protocolError({ stage: 'EHLO' }), { kind: 'protocol_error', reason: 'protocol', stage: 'EHLO', text: 'odd' }],
  [make.rateLimit(), { kind: 'rate_limit', reason: 'rate_limit', text: 'odd' }],
  [make.tooManyErrors(), { kind: 'too_many_errors', stage: 'RCPT' }],
  [make.screenHit(), { kind: 'screen_hit', reason: 'protocol', action: 'PREGREET', service: 'postfix/postscreen' }],
])('each kind says what it carries: %#', (event, expected) => {
  expect(at(documentOf(event), 'mxwarden.rejection')).toMatchObject(expected);
});

test('its role is that of its service', () => {
  const services = { 'postfix/10025/smtpd': 'reinject' } as const;

  expect(at(documentOf(make.reject({ service: 'postfix/10025/smtpd' }), { services }), 'mxwarden.rejection.role')).toBe(
    'reinject',
  );
  expect(at(documentOf(make.reject({ service: 'postfix/submission/smtpd' })), 'mxwarden.rejection.role')).toBe(
    'submission',
  );
});
