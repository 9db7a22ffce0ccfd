import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other, otherOf } from './grammar.js';
import type { Scanner } from './scanner.js';

/** The grammar of Postfix's bounce, defer and trace. */
export function bounce(line: Scanner, envelope: Envelope): Event | undefined {
  const start = line.mark();
  return ofMessage(line, envelope) ?? otherOf(line.back(start), envelope, []);
}

/** `QID: sender non-delivery notification: QID2`: the event names the message that is made, the second one. */
function ofMessage(line: Scanner, envelope: Envelope): Event | undefined {
  const { time, host, service, process_id } = envelope;
  line.word();
  if (line.take(': not sending trace/success notification ')) return other(envelope, 'mail');
  if (!line.take(': sender ') && !line.take(': postmaster ')) return undefined;
  line.until(' notification: ');
  const queue_id = line.word();
  if (line.lost || queue_id === '') return undefined;
  return { kind: 'bounce_queued', time, host, service, process_id, queue_id };
}
