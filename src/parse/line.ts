import type { DeadReason, Event, Ms } from '../core/event.js';
import type { Block } from './block.js';
import { EnvelopeReader } from './envelope.js';
import type { Envelope, EnvelopeConfig } from './envelope.js';
import { Scanner } from './scanner.js';

/** The event of a line, or why the line can never be counted. */
export type Parsed = Event | { readonly kind: 'dead'; readonly reason: DeadReason };

/**
 * Parses the line from `start` to `end` of a block; the line feed is not in it. `referenceMs` decides the year of a stamp
 * that has none.
 */
export type ParseLine = (block: Block, start: number, end: number, referenceMs: Ms) => Parsed;

const NO_ENVELOPE: Parsed = { kind: 'dead', reason: 'no_envelope' };

/**
 * A parser of the lines of all programs in `programs.ts`. It never throws; each line costs time linear in its length. The strings of an event may be parts of the block's text: copy what is kept.
 */
export function createLineParser(config: EnvelopeConfig): ParseLine {
  const line = new Scanner();
  const envelopes = new EnvelopeReader(config);
  return function parseLine(block, start, end, referenceMs) {
    line.begin(block, start, end);
    const envelope = envelopes.read(line, referenceMs);
    if (envelope === undefined) return NO_ENVELOPE;
    return envelope.program.grammar(line, envelope) ?? unrecognised(envelope);
  };
}

function unrecognised({ time, host, service, process_id, program: { side, name } }: Envelope): Event {
  return { kind: 'unrecognised', time, host, service, process_id, side, program: name };
}
