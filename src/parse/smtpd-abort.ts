import type { Event } from '../core/event.js';
import { clientAddress, clientName } from './client.js';
import type { Envelope } from './envelope.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { prose } from './text.js';

const LOST = literal('lost connection after ');
const FROM = literal('from ');
const BLANK = literal(' ');
const PARENTHESIS = literal('(');

/** `lost connection after DATA (1234 bytes) from name[address]` and its sisters; Postfix 3.11 puts a queue id in front. */
export function abort(line: Scanner, envelope: Envelope): Event | undefined {
  const kind = abortKind(line);
  if (kind === undefined) return undefined;
  const { time, host, service, process_id } = envelope;
  const stage = line.until(BLANK);
  if (line.take(PARENTHESIS)) line.skip(') ');
  if (!line.take(FROM)) return undefined;
  const client_name = clientName(line);
  const client_address = clientAddress(line);
  if (line.lost) return undefined;
  return { kind, time, host, service, process_id, client_name, client_address, stage };
}

function abortKind(line: Scanner): 'lost_connection' | 'timeout' | 'too_many_errors' | undefined {
  if (line.take(LOST)) return 'lost_connection';
  if (line.take('timeout after ')) return 'timeout';
  return line.take('too many errors after ') ? 'too_many_errors' : undefined;
}

/** `improper command pipelining after DATA from name[address]: text`; the text came later than the rest. */
export function misbehaviour(line: Scanner, envelope: Envelope): Event | undefined {
  const isPipelining = line.take('improper command pipelining after ');
  if (!isPipelining && !line.take('bare <LF> received after ')) return undefined;
  const stage = line.until(' from ');
  return protocolError(line, envelope, { stage, reason: isPipelining ? 'pipelining' : 'protocol' });
}

/** `SSL_accept error from name[address]: lost connection`. */
export function tlsError(line: Scanner, envelope: Envelope): Event | undefined {
  if (!line.take('SSL_accept error from ')) return undefined;
  return protocolError(line, envelope, { stage: 'STARTTLS', reason: 'protocol' });
}

/** `TLS from name[address]: No client certificate presented`, after `abort: `. */
export function tlsRefusal(line: Scanner, envelope: Envelope): Event | undefined {
  if (!line.take('TLS from ')) return undefined;
  return protocolError(line, envelope, { stage: 'STARTTLS', reason: 'tls_required' });
}

interface ProtocolError {
  readonly stage: string | undefined;
  readonly reason: 'pipelining' | 'protocol' | 'tls_required' | 'size';
}

/** The event of `name[address]` with or without `: text`. */
export function protocolError(line: Scanner, envelope: Envelope, { stage, reason }: ProtocolError): Event | undefined {
  const { time, host, service, process_id } = envelope;
  const kind = 'protocol_error';
  const client_name = clientName(line);
  const client_address = clientAddress(line);
  if (line.lost) return undefined;
  line.take(':');
  line.take(BLANK);
  const reason_text = prose(line, line.rest());
  return { kind, time, host, service, process_id, client_name, client_address, stage, reason, reason_text };
}
