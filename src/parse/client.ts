import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const BRACKET = literal('[');
const CLOSING = literal(']');
const V6 = literal('IPv6:');

const BLANK = 32;
const COLON = 58;
const ZERO = 48;
const NINE = 57;

/** The client's name in `name[address]`; old logs have a blank before the bracket. The scanner is then at the address. */
export function clientName(line: Scanner): string {
  const name = line.untilKnown(BRACKET);
  const last = name.length - 1;
  return name.charCodeAt(last) === BLANK ? name.substring(0, last) : name;
}

/** The client's address in `name[address]` or `name[address]:port`, without `IPv6:`. The scanner is then behind both. */
export function clientAddress(line: Scanner): string {
  line.take(V6);
  const address = bracketed(line);
  clientPort(line);
  return address;
}

/** The address before the closing bracket, which is passed over too. The line is lost if it is missing. */
export function bracketed(line: Scanner): string {
  const address = line.untilKnown(CLOSING);
  if (address === '') line.lost = true;
  return address;
}

/** The port in `:port`, `undefined` if none follows. A colon without a digit is left: the text goes on with it. */
export function clientPort(line: Scanner): number | undefined {
  if (line.peek() !== COLON) return undefined;
  const code = line.ahead(2).charCodeAt(1);
  return code >= ZERO && code <= NINE && line.take(':') ? line.integer() : undefined;
}
