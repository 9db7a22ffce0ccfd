import { HOUR_MS, MINUTE_MS } from '../core/time.js';
import type { Ms } from '../core/event.js';
import type { Scanner } from './scanner.js';
import { twoDigits } from './wall-clock.js';

/** The abbreviations that the IANA database has in use; other zones have numbers (`+03`). */
const ABBREVIATIONS = new Set(
  (
    'ACDT ACST AEDT AEST AKDT AKST AWST BST CAT CDT CEST CET CST EAT EDT EEST EET EST HDT HKT HST IDT IST JST KST MDT ' +
    'MSK MST NZDT NZST PDT PKT PST SAST SST WAT WEST WET WIB WIT WITA'
  ).split(' '),
);
const OF_UTC = new Set(['Z', 'UTC', 'GMT']);

const LONGEST = '+01:00'.length;

/** Local time minus UTC: `Z`, `+01:00`, `+0100` or `+01`, which is passed over; `undefined` (nothing passed) if none follows. */
export function readOffset(line: Scanner): Ms | undefined {
  if (line.take('Z')) return 0;
  const [text = ''] = line.ahead(LONGEST + 1).split(' ', 1);
  const offset = offsetOf(text);
  return Number.isFinite(offset) && line.take(text) ? offset : undefined;
}

/**
 * The offset that ` UTC` or ` +01:00` after a stamp names. Other abbreviations (` CET`) are passed over too, but several
 * zones may have the same.
 */
export function readZone(line: Scanner): Ms | undefined {
  const [word = ''] = line.ahead(LONGEST + 1).split(' ', 1);
  const offset = OF_UTC.has(word) ? 0 : offsetOf(word);
  const isOffset = Number.isFinite(offset);
  if (isOffset || ABBREVIATIONS.has(word)) line.take(`${word} `);
  return isOffset ? offset : undefined;
}

function offsetOf(text: string): Ms {
  const sign = text.startsWith('+') ? 1 : text.startsWith('-') ? -1 : NaN;
  const minutes = text.length > 3 ? twoDigits(text, text.length - 2) : 0;
  return sign * (twoDigits(text, 1) * HOUR_MS + minutes * MINUTE_MS);
}
