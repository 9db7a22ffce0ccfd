import type { DeadReason, Event, Ms } from '../core/event.js';
import { EnvelopeReader } from './envelope.js';
import type { Envelope, EnvelopeConfig } from './envelope.js';
import { Scanner } from './scanner.js';

/** The event of a line, or why the line can never be counted. */
export type Parsed = Event | { readonly kind: 'dead'; readonly reason: DeadReason };

/**
 * Parses one line, given without its line feed. `referenceMs` decides the year of a stamp that has none. `isAscii` spares
 * the line a check: true only where the caller knows it, say of the whole block that the line came from.
 */
export type ParseLine = (text: string, referenceMs: Ms, isAscii?: boolean) => Parsed;

const NO_ENVELOPE: Parsed = { kind: 'dead', reason: 'no_envelope' };

/**
 * A parser of Postfix's, Dovecot's and BIND's lines, whose bytes are given as latin1. It never throws; each line costs
 * time linear in its length. The strings of an event may be parts of the text they came from: copy what is kept.
 */
export function createLineParser(config: EnvelopeConfig): ParseLine {
  const line = new Scanner();
  const envelopes = new EnvelopeReader(config);
  return function parseLine(text, referenceMs, isAscii = false) {
    line.begin(text, isAscii);
    const envelope = envelopes.read(line, referenceMs);
    if (envelope === undefined) return NO_ENVELOPE;
    return envelope.program.grammar(line, envelope) ?? unrecognised(envelope);
  };
}

function unrecognised({ time, host, service, process_id, program: { side, name } }: Envelope): Event {
  return { kind: 'unrecognised', time, host, service, process_id, side, program: name };
}
