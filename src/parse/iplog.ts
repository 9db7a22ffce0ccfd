import type { Event } from '../core/event.js';
import { recordEvent } from './dns-record.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const DATAGRAM = literal('UDP: dgram to ');
const CONNECTION = literal('TCP: ');
const ATTEMPT = literal(' connection attempt ');
const TO = literal('to ');
const FROM = literal('from ');
const BEFORE_FROM = literal(' from ');
const PORT = literal(':');

/**
 * The grammar of iplog: `UDP: dgram to domain from 192.0.2.1:40000 (38 data bytes)` or `TCP: domain connection attempt
 * from 192.0.2.1:40000`; with its option the server's address stands there too.
 */
export function iplog(line: Scanner, envelope: Envelope): Event {
  return query(line, envelope) ?? other(envelope, undefined);
}

function query(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(DATAGRAM)) {
    const target = line.until(BEFORE_FROM);
    const service = target.substring(target.lastIndexOf(':') + 1);
    const server = service === target ? '' : target.substring(0, target.length - service.length - 1);
    return ofClient(line, envelope, { service, server, transport: 'udp' });
  }
  if (!line.take(CONNECTION)) return undefined;
  const service = line.until(ATTEMPT);
  const server = line.take(TO) ? line.until(BEFORE_FROM) : '';
  if (server === '' && !line.take(FROM)) return undefined;
  return ofClient(line, envelope, { service, server, transport: 'tcp' });
}

interface Target {
  readonly service: string;
  readonly server: string;
  readonly transport: string;
}

function ofClient(line: Scanner, { time, host }: Envelope, { service, server, transport }: Target): Event | undefined {
  if (service !== 'domain' && service !== 'port 53') return undefined;
  // iplog knows IPv4 only.
  const client_address = line.until(PORT);
  const client_port = line.integer();
  if (line.lost) return undefined;
  return recordEvent({ time, resolver: server === '' ? host : server, client_address, client_port, transport });
}
