import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { repeatOfLineBefore, repeatOfMessage } from './repeat.js';
import type { Repeat } from './repeat.js';
import type { Scanner } from './scanner.js';

const LOWER_M = 109;

/** The event of the message at which the scanner is, read by the grammar of its program, or what it repeats. */
export function readMessage(line: Scanner, envelope: Envelope): Event | Repeat {
  const start = line.mark();
  // Before the grammar, for which any line of a program may be one that it knows.
  const repeat = line.peek() === LOWER_M ? repeatOfMessage(line, envelope) : undefined;
  if (repeat !== undefined) return repeat;
  return (
    envelope.program.grammar(line.back(start), envelope) ??
    repeatOfLineBefore(line.back(start), envelope) ??
    unrecognised(envelope)
  );
}

function unrecognised({ time, host, service, process_id, program: { side, name } }: Envelope): Event {
  return { kind: 'unrecognised', time, host, service, process_id, side, program: name };
}
