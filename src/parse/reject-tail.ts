import { literal } from './literal.js';
import type { Literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

const FROM = literal(' from=<');
const TO = literal(' to=<');
const PROTOCOL = literal(' proto=');

/** What Postfix knows of the session and the message when it decides. */
export interface Tail {
  readonly sender: string | undefined;
  readonly recipient: string | undefined;
  readonly protocol: string | undefined;
  readonly helo: string | undefined;
  readonly sasl_username: string | undefined;
}

/**
 * Cuts `; from=<..> to=<..> proto=ESMTP helo=<..> sasl_method=.. sasl_username=..` off the line's end, of which any part
 * may be missing; postscreen has commas between them. It goes backwards, because a client can write all of it into an
 * address. Postfix masks what could do so in a HELO name, and a user name is there only after a log-in.
 */
export function cutTail(line: Scanner): Tail {
  const session = line.cutLast(PROTOCOL);
  const recipient = cutAddress(line, TO);
  const sender = cutAddress(line, FROM);
  if (session === undefined)
    return { sender, recipient, protocol: undefined, helo: undefined, sasl_username: undefined };
  const helo = between(session, ' helo=<', '>');
  const user = unbracketed(between(session, ' sasl_username=', ' sasl_sender='));
  const protocol = upToBlank(session);
  return { sender, recipient, protocol, helo, sasl_username: user === undefined ? undefined : people(line, user) };
}

/** A quoted local part can hold the mark itself; what was cut then begins in the middle of the quotes. */
function cutAddress(line: Scanner, mark: Literal): string | undefined {
  const address = line.cutLast(mark);
  if (address === undefined || !address.includes('"') || address.startsWith('"')) return inside(line, address);
  const before = line.cutLast(mark);
  return inside(line, before === undefined ? address : before + mark.text + address);
}

/** The text before the closing `>`. */
function inside(line: Scanner, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const end = text.lastIndexOf('>');
  return people(line, end < 0 ? text : text.substring(0, end));
}

/** The text between `mark` and the next `end`, or the text's end; `undefined` without a mark. */
function between(text: string, mark: string, end: string): string | undefined {
  const found = text.indexOf(mark);
  if (found < 0) return undefined;
  const from = found + mark.length;
  const to = text.indexOf(end, from);
  return text.substring(from, to < 0 ? text.length : to);
}

/** A milter's refusals have the user in angle brackets, smtpd's own have not. */
function unbracketed(user: string | undefined): string | undefined {
  return user?.startsWith('<') === true && user.endsWith('>') ? user.substring(1, user.length - 1) : user;
}

/** `ESMTP` of `ESMTP helo=<..>` and of `ESMTP, helo=<..>`. */
function upToBlank(text: string): string {
  const blank = text.indexOf(' ');
  const end = blank < 0 ? text.length : blank;
  return text.substring(0, text.charAt(end - 1) === ',' ? end - 1 : end);
}
