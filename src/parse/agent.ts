import type { Event } from '../core/event.js';
import { delivery } from './delivery.js';
import type { Envelope } from './envelope.js';
import { TLS_OF_PEER, other, otherOf, takeAny } from './grammar.js';
import { queueId } from './queue-id.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const RECIPIENT = literal('to=');

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
  'status=deferred (',
  'prefer ',
  'Sender requested ',
  'SMTPUTF8 is required',
  'message requires SMTPUTF8',
  'message size ',
  'mail for ',
  'client TLS configuration problem',
  'unexpected server message',
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
  'discarding EHLO keywords: ',
  'host ',
  'Untrusted: ',
  'Verified: ',
  'Unverified: ',
  'Peer verification: ',
  'TLSRPT: ',
  'DNSSEC-signed TLSA record: ',
  'TA cert as TLSA record: ',
  'TA pkey as TLSA record: ',
  'fingerprint: digest as private-use TLSA record: ',
  'Server certificate could not be verified for ',
  'certificate peer name verification failed for ',
  'SMTPS wrappermode ',
  'CLIENT wrappermode ',
  'instead, send to ',
];

function anythingElse(line: Scanner, envelope: Envelope): Event | undefined {
  return otherOf(line, envelope, OTHERS) ?? noteOfServer(line, envelope);
}

/** Notes about a server: `mx.example.com[192.0.2.1]:25: ` and one of these, or a certificate's subject. */
const OF_SERVER = [...TLS_OF_PEER, 'matched peername: ', 'replacing server reply ', 'subjectAltName: '];

function noteOfServer(line: Scanner, envelope: Envelope): Event | undefined {
  // The port came with Postfix 2.5.
  if (!line.skip(']') || !line.skip(': ')) return undefined;
  return takeAny(line, OF_SERVER) || line.has('subject_CN=') ? other(envelope, 'mail') : undefined;
}
