import type { Event, Ms } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import type { Literal } from './literal.js';
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
/** In the words of syslog-ng. */
const LAST_MESSAGE_QUOTED = literal("Last message '");
const QUOTED = literal("' repeated ");
const SUPPRESSED = literal(' times, suppressed by syslog-ng on ');
const BLANK = literal(' ');

const LOWER_L = 108;
const LOWER_M = 109;
const UPPER_L = 76;

/** What a message repeats; `undefined`, perhaps with something passed over, if it is none of a syslog daemon's own. */
export function repeat(line: Scanner, envelope: Envelope): Repeat | Event | undefined {
  switch (line.peek()) {
    case LOWER_M:
      return envelope.service === 'last'
        ? repeatOfLineBefore(line, envelope, MESSAGE)
        : repeatOfMessage(line, envelope);
    case LOWER_L:
      return repeatOfLineBefore(line, envelope, LAST_MESSAGE);
    case UPPER_L:
      return suppressed(line, envelope);
    default:
      return undefined;
  }
}

/** `message repeated 3 times: [ connect from ...]`, as rsyslog writes it under the tag of the message. */
function repeatOfMessage(line: Scanner, envelope: Envelope): Repeat | undefined {
  if (!line.take(MESSAGE)) return undefined;
  const times = line.integer() ?? 0;
  if (!isBelievable(times) || !line.take(' times: [') || line.cutLast(']') !== '') return undefined;
  line.take(BLANK);
  const event = envelope.program.grammar(line, envelope);
  return event === undefined ? undefined : { kind: 'repeat', time: envelope.time, times, event, isOfLineBefore: false };
}

/**
 * `last message repeated 3 times`, under the daemon's own tag, that of the message (rsyslog before version 7) or none, so
 * that a word of the text stands there.
 */
function repeatOfLineBefore(line: Scanner, envelope: Envelope, opening: Literal): Repeat | Event | undefined {
  if (!line.take(opening)) return undefined;
  const times = line.integer() ?? 0;
  if (!(line.take(' times') || line.take(' time')) || !line.isAtEnd()) return undefined;
  return ofLineBefore(envelope, times);
}

/** `Last message 'connect from unknown' repeated 3 times, suppressed by syslog-ng on mx1`, under the tag of the message. */
function suppressed(line: Scanner, envelope: Envelope): Repeat | Event | undefined {
  if (!line.take(LAST_MESSAGE_QUOTED) || !line.skip(QUOTED)) return undefined;
  const times = line.integer() ?? 0;
  return line.take(SUPPRESSED) ? ofLineBefore(envelope, times) : undefined;
}

function ofLineBefore(envelope: Envelope, times: number): Repeat | Event {
  const event = other(envelope, envelope.program.side ?? 'mail');
  return isBelievable(times) ? { kind: 'repeat', time: envelope.time, times, event, isOfLineBefore: true } : event;
}

function isBelievable(times: number): boolean {
  return times >= 1 && times <= MOST_TIMES;
}
