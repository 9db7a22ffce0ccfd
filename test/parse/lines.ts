import fc from 'fast-check';
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

/** What a line of DNS says, with what most lines leave open. */
export const QUESTION = {
  kind: 'dns',
  time: TIME,
  resolver: 'gpo',
  client_address: '192.0.2.1',
  client_port: undefined,
  id: undefined,
  qname: 'mx.example.com',
  qtype: 'A',
  qclass: undefined,
  rcode: undefined,
  transport: undefined,
  direction: 'query',
  view: undefined,
} as const;

/** What a tap tells of a query and its answer. */
export const TAPPED = {
  kind: 'dns',
  time: TIME + 857,
  resolver: '198.51.100.53',
  client_address: '192.0.2.25',
  client_port: 40000,
  id: 681,
  qname: 'mx.example.com',
  qtype: 'MX',
  qclass: 'IN',
  rcode: 'NXDOMAIN',
  transport: 'udp',
  direction: 'query',
  view: undefined,
} as const;

/** What a packet to port 53 tells. */
export const PACKET = {
  kind: 'dns',
  time: TIME,
  resolver: '198.51.100.53',
  client_address: '192.0.2.25',
  client_port: 40000,
  id: undefined,
  qname: undefined,
  qtype: undefined,
  qclass: undefined,
  rcode: undefined,
  transport: 'udp',
  direction: 'query',
  view: undefined,
} as const;

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

/** Pieces of a program's messages in any order, among any text. */
function anyMessage(pieces: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.oneof(fc.constantFrom(...pieces), anyText), { maxLength: 12 }).map((parts) => parts.join(''));
}

/** Asserts that whatever follows a tag is parsed, and that no event of it has a client without an address. */
export function expectAnyMessage(tag: string, pieces: readonly string[]): void {
  fc.assert(
    fc.property(anyMessage(pieces), (text) => {
      const parsed = message(tag, text);
      return !('client_address' in parsed && parsed.client_address === '');
    }),
    { numRuns: 2000 },
  );
}
