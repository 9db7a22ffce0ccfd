import type { Event } from '../core/event.js';
import { createBlock } from './block.js';
import type { Envelope } from './envelope.js';
import { reasonOf } from './reason.js';
import { rejection } from './reject.js';
import type { Decision, Verdict } from './reject.js';
import { enhancedCode } from './reply-code.js';
import { Scanner } from './scanner.js';
import { people } from './text.js';

/** For texts that were cut off a line: a scanner of its own for each would cost more than the line. */
const reader = new Scanner();

const STAGES: readonly string[] = ['header', 'body', 'content', 'mime-error'];

/**
 * `header Subject: x from name[address]; from=<..> to=<..> proto=ESMTP helo=<..>: text`, after the action: what cleanup
 * found in a message. What it found is the sender's own text, so the line is read from its end.
 */
export function contentCheck(line: Scanner, envelope: Envelope, { queue_id, action }: Decision): Event | undefined {
  const stage = line.word();
  if (!STAGES.includes(stage) || !line.take(' ')) return undefined;
  const helo = line.cutLast(' helo=<');
  const protocol = line.cutLast(' proto=');
  const recipient = line.cutLast(' to=<');
  const sender = line.cutLast(' from=<');
  const origin = line.cutLast(' from ');
  if (origin === undefined) return undefined;
  // Mail that a user of the host gave in has no HELO name: its tail ends with an address.
  const text = textAfter(helo ?? recipient ?? sender ?? '');
  const verdict = text === '' ? found(people(line, line.rest())) : verdictOf(text, stage);
  const tail = {
    sender: closed(line, sender),
    recipient: closed(line, recipient),
    protocol,
    helo: closed(line, helo),
    sasl_username: undefined,
  };
  const [client_name, client_address] = clientOf(origin);
  if (client_address === '') return undefined;
  return rejection(envelope, { queue_id, action, stage, client_name, client_address }, { verdict, tail });
}

/** What stands before the closing `>`. */
function closed(line: Scanner, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const end = text.indexOf('>');
  return people(line, end < 0 ? text : text.substring(0, end));
}

/** The administrator's text after `>: `, empty if there is none. */
function textAfter(text: string): string {
  const end = text.indexOf('>');
  return end >= 0 && text.startsWith(': ', end + 1) ? text.substring(end + 3) : '';
}

/** Of `name[address];` both; of `local;`, mail that a user of the host gave in, the word itself and no address. */
function clientOf(origin: string): readonly [string, string] {
  const bracket = origin.indexOf('[');
  if (bracket < 0) return [origin.endsWith(';') ? origin.substring(0, origin.length - 1) : origin, 'unknown'];
  const end = origin.indexOf(']', bracket);
  const address = origin.substring(bracket + 1, end < 0 ? origin.length : end);
  return [origin.substring(0, bracket), address.startsWith('IPv6:') ? address.substring(5) : address];
}

/** The administrator's text may begin with an enhanced code. */
function verdictOf(text: string, stage: string): Verdict {
  const bytes = Buffer.from(text, 'latin1');
  reader.begin(createBlock(bytes), 0, bytes.length);
  const enhanced_code = enhancedCode(reader);
  const reason_text = people(reader, reader.rest());
  return { reply_code: undefined, enhanced_code, reason: reasonOf(reason_text, stage), reason_text };
}

/** What was found stands in for a text that the administrator did not give; the sender wrote it, so it tells no reason. */
function found(reason_text: string): Verdict {
  return { reply_code: undefined, enhanced_code: undefined, reason: 'content', reason_text };
}
