import type { Event } from '../core/event.js';
import { isAddress, queryEvent, responseEvent } from './dns-event.js';
import type { Question } from './dns-event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const IDENTITY = literal('dnsmasq: ');
const UDP = literal('UDP ');
const TCP = literal('TCP ');
const QUERY = literal('query[');
const END_OF_TYPE = literal('] ');
const FROM = literal(' from ');
const IS = literal(' is ');
const BLANK = literal(' ');
const SLASH = literal('/');
const ZERO = 48;
const NINE = 57;

const NOBODY = { client_port: undefined, transport: undefined };

/**
 * The grammar of dnsmasq's `log-queries`, 2.40 to 2.93, through syslog or in its own file. Its answers name their client
 * with `log-queries=extra` and `=proto` only; all else is `other`.
 */
export function dnsmasq(line: Scanner, envelope: Envelope): Event | undefined {
  line.take(IDENTITY);
  const asker = extra(line);
  // A zone that it is authoritative for has its own word.
  if (line.take(QUERY) || line.take('auth[')) return query(line, envelope, asker);
  return asker === undefined ? other(envelope, 'dns') : answer(line, envelope, asker);
}

/** Who asks, as far as it stands in front of the text. */
type Asker = Pick<Question, 'client_port' | 'transport'> & { readonly client_address: string };

/**
 * `12 192.0.2.1/53123 `, or a star before an address, behind `UDP ` or `TCP ` with `log-queries=proto`; where only the
 * number stands there is no client.
 */
function extra(line: Scanner): Asker | undefined {
  const transport = line.take(UDP) ? 'udp' : line.take(TCP) ? 'tcp' : undefined;
  const next = line.peek();
  const isExtra = next >= ZERO && next <= NINE ? line.integer() !== undefined : line.take('*');
  if (!isExtra) return undefined;
  line.take(BLANK);
  const start = line.mark();
  const client_address = line.untilKnown(SLASH);
  if (!isAddress(client_address)) {
    line.back(start);
    return undefined;
  }
  const client_port = line.integer();
  line.take(BLANK);
  return { client_address, client_port, transport };
}

/** `A] example.com from 192.0.2.1`; a name may hold blanks and imitate what follows it. */
function query(line: Scanner, envelope: Envelope, asker: Asker | undefined): Event | undefined {
  const type = line.untilKnown(END_OF_TYPE);
  const start = line.mark();
  let qname = line.untilKnown(FROM);
  let client_address = line.restKnown();
  if (!isAddress(client_address)) {
    client_address = line.back(start).cutLast(FROM) ?? '';
    qname = line.rest();
    if (!isAddress(client_address)) return undefined;
  }
  if (line.lost || qname === '') return undefined;
  const { client_port, transport } = asker ?? NOBODY;
  return queryEvent(envelope, { client_address, client_port, qname, qtype: typeName(type), transport });
}

/** A type without a name is `type=65` there. */
function typeName(type: string): string {
  return type.startsWith('type=') ? `TYPE${type.substring('type='.length)}` : type;
}

const RCODES = new Map([
  ['NXDOMAIN', 'NXDOMAIN'],
  ['NODATA', 'NOERROR'],
  ['NODATA-IPv4', 'NOERROR'],
  ['NODATA-IPv6', 'NOERROR'],
  ['SERVFAIL', 'SERVFAIL'],
  ['REFUSED', 'REFUSED'],
  ['FORMERR', 'FORMERR'],
  ['not', 'NOTIMP'],
]);

/**
 * `cached example.com is NXDOMAIN`, `config error is REFUSED (EDE: not ready)`. What has data has a line for each record,
 * so that only a line that tells the answer's code is an answer.
 */
function answer(line: Scanner, envelope: Envelope, { client_address, client_port, transport }: Asker): Event {
  const data = line.cutLast(IS) ?? '';
  const [word = ''] = data.split(' ', 1);
  const rcode = RCODES.get(word);
  if (rcode === undefined) return other(envelope, 'dns');
  line.skip(BLANK);
  const name = line.rest();
  // Of a failure the name is not told, of a reverse look-up the address is.
  const qname = name === 'error' || isAddress(name) ? undefined : name;
  return responseEvent(envelope, { client_address, client_port, qname, qtype: undefined, transport }, rcode);
}
