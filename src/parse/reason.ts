import type { Reason } from '../core/event.js';

/** A reason, the words of which any one shows it, and words of another reason which say it more exactly. */
interface Signature {
  readonly reason: Reason;
  readonly words: readonly string[];
  readonly unless?: readonly string[];
}

const PIPELINING = ['command pipelining', 'protocol synchronization'];
const MULTI_RECIPIENT = 'multi-recipient bounce';
const MAILBOX_FULL = ['mailbox full', 'mailbox is full', 'quota'];
const SIZE = [
  'message size exceeds',
  'size limit',
  'file too big',
  'too large',
  'message too big',
  'exceeds message size',
];
const NO_NAME = ['cannot find your', 'reverse hostname', 'reverse dns', 'rdns', 'ptr record'];
const BACKEND = [
  'connection lost to authentication server',
  'temporary authentication failure',
  'saslauthd',
  'auth backend',
  'generic failure',
  'no mechanism available',
  'internal authentication error',
];

/** In the order of `REASONS`: the first that fits is the line's reason. The words are in lower case. */
const SIGNATURES: readonly Signature[] = [
  {
    reason: 'user_unknown',
    words: [
      'user unknown',
      'unknown user',
      'no such user',
      'no such recipient',
      'recipient unknown',
      'unverified address',
      'undeliverable address',
      'address verification ',
    ],
    unless: ['sender address rejected'],
  },
  {
    reason: 'relay_denied',
    words: ['relay access denied', 'relaying denied', 'unable to relay', 'permitted to relay', 'relay not permitted'],
  },
  { reason: 'greylist', words: ['greylist', 'graylist', 'grey-list', 'grey list', 'postgrey'] },
  {
    reason: 'rate_limit',
    words: [
      'rate limit',
      'rate exceeded',
      'limit exceeded',
      'limit has been exceeded',
      'too much mail',
      'too many ',
      'too frequent',
      'throttl',
    ],
    unless: ['size limit', ...MAILBOX_FULL],
  },
  {
    reason: 'dnsbl',
    words: ['blocked using', 'unavailable; client', 'dnsbl', 'spamhaus', 'listed at ', 'listed in ', 'listed by '],
  },
  { reason: 'spf', words: ['spf'] },
  {
    reason: 'policy',
    words: ['policy', 'dmarc', 'dkim', 'data command rejected', 'data command triggers', 'etrn command rejected'],
    unless: [...PIPELINING, MULTI_RECIPIENT],
  },
  { reason: 'helo', words: ['helo command rejected', 'helo command triggers'], unless: PIPELINING },
  {
    reason: 'client_rejected',
    words: [
      'client host rejected',
      'client host triggers',
      'client certificate',
      'sasl login name rejected',
      'sasl login name triggers',
    ],
    unless: [...NO_NAME, ...PIPELINING],
  },
  { reason: 'client_name', words: NO_NAME },
  {
    reason: 'sender_domain',
    words: [
      'sender address rejected: domain ',
      'sender address rejected: malformed dns',
      'sender address rejected: unable to ',
      'sender domain',
    ],
  },
  {
    reason: 'sender_rejected',
    words: ['sender address rejected', 'sender address triggers', 'sender rejected', 'not owned by user'],
    unless: PIPELINING,
  },
  {
    reason: 'recipient_domain',
    words: [
      'recipient address rejected: domain ',
      'recipient address rejected: malformed dns',
      'recipient address rejected: unable to ',
    ],
  },
  {
    reason: 'recipient_rejected',
    words: ['recipient address rejected', 'recipient address triggers', 'recipient rejected'],
    unless: [...PIPELINING, ...MAILBOX_FULL, ...SIZE],
  },
  {
    reason: 'content',
    words: [
      'spam',
      'virus',
      'malware',
      'infected',
      'banned',
      'content rejected',
      'end-of-data rejected',
      'end-of-data triggers',
    ],
    unless: PIPELINING,
  },
  { reason: 'size', words: SIZE },
  { reason: 'mailbox_full', words: MAILBOX_FULL },
  {
    reason: 'tls_required',
    words: [
      'must issue a starttls',
      'encryption is required',
      'encryption required',
      'tls is required',
      'requires tls',
    ],
  },
  {
    reason: 'auth_required',
    words: [
      'authentication required',
      'authentication is required',
      'must authenticate',
      'not logged in',
      'send auth command',
    ],
  },
  { reason: 'auth_failed', words: ['authentication failed', 'invalid credentials', 'bad username or password'] },
  { reason: 'auth_backend', words: BACKEND },
  { reason: 'pipelining', words: PIPELINING },
  {
    reason: 'protocol',
    words: ['bare <lf>', 'bare newline', 'protocol error', 'syntax', 'bad sequence', 'command not ', MULTI_RECIPIENT],
  },
  {
    reason: 'server_full',
    words: [
      'ports busy',
      'ports are busy',
      'insufficient system storage',
      'server local data error',
      'queue file write',
    ],
  },
];

/** Stages at which Postfix or a filter has looked into the message. */
const CONTENT_STAGES: readonly string[] = ['header', 'body', 'content', 'mime-error', 'END-OF-MESSAGE'];

/** What postscreen tells a new client at its first try with 450, and a client on its deny list with 550. */
const NOT_NOW = 'Service currently unavailable';

/**
 * Why the decision with this text was made at this stage: the first signature that fits, or `content` if the message
 * itself had been looked into. Only a text that stands for two decisions needs the reply code.
 */
export function reasonOf(text: string, stage: string, reply_code?: number): Reason {
  if (text === NOT_NOW) return reply_code === 450 ? 'greylist' : 'client_rejected';
  const lower = text.toLowerCase();
  for (const { reason, words, unless } of SIGNATURES) {
    if (hasAny(lower, words) && (unless === undefined || !hasAny(lower, unless))) return reason;
  }
  return CONTENT_STAGES.includes(stage) ? 'content' : 'other';
}

/** Why an authentication failed: the client's fault (`auth_failed`) or the back end's. */
export function authReason(text: string): 'auth_failed' | 'auth_backend' {
  return hasAny(text.toLowerCase(), BACKEND) ? 'auth_backend' : 'auth_failed';
}

function hasAny(text: string, words: readonly string[]): boolean {
  for (const word of words) if (text.includes(word)) return true;
  return false;
}
