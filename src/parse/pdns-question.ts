import { withoutFinalDot } from './dns-event.js';
import type { Literal } from './literal.js';
import type { Scanner } from './scanner.js';

/** `example.com|A` up to an end, which is passed over; `undefined` if that is not there. A name may hold a bar. */
export function questionUpTo(line: Scanner, end: Literal): { qname: string; qtype: string } | undefined {
  const question = line.untilKnown(end);
  const bar = question.lastIndexOf('|');
  if (bar <= 0 || bar === question.length - 1) return undefined;
  return { qname: withoutFinalDot(question.substring(0, bar)), qtype: question.substring(bar + 1) };
}
