import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readEnrichment } from '../../src/commands/enrichment.js';
import type { Enrichment } from '../../src/commands/enrichment.js';
import { runAnalyze } from '../../src/commands/analyze.js';
import { ConfigError } from '../../src/config/load.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { FIXTURES, analysisOf, inFolder, surroundings } from '../support/analysis.js';
import { at } from '../support/documents.js';
import { MMDB, mmdbOf } from '../support/mmdb.js';
import { readFileSync } from 'node:fs';

/** Calls `use` with the paths of files of these bytes. */
async function withFiles<T>(files: Readonly<Record<string, Buffer>>, use: (folder: string) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    return use(folder);
  });
}

async function enrichmentOf(asn: Buffer | undefined, country: Buffer | undefined): Promise<Enrichment> {
  const files = { ...(asn && { asn }), ...(country && { country }) };
  return withFiles(files, async (folder) => {
    const read = await readEnrichment({
      asn_file: asn && join(folder, 'asn'),
      country_file: country && join(folder, 'country'),
    });
    if ('problems' in read) throw new Error(read.problems.join('\n'));
    return read;
  });
}

describe('the files', () => {
  test('of MaxMind tell the autonomous system and the country, of IPv6 by the first address of the /64', async () => {
    const { enrich } = await enrichmentOf(MMDB.asn, MMDB.country);

    expect(enrich('192.0.2.7', undefined)).toEqual({
      'source.as.number': 64496,
      'source.as.organization.name': 'Example Hosting',
      'source.geo.country_iso_code': 'NL',
    });
    expect(enrich('2001:db8:1:2::/64', undefined)).toMatchObject({ 'source.as.number': 64511 });
    expect(enrich('198.51.100.1', undefined)).toEqual({});
  });

  test('may be one of IPinfo, or of a single kind of address', async () => {
    const ofIpv4 = mmdbOf({ type: 'A', ipVersion: 4, networks: { '192.0.2.0/24': { country_code: 'NL' } } });
    const lite = await enrichmentOf(MMDB.lite, MMDB.lite);
    const single = await enrichmentOf(undefined, ofIpv4);

    expect(lite.enrich('192.0.2.7', undefined)).toMatchObject({
      'source.as.number': 64496,
      'source.geo.country_iso_code': 'NL',
    });
    expect(single.enrich('192.0.2.7', undefined)).toEqual({ 'source.geo.country_iso_code': 'NL' });
    expect(single.enrich('c000:200::/64', undefined)).toEqual({});
  });

  test('are none where none is given, and names still have their domains', async () => {
    const { enrich, files } = await enrichmentOf(undefined, undefined);

    expect(files.size).toBe(0);
    expect(enrich('192.0.2.7', 'a.example.org')).toMatchObject({ 'source.registered_domain': 'example.org' });
  });

  test('have digests, by which others are told from them', async () => {
    const digests = async (asn: Buffer): Promise<unknown> =>
      (await enrichmentOf(asn, MMDB.country)).files.get('asn_file')?.digest();

    expect(await digests(MMDB.asn)).toBe(await digests(MMDB.asn));
    expect(await digests(MMDB.asn)).not.toBe(await digests(MMDB.lite));
  });

  test('that cannot be used are all told, each with what to do', async () => {
    await withFiles({ country: MMDB.country, text: Buffer.from('none') }, async (folder) => {
      const [country, text] = [join(folder, 'country'), join(folder, 'text')];

      expect(await readEnrichment({ asn_file: country, country_file: text })).toEqual({
        problems: [
          `enrichment.asn_file: ${country} has no numbers of autonomous systems in it: it calls itself "GeoLite2-Country". Name a file such as GeoLite2-ASN.mmdb.`,
          expect.stringMatching(/^enrichment\.country_file: .*text is no MMDB file/),
        ],
      });
      expect(await readEnrichment({ asn_file: '/nowhere/a.mmdb' })).toEqual({
        problems: [expect.stringMatching(/^enrichment\.asn_file: Cannot read \/nowhere\/a\.mmdb/)],
      });
    });
  });

  test('have no countries where they have AS numbers alone, or nothing', async () => {
    await withFiles({ asn: MMDB.asn, empty: mmdbOf({ type: 'A', networks: {} }) }, async (folder) => {
      for (const name of ['asn', 'empty'])
        expect(await readEnrichment({ country_file: join(folder, name) })).toEqual({
          problems: [expect.stringContaining('has no countries in it')],
        });
    });
  });
});

describe('an analysis of the recording with files', () => {
  const DEPT = join(FIXTURES, 'dept');
  const LOGS = ['mail.log.gz', 'query.log.gz', 'dovecot.log.gz'].map((name) => join(DEPT, name));
  const SETTINGS = readFileSync(join(DEPT, 'mxwarden.yaml'), 'utf8');
  const withSource = (documents: readonly JsonObject[], address: string): JsonObject | undefined =>
    documents.find((document) => at(document, 'source.address') === address);

  test('says of whom and from where its clients are, in rows and alerts', async () => {
    await withFiles({ asn: MMDB.asn, country: MMDB.country }, async (folder) => {
      const config = join(folder, 'mx.yaml');
      const [asn, country] = [join(folder, 'asn'), join(folder, 'country')];
      writeFileSync(config, `${SETTINGS}\nenrichment:\n  asn_file: ${asn}\n  country_file: ${country}\n`);
      const { clients, alerts } = await analysisOf(LOGS, { config });
      const expected = { as: { number: 64500, organization: { name: 'Lab Access' } }, geo: { country_iso_code: 'AT' } };

      expect(withSource(clients, '127.0.2.31')).toMatchObject({ source: expected });
      expect(withSource(alerts, '127.0.2.31')).toMatchObject({ source: expected });
      const others = clients.filter((row) => !String(at(row, 'source.address')).startsWith('127.0.2.'));
      expect(others.length).toBeGreaterThan(0);
      expect(others.filter((row) => at(row, 'source.as') !== undefined || at(row, 'source.geo') !== undefined)).toEqual(
        [],
      );
    });
  });

  test('begins only with files that can be used', async () => {
    await withFiles({ country: MMDB.country }, async (folder) => {
      const config = join(folder, 'mx.yaml');
      writeFileSync(config, `enrichment: { asn_file: ${join(folder, 'country')}, country_file: /nowhere/a.mmdb }\n`);
      const running = runAnalyze(LOGS, { out: join(folder, 'out'), config }, surroundings());

      await expect(running).rejects.toThrow(ConfigError);
      await expect(running).rejects.toThrow(/has no numbers of autonomous systems.*\n.*Cannot read \/nowhere\/a\.mmdb/);
    });
  });
});
