import type { Event } from '../core/event.js';
import { endpoint, queryEvent, queryType, responseEvent } from './dns-event.js';
import type { Endpoint } from './dns-event.js';
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

/** The grammar of BIND 9, through syslog or in its own file: its queries and their failures are read, the rest is `other`. */
export function bind(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(CLIENT)) return ofClient(line, envelope);
  passPrefix(line);
  if (line.take(CLIENT)) return ofClient(line, envelope);
  return line.take('CQ ') || line.take('AQ ') ? dnstap(line, envelope) : other(envelope, 'dns');
}

/** `queries: info: `, either of them, or `debug 1: `, and the time, which a channel can add although syslog has it. */
function passPrefix(line: Scanner): void {
  for (let part = 0; part < 3; part++) {
    const start = line.mark();
    if (passTime(line.back(start))) continue;
    if (line.back(start).word() === 'debug' && line.take(BLANK)) line.integer();
    if (!line.take(': ')) line.back(start);
  }
}

/** Whether `23-Nov-2026 01:57:14.864 ` or `2026-11-23T01:57:14.864Z ` follows; it is passed over. */
function passTime(line: Scanner): boolean {
  if (line.integer() === undefined || !line.take('-')) return false;
  line.word();
  if (line.take(BLANK)) line.integer();
  if (!line.take(':')) return false;
  line.integer();
  line.take(':');
  line.word();
  return line.take(BLANK);
}

/** Who asked, and through which view. */
interface Asker {
  readonly client_address: string;
  readonly client_port: number | undefined;
  readonly view: string | undefined;
  /** Where it stands before the question: in the appliances of Infoblox, whose BIND logs answers its own way. */
  readonly transport: string | undefined;
}

/** `@0x7f69022a7098 192.0.2.1#50857 (example.com): view internal: query: ...`; what stands before the text came bit by bit. */
function ofClient(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(AT)) line.skip(BLANK);
  const client_address = line.untilKnown(PORT);
  const client_port = line.integer();
  if (client_address === '') return line.take('(no-peer): ') ? other(envelope, 'dns') : undefined;
  if (line.take(KEY)) line.word();
  // Nearly all queries; a name holds no blank, BIND writes it as `\\032`.
  if (line.take(NAME) && line.skip(NAMED_QUERY))
    return query(line, envelope, { client_address, client_port, view: undefined, transport: undefined });
  const early = transportBefore(line);
  if (early === undefined && !line.skip(': ')) return undefined;
  const view = line.take('view ') ? line.until(': ') : undefined;
  const asker = { client_address, client_port, view, transport: early ?? transportBefore(line) };
  if (line.take('query: ')) return query(line, envelope, asker);
  if (line.take("query (cache) '") || line.take("query '")) return denied(line, envelope, asker);
  if (line.take('query failed (')) return failed(line, envelope, asker);
  if (line.take('response: ')) return answered(line, envelope, asker);
  return line.lost ? undefined : other(envelope, 'dns');
}

/** `UDP: `, with or without a blank before it. */
function transportBefore(line: Scanner): string | undefined {
  if (line.take(' UDP: ') || line.take('UDP: ')) return 'udp';
  return line.take(' TCP: ') || line.take('TCP: ') ? 'tcp' : undefined;
}

/**
 * `example.com IN A +E(0)K (198.51.100.1) [ECS 192.0.2.0/24/0]`; the oldest logs end with the type. Infoblox's answers go
 * on with `response: NOERROR +` instead.
 */
function query(line: Scanner, envelope: Envelope, asker: Asker): Event | undefined {
  const { client_address, client_port, view } = asker;
  const qname = line.untilKnown(BLANK);
  const qclass = line.take(INTERNET) ? 'IN' : line.until(BLANK);
  const qtype = queryType(line);
  if (line.lost || qtype === '') return undefined;
  const flags = line.upTo(BLANK);
  const transport = asker.transport ?? transportOf(flags);
  const question = { client_address, client_port, qname, qtype, qclass, transport, view };
  return flags === 'response:' ? responseEvent(envelope, question, line.upTo(BLANK)) : queryEvent(envelope, question);
}

/** `example.com/A/IN' denied`: the answer to a query that may stand in the log too. When debugging also `approved`. */
function denied(line: Scanner, envelope: Envelope, { client_address, client_port, view }: Asker): Event | undefined {
  if (line.has("' approved")) return other(envelope, 'dns');
  const question = splitQuestion(line.until("' denied"));
  if (question === undefined) return undefined;
  // Here the class is last.
  const { qname, qtype: qclass, qclass: qtype } = question;
  return responseEvent(envelope, { client_address, client_port, qname, qtype, qclass, view }, 'REFUSED');
}

interface AskedFor {
  readonly qname: string;
  readonly qclass: string;
  readonly qtype: string;
}

const NO_QUESTION = { qname: undefined, qclass: undefined, qtype: undefined };

/** `example.com/IN/A`, of which the name may hold a slash; `undefined` for anything else. */
function splitQuestion(question: string): AskedFor | undefined {
  const typeAt = question.lastIndexOf('/');
  const classAt = question.lastIndexOf('/', typeAt - 1);
  if (typeAt < 0 || classAt < 1) return undefined;
  const qname = question.substring(0, classAt);
  return { qname, qclass: question.substring(classAt + 1, typeAt), qtype: question.substring(typeAt + 1) };
}

/** Results that are codes of an answer as well; all others become SERVFAIL. */
const RCODES: ReadonlySet<string> = new Set(['FORMERR', 'NXDOMAIN', 'NOTIMP', 'NOTAUTH', 'BADVERS']);

/** `SERVFAIL) for example.com/IN/A at query.c:7094`. Refusals have a line `denied` of their own. */
function failed(line: Scanner, envelope: Envelope, { client_address, client_port, view }: Asker): Event | undefined {
  const result = line.until(')');
  if (line.lost) return undefined;
  if (result === 'REFUSED') return other(envelope, 'dns');
  const rcode = RCODES.has(result) ? result : 'SERVFAIL';
  // What could not be read has no question.
  const question = line.take(' for ') ? line.until(' at ') : '';
  const { qname, qclass, qtype } = splitQuestion(question) ?? NO_QUESTION;
  return responseEvent(envelope, { client_address, client_port, qname, qtype, qclass, view }, rcode);
}

/** `example.com IN A NOERROR 1 0 1 +E(0)K (198.51.100.1)`, since 9.20.3. Refusals have a line `denied` of their own. */
function answered(line: Scanner, envelope: Envelope, { client_address, client_port, view }: Asker): Event | undefined {
  const qname = line.untilKnown(BLANK);
  const qclass = line.until(BLANK);
  const qtype = queryType(line);
  const rcode = line.untilKnown(BLANK);
  for (let section = 0; section < 3; section++) line.until(BLANK);
  if (line.lost || qtype === '') return undefined;
  if (rcode === 'REFUSED') return other(envelope, 'dns');
  const transport = transportOf(line.upTo(BLANK));
  return responseEvent(envelope, { client_address, client_port, qname, qtype, qclass, transport, view }, rcode);
}

/** What `dnstap-read` prints of a client's query: `192.0.2.1:50857 -> 198.51.100.1:53 UDP 40b example.com/IN/A`. */
function dnstap(line: Scanner, envelope: Envelope): Event | undefined {
  const from = tapped(line.until(' -> '));
  line.until(BLANK);
  const transport = line.until(BLANK).toLowerCase();
  line.until(BLANK);
  const question = splitQuestion(line.rest());
  if (line.lost || from === undefined || question === undefined) return undefined;
  const { client_address, client_port } = from;
  const { qname, qclass, qtype } = question;
  return queryEvent(envelope, { client_address, client_port, qname, qtype, qclass, transport });
}

/** It writes `2001:db8::1:53` without brackets. */
function tapped(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(':');
  return endpoint(text.indexOf(':') === colon ? text : `[${text.substring(0, colon)}]${text.substring(colon)}`);
}

/** `+` or `-E(0)T`: the T tells that the query came by TCP. The oldest logs have no flags. */
function transportOf(flags: string): string | undefined {
  if (flags.length === 1) return 'udp';
  return flags === '' ? undefined : flags.includes('T') ? 'tcp' : 'udp';
}
