import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Reader, Response } from 'mmdb-lib';
import { SourceError, codeOf, reasonOf } from './errors.js';

/** A file of records by address (MaxMind DB), in memory. */
export interface Mmdb {
  /** What it calls itself, such as `GeoLite2-ASN`. */
  readonly type: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly digest: () => string;
  /** The record of an address; `null` where it has none. @throws SourceError where it is damaged. */
  readonly lookUp: (address: string) => unknown;
  /** The first of its records, enough of them to see what it is about. */
  readonly samples: () => Iterable<unknown>;
}

/** Before the part that says how to read the rest, at the very end of the file. */
const METADATA_START = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** Zeros between the tree and the records. */
const SEPARATOR_BYTES = 16;
/** Of these many networks at the beginning some have a record in any file. */
const NETWORKS_SAMPLED = 10_000;
/** Where the addresses in use begin: `::` has those of IPv4 in it. */
const FIRST_IPV4 = 0n;
const FIRST_IPV6 = 0x2000n << 112n;

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'Check its name.',
  EISDIR: 'It is a folder: name the file in it.',
  EACCES: 'Run mxwarden as a user who may read it.',
};
const ANEW = 'Unpack the archive that it came in, or download it again.';

/** Reads a file of records by address. @throws SourceError where it cannot be read, or is none. */
export async function readMmdb(path: string): Promise<Mmdb> {
  const bytes = await bytesOf(path);
  // Only who has such a file needs the package.
  const { Reader } = await import('mmdb-lib');
  const end = bytes.lastIndexOf(METADATA_START);
  if (end < 0) throw new SourceError(`${path} is no MMDB file, or only the beginning of one. ${ANEW}`);
  let reader: Reader<Response>;
  try {
    reader = new Reader(bytes);
  } catch (error) {
    throw damaged(path, error);
  }
  const { searchTreeSize, ipVersion, databaseType } = reader.metadata;
  if (!(searchTreeSize > 0 && searchTreeSize + SEPARATOR_BYTES <= end)) throw damaged(path, 'it is cut short');
  const find = (address: string): readonly [unknown, number] => {
    try {
      return reader.getWithPrefixLength(address);
    } catch (error) {
      throw damaged(path, error);
    }
  };
  return {
    type: databaseType,
    digest: () => createHash('sha256').update(bytes).digest('hex'),
    // In a tree of IPv4 the package would take the beginning of another address for one.
    lookUp: (address) => (ipVersion === 4 && address.includes(':') ? null : find(address)[0]),
    *samples() {
      yield* recordsFrom(find, FIRST_IPV4, 32);
      if (ipVersion !== 4) yield* recordsFrom(find, FIRST_IPV6, 128);
    },
  };
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const advice = ADVICE[codeOf(error)] ?? 'It must name a file in the MMDB format.';
    throw new SourceError(`Cannot read ${path}: ${reasonOf(error)}. ${advice}`, { cause: error });
  }
}

function damaged(path: string, error: unknown): SourceError {
  return new SourceError(`${path} is damaged: ${reasonOf(error)}. ${ANEW}`, { cause: error });
}

/** The records of one network after the other, up to a number of networks. */
function* recordsFrom(
  find: (address: string) => readonly [unknown, number],
  first: bigint,
  bits: 32 | 128,
): Iterable<unknown> {
  let next = first;
  for (let n = 0; n < NETWORKS_SAMPLED && next < 1n << BigInt(bits); n += 1) {
    const [record, length] = find(bits === 32 ? textOfIpv4(next) : textOfIpv6(next));
    if (record !== null) yield record;
    next += 1n << BigInt(bits - length);
  }
}

function textOfIpv4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 0xffn)).join('.');
}

function textOfIpv6(address: bigint): string {
  const digits = address.toString(16).padStart(32, '0');
  return (digits.match(/.{4}/g) ?? []).join(':');
}
