import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { people, prose } from './text.js';

const LESS_THAN = literal('<');
const END_OF_ADDRESS = literal('>, ');
const COMMA = literal(', ');
const ORIGINAL = literal('orig_to=');
const RELAY = literal('relay=');
const CONNECTION_USE = literal('conn_use=');
const DELAY = literal('delay=');
const DELAYS = literal('delays=');
const TLS = literal('tls=');
const DSN = literal('dsn=');
const STATUS = literal('status=');
const BLANK = literal(' ');
const POINT = literal('.');
const OPENING = literal('(');

/**
 * `<a@b>, orig_to=<c>, relay=mx[192.0.2.1]:25, conn_use=2, delay=1.2, delays=0/0/0.1/1.1, dsn=2.0.0, status=sent (text)`,
 * after `to=`. Some that pass logs on take the angle brackets away. Before Postfix 2.3 there are neither `delays` nor `dsn`; `tls` came with 3.11.
 */
export function delivery(line: Scanner, envelope: Envelope, queue_id: string): Event | undefined {
  const { time, host, service, process_id } = envelope;
  const kind = 'delivery';
  const end = line.take(LESS_THAN) ? END_OF_ADDRESS : COMMA;
  const recipient = people(line, line.until(end));
  if (line.take(ORIGINAL)) line.skip(end);
  const relay = line.take(RELAY) ? line.until(COMMA) : undefined;
  if (line.take(CONNECTION_USE)) line.skip(COMMA);
  const delay_ms = line.take(DELAY) ? readDelay(line) : undefined;
  if (line.take(DELAYS)) line.skip(COMMA);
  if (line.take(TLS)) line.skip(COMMA);
  const enhanced_code = line.take(DSN) ? line.until(COMMA) : undefined;
  if (!line.take(STATUS)) return undefined;
  const status = line.until(BLANK);
  if (line.lost) return undefined;
  const reason_text = readText(line);
  return {
    kind,
    time,
    host,
    service,
    process_id,
    queue_id,
    recipient,
    relay,
    delay_ms,
    enhanced_code,
    status,
    reason_text,
  };
}

/** `1.23, ` in ms. */
function readDelay(line: Scanner): number | undefined {
  const seconds = line.integer();
  const fraction = line.take(POINT) ? line.thousandths() : 0;
  if (seconds === undefined || !line.take(COMMA)) return undefined;
  return Math.min(seconds * 1000 + fraction, Number.MAX_SAFE_INTEGER);
}

const CLOSING = 41;

/** What the parentheses hold. */
function readText(line: Scanner): string {
  line.take(OPENING);
  const text = line.rest();
  const last = text.length - 1;
  return prose(line, text.charCodeAt(last) === CLOSING ? text.substring(0, last) : text);
}
