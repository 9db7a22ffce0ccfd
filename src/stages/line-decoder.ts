import { createBlock } from '../parse/block.js';
import type { ParseLine } from '../parse/line.js';
import { MAX_LINE_BYTES } from './ports.js';
import type { DecodeRecord } from './source-fold.js';

const NEWLINE = 10;

/**
 * Reads records that are a line each, or a document of a shipper. A line that says how often the one before it came is
 * counted as one that was heard: in a topic nobody knows which line came before.
 */
export function createLineDecoder(parse: ParseLine): DecodeRecord {
  return function decodeLine(value, writtenMs) {
    if (value.length > MAX_LINE_BYTES) return { kind: 'dead', reason: 'too_long' };
    let end = value.length;
    while (end > 0 && value[end - 1] === NEWLINE) end -= 1;
    const parsed = parse(createBlock(value), 0, end, writtenMs);
    return parsed.kind === 'repeat' ? parsed.event : parsed;
  };
}
