import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const CLIENT = literal('client ');
const AT = literal('@');
const BLANK = literal(' ');
const PORT = literal('#');
const KEY = literal('/key ');
const NAME = literal(' (');
const NAMED_QUERY = literal('): query: ');
const INTERNET = literal('IN ');

/** The grammar of BIND 9, through syslog or in its own file: its query log is read, the rest is `other`. */
export function bind(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(CLIENT)) return ofClient(line, envelope);
  passCategory(line);
  return line.take(CLIENT) ? ofClient(line, envelope) : other(envelope, 'dns');
}

/** `queries: info: `, either of them, or `debug 1: `. */
function passCategory(line: Scanner): void {
  for (let part = 0; part < 2; part++) {
    const start = line.mark();
    if (line.word() === 'debug' && line.take(BLANK)) line.integer();
    if (!line.take(': ')) line.back(start);
  }
}

/** Who asked, and through which view. */
interface Asker {
  readonly client_address: string;
  readonly client_port: number | undefined;
  readonly view: string | undefined;
}

/** `@0x7f69022a7098 192.0.2.1#50857 (example.com): view internal: query: ...`; what stands before the text came bit by bit. */
function ofClient(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(AT)) line.skip(BLANK);
  const client_address = line.untilKnown(PORT);
  if (client_address === '') return undefined;
  const client_port = line.integer();
  if (line.take(KEY)) line.word();
  // Nearly all queries; a name holds no blank, BIND writes it as `\\032`.
  if (line.take(NAME) && line.skip(NAMED_QUERY))
    return query(line, envelope, { client_address, client_port, view: undefined });
  if (!line.skip(': ') || line.lost) return undefined;
  const view = line.take('view ') ? line.until(': ') : undefined;
  const asker = { client_address, client_port, view };
  if (line.take('query: ')) return query(line, envelope, asker);
  if (line.take("query (cache) '") || line.take("query '")) return denied(line, envelope, asker);
  return other(envelope, 'dns');
}

/** `example.com IN A +E(0)K (198.51.100.1) [ECS 192.0.2.0/24/0]`; the oldest logs end with the type. */
function query(
  line: Scanner,
  { time, host }: Envelope,
  { client_address, client_port, view }: Asker,
): Event | undefined {
  const qname = line.untilKnown(BLANK);
  const qclass = line.take(INTERNET) ? 'IN' : line.until(BLANK);
  const qtype = queryType(line);
  if (line.lost || qtype === '') return undefined;
  const flags = line.upTo(BLANK);
  return {
    kind: 'dns',
    time,
    resolver: host === '' ? undefined : host,
    client_address,
    client_port,
    id: undefined,
    qname,
    qtype,
    qclass,
    rcode: undefined,
    transport: transportOf(flags),
    direction: 'query',
    view,
  };
}

/** The types that most queries are of, each as one and the same string. */
const TYPES = ['A', 'PTR', 'MX', 'AAAA', 'TXT'].map((name) => ({ name, opening: literal(`${name} `) }));

function queryType(line: Scanner): string {
  for (const { name, opening } of TYPES) if (line.take(opening)) return name;
  return line.upTo(BLANK);
}

/** `example.com/A/IN' denied`: the answer to a query that may stand in the log too. */
function denied(
  line: Scanner,
  { time, host }: Envelope,
  { client_address, client_port, view }: Asker,
): Event | undefined {
  const question = line.until("' denied");
  const classAt = question.lastIndexOf('/');
  const typeAt = question.lastIndexOf('/', classAt - 1);
  if (line.lost || typeAt < 1) return undefined;
  return {
    kind: 'dns',
    time,
    resolver: host === '' ? undefined : host,
    client_address,
    client_port,
    id: undefined,
    qname: question.substring(0, typeAt),
    qtype: question.substring(typeAt + 1, classAt),
    qclass: question.substring(classAt + 1),
    rcode: 'REFUSED',
    transport: undefined,
    direction: 'response',
    view,
  };
}

/** `+` or `-E(0)T`: the T tells that the query came by TCP. The oldest logs have no flags. */
function transportOf(flags: string): string | undefined {
  if (flags.length === 1) return 'udp';
  return flags === '' ? undefined : flags.includes('T') ? 'tcp' : 'udp';
}
