import ipaddr from 'ipaddr.js';

/** A record as a file of MaxMind's format holds it. */
export type MmdbValue = string | number | boolean | readonly MmdbValue[] | { readonly [key: string]: MmdbValue };

export interface MmdbContent {
  /** What the file calls itself. */
  readonly type: string;
  /** 4 for a file that has networks of IPv4 alone; else those of IPv4 stand at the beginning of IPv6. */
  readonly ipVersion?: 4 | 6;
  readonly recordSize?: 24 | 28 | 32;
  /** Records by network, none within another. */
  readonly networks: Readonly<Record<string, MmdbValue>>;
}

/** A node of the tree: what is at its 0 and at its 1, a record by its place among the data. */
type Branch = Node | number | undefined;
interface Node {
  branches: [Branch, Branch];
}

const STRING = 2;
const UINT32 = 6;
const MAP = 7;
const UINT64 = 9;
const ARRAY = 11;
const BOOLEAN = 14;
const SEPARATOR_BYTES = 16;
const METADATA_START = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** 2026-11-01. */
const BUILT_S = 1_793_491_200;

/** The bytes of an MMDB file with these networks, by the specification of the format 2.0. */
export function mmdbOf({ type, ipVersion = 6, recordSize = 28, networks }: MmdbContent): Buffer {
  const root: Node = { branches: [undefined, undefined] };
  const data: Buffer[] = [];
  let dataBytes = 0;
  for (const [network, record] of Object.entries(networks)) {
    insert(root, bitsOf(network, ipVersion), dataBytes);
    const bytes = encoded(record);
    data.push(bytes);
    dataBytes += bytes.length;
  }
  const nodes = nodesOf(root);
  const numbers = new Map(nodes.map((node, number) => [node, number]));
  const valueOf = (branch: Branch): number => {
    if (branch === undefined) return nodes.length;
    return typeof branch === 'number' ? nodes.length + SEPARATOR_BYTES + branch : (numbers.get(branch) ?? 0);
  };
  const tree = nodes.map(({ branches: [left, right] }) => packedNode(valueOf(left), valueOf(right), recordSize));
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: BUILT_S,
    database_type: type,
    description: { en: 'made for a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: recordSize,
  });
  return Buffer.concat([...tree, Buffer.alloc(SEPARATOR_BYTES), ...data, METADATA_START, metadata]);
}

/** The bits of a network's prefix. */
function bitsOf(network: string, ipVersion: 4 | 6): readonly (0 | 1)[] {
  const [address, length] = ipaddr.parseCIDR(network);
  const own = address
    .toByteArray()
    .flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((at): 0 | 1 => ((byte >> at) & 1 ? 1 : 0)));
  const isWithinIpv6 = address.kind() === 'ipv4' && ipVersion === 6;
  return [...(isWithinIpv6 ? new Array<0>(96).fill(0) : []), ...own.slice(0, length)];
}

function insert(root: Node, bits: readonly (0 | 1)[], record: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node.branches[bit];
    if (typeof next === 'number') throw new RangeError('A network lies within another.');
    const inner = next ?? { branches: [undefined, undefined] };
    node.branches[bit] = inner;
    node = inner;
  }
  node.branches[bits.at(-1) ?? 0] = record;
}

function nodesOf(root: Node): readonly Node[] {
  const nodes: Node[] = [root];
  for (let at = 0; at < nodes.length; at += 1)
    for (const branch of nodes[at]?.branches ?? []) if (typeof branch === 'object') nodes.push(branch);
  return nodes;
}

function packedNode(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordSize / 4);
  if (recordSize === 28) {
    bytes.writeUIntBE(left & 0xffffff, 0, 3);
    bytes.writeUInt8(((left >>> 24) << 4) | (right >>> 24), 3);
    bytes.writeUIntBE(right & 0xffffff, 4, 3);
  } else {
    bytes.writeUIntBE(left, 0, recordSize / 8);
    bytes.writeUIntBE(right, recordSize / 8, recordSize / 8);
  }
  return bytes;
}

function encoded(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(STRING, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'boolean') return control(BOOLEAN, value ? 1 : 0);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return value > 0xffffffff
      ? Buffer.concat([control(UINT64, 8), bytes])
      : Buffer.concat([control(UINT32, 4), bytes.subarray(4)]);
  }
  if (isList(value)) return Buffer.concat([control(ARRAY, value.length), ...value.map(encoded)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    control(MAP, entries.length),
    ...entries.flatMap(([key, inner]) => [encoded(key), encoded(inner)]),
  ]);
}

function isList(value: object): value is readonly MmdbValue[] {
  return Array.isArray(value);
}

/** Type and size; types above 7 stand in a byte of their own, sizes from 29 on as well. */
function control(type: number, size: number): Buffer {
  const short = Math.min(size, 29);
  if (size >= 29 + 256) throw new RangeError('Too long for a test.');
  const bytes = type > 7 ? [short, type - 7] : [(type << 5) | short];
  return Buffer.from(size >= 29 ? [...bytes, size - 29] : bytes);
}

/** Files of networks of the documentation as their makers lay them out. */
export const MMDB = {
  asn: mmdbOf({
    type: 'GeoLite2-ASN',
    networks: {
      '192.0.2.0/24': { autonomous_system_number: 64496, autonomous_system_organization: 'Example Hosting' },
      '127.0.2.0/24': { autonomous_system_number: 64500, autonomous_system_organization: 'Lab Access' },
      '2001:db8::/32': { autonomous_system_number: 64511, autonomous_system_organization: 'Beispiel Öffentlich' },
    },
  }),
  country: mmdbOf({
    type: 'GeoLite2-Country',
    recordSize: 24,
    networks: {
      '192.0.2.0/24': { country: { iso_code: 'NL', names: { en: 'Netherlands' } } },
      '127.0.2.0/24': { country: { iso_code: 'AT', names: { en: 'Austria' } } },
      '2001:db8::/32': { country: { iso_code: 'JP', names: { en: 'Japan' } } },
    },
  }),
  /** All of it in one file. */
  lite: mmdbOf({
    type: 'ipinfo lite.mmdb',
    recordSize: 32,
    networks: {
      '192.0.2.0/24': { asn: 'AS64496', as_name: 'Example Hosting', country: 'Netherlands', country_code: 'NL' },
      '2001:db8::/32': { asn: 'AS64511', as_name: 'Beispiel', country: 'Japan', country_code: 'JP' },
    },
  }),
} as const;
