import type { Event } from '../core/event.js';
import { clientAddress, clientName } from './client.js';
import type { Envelope } from './envelope.js';
import { firstOf } from './grammar.js';
import type { Scanner } from './scanner.js';
import { protocolError } from './smtpd-abort.js';
import { prose } from './text.js';

/** Warnings about commands that are none, are broken or too long. */
export function brokenCommand(line: Scanner, envelope: Envelope): Event | undefined {
  return firstOf(BROKEN, line, envelope);
}

const BROKEN = [foreignCommand, illegalAddress, brokenBdat, tooLong];

/** `non-SMTP command from name[address]: GET / HTTP/1.1`. */
function foreignCommand(line: Scanner, envelope: Envelope): Event | undefined {
  if (!line.take('non-SMTP command from ')) return undefined;
  return protocolError(line, envelope, { stage: undefined, reason: 'protocol' });
}

/** `Illegal address syntax from name[address] in MAIL command: <text>`. */
function illegalAddress(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  if (!line.take('Illegal address syntax from ')) return undefined;
  const kind = 'protocol_error';
  const reason = 'protocol';
  const client_name = clientName(line);
  const client_address = clientAddress(line);
  line.take(' in ');
  const stage = line.until(' command: ');
  if (line.lost) return undefined;
  const reason_text = prose(line, line.rest());
  return { kind, time, host, service, process_id, client_name, client_address, stage, reason, reason_text };
}

/** `QID: null BDAT request from name[address]` and the like. */
function brokenBdat(line: Scanner, envelope: Envelope): Event | undefined {
  line.word();
  if (!line.take(': ')) return undefined;
  if (line.take('malformed BDAT command syntax from ') || line.take('null BDAT request from ')) {
    return protocolError(line, envelope, { stage: 'BDAT', reason: 'protocol' });
  }
  if (line.take('too much BDAT content -- disabling further input from ') || line.take('BDAT request from ')) {
    return protocolError(line, envelope, { stage: 'BDAT', reason: 'size' });
  }
  return undefined;
}

/** `name[address]: request longer than 2048: text...`. */
function tooLong(line: Scanner, envelope: Envelope): Event | undefined {
  const start = line.mark();
  clientName(line);
  clientAddress(line);
  if (line.lost || !line.take(': request longer than ')) return undefined;
  line.back(start);
  return protocolError(line, envelope, { stage: undefined, reason: 'protocol' });
}
