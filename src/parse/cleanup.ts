import type { Event } from '../core/event.js';
import { contentCheck } from './content-check.js';
import { delivery } from './delivery.js';
import type { Envelope } from './envelope.js';
import { other, otherOf, takeAny } from './grammar.js';
import { reject } from './reject.js';
import { queueId } from './queue-id.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const MESSAGE_ID = literal('message-id=');

/**
 * Notes about a message. Of those with a resent-message-id the message-id line follows. Since 3.10 each queue file that is
 * given up is `removed`, also those that never held a message: of a message that was refused, the refusal says it.
 */
const NOTES = ['resent-message-id=', 'removed (', 'masquerade_exceptions ', 'status=deferred ('];

/** The grammar of Postfix's cleanup. */
export function cleanup(line: Scanner, envelope: Envelope): Event | undefined {
  const start = line.mark();
  return ofMessage(line, envelope) ?? otherOf(line.back(start), envelope, []);
}

function ofMessage(line: Scanner, envelope: Envelope): Event | undefined {
  const { time, host, service, process_id } = envelope;
  const queue_id = queueId(line);
  if (queue_id === '') return undefined;
  if (line.take(MESSAGE_ID)) return { kind: 'queued', time, host, service, process_id, queue_id };
  if (takeAny(line, NOTES)) return other(envelope, 'mail');
  if (line.take('to=')) return delivery(line, envelope, queue_id);
  const action = line.word();
  if (queue_id === 'warning' || !line.take(': ')) return undefined;
  const start = line.mark();
  const event = contentCheck(line, envelope, { queue_id, action });
  if (event !== undefined) return event;
  line.back(start);
  return reject(line, envelope, { queue_id, action });
}
