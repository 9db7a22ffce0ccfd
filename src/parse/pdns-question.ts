import { withoutFinalDot } from './dns-event.js';
import { literal } from './literal.js';
import type { Literal } from './literal.js';
import type { Scanner } from './scanner.js';

const BAR = literal('|');

/** `example.com|A` up to an end, which is passed over; `undefined` if that is not there. A name may hold a bar. */
export function questionUpTo(line: Scanner, end: Literal): { qname: string; qtype: string } | undefined {
  const start = line.mark();
  const qname = withoutFinalDot(line.untilKnown(BAR));
  const qtype = line.untilKnown(end);
  if (line.lost || qname === '' || qtype === '') return undefined;
  return qtype.includes('|') ? split(line.since(start), end.length) : { qname, qtype };
}

/** `a|b|A` and the end: the last bar is that before the type. */
function split(text: string, endLength: number): { qname: string; qtype: string } {
  const bar = text.lastIndexOf('|', text.length - endLength);
  const qname = withoutFinalDot(text.substring(0, bar));
  return { qname, qtype: text.substring(bar + 1, text.length - endLength) };
}
