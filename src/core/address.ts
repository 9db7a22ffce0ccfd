import ipaddr from 'ipaddr.js';

const BEHIND_GATEWAY = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * The key under which a client is counted: an IPv4 address as it is, also out of `::ffff:`; of an IPv6 address its /64,
 * since one machine there uses many, but for those of `64:ff9b::/96`, which are all of IPv4 as a gateway shows it (NAT64);
 * any other text (`unknown`, a masked address) as it is.
 */
export function clientKey(address: string): string {
  const parsed = address.includes(':') ? ipv6Of(address) : undefined;
  if (parsed === undefined) return address;
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  if (parsed.match(BEHIND_GATEWAY)) return parsed.toString();
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

/** To ask whether a text is an address would take as long as to read it. */
function ipv6Of(text: string): ipaddr.IPv6 | undefined {
  try {
    return ipaddr.IPv6.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The address to look a client up by: of a /64 its first one, of NAT64 the IPv4 address behind it; `undefined` for a key
 * that is no address.
 */
export function lookUpAddress(client: string): string | undefined {
  const slash = client.indexOf('/');
  const address = slash < 0 ? client : client.slice(0, slash);
  if (!isAddress(address)) return undefined;
  const parsed = ipaddr.process(address);
  const isBehindGateway = parsed instanceof ipaddr.IPv6 && parsed.match(BEHIND_GATEWAY);
  return isBehindGateway ? new ipaddr.IPv4(parsed.toByteArray().slice(12)).toString() : parsed.toString();
}

/** The one way to write an address: IPv4 out of `::ffff:`, IPv6 in its short form; any other text as it is. */
export function canonicalAddress(address: string): string {
  return address.includes(':') && ipaddr.IPv6.isValid(address) ? ipaddr.process(address).toString() : address;
}

/** Whether a text is an address: four decimal parts, or IPv6 without a zone. */
export function isAddress(text: string): boolean {
  if (text.includes(':')) return ipaddr.IPv6.isValid(text) && !text.includes('%');
  let from = 0;
  for (let part = 0; part < 4; part += 1) {
    const dot = part < 3 ? text.indexOf('.', from) : text.length;
    if (!isOctet(text, from, dot)) return false;
    from = dot + 1;
  }
  return true;
}

export function isLoopback(address: string): boolean {
  return isAddress(address) && ipaddr.process(address).range() === 'loopback';
}

/** Whether a text is an address or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  const slash = text.indexOf('/');
  // The package would take `10/8` for 0.0.0.10/8.
  return isAddress(slash < 0 ? text : text.slice(0, slash)) && (slash < 0 || ipaddr.isValidCIDR(text));
}

/**
 * A test for membership of a client in any of the networks: of an address as it is; of a key as near as it can be told, so
 * that an IPv6 network longer than the key's /64 holds the whole of it. @throws Error for text that is no network.
 */
export function createNetworkTest(networks: readonly string[]): (client: string) => boolean {
  const ranges = networks.map((network) => ipaddr.parseCIDR(network.includes('/') ? network : hostNetwork(network)));
  return (client) => {
    const slash = client.indexOf('/');
    const address = slash < 0 ? client : client.slice(0, slash);
    if (ranges.length === 0 || !isAddress(address)) return false;
    const parsed = ipaddr.process(address);
    const longest = slash < 0 ? 128 : Number(client.slice(slash + 1));
    return ranges.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, Math.min(bits, longest)));
  };
}

function hostNetwork(address: string): string {
  const parsed = ipaddr.process(address);
  return `${parsed.toString()}/${String(parsed.kind() === 'ipv4' ? 32 : 128)}`;
}

const ZERO = 48;
const NINE = 57;

/**
 * The client that a query name is about: of `4.3.2.1.in-addr.arpa` and of a DNS block list's `4.3.2.1.list.example` it is
 * `1.2.3.4`; of the 32 nibbles under `ip6.arpa` or a list the /64. `undefined` for any other name.
 */
export function clientOfName(name: string): string | undefined {
  const first = name.charCodeAt(0);
  if (name.charCodeAt(1) === 46 && name.length > 64) {
    const nibbles = clientOfNibbles(name);
    if (nibbles !== undefined) return nibbles;
  }
  if (first < ZERO || first > NINE) return undefined;
  let reversed = '';
  let from = 0;
  for (let label = 0; label < 4; label += 1) {
    const dot = name.indexOf('.', from);
    if (!isOctet(name, from, dot)) return undefined;
    const octet = name.substring(from, dot);
    reversed = label === 0 ? octet : `${octet}.${reversed}`;
    from = dot + 1;
  }
  // What is left must be a zone: in-addr.arpa or a list's, of two labels at least. Of ip6.arpa it is a part of an address.
  const isZone = name.indexOf('.', from) > from && !/\.ip6\.arpa$/i.test(name);
  return isZone ? reversed : undefined;
}

function isOctet(name: string, from: number, to: number): boolean {
  if (to <= from || to > from + 3) return false;
  if (name.charCodeAt(from) === ZERO && to > from + 1) return false;
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const digit = name.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  return value <= 255;
}

function clientOfNibbles(name: string): string | undefined {
  let address = '';
  for (let i = 62; i >= 0; i -= 2) {
    const nibble = name.charAt(i);
    if (!'0123456789abcdefABCDEF'.includes(nibble) || name.charCodeAt(i + 1) !== 46) return undefined;
    address += nibble;
    if (i % 8 === 0 && i > 0) address += ':';
  }
  return clientKey(address);
}
