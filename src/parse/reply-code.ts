import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const BLANK = literal(' ');
const POINT = literal('.');

/** The SMTP reply code before a blank or hyphen, `undefined` (nothing passed) if there is none. */
export function replyCode(line: Scanner): number | undefined {
  const start = line.mark();
  const code = line.integer();
  if (code !== undefined && code >= 200 && code < 600 && (line.take(BLANK) || line.take('-'))) return code;
  line.back(start);
  return undefined;
}

/** The enhanced status code (`5.1.1`) before a blank, `undefined` (nothing passed) if there is none. */
export function enhancedCode(line: Scanner): string | undefined {
  const start = line.mark();
  const kind = line.integer();
  if ((kind === 2 || kind === 4 || kind === 5) && takePart(line) && takePart(line)) {
    const code = line.since(start);
    if (line.take(BLANK)) return code;
  }
  line.back(start);
  return undefined;
}

/** A point and a number of at most three digits. */
function takePart(line: Scanner): boolean {
  const number = line.take(POINT) ? line.integer() : undefined;
  return number !== undefined && number < 1000;
}
