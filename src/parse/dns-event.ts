import type { DnsEvent } from '../core/event.js';
import type { Envelope } from './envelope.js';
import { literal } from './literal.js';
import type { Scanner } from './scanner.js';
import { wholeNumber } from './text.js';

/** What a line says of a question besides its name, type and client. */
type Detail = Partial<Pick<DnsEvent, 'client_port' | 'id' | 'qclass' | 'transport' | 'view'>>;

/** A question and who asked it. */
export type Question = Pick<DnsEvent, 'client_address' | 'qname' | 'qtype'> & Detail;

/** The event of a client's question, to a program whose own file names no host. */
export function queryEvent(envelope: Envelope, question: Question): DnsEvent {
  return dnsEvent(envelope, question, 'query', undefined);
}

/** The event of its answer. */
export function responseEvent(envelope: Envelope, question: Question, rcode: string | undefined): DnsEvent {
  return dnsEvent(envelope, question, 'response', rcode);
}

/** The event of either; `host` is empty where the resolver is not named. */
export function dnsEvent(
  { time, host }: Pick<Envelope, 'time' | 'host'>,
  { client_address, client_port, id, qname, qtype, qclass, transport, view }: Question,
  direction: DnsEvent['direction'],
  rcode: string | undefined,
): DnsEvent {
  return {
    kind: 'dns',
    time,
    resolver: host === '' ? undefined : host,
    client_address,
    client_port,
    id,
    qname,
    qtype,
    qclass,
    rcode,
    transport,
    direction,
    view,
  };
}

/** The types that most queries are of, each as one and the same string. */
const TYPES = ['A', 'PTR', 'MX', 'AAAA', 'TXT'].map((name) => ({ name, opening: literal(`${name} `) }));
const BLANK = literal(' ');

/** The type up to the next blank, or the end. */
export function queryType(line: Scanner): string {
  for (const { name, opening } of TYPES) if (line.take(opening)) return name;
  return line.upTo(BLANK);
}

/** A name without its final dot; the root's is all of it. */
export function withoutFinalDot(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.substring(0, name.length - 1) : name;
}

/** Longer than any address. */
const TOO_LONG = 46;

/**
 * Whether a word is an address. What is told apart from it is a domain name or a word of English; so it is enough to look
 * at its characters.
 */
export function isAddress(word: string): boolean {
  const { length } = word;
  if (length < 2 || length > TOO_LONG) return false;
  let colons = 0;
  let dots = 0;
  for (let at = 0; at < length; at++) {
    const code = word.charCodeAt(at);
    if (code === COLON) colons++;
    else if (code === DOT) dots++;
    else if (!isHexDigit(code)) return false;
  }
  return colons >= 2 || (colons === 0 && dots === 3 && word.charCodeAt(length - 1) !== DOT);
}

const COLON = 58;
const DOT = 46;

function isHexDigit(code: number): boolean {
  const lower = code | 32;
  return (code >= 48 && code <= 57) || (lower >= 97 && lower <= 102);
}

/** An address and its port, `undefined` where none stands there. */
export interface Endpoint {
  readonly client_address: string;
  readonly client_port: number | undefined;
}

/** `192.0.2.1:53`, `[2001:db8::1]:53` or an address alone; `undefined` for any other text. */
export function endpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(':');
  const isBracketed = text.startsWith('[');
  const hasPort = isBracketed ? text.charAt(colon - 1) === ']' : colon > 0 && text.indexOf(':') === colon;
  const address = hasPort ? text.substring(0, colon) : text;
  const client_address = isBracketed ? address.substring(1, address.length - 1) : address;
  if (!isAddress(client_address)) return undefined;
  return { client_address, client_port: hasPort ? wholeNumber(text.substring(colon + 1)) : undefined };
}

const END_OF_ADDRESS = literal(':');

/** The endpoint that follows, up to the next blank or the end. */
export function nextEndpoint(line: Scanner): Endpoint | undefined {
  const start = line.mark();
  const client_address = line.untilKnown(END_OF_ADDRESS);
  const client_port = line.integer();
  const isPlain = client_port !== undefined && (line.isAtEnd() || line.take(BLANK)) && isAddress(client_address);
  return isPlain ? { client_address, client_port } : endpoint(line.back(start).upTo(BLANK));
}
