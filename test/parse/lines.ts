import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import type { Parsed, ParseLine } from '../../src/parse/line.js';
import { createLineParser } from '../../src/parse/line.js';

export const REFERENCE_MS = Date.UTC(2026, 10, 23, 3);

/** The time of every line that the functions below build. */
export const TIME = Date.UTC(2026, 10, 23, 1, 57, 14);

const parseLine = createLineParser({ zone: createZone('UTC') });

/** What a parser makes of a line that is a block of its own. */
export function parseWith(parser: ParseLine, line: string, referenceMs = REFERENCE_MS): Parsed {
  const bytes = Buffer.from(line, 'latin1');
  return parser(createBlock(bytes), 0, bytes.length, referenceMs);
}

export function parse(line: string): Parsed {
  return parseWith(parseLine, line);
}

/** What a program's message is parsed to, the tag being `postfix/smtpd[22658]` or the like. */
export function message(tag: string, text: string): Parsed {
  return parse(`Nov 23 01:57:14 gpo ${tag}: ${text}`);
}

export const base = (service: string, process_id: number | undefined) =>
  ({ time: TIME, host: 'gpo', service, process_id }) as const;
