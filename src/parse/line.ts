import type { DeadReason, Event, Ms } from '../core/event.js';
import type { Block } from './block.js';
import { EnvelopeReader } from './envelope.js';
import type { EnvelopeConfig } from './envelope.js';
import { JsonReader } from './json.js';
import { readMessage } from './message.js';
import type { Repeat } from './repeat.js';
import { Scanner } from './scanner.js';
import { zeekRow } from './zeek.js';

/** The event of a line, what it repeats, or why it can never be counted. */
export type Parsed = Event | Repeat | { readonly kind: 'dead'; readonly reason: DeadReason };

/**
 * Parses the line from `start` to `end` of a block; the line feed is not in it. `referenceMs` decides the year of a stamp
 * that has none.
 */
export type ParseLine = (block: Block, start: number, end: number, referenceMs: Ms) => Parsed;

const NO_ENVELOPE: Parsed = { kind: 'dead', reason: 'no_envelope' };

const BRACE = 123;

/**
 * A parser of lines in all forms: the programs' messages behind syslog's envelope, in JSON or in their own files, and
 * records of packets and of taps. It never throws; each line costs time linear in its length. The strings of an event may
 * be parts of the block's text: copy what is kept.
 */
export function createLineParser(config: EnvelopeConfig): ParseLine {
  const line = new Scanner();
  const envelopes = new EnvelopeReader(config);
  const json = new JsonReader(config, line, envelopes);
  return function parseLine(block, start, end, referenceMs) {
    if (block.bytes[start] === BRACE && end > start) return json.read(block, start, end, referenceMs) ?? NO_ENVELOPE;
    line.begin(block, start, end);
    const envelope = envelopes.read(line, referenceMs);
    return envelope === undefined ? (zeekRow(line.back(start)) ?? NO_ENVELOPE) : readMessage(line, envelope);
  };
}
