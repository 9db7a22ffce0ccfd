import type { Event } from '../core/event.js';
import { delivery } from './delivery.js';
import type { Envelope } from './envelope.js';
import { other, otherOf, takeAny } from './grammar.js';
import { queueId } from './queue-id.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

const SENDER = literal('from=');
const REMOVED = literal('removed');
const RECIPIENT = literal('to=');
const SIZE = literal(', size=');
const RECIPIENTS = literal(', nrcpt=');

/** Notes about a message that stays as it was. */
const NOTES = ['skipped, still being delivered', 'status=deferred ('];

/** The grammar of Postfix's queue manager. */
export function qmgr(line: Scanner, envelope: Envelope): Event | undefined {
  const start = line.mark();
  return ofMessage(line, envelope) ?? otherOf(line.back(start), envelope, []);
}

function ofMessage(line: Scanner, envelope: Envelope): Event | undefined {
  const { time, host, service, process_id } = envelope;
  const queue_id = queueId(line);
  if (queue_id === '') return undefined;
  if (line.take(SENDER)) return active(line, envelope, queue_id) ?? expired(line, envelope, queue_id);
  if (line.take(REMOVED) && line.isAtEnd()) return { kind: 'removed', time, host, service, process_id, queue_id };
  if (line.take(RECIPIENT)) return delivery(line, envelope, queue_id);
  return takeAny(line, NOTES) ? other(envelope, 'mail') : undefined;
}

/** `<a@b>, size=1234, nrcpt=1 (queue active)`; Postfix 2.2 and a queue that is not active end after the number. */
function active(line: Scanner, { time, host, service, process_id }: Envelope, queue_id: string): Event | undefined {
  const start = line.mark();
  let sender = line.until(SIZE);
  // A sender that imitates this line: only the last size is Postfix's own.
  while (line.has(SIZE)) sender += `, size=${line.until(SIZE)}`;
  const size_bytes = line.integer();
  const recipients = line.take(RECIPIENTS) ? line.integer() : undefined;
  if (size_bytes === undefined || recipients === undefined) {
    line.back(start);
    return undefined;
  }
  return {
    kind: 'active',
    time,
    host,
    service,
    process_id,
    queue_id,
    sender: people(line, unbracketed(sender)),
    size_bytes,
    recipients,
  };
}

/** Some that pass logs on take the angle brackets away. */
function unbracketed(address: string): string {
  return address.startsWith('<') && address.endsWith('>') ? address.substring(1, address.length - 1) : address;
}

/** `<a@b>, status=expired, returned to sender`. */
function expired(line: Scanner, { time, host, service, process_id }: Envelope, queue_id: string): Event | undefined {
  const status = line.cutLast(', status=');
  if (status !== 'expired, returned to sender' && status !== 'force-expired, returned to sender') return undefined;
  return { kind: 'expired', time, host, service, process_id, queue_id, sender: people(line, unbracketed(line.rest())) };
}
