import type { Event, Ms } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

/** A line that stands for several like an earlier one. */
export interface Repeat {
  readonly kind: 'repeat';
  readonly time: Ms;
  readonly times: number;
  /** Each of them. Where that is the line before, whatever it was, only time and host are right. */
  readonly event: Event;
  readonly isOfLineBefore: boolean;
}

/**
 * Repeats that a line is believed to stand for. Syslog daemons tell them after a minute or so; a forged line must not
 * cost more than a long one.
 */
const MOST_TIMES = 1000;

const MESSAGE = literal('message repeated ');
const LAST_MESSAGE = literal('last message repeated ');
const BLANK = literal(' ');

/** Programs in whose name syslog daemons write of the line before; some write no tag, so that a word of the text stands there. */
const DAEMONS: readonly string[] = ['last', 'syslogd', 'rsyslogd', 'syslog'];

/** `message repeated 3 times: [ connect from ...]`, as rsyslog writes it under the tag of the message. */
export function repeatOfMessage(line: Scanner, envelope: Envelope): Repeat | undefined {
  if (!line.take(MESSAGE)) return undefined;
  const times = line.integer() ?? 0;
  if (!isBelievable(times) || !line.take(' times: [') || line.cutLast(']') !== '') return undefined;
  line.take(BLANK);
  const event = envelope.program.grammar(line, envelope);
  return event === undefined ? undefined : { kind: 'repeat', time: envelope.time, times, event, isOfLineBefore: false };
}

/** `last message repeated 3 times`, without a tag or with the daemon's own. */
export function repeatOfLineBefore(line: Scanner, envelope: Envelope): Repeat | Event | undefined {
  if (!DAEMONS.includes(envelope.service) || !line.take(envelope.service === 'last' ? MESSAGE : LAST_MESSAGE))
    return undefined;
  const times = line.integer() ?? 0;
  if (!(line.take(' times') || line.take(' time')) || !line.isAtEnd()) return undefined;
  const event = other(envelope, 'mail');
  return isBelievable(times) ? { kind: 'repeat', time: envelope.time, times, event, isOfLineBefore: true } : event;
}

function isBelievable(times: number): boolean {
  return times >= 1 && times <= MOST_TIMES;
}
