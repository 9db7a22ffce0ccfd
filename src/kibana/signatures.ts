import type { Reason } from '../core/event.js';
import type { RejectionEvent } from '../core/documents/rejection.js';

/** How a search for rejections is called, and what to look for in what it finds. */
export interface Signature {
  /** Names the search for good: links and dashboards have it. */
  readonly id: string;
  /** In the words of Postfix, by which people know it. */
  readonly phrase: string;
  readonly hint: string;
}

/** A search for each reason. The first three are the signatures of the paper. */
export const BY_REASON: Readonly<Record<Reason, Signature>> = {
  relay_denied: {
    id: 'relay-denied',
    phrase: 'Relay access denied',
    hint: 'Open relays are looked for from outside; of an own host it is one that lacks permission.',
  },
  recipient_rejected: {
    id: 'recipient-rejected',
    phrase: 'Recipient address rejected',
    hint: 'Recipients that an access list or a restriction refuses.',
  },
  user_unknown: {
    id: 'user-unknown',
    phrase: 'User unknown',
    hint: 'Many recipients of one client: addresses are harvested. Few recipients of many clients: accounts were removed.',
  },
  greylist: {
    id: 'greylist',
    phrase: 'Greylisted, Service currently unavailable',
    hint: 'Who never comes again is no mail server.',
  },
  rate_limit: {
    id: 'rate-limit',
    phrase: 'Connection rate limit exceeded',
    hint: 'Limits of anvil and of policy services: a flood, or a busy partner.',
  },
  dnsbl: { id: 'dnsbl', phrase: 'blocked using (DNSBL)', hint: 'Clients on a block list; a partner among them?' },
  spf: { id: 'spf', phrase: 'SPF fail', hint: 'Forged senders, or a sender whose record is wrong.' },
  policy: {
    id: 'policy',
    phrase: 'rejected by a policy (DMARC, DKIM, policy service)',
    hint: 'What a policy service or a milter decided.',
  },
  helo: {
    id: 'helo',
    phrase: 'Helo command rejected',
    hint: 'Names such as localhost, an address, or our own: programs that are no mail server.',
  },
  client_rejected: {
    id: 'client-rejected',
    phrase: 'Client host rejected: Access denied',
    hint: 'The access list at work: do blocked clients go on?',
  },
  client_name: {
    id: 'client-name',
    phrase: 'Client host rejected: cannot find your hostname',
    hint: 'Clients without a name in DNS; many at once: the resolver is ill.',
  },
  sender_domain: {
    id: 'sender-domain',
    phrase: 'Sender address rejected: Domain not found',
    hint: 'Forged sender domains; of many domains at once: the resolver is ill.',
  },
  sender_rejected: {
    id: 'sender-rejected',
    phrase: 'Sender address rejected',
    hint: 'Senders that an access list refuses, or that do not belong to the user who logged in.',
  },
  recipient_domain: {
    id: 'recipient-domain',
    phrase: 'Recipient address rejected: Domain not found',
    hint: 'Users who mistype, or DNS that fails.',
  },
  content: {
    id: 'content',
    phrase: 'milter-reject, header and body checks',
    hint: 'Spam, malware and forbidden content.',
  },
  size: { id: 'size', phrase: 'Message size exceeds fixed limit', hint: 'Too large for us.' },
  mailbox_full: { id: 'mailbox-full', phrase: 'mailbox full, over quota', hint: 'Recipients without room.' },
  tls_required: {
    id: 'tls-required',
    phrase: 'Must issue a STARTTLS command first',
    hint: 'Old programs of users, or guessing without TLS.',
  },
  auth_required: {
    id: 'auth-required',
    phrase: 'Authentication required',
    hint: 'Who tries to submit without having logged in.',
  },
  auth_failed: {
    id: 'auth-failed',
    phrase: 'SASL authentication failed (AUTH)',
    hint: 'One client, many times: passwords are guessed. Many clients, few times each: the same, spread out.',
  },
  auth_backend: {
    id: 'auth-backend',
    phrase: 'SASL authentication failed: Connection lost to authentication server',
    hint: 'The authentication service is ill; under a flood of log-ins as well.',
  },
  pipelining: {
    id: 'pipelining',
    phrase: 'improper command pipelining',
    hint: 'Programs that do not wait for answers: spam software.',
  },
  protocol: {
    id: 'protocol',
    phrase: 'non-SMTP command, protocol error',
    hint: 'Scanners, browsers and attempts at smuggling.',
  },
  server_full: {
    id: 'server-full',
    phrase: 'all server ports busy, Insufficient system storage',
    hint: 'The server itself is at its limits.',
  },
  other: { id: 'other', phrase: 'rejected for another reason', hint: 'Reasons that mxwarden has no word for.' },
};

/** Searches for what is told by the kind of the line, whatever the reason. */
export const BY_KIND: Readonly<Partial<Record<RejectionEvent['kind'], Signature>>> = {
  too_many_errors: {
    id: 'too-many-errors',
    phrase: 'too many errors after',
    hint: 'Sessions that Postfix ended: address harvesting and guessing of passwords.',
  },
  screen_hit: {
    id: 'postscreen',
    phrase: 'postscreen: PREGREET, HANGUP, DNSBL rank, COMMAND',
    hint: 'Clients that failed a test before they got to smtpd.',
  },
};
