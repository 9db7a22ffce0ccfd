import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

/**
 * `a@b>, orig_to=<c>, relay=mx[192.0.2.1]:25, conn_use=2, delay=1.2, delays=0/0/0.1/1.1, dsn=2.0.0, status=sent (text)`,
 * after `to=<`. Before Postfix 2.3 there are neither `delays` nor `dsn`; `tls` came with 3.11.
 */
export function delivery(line: Scanner, envelope: Envelope, queue_id: string): Event | undefined {
  const { time, host, service, process_id } = envelope;
  const kind = 'delivery';
  const recipient = people(line, line.until('>, '));
  if (line.take('orig_to=<')) line.skip('>, ');
  const relay = line.take('relay=') ? line.until(', ') : undefined;
  if (line.take('conn_use=')) line.skip(', ');
  const delay_ms = line.take('delay=') ? readDelay(line) : undefined;
  if (line.take('delays=')) line.skip(', ');
  if (line.take('tls=')) line.skip(', ');
  const enhanced_code = line.take('dsn=') ? line.until(', ') : undefined;
  if (!line.take('status=')) return undefined;
  const status = line.until(' ');
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
  const fraction = line.take('.') ? line.thousandths() : 0;
  return seconds !== undefined && line.take(', ') ? seconds * 1000 + fraction : undefined;
}

const CLOSING = 41;

/** What the parentheses hold. */
function readText(line: Scanner): string {
  line.take('(');
  const text = line.rest();
  const last = text.length - 1;
  return people(line, text.charCodeAt(last) === CLOSING ? text.substring(0, last) : text);
}
