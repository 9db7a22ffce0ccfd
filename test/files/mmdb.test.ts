import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SourceError } from '../../src/files/errors.js';
import { readMmdb } from '../../src/files/mmdb.js';
import type { Mmdb } from '../../src/files/mmdb.js';
import { inFolder } from '../support/analysis.js';
import { MMDB, mmdbOf } from '../support/mmdb.js';

/** What a file of these bytes is read as. */
async function read(bytes: Buffer): Promise<Mmdb> {
  return inFolder(async (folder) => {
    const path = join(folder, 'a.mmdb');
    writeFileSync(path, bytes);
    return readMmdb(path);
  });
}

const failureOf = async (bytes: Buffer): Promise<unknown> =>
  read(bytes).then(
    () => undefined,
    (error: unknown) => error,
  );

test.each([4, 6] as const)('a file with a tree of IPv%i has the records of its networks', async (ipVersion) => {
  for (const recordSize of [24, 28, 32] as const) {
    const networks = { '192.0.2.0/25': { a: 1 }, '198.51.100.7/32': { a: 'x'.repeat(100), b: [true, false, {}] } };
    const { lookUp, type } = await read(mmdbOf({ type: 'A', ipVersion, recordSize, networks }));

    expect(type).toBe('A');
    expect(lookUp('192.0.2.0')).toEqual({ a: 1 });
    expect(lookUp('192.0.2.127')).toEqual({ a: 1 });
    expect(lookUp('192.0.2.128')).toBeNull();
    expect(lookUp('198.51.100.7')).toEqual({ a: 'x'.repeat(100), b: [true, false, {}] });
    expect(lookUp('198.51.100.6')).toBeNull();
    // c000:200 begins as 192.0.2.0 does.
    expect(lookUp('c000:200::')).toBeNull();
  }
});

test('a file with a tree of IPv6 has those of both', async () => {
  const { lookUp } = await read(MMDB.asn);

  expect(lookUp('192.0.2.255')).toMatchObject({ autonomous_system_number: 64496 });
  expect(lookUp('2001:db8:ffff::')).toMatchObject({ autonomous_system_organization: 'Beispiel Öffentlich' });
  expect(lookUp('2001:db9::')).toBeNull();
});

test('samples are the records of the first networks of IPv4, then of IPv6', async () => {
  const networks = { '2001:db8::/32': 3, '192.0.2.0/24': 2, '0.0.0.0/8': 1, 'fe00::/8': 4, '1000::/8': 0 };
  const { samples } = await read(mmdbOf({ type: 'A', networks }));

  expect([...samples()]).toEqual([1, 2, 3, 4]);
});

test('samples of a file without IPv4 are those of IPv6, of an empty one none', async () => {
  const ofIpv6 = await read(mmdbOf({ type: 'A', networks: { '2001:db8::/32': 3 } }));
  const empty = await read(mmdbOf({ type: 'A', networks: {} }));

  expect([...ofIpv6.samples()]).toEqual([3]);
  expect([...empty.samples()]).toEqual([]);
});

test('the digest is that of the bytes', async () => {
  const { digest } = await read(MMDB.asn);

  expect(digest()).toBe(createHash('sha256').update(MMDB.asn).digest('hex'));
});

describe('a file that cannot be used is told, and what to do', () => {
  test.each([
    ['nothing', Buffer.alloc(0), /is no MMDB file.*Unpack the archive/],
    ['text', Buffer.from('<html>Not found</html>'), /is no MMDB file/],
    ['the beginning of one', MMDB.asn.subarray(0, 600), /only the beginning of one/],
    ['the end of one', MMDB.asn.subarray(300), /is damaged: it is cut short\. Unpack/],
    ['one without all of its metadata', MMDB.asn.subarray(0, -30), /is damaged/],
    ['one with another size of records', Buffer.concat([MMDB.asn.subarray(0, -1), Buffer.from([20])]), /is damaged/],
  ])('%s', async (_, bytes, message) => {
    const error = await failureOf(bytes);

    expect(error).toBeInstanceOf(SourceError);
    expect(String(error)).toMatch(message);
  });

  test('one that is not there', async () => {
    await expect(readMmdb('/nowhere/a.mmdb')).rejects.toThrow(
      /Cannot read \/nowhere\/a\.mmdb: .*ENOENT.*Check its name/,
    );
  });

  test('a folder', async () => {
    await expect(inFolder(readMmdb)).rejects.toThrow(/It is a folder/);
  });

  test('one whose records are damaged, once one is looked up', async () => {
    const bytes = Buffer.from(mmdbOf({ type: 'A', networks: { '192.0.2.0/24': 'record' } }));
    bytes.fill(0, bytes.indexOf('record') - 1, bytes.indexOf('record') + 6);
    const { lookUp } = await read(bytes);

    expect(() => lookUp('192.0.2.1')).toThrow(SourceError);
    expect(lookUp('198.51.100.1')).toBeNull();
  });
});
