import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { otherOf } from './grammar.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

/** The grammar of Postfix's pickup: mail that a user of the host gave in. */
export function pickup(line: Scanner, envelope: Envelope): Event | undefined {
  const start = line.mark();
  return ofMessage(line, envelope) ?? otherOf(line.back(start), envelope, []);
}

/** `QID: uid=1000 from=<user>`, with ` orig_id=QID` where the message had been requeued. */
function ofMessage(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  const queue_id = line.word();
  if (!line.take(': uid=') || !line.skip(' from=<')) return undefined;
  line.cutLast(' orig_id=');
  const address = line.rest();
  if (!address.endsWith('>')) return undefined;
  const sender = people(line, address.substring(0, address.length - 1));
  return { kind: 'local_queued', time, host, service, process_id, queue_id, sender };
}
