import { describe, expect, test } from '@jest/globals';
import { REASONS } from '../../src/core/event.js';
import { authReason, reasonOf } from '../../src/parse/reason.js';

const TEXTS = [
  ['user_unknown', 'Recipient address rejected: User unknown in local recipient table'],
  ['user_unknown', 'Recipient address rejected: User unknown in virtual alias table'],
  ['user_unknown', 'Recipient address rejected: User unknown in virtual mailbox table'],
  ['user_unknown', 'Recipient address rejected: User unknown in relay recipient table'],
  ['user_unknown', 'User unknown in local recipient table'],
  ['user_unknown', 'Recipient address rejected: unverified address: Address verification in progress'],
  ['user_unknown', 'Recipient address rejected: undeliverable address: host mx said: 550 no mailbox'],
  ['user_unknown', 'Recipient address rejected: undeliverable address: host mx said: 450 Greylisted'],
  ['relay_denied', 'Relay access denied'],
  ['greylist', 'Recipient address rejected: Greylisted for 300 seconds'],
  ['greylist', 'Client host rejected: Greylisted, see http://postgrey.schweikert.ch/help/x.html'],
  ['rate_limit', 'too many connections'],
  ['rate_limit', 'Error: too much mail from 192.0.2.1'],
  ['rate_limit', 'Recipient address rejected: Policy Rejection - Message sending rate limit exceeded'],
  ['dnsbl', 'Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; see https://x'],
  ['dnsbl', 'Service unavailable; client [192.0.2.1] blocked using bl.example'],
  ['dnsbl', 'Service unavailable; Sender address [a@b] blocked using dbl.example'],
  ['spf', 'Recipient address rejected: Message rejected due to: SPF fail - not authorized'],
  ['policy', 'Recipient address rejected: Blocked by local policy'],
  ['policy', 'rejected by DMARC'],
  ['policy', 'Data command rejected: Access denied'],
  ['policy', 'Data command triggers DISCARD action'],
  ['policy', 'Etrn command rejected: Access denied'],
  ['helo', 'Helo command rejected: need fully-qualified hostname'],
  ['helo', 'Helo command rejected: Host not found'],
  ['client_rejected', 'Client host rejected: Access denied'],
  ['client_rejected', 'Unverified Client host rejected: Access denied'],
  ['client_rejected', 'Client certificate rejected: Access denied'],
  ['client_rejected', 'SASL login name rejected: Access denied'],
  ['client_rejected', 'SASL login name triggers DISCARD action'],
  ['client_name', 'Client host rejected: cannot find your hostname, [192.0.2.1]'],
  ['client_name', 'Client host rejected: cannot find your reverse hostname, [192.0.2.1]'],
  ['helo', 'Helo command triggers DISCARD action'],
  ['client_rejected', 'Client host triggers DISCARD action'],
  ['sender_rejected', 'Sender address triggers DISCARD action'],
  ['recipient_rejected', 'Recipient address triggers DISCARD action'],
  ['sender_domain', 'Sender address rejected: Domain not found'],
  ['sender_domain', 'Sender address rejected: Domain x does not accept mail (nullMX)'],
  ['sender_domain', 'Sender address rejected: Malformed DNS server reply'],
  ['sender_rejected', 'Sender address rejected: need fully-qualified address'],
  ['sender_rejected', 'Sender address rejected: User unknown in local recipient table'],
  ['sender_rejected', 'Sender address rejected: undeliverable address: host mx said: 550 no'],
  ['sender_rejected', 'Sender address rejected: not owned by user joe'],
  ['sender_rejected', 'Sender address rejected: not logged in'],
  ['recipient_domain', 'Recipient address rejected: Domain not found'],
  ['recipient_rejected', 'Recipient address rejected: need fully-qualified address'],
  ['recipient_rejected', 'Recipient address rejected: Access denied'],
  ['content', 'Blocked by SpamAssassin'],
  ['content', 'virus Eicar found'],
  ['content', 'End-of-data rejected: Access denied'],
  ['content', 'End-of-data triggers DISCARD action'],
  ['size', 'Message size exceeds fixed limit'],
  ['size', 'Error: queue file size limit exceeded'],
  ['size', 'Recipient address rejected: Message too large'],
  ['mailbox_full', 'Recipient address rejected: Mailbox full'],
  ['mailbox_full', 'Quota exceeded (mailbox for user is full)'],
  ['tls_required', 'Must issue a STARTTLS command first'],
  ['tls_required', 'Session encryption is required'],
  ['auth_required', 'Authentication required'],
  ['auth_failed', 'Error: authentication failed: bad password'],
  ['auth_backend', 'Temporary authentication failure'],
  ['pipelining', 'Data command rejected: Improper use of SMTP command pipelining'],
  ['pipelining', 'End-of-data rejected: Improper use of SMTP command pipelining'],
  ['pipelining', 'Client host rejected: Improper use of SMTP command pipelining'],
  ['pipelining', 'Helo command rejected: Improper use of SMTP command pipelining'],
  ['protocol', 'bare <LF> received'],
  ['protocol', 'Data command rejected: Multi-recipient bounce'],
  ['protocol', 'Protocol error'],
  ['server_full', 'all server ports busy'],
  ['server_full', 'Insufficient system storage'],
  ['server_full', '4.3.0 gpo Server local data error'],
  ['other', 'Service unavailable - try again later'],
  ['other', 'Temporary lookup failure'],
  ['other', ''],
] as const;

test.each(TEXTS)('%s: %s', (reason, text) => {
  expect(reasonOf(text, 'RCPT')).toBe(reason);
});

test('every reason has a text here', () => {
  const tested = new Set<string>(TEXTS.map(([reason]) => reason));

  expect(REASONS.filter((reason) => !tested.has(reason))).toEqual([]);
});

test.each([
  [450, 'greylist'],
  [550, 'client_rejected'],
] as const)("postscreen's refusal with %i is %s", (code, reason) => {
  expect(reasonOf('Service currently unavailable', 'RCPT', code)).toBe(reason);
});

describe('a text that tells nothing', () => {
  test.each(['header', 'body', 'content', 'mime-error', 'END-OF-MESSAGE'])('at %s is about the content', (stage) => {
    expect(reasonOf('No', stage)).toBe('content');
  });

  test.each(['RCPT', 'DATA', 'CONNECT'])('at %s stays untold', (stage) => {
    expect(reasonOf('No', stage)).toBe('other');
  });
});

test.each([
  ['(reason unavailable)', 'auth_failed'],
  ['authentication failure', 'auth_failed'],
  ['Connection lost to authentication server', 'auth_backend'],
  ['generic failure', 'auth_backend'],
] as const)('an authentication that ends with %s: %s', (text, reason) => {
  expect(authReason(text)).toBe(reason);
});
