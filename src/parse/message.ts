import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { repeat } from './repeat.js';
import type { Repeat } from './repeat.js';
import type { Scanner } from './scanner.js';

/** The event of the message at which the scanner is, read by the grammar of its program, or what it repeats. */
export function readMessage(line: Scanner, envelope: Envelope): Event | Repeat {
  const start = line.mark();
  // Before the grammar, for which any line of a program may be one that it knows.
  return repeat(line, envelope) ?? envelope.program.grammar(line.back(start), envelope) ?? unrecognised(envelope);
}

function unrecognised({ time, host, service, process_id, program: { side, name } }: Envelope): Event {
  return { kind: 'unrecognised', time, host, service, process_id, side, program: name };
}
