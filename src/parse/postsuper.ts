import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import type { Scanner } from './scanner.js';

/** The grammar of Postfix's postsuper, with which an operator takes messages out of the queue. */
export function postsuper(line: Scanner, envelope: Envelope): Event {
  const { time, host, service, process_id } = envelope;
  const queue_id = line.word();
  const isRemoval = line.take(': removed') && line.isAtEnd();
  return isRemoval ? { kind: 'removed', time, host, service, process_id, queue_id } : other(envelope, 'mail');
}
