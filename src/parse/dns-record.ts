import type { DnsEvent, Ms } from '../core/event.js';
import { dnsEvent, withoutFinalDot } from './dns-event.js';

/** What a record says of a query or a response; a field is empty or a hyphen where the record does not say. */
export interface DnsRecord {
  readonly time: Ms;
  /** The server that was asked: its address where a tap saw it, its name where it wrote the record itself. */
  readonly resolver: string;
  readonly client_address: string;
  readonly client_port: number | undefined;
  readonly id?: number | undefined;
  readonly qname?: string;
  readonly qtype?: string;
  readonly qclass?: string;
  readonly rcode?: string;
  readonly transport: string;
  readonly direction?: DnsEvent['direction'];
}

/** The event of a record, `undefined` if it does not say who asked. A query with its response in one record is a query. */
export function recordEvent(record: DnsRecord): DnsEvent | undefined {
  const { time, client_address, client_port, id, qname = '', qtype = '', qclass = '', rcode = '' } = record;
  if (stated(client_address) === undefined) return undefined;
  const question = {
    client_address,
    client_port,
    id,
    qname: stated(withoutFinalDot(qname)),
    // Zeek's name of the type ANY.
    qtype: qtype === '*' ? 'ANY' : stated(qtype),
    qclass: stated(CLASSES.get(qclass) ?? qclass),
    transport: stated(record.transport)?.toLowerCase(),
  };
  const at = { time, host: stated(record.resolver) ?? '' };
  return dnsEvent(at, question, record.direction ?? 'query', stated(rcode));
}

/** Whether an address is no server's: names are also asked of everybody around, by multicast DNS and its like. */
export function isMulticast(address: string): boolean {
  return address.startsWith('224.0.0.') || address.startsWith('ff02:');
}

/** Zeek's names. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['C_INTERNET', 'IN'],
  ['C_CHAOS', 'CH'],
  ['C_HESIOD', 'HS'],
  ['C_NONE', 'NONE'],
  ['C_ANY', 'ANY'],
]);

function stated(text: string): string | undefined {
  return text === '' || text === '-' ? undefined : text;
}
