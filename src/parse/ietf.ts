import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const BLANK = literal(' ');
const BYTE_ORDER_MARK = literal('\u00ef\u00bb\u00bf');
const VERSION = literal('1 ');

const QUOTE = 34;
const BACKSLASH = 92;
const LESS_THAN = 60;

/** Passes over `<22>`, syslog's priority, which some receivers keep; tells whether RFC 5424's version follows. */
export function passPriority(line: Scanner): boolean {
  line.take('<');
  line.integer();
  line.take('>');
  return line.take(VERSION);
}

/** Passes over what may stand before a line: a byte order mark, or its length (RFC 6587); tells whether anything did. */
export function passFrame(line: Scanner): boolean {
  if (line.take(BYTE_ORDER_MARK)) return true;
  return line.integer() !== undefined && line.take(BLANK) && line.peek() === LESS_THAN;
}

/** Passes over RFC 5424's MSGID and STRUCTURED-DATA, `- -` as a rule, up to the message. */
export function passToMessage(line: Scanner): void {
  line.skip(BLANK);
  if (!line.take('-')) while (line.take('[')) passElement(line);
  line.take(BLANK);
  line.take(BYTE_ORDER_MARK);
  // RFC 3164's messages begin with a blank, which stays where one is written in the new form.
  line.take(BLANK);
}

/** `id name="value"]`, in which `\"`, `\\` and `\]` stand for themselves. */
function passElement(line: Scanner): void {
  while (!line.isAtEnd() && !line.take(']')) if (line.next() === QUOTE) passValue(line);
}

function passValue(line: Scanner): void {
  for (let code = line.next(); code !== QUOTE && !line.isAtEnd(); code = line.next())
    if (code === BACKSLASH) line.next();
}
