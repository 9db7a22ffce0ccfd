import type { DeadReason, Event, Ms } from '../core/event.js';
import type { Block } from './block.js';
import { EnvelopeReader } from './envelope.js';
import type { Envelope, EnvelopeConfig } from './envelope.js';
import { repeatOfLineBefore, repeatOfMessage } from './repeat.js';
import type { Repeat } from './repeat.js';
import { Scanner } from './scanner.js';

/** The event of a line, what it repeats, or why it can never be counted. */
export type Parsed = Event | Repeat | { readonly kind: 'dead'; readonly reason: DeadReason };

/**
 * Parses the line from `start` to `end` of a block; the line feed is not in it. `referenceMs` decides the year of a stamp
 * that has none.
 */
export type ParseLine = (block: Block, start: number, end: number, referenceMs: Ms) => Parsed;

const NO_ENVELOPE: Parsed = { kind: 'dead', reason: 'no_envelope' };

const LOWER_M = 109;

/**
 * A parser of Postfix's, Dovecot's and BIND's lines. It never throws; each line costs
 * time linear in its length. The strings of an event may be parts of the block's text: copy what is kept.
 */
export function createLineParser(config: EnvelopeConfig): ParseLine {
  const line = new Scanner();
  const envelopes = new EnvelopeReader(config);
  return function parseLine(block, start, end, referenceMs) {
    line.begin(block, start, end);
    const envelope = envelopes.read(line, referenceMs);
    if (envelope === undefined) return NO_ENVELOPE;
    const message = line.mark();
    // Before the grammar, for which any line of a program may be one that it knows.
    const repeat = line.peek() === LOWER_M ? repeatOfMessage(line, envelope) : undefined;
    if (repeat !== undefined) return repeat;
    return (
      envelope.program.grammar(line.back(message), envelope) ??
      repeatOfLineBefore(line.back(message), envelope) ??
      unrecognised(envelope)
    );
  };
}

function unrecognised({ time, host, service, process_id, program: { side, name } }: Envelope): Event {
  return { kind: 'unrecognised', time, host, service, process_id, side, program: name };
}
