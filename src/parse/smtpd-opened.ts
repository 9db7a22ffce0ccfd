import type { Event } from '../core/event.js';
import { clientAddress, clientName } from './client.js';
import type { Envelope } from './envelope.js';
import type { Scanner } from './scanner.js';
import { people } from './text.js';

/** `name[address]`, after `client=`, with what a log-in and a content filter add. */
export function opened(line: Scanner, envelope: Envelope, queue_id: string | undefined): Event | undefined {
  const { time, host, service, process_id } = envelope;
  const client_name = clientName(line);
  const client_address = clientAddress(line);
  // The user name is the client's own text: what follows it is found from the line's end.
  const isPlain = line.isAtEnd();
  const orig_client = isPlain ? undefined : originalAddress(line.cutLast(', orig_client='));
  const orig_queue_id = isPlain ? undefined : line.cutLast(', orig_queue_id=');
  if (!isPlain) line.cutLast(', sasl_sender=');
  const sasl_username = isPlain ? undefined : userName(line, line.cutLast(', sasl_username='));
  const sasl_method = line.take(', sasl_method=') ? line.rest() : undefined;
  if (line.lost || !line.isAtEnd()) return undefined;
  return {
    kind: 'opened',
    time,
    host,
    service,
    process_id,
    client_name,
    client_address,
    queue_id,
    sasl_method,
    sasl_username,
    orig_client,
    orig_queue_id,
  };
}

/** The address in `name[address]`, if there is one. */
function originalAddress(client: string | undefined): string | undefined {
  if (client === undefined) return undefined;
  const from = client.lastIndexOf('[') + 1;
  const to = client.indexOf(']', from);
  const address = client.substring(from, to < 0 ? client.length : to);
  return (address.startsWith('IPv6:') ? address.substring(5) : address) || undefined;
}

function userName(line: Scanner, bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : people(line, bytes);
}
