import type { Event, Reason } from '../core/event.js';
import { clientAddress, clientName } from './client.js';
import type { Envelope } from './envelope.js';
import { reasonOf } from './reason.js';
import { cutTail } from './reject-tail.js';
import type { Tail } from './reject-tail.js';
import { enhancedCode, replyCode } from './reply-code.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { prose } from './text.js';

const FROM = literal(' from ');
const CONTENT = literal(' content');
const COLON = literal(': ');
const SUBJECT = literal('<');
const END_OF_SUBJECT = literal('>: ');

/** What stands before the stage. */
export interface Decision {
  readonly queue_id: string | undefined;
  readonly action: string;
}

/** What was decided, about whom. */
export interface Head extends Decision {
  readonly stage: string;
  readonly client_name: string | undefined;
  readonly client_address: string;
}

export interface Verdict {
  readonly reply_code: number | undefined;
  readonly enhanced_code: string | undefined;
  readonly reason: Reason;
  readonly reason_text: string;
}

/**
 * `RCPT from name[address]: 550 5.1.1 <a@b>: text; from=<..> to=<..> proto=ESMTP helo=<..>`, after the action. Without
 * ` from name[address]` it is the reply of a filter in front of the queue.
 */
export function reject(line: Scanner, envelope: Envelope, { queue_id, action }: Decision): Event | undefined {
  const word = line.word();
  // Postscreen's `reject: connect from`.
  const stage = word === 'connect' ? 'CONNECT' : word;
  // `DATA content`: what smtpd itself calls DATA when it logs a lost connection.
  line.take(CONTENT);
  const hasClient = line.take(FROM);
  if (!hasClient && !action.startsWith('proxy-')) return undefined;
  const client_name = hasClient ? clientName(line) || undefined : undefined;
  const client_address = hasClient ? clientAddress(line) : 'unknown';
  if (line.lost || !line.take(COLON)) return undefined;
  const tail = cutTail(line);
  const verdict = readVerdict(line, stage, tail);
  return rejection(envelope, { queue_id, action, stage, client_name, client_address }, { verdict, tail });
}

/** `550 5.1.1 <a@b>: text;`. The address stands in the tail too and is left out of the text. */
function readVerdict(line: Scanner, stage: string, tail: Tail): Verdict {
  const reply_code = replyCode(line);
  const enhanced_code = enhancedCode(line);
  if (line.peek() === LESS_THAN && !takeSubject(line, tail.recipient) && !takeSubject(line, tail.sender))
    line.skip(END_OF_SUBJECT);
  const reason_text = prose(line, textBeforeTail(line.rest()));
  return { reply_code, enhanced_code, reason: reasonOf(reason_text, stage, reply_code), reason_text };
}

const LESS_THAN = 60;

/** Whether `<address>: ` follows; it is passed over by its full length, whatever the address imitates. */
function takeSubject(line: Scanner, address: string | undefined): boolean {
  const start = line.mark();
  if (address !== undefined && line.take(SUBJECT) && line.take(address) && line.take(END_OF_SUBJECT)) return true;
  line.back(start);
  return false;
}

/** A sender that imitates a tail has left some of it behind. */
function textBeforeTail(text: string): string {
  const tail = text.indexOf('; from=<');
  if (tail >= 0) return text.substring(0, tail);
  return text.endsWith(';') ? text.substring(0, text.length - 1) : text;
}

/** The event of a decision: one literal, so that all have the same shape. */
export function rejection(envelope: Envelope, head: Head, { verdict, tail }: { verdict: Verdict; tail: Tail }): Event {
  return {
    kind: 'reject',
    time: envelope.time,
    host: envelope.host,
    service: envelope.service,
    process_id: envelope.process_id,
    client_name: head.client_name,
    client_address: head.client_address,
    queue_id: head.queue_id,
    action: head.action,
    stage: head.stage,
    reply_code: verdict.reply_code,
    enhanced_code: verdict.enhanced_code,
    reason: verdict.reason,
    reason_text: verdict.reason_text,
    sender: tail.sender,
    recipient: tail.recipient,
    protocol: tail.protocol,
    helo: tail.helo,
    sasl_username: tail.sasl_username,
  };
}
