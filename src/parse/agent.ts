import type { Event } from '../core/event.js';
import { delivery } from './delivery.js';
import type { Envelope } from './envelope.js';
import { other, otherOf, takeAny } from './grammar.js';
import { queueId } from './queue-id.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const RECIPIENT = literal('to=<');

/** The grammar of Postfix's delivery agents: smtp, lmtp, local, virtual, pipe, error, discard and what a site adds. */
export function agent(line: Scanner, envelope: Envelope): Event | undefined {
  const start = line.mark();
  return ofMessage(line, envelope) ?? anythingElse(line.back(start), envelope);
}

/** Notes about a message on its way; its delivery line follows. */
const NOTES = [
  'passing <',
  'host ',
  'lost connection with ',
  'conversation with ',
  'timeout ',
  'enabling PIX ',
  'replacing ',
  'breaking line ',
  'Server certificate ',
  'Cannot start TLS',
  'TLS is required',
  'TLS policy lookup',
  'SASL authentication failed',
  'status=deferred (bounce failed)',
  'prefer ',
  'Sender requested ',
  'reject: ',
  'warn: ',
  'info: ',
  'replace: ',
  'prepend: ',
  'ignore: ',
  'strip: ',
  'pass: ',
];

function ofMessage(line: Scanner, envelope: Envelope): Event | undefined {
  const queue_id = queueId(line);
  if (queue_id === '') return undefined;
  if (line.take(RECIPIENT)) return delivery(line, envelope, queue_id);
  return takeAny(line, NOTES) ? other(envelope, 'mail') : undefined;
}

const OTHERS = [
  'connect to ',
  'Anonymous TLS connection ',
  'Trusted TLS connection ',
  'Untrusted TLS connection ',
  'Verified TLS connection ',
  'TLS connection ',
  'setting up TLS connection ',
  'initializing the client-side TLS engine',
  'SSL_connect error to ',
  'Host offered STARTTLS: ',
  'server certificate verification failed for ',
  'discarding EHLO keywords: ',
  'host ',
  'looking for session ',
  'Untrusted: ',
  'Verified: ',
  'Peer verification: ',
];

function anythingElse(line: Scanner, envelope: Envelope): Event | undefined {
  return otherOf(line, envelope, OTHERS) ?? certificateNote(line, envelope);
}

/** `mx.example.com[192.0.2.1]:25: subject_CN=...`. */
function certificateNote(line: Scanner, envelope: Envelope): Event | undefined {
  return line.skip(']:') && line.has('subject_CN=') ? other(envelope, 'mail') : undefined;
}
